import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { FailingTargets } from '../../src/scrape/failing-targets.ts';
import type { Outcome } from '../../src/scrape/outcomes.ts';
import type { ScrapeEnd } from '../../src/scrape/scrape.ts';

function end(outcome: Outcome, reason = 'why'): ScrapeEnd {
  return { outcome, reason, cluster: '', bodyBytes: 0 };
}

test('tells once that a target fails, again when it fails otherwise, and when it answers again', () => {
  const logger = new MemoryLogger();
  const failing = new FailingTargets(logger);
  const outcomes: readonly Outcome[] = ['answered', 'target_timeout', 'target_timeout', 'tunnel_lost', 'answered'];
  for (const outcome of outcomes) failing.note('client:9100', '/metrics', end(outcome));
  assert.deepEqual(logger.lines, ['warn target fails', 'warn target fails', 'info target answers again']);
});

// A scraper without a password asked for a target of others in turn with its own scraper: two lines for each round.
test('takes the refusal of a stranger for no news of the target', () => {
  const logger = new MemoryLogger();
  const failing = new FailingTargets(logger);
  for (const outcome of ['scraper_unauthenticated', 'answered', 'scraper_gone'] as const) {
    failing.note('client:9100', '/metrics', end(outcome));
  }
  assert.deepEqual(logger.lines, []);
});

// 10,000 requests with 90 KB of path each cost a gigabyte of memory and as much of log.
test('neither remembers nor logs more of a path than people read', () => {
  const logger = new MemoryLogger();
  const failing = new FailingTargets(logger);
  const path = `/${'a'.repeat(90_000)}`;
  failing.note('client:9100', path, end('not_exposed', `client:9100 exposes /metrics, not ${path}`));
  failing.note('client:9100', `${path}b`, end('not_exposed'));
  failing.note('client:9100', path, end('answered'));
  assert.deepEqual(logger.lines, ['info target fails', 'info target answers again']);
  for (const { fields } of logger.records) assert.ok(JSON.stringify(fields).length < 800);
});
