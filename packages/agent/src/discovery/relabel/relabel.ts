// Applies relabelling rules to a label set, as Prometheus does (model/relabel/relabel.go): in order, until one drops the target.
// A label with an empty value is no label.

import { createHash } from 'node:crypto';
import { toLowerCase, toUpperCase } from './letter-case.ts';
import type { RelabelRule, Source } from './rule.ts';
import { expandTemplate, hasReference } from './template.ts';

/** The pattern that a rule without `regex` has. */
export const MATCH_ALL = '(.*)';

export type LabelMap = Map<string, string>;

/** The labels after all `rules`; undefined when one drops the target. `labels` is not changed. */
export function relabel(labels: ReadonlyMap<string, string>, rules: readonly RelabelRule[]): LabelMap | undefined {
  const result = new Map([...labels].filter(([, value]) => value !== ''));
  for (const rule of rules) if (!applyRule(rule, result, labels)) return undefined;
  return result;
}

/** Changes `labels`, which began as `discovered`; false when the target is dropped. */
function applyRule(rule: RelabelRule, labels: LabelMap, discovered: ReadonlyMap<string, string>): boolean {
  switch (rule.action) {
    case 'keep':
      return rule.pattern.matches(sourceValue(rule.source, labels));
    case 'drop':
      return !rule.pattern.matches(sourceValue(rule.source, labels));
    case 'keepequal':
      return (labels.get(rule.targetLabel) ?? '') === sourceValue(rule.source, labels);
    case 'dropequal':
      return (labels.get(rule.targetLabel) ?? '') !== sourceValue(rule.source, labels);
    default:
      changeLabels(rule, labels, discovered);
      return true;
  }
}

type ChangingRule = Exclude<RelabelRule, { readonly action: 'keep' | 'drop' | 'keepequal' | 'dropequal' }>;

function changeLabels(rule: ChangingRule, labels: LabelMap, discovered: ReadonlyMap<string, string>): void {
  switch (rule.action) {
    case 'replace':
      return replace(rule, labels);
    case 'lowercase':
      return setLabel(labels, rule.targetLabel, toLowerCase(sourceValue(rule.source, labels)));
    case 'uppercase':
      return setLabel(labels, rule.targetLabel, toUpperCase(sourceValue(rule.source, labels)));
    case 'hashmod':
      return setLabel(labels, rule.targetLabel, hashMod(sourceValue(rule.source, labels), rule.modulus));
    case 'labelmap':
      return mapLabels(rule, labels, discovered);
    case 'labeldrop':
      for (const name of labels.keys()) if (rule.pattern.matches(name)) labels.delete(name);
      return;
    case 'labelkeep':
      for (const name of labels.keys()) if (!rule.pattern.matches(name)) labels.delete(name);
  }
}

function replace(rule: Extract<RelabelRule, { readonly action: 'replace' }>, labels: LabelMap): void {
  const value = sourceValue(rule.source, labels);
  // Prometheus' short way: it sets labels that its long way would refuse, since the name is not looked at.
  const isPlain = !hasReference(rule.targetLabel) && !hasReference(rule.replacement);
  if (value === '' && rule.pattern.source === MATCH_ALL && isPlain) {
    return setLabel(labels, rule.targetLabel, rule.replacement);
  }
  const groups = rule.pattern.match(value);
  if (groups === undefined) return;
  const name = expandTemplate(rule.targetLabel, groups);
  if (name !== '') setLabel(labels, name, expandTemplate(rule.replacement, groups));
}

/**
 * From the labels as they were, in the order in which they were first set: of several that map to one name the last wins. Discovered labels
 * Prometheus has in the order of a Go map, which is any; here one that has the name already, and maps to it, keeps it before others of them.
 */
function mapLabels(
  { pattern, replacement }: Extract<RelabelRule, { readonly action: 'labelmap' }>,
  labels: LabelMap,
  discovered: ReadonlyMap<string, string>,
): void {
  const nameOf = (name: string): string | undefined =>
    pattern.matches(name) ? pattern.replace(name, replacement) : undefined;
  for (const [name, value] of new Map(labels)) {
    const mapped = nameOf(name);
    if (mapped === undefined) continue;
    const isTaken = mapped !== name && discovered.has(name) && discovered.has(mapped) && nameOf(mapped) === mapped;
    if (!isTaken) setLabel(labels, mapped, value);
  }
}

function sourceValue({ labels: names, separator }: Source, labels: LabelMap): string {
  return names.map((name) => labels.get(name) ?? '').join(separator);
}

function setLabel(labels: LabelMap, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** The last eight bytes of the MD5 sum as a big-endian number, modulo. */
function hashMod(value: string, modulus: bigint): string {
  const digest = createHash('md5').update(value).digest();
  return String(digest.readBigUInt64BE(8) % modulus);
}
