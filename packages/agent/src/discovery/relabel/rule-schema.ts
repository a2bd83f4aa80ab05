// `relabel_configs` as they are written, and what Prometheus refuses in them (model/relabel/relabel.go, Validate and UnmarshalYAML).
// Loaded by config-program.ts, not by the agent: zod weighs several megabytes.

import { z } from 'zod';
import { text } from '../../config/text-schema.ts';
import { LabelPattern, PatternError } from './label-pattern.ts';
import { MATCH_ALL } from './relabel.ts';
import type { RelabelRule } from './rule.ts';

const ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
type Action = (typeof ACTIONS)[number];

const MAX_MODULUS = 2n ** 64n - 1n;
const MODULUS_FAULT = `must be a whole number up to ${MAX_MODULUS}`;

/** Since Prometheus 3 any text is the name of a label; what service discovery cannot carry gets another one there. */
const labelName = text.min(1, 'must not be empty');

/** Numbers that JavaScript would round come as BigInt. */
const modulus = z.union([
  z.number(MODULUS_FAULT).int(MODULUS_FAULT).min(0, MODULUS_FAULT),
  z.bigint(MODULUS_FAULT).min(0n, MODULUS_FAULT).max(MAX_MODULUS, MODULUS_FAULT),
]);

/** What a rule has that does not say otherwise. Prometheus writes these out where it shows its configuration. */
const DEFAULTS = { separator: ';', regex: MATCH_ALL, modulus: 0, target_label: '', replacement: '$1' } as const;

const fields = z.strictObject({
  source_labels: z.array(labelName, 'must be a list of label names').optional(),
  separator: text.default(DEFAULTS.separator),
  regex: text.default(DEFAULTS.regex),
  modulus: modulus.default(DEFAULTS.modulus),
  target_label: text.default(DEFAULTS.target_label),
  replacement: text.default(DEFAULTS.replacement),
  action: z
    .string()
    .transform((word) => word.toLowerCase())
    .pipe(z.enum(ACTIONS, `must be one of ${ACTIONS.join(', ')}`))
    .default('replace'),
});
type Fields = z.output<typeof fields>;

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** A rule that is ready to be applied. */
export const relabelRuleSchema = fields.transform((rule, context): RelabelRule => {
  const faults = [...ruleFaults(rule)];
  for (const { path, message } of faults) context.addIssue({ code: 'custom', message, path: [path] });
  if (faults.length > 0) return z.NEVER;
  try {
    return toRule(rule);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    context.addIssue({ code: 'custom', message: error.message, path: ['regex'] });
    return z.NEVER;
  }
});

function toRule(rule: Fields): RelabelRule {
  const { action, target_label: targetLabel, replacement } = rule;
  const source = { labels: rule.source_labels ?? [], separator: rule.separator };
  const pattern = new LabelPattern(rule.regex);
  switch (action) {
    case 'replace':
      return { action, source, pattern, targetLabel, replacement };
    case 'keep':
    case 'drop':
      return { action, source, pattern };
    case 'keepequal':
    case 'dropequal':
    case 'lowercase':
    case 'uppercase':
      return { action, source, targetLabel } as const;
    case 'hashmod':
      return { action, source, targetLabel, modulus: BigInt(rule.modulus) };
    case 'labelmap':
      return { action, pattern, replacement };
    case 'labeldrop':
    case 'labelkeep':
      return { action, pattern };
  }
}

const NEEDS_TARGET: ReadonlySet<Action> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

function* ruleFaults(rule: Fields): Generator<Fault> {
  const { action } = rule;
  if (action === 'hashmod' && rule.modulus === DEFAULTS.modulus)
    yield { path: 'modulus', message: 'hashmod needs a modulus above 0' };
  if (NEEDS_TARGET.has(action) && rule.target_label === '')
    yield { path: 'target_label', message: `${action} needs a target_label` };
  if (action === 'labelmap' && rule.replacement === '')
    yield { path: 'replacement', message: 'labelmap makes a label name of it, and this is none' };
  if (action === 'lowercase' || action === 'uppercase') yield* meaninglessFaults(rule, ['replacement']);
  if (action === 'keepequal' || action === 'dropequal')
    yield* meaninglessFaults(rule, ['separator', 'regex', 'modulus', 'replacement']);
  if (action === 'labeldrop' || action === 'labelkeep') {
    if (rule.source_labels !== undefined) yield { path: 'source_labels', message: `${action} takes regex only` };
    yield* meaninglessFaults(rule, ['target_label', 'modulus', 'separator', 'replacement']);
  }
}

/** Only what differs from the default is one: the default is what Prometheus itself writes. */
function* meaninglessFaults(rule: Fields, names: readonly (keyof typeof DEFAULTS)[]): Generator<Fault> {
  for (const path of names) {
    if (rule[path] !== DEFAULTS[path]) yield { path, message: `has no meaning with ${rule.action}; remove it` };
  }
}
