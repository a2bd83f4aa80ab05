// Which metrics an expression of PromQL asks for, and by which labels. It is no parser and says nothing of whether the expression is right:
// Prometheus does that. What it does not know it takes for the name of a metric, so that nothing is overlooked.

export interface Selection {
  readonly metric: string;
  /** Of its matchers. */
  readonly labels: readonly string[];
}

export interface Asked {
  readonly selections: readonly Selection[];
  /** Labels by which is grouped or joined. */
  readonly grouping: readonly string[];
}

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
const RANGE = /\[[^\]]*\]/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\b\s*(?:\(([^()]*)\))?/gi;
/** A number or duration; or a name with what its braces hold, or with the parenthesis that makes it a function. */
const TOKEN = /\d[\w.]*|([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\}|(\())?/g;
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

export function readExpression(expression: string): Asked {
  const grouping: string[] = [];
  const plain = expression
    .replaceAll(STRING, '""')
    .replaceAll(RANGE, '')
    .replaceAll(GROUPING, (_clause, labels: string | undefined) => {
      grouping.push(...(labels?.match(/\w+/g) ?? []));
      return ' ';
    });
  const selections: Selection[] = [];
  for (const [, name, matchers, call] of plain.matchAll(TOKEN)) {
    if (name === undefined || call !== undefined || WORDS.has(name.toLowerCase())) continue;
    selections.push({ metric: name, labels: labelsIn(matchers ?? '') });
  }
  return { selections, grouping };
}

function labelsIn(matchers: string): readonly string[] {
  return [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].flatMap(([, label]) => label ?? []);
}
