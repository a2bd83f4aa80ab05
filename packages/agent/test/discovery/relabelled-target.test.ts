// Whether the agent would scrape what Prometheus would scrape: the URLs of fixtures/relabel.json, by the address, path and parameters of each target.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { groupTargets } from '../../src/discovery/group-targets.ts';
import type { RelabelRule } from '../../src/discovery/relabel/rule.ts';
import { relabelRuleSchema } from '../../src/discovery/relabel/rule-schema.ts';
import { Exporters } from '../../src/targets/exporters.ts';
import { describeExporter, type Target } from '../../src/targets/target.ts';
import { job } from '../support/targets.ts';

const labels = z.record(z.string(), z.string());
const vectors = z.object({
  cases: z.array(
    z.object({
      job_name: z.string(),
      relabel_configs: z.array(relabelRuleSchema),
      targets: z.array(
        z.object({
          discovered: labels,
          kept: z.boolean(),
          labels: labels.optional(),
          scrapeUrl: z.string().optional(),
        }),
      ),
    }),
  ),
});

const file = new URL('../fixtures/relabel.json', import.meta.url);
const { cases } = vectors.parse(JSON.parse(readFileSync(file, 'utf8')));

function kept(name: string, discovered: Record<string, string>, relabelRules: readonly RelabelRule[]) {
  return new Exporters(() => 0).revise((find) =>
    groupTargets(
      { source: 's', labels: {}, targets: [discovered] },
      { job: job({ name, relabelRules }), identity: { name: 'client', cluster: '' }, find },
    ),
  );
}

/** The URL that a scrape of `target` reaches; the port is there only where it was written. */
function scrapeUrl({ exporter, path, labels }: Target, hasPort: boolean): string {
  const place = describeExporter(exporter);
  const query = new URLSearchParams(
    Object.entries(labels)
      .filter(([name]) => name.startsWith('__param_'))
      .map(([name, value]): [string, string] => [name.slice('__param_'.length), value]),
  );
  query.sort();
  return `${hasPort ? place : place.replace(/:[0-9]+$/, '')}${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
}

/** HTTP service discovery carries no other names. */
function sanitized(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name.replaceAll(/\W/g, '_'), value]));
}

test('reaches what Prometheus reaches, and announces the labels that it has', () => {
  let urls = 0;
  for (const { job_name: name, relabel_configs: rules, targets } of cases) {
    for (const { discovered, kept: isKept, labels: expected = {}, scrapeUrl: expectedUrl } of targets) {
      const outcome = kept(name, discovered, rules);
      assert.deepEqual([outcome.kept.length, outcome.unusable], [isKept ? 1 : 0, []], name);
      const [target] = outcome.kept;
      if (target === undefined || expectedUrl === undefined) continue;
      urls += 1;
      assert.equal(scrapeUrl(target, /^https?:\/\/[^/]*:[0-9]+\//.test(expectedUrl)), expectedUrl, name);
      const { instance, ...visible } = Object.fromEntries(
        Object.entries(target.labels).filter(([label]) => !label.startsWith('__')),
      );
      // Without one the central Prometheus takes the address that it scrapes.
      const { instance: expectedInstance, ...rest } = expected;
      if (instance !== undefined) assert.equal(instance, expectedInstance, name);
      assert.deepEqual(visible, sanitized(rest), name);
    }
  }
  assert.ok(urls >= 250, `${urls}`);
});
