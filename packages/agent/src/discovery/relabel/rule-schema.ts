// `relabel_configs` as they are written, and what Prometheus refuses in them (model/relabel/relabel.go, Validate and UnmarshalYAML).
// Loaded only where there is a file: zod and re2js weigh several megabytes.

import { z } from 'zod';
import { text } from '../../config/text-schema.ts';
import { LabelPattern, PatternError } from './label-pattern.ts';
import { MATCH_ALL } from './relabel.ts';
import type { RelabelRule } from './rule.ts';
import { hasReference } from './template.ts';

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

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** A label name that may hold references: `new_$1`, `${1}_x`. */
const LABEL_NAME_TEMPLATE = /^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$/;
const MAX_MODULUS = 2n ** 64n - 1n;

const labelName = text.regex(LABEL_NAME, 'is no label name');

const fields = z.strictObject({
  source_labels: z.array(labelName, 'must be a list of label names').optional(),
  separator: text.optional(),
  regex: text.optional(),
  modulus: z.number('must be a whole number').int().min(0).optional(),
  target_label: text.optional(),
  replacement: text.optional(),
  action: z
    .string()
    .transform((word) => word.toLowerCase())
    .pipe(z.enum(ACTIONS, `must be one of ${ACTIONS.join(', ')}`))
    .optional(),
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
  const action = rule.action ?? 'replace';
  const source = { labels: rule.source_labels ?? [], separator: rule.separator ?? ';' };
  const pattern = new LabelPattern(rule.regex ?? MATCH_ALL);
  const targetLabel = rule.target_label ?? '';
  const replacement = rule.replacement ?? '$1';
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
      return { action, source, targetLabel, modulus: BigInt(rule.modulus ?? 0) };
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
  const action = rule.action ?? 'replace';
  if (action === 'hashmod' && (rule.modulus ?? 0) === 0)
    yield { path: 'modulus', message: 'hashmod needs a modulus above 0' };
  if (BigInt(rule.modulus ?? 0) > MAX_MODULUS) yield { path: 'modulus', message: 'must be below 2^64' };
  if (NEEDS_TARGET.has(action)) yield* targetLabelFaults(action, rule.target_label);
  if (action === 'lowercase' || action === 'uppercase' || action === 'keepequal' || action === 'dropequal') {
    if (rule.replacement !== undefined && rule.replacement !== '$1')
      yield { path: 'replacement', message: `has no meaning with ${action}` };
  }
  if (action === 'labelmap' && !LABEL_NAME_TEMPLATE.test(rule.replacement ?? '$1'))
    yield { path: 'replacement', message: 'labelmap makes a label name of it, and this is none' };
  if (action === 'labeldrop' || action === 'labelkeep') yield* onlyRegexFaults(action, rule);
  if (action === 'keepequal' || action === 'dropequal') {
    for (const field of ['regex', 'modulus'] as const)
      if (rule[field] !== undefined) yield { path: field, message: `has no meaning with ${action}` };
  }
}

function* targetLabelFaults(action: Action, label: string | undefined): Generator<Fault> {
  if (label === undefined || label === '')
    return yield { path: 'target_label', message: `${action} needs a target_label` };
  const isTemplate = action === 'replace' && hasReference(label);
  const rule = isTemplate ? LABEL_NAME_TEMPLATE : LABEL_NAME;
  if (!rule.test(label)) yield { path: 'target_label', message: `${JSON.stringify(label)} is no label name` };
}

function* onlyRegexFaults(action: Action, rule: Fields): Generator<Fault> {
  for (const field of ['source_labels', 'target_label', 'modulus', 'separator', 'replacement'] as const) {
    if (rule[field] !== undefined) yield { path: field, message: `${action} takes regex only` };
  }
}
