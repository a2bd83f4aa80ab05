// YAML against a schema, with all faults and their places. Loaded only by who has a file to read: `yaml` and `zod` weigh several megabytes.

import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { ConfigError, didYouMean, type Fault } from './faults.ts';

/** Longest file in characters: a configuration of thousands of jobs is far below it, a file named by mistake is not. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** Nodes that aliases may multiply to, as the yaml package counts them: shared credentials of many jobs, not a bomb. */
const MAX_ALIASES = 10_000;

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

interface YamlOptions {
  /** A field without a value counts as one that is not there, as in the configuration of Prometheus. A list entry without one does not. */
  readonly isNullAbsent?: boolean;
}

/**
 * The content of `text`, checked by `schema`.
 * @throws ConfigError with every fault of syntax, or else every fault of content, each with line and column in `file`.
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  { isNullAbsent = false }: YamlOptions = {},
): z.output<Schema> {
  if (text.length > MAX_LENGTH) throw new ConfigError([{ file, message: 'the file is larger than 16 MiB' }]);
  const lines = new LineCounter();
  // `<<` is no part of YAML 1.2, but of what Prometheus reads.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false, merge: true });
  const syntaxFaults = [...document.errors, ...document.warnings];
  if (syntaxFaults.length > 0) {
    throw new ConfigError(syntaxFaults.map(({ pos, message }) => ({ file, ...place(lines, pos[0]), message })));
  }
  const content = plainContent(document, file);
  if (isNullAbsent) withoutNulls(content, new Set());
  const result = schema.safeParse(content, { error: inWords, reportInput: true });
  if (result.success) return result.data;
  const places = new Places(document, lines, file);
  throw new ConfigError(result.error.issues.flatMap((issue) => places.faults(issue)));
}

/** An empty file is an empty map. @throws ConfigError for an alias without anchor, and for aliases that would fill the memory. */
function plainContent(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    throw new ConfigError([{ file, message: cause.message }], { cause });
  }
}

/** Aliases make one object stand in many places: each is looked at once. The names stay, so that unknown ones are found. */
function withoutNulls(content: unknown, seen: Set<unknown>): void {
  if (typeof content !== 'object' || content === null || seen.has(content)) return;
  seen.add(content);
  for (const [name, value] of Object.entries(content)) {
    if (value === null && !Array.isArray(content)) Object.assign(content, { [name]: undefined });
    else withoutNulls(value, seen);
  }
}

/** What to write instead, by what the schema expects. */
const EXPECTED: Readonly<Partial<Record<z.core.$ZodInvalidTypeExpected, string>>> = {
  object: 'must be fields with their values',
  record: 'must be names with their values',
  array: 'must be a list',
  string: 'must be text; put it in quotes',
  number: 'must be a number',
  boolean: 'must be true or false',
};

/** For schemas that have no words of their own. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return EXPECTED[issue.expected];
  // Only here zod tells which fields its object knows; they travel as the message of the issue, which has no other use.
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
  return Object.keys(issue.inst.shape).join(' ');
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
      const known = issue.message.split(' ');
      return issue.keys.map((key) =>
        this.#faultOfKey([...issue.path, key], `unknown field ${key}${didYouMean(key, known)}`),
      );
    }
    if (issue.code === 'invalid_union') {
      const branches = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
      if (branches.length > 0) return branches.flatMap((nested) => this.faults(withPrefix(nested, issue.path)));
    }
    return [this.#faultOfValue(issue)];
  }

  #faultOfKey(path: Path, message: string): Fault {
    return this.#fault(this.#keyOffset(path) ?? this.#nodeOffset(path), message);
  }

  #faultOfValue(issue: Issue): Fault {
    const name = issue.path.filter((part) => typeof part === 'string').at(-1);
    const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
    const text = isMissing
      ? `field ${name} is missing`
      : name === undefined
        ? issue.message
        : `${name}: ${issue.message}`;
    return this.#fault(this.#nodeOffset(issue.path), text);
  }

  #fault(offset: number, message: string): Fault {
    return { file: this.#file, ...place(this.#lines, offset), message };
  }

  #keyOffset(path: Path): number | undefined {
    const map = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }

  /** Offset of the node at `path`, or of the nearest one above: a missing field has no place of its own. */
  #nodeOffset(path: Path): number {
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
