// Label and field selectors as an API server applies them to a list, for tests that stand in for one.
// Labels: `a=b`, `a==b`, `a!=b`, `a in (b, c)`, `a notin (b, c)`, `a`, `!a`. Fields: `=`, `==`, `!=`.

import { rawField, rawLabels } from '../../src/discovery/kubernetes/raw-fields.ts';

/** Whether `object`, as the API server holds it, is one that both selectors choose; empty ones choose all. */
export function isSelected(object: unknown, labelSelector: string, fieldSelector: string): boolean {
  const labels = rawLabels(object, 'metadata', 'labels');
  return (
    requirements(labelSelector).every((requirement) => meetsLabelRequirement(labels, requirement)) &&
    requirements(fieldSelector).every((requirement) => meetsFieldRequirement(object, requirement))
  );
}

/** Commas outside of parentheses part them. */
function requirements(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((requirement) => requirement.trim())
    .filter((requirement) => requirement !== '');
}

function meetsLabelRequirement(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(requirement);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const isIn = list.split(',').some((value) => value.trim() === labels[key]);
    return operator === 'in' ? isIn : !isIn;
  }
  const comparison = parseComparison(requirement);
  if (comparison !== undefined) return (labels[comparison.key] === comparison.value) === comparison.isEqual;
  return requirement.startsWith('!') ? !(requirement.slice(1).trim() in labels) : requirement in labels;
}

function meetsFieldRequirement(object: unknown, requirement: string): boolean {
  const comparison = parseComparison(requirement);
  if (comparison === undefined) throw new Error(`unknown field selector ${requirement}`);
  const value = rawField(object, ...comparison.key.split('.')) ?? '';
  return (value === comparison.value) === comparison.isEqual;
}

function parseComparison(text: string) {
  const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(text);
  if (match === null) return undefined;
  const [, key = '', operator, value = ''] = match;
  return { key, value, isEqual: operator !== '!=' };
}
