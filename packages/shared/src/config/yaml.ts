// YAML against a schema, with all faults and their places. Loaded only by who has a file to read: `yaml` and `zod` weigh several megabytes.

import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type Fault } from './faults.ts';

/** Longest file in characters: a configuration of thousands of jobs is far below it, a file named by mistake is not. */
const MAX_LENGTH = 16 * 1024 * 1024;

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/**
 * The content of `text`, checked by `schema`.
 * @throws ConfigError with every fault of syntax, or else every fault of content, each with line and column in `file`.
 */
export function parseYaml<Schema extends z.ZodType>(text: string, file: string, schema: Schema): z.output<Schema> {
  if (text.length > MAX_LENGTH) throw new ConfigError([{ file, message: 'the file is larger than 16 MiB' }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map(({ pos, message }) => ({ file, ...place(lines, pos[0]), message })));
  }
  const result = schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (result.success) return result.data;
  const places = new Places(document, lines, file);
  throw new ConfigError(result.error.issues.flatMap((issue) => places.faults(issue)));
}

/** Finds where in a document a fault is. */
class Places {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  faults(issue: Issue): readonly Fault[] {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => this.#fault([...issue.path, key], `unknown field ${key}`, true));
    }
    if (issue.code === 'invalid_union') {
      const branches = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
      if (branches.length > 0) return branches.flatMap((nested) => this.faults(withPrefix(nested, issue.path)));
    }
    return [this.#fault(issue.path, issue.message, false)];
  }

  #fault(path: Path, message: string, isKey: boolean): Fault {
    const name = path.filter((part) => typeof part === 'string').at(-1);
    const text = isKey || name === undefined ? message : `${name}: ${message}`;
    return { file: this.#file, ...place(this.#lines, this.#offset(path, isKey)), message: text };
  }

  /** Offset of the node at `path`, of its key when that is what is wrong, or of the nearest node above. */
  #offset(path: Path, isKey: boolean): number {
    if (isKey) {
      const map = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
      const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    }
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  }
}

function withPrefix(issue: Issue, prefix: Path): Issue {
  return { ...issue, path: [...prefix, ...issue.path] };
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
