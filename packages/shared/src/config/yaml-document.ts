// A YAML document with the places of what stands in it: through aliases and merged maps, as its content goes.
// What is wrong with it is told without quoting it: a text may be a password.

import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type ErrorCode,
  type Node,
  type Pair,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { ConfigError, type Fault } from './faults.ts';

/** Nodes that aliases may multiply to, as the yaml package counts them: shared credentials of many jobs, not a bomb. */
const MAX_ALIASES = 10_000;

export type Path = readonly PropertyKey[];

export class YamlDocument {
  readonly file: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #anchored: ReadonlyMap<Alias, Node>;
  /** Where a second document begins: it is not read. */
  readonly secondDocument: Fault | undefined;

  /** @throws ConfigError with every fault of syntax. */
  constructor(text: string, file: string) {
    this.file = file;
    const { document, errors } = parse(text, this.#lines);
    this.#document = document;
    const second = errors.find(({ code }) => code === 'MULTIPLE_DOCS');
    this.secondDocument = second === undefined ? undefined : this.#syntaxFault(second);
    const { anchored, dangling } = prepare(document);
    this.#anchored = anchored;
    const faults = [
      ...errors.filter((error) => error !== second).map((error) => this.#syntaxFault(error)),
      ...dangling.map((alias) =>
        this.#fault(
          alias.range?.[0],
          'an alias without an anchor before it; a text that begins with * has to be in quotes',
        ),
      ),
    ];
    if (faults.length > 0) throw new ConfigError(faults);
  }

  /** As plain values; an empty document is an empty map. @throws ConfigError for merges of no map, and for aliases that would fill the memory. */
  content(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw new ConfigError([{ file: this.file, message: cause.message }], { cause });
    }
  }

  /** The node of the value at `path`, or undefined when there is none. */
  nodeAt(path: Path): Node | undefined {
    let node = this.#target(this.#document.contents);
    for (const part of path) node = this.#child(node, part);
    return node;
  }

  /** `message` at the value at `path`, or at the nearest one above: what is missing has no place of its own. */
  remarkAt(path: Path, message: string): Fault {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.nodeAt(path.slice(0, length))?.range?.[0];
      if (offset !== undefined) return this.#fault(offset, message);
    }
    return this.#fault(0, message);
  }

  /** `message` at the name of the field at `path`. */
  remarkAtName(path: Path, message: string): Fault {
    const parent = this.nodeAt(path.slice(0, -1));
    const key = isMap(parent) ? this.#pair(parent, path.at(-1))?.key : undefined;
    return isNode(key) ? this.#fault(key.range?.[0], message) : this.remarkAt(path, message);
  }

  #child(node: Node | undefined, part: PropertyKey): Node | undefined {
    if (isMap(node)) return this.#target(this.#pair(node, part)?.value);
    return isSeq(node) && typeof part === 'number' ? this.#target(node.items[part]) : undefined;
  }

  /** A map's own field comes before those that it merges, and what is merged first before the rest. */
  #pair(map: YAMLMap, name: PropertyKey | undefined): Pair | undefined {
    const own = map.items.find(({ key }) => isScalar(key) && key.value === name);
    if (own !== undefined) return own;
    for (const { key, value } of map.items) {
      if (!isScalar(key) || key.value !== '<<') continue;
      const merged = this.#target(value);
      for (const source of isSeq(merged) ? merged.items : [merged]) {
        const target = this.#target(source);
        const pair = isMap(target) ? this.#pair(target, name) : undefined;
        if (pair !== undefined) return pair;
      }
    }
    return undefined;
  }

  #target(node: unknown): Node | undefined {
    if (isAlias(node)) return this.#anchored.get(node);
    return isNode(node) ? node : undefined;
  }

  #syntaxFault({ code, message, pos }: YAMLError): Fault {
    return this.#fault(pos[0], SYNTAX_WORDS[code] ?? message);
  }

  #fault(offset: number | undefined, message: string): Fault {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), message };
  }
}

/** In place of messages of the yaml package that quote the text. */
const SYNTAX_WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_COLLECTION_TYPE: 'a tag that is not known here; a text that begins with ! has to be in quotes',
  BAD_DIRECTIVE: 'no directive that is known here; a text that begins with % has to be in quotes',
  BAD_DQ_ESCAPE: 'no escape sequence; between single quotes a backslash is a backslash',
  BAD_SCALAR_START: 'a text that begins with this character has to be in quotes',
  MULTIPLE_DOCS: 'a second document begins here, and only the first one is read',
  NON_STRING_KEY: 'the name of a field has to be one text',
  TAG_RESOLVE_FAILED: 'a tag that is not known here; a text that begins with ! has to be in quotes',
  UNEXPECTED_TOKEN: 'this cannot stand here; a text with characters that mean something in YAML has to be in quotes',
};

function parse(text: string, lineCounter: LineCounter) {
  const document = parseDocument(text, {
    lineCounter,
    uniqueKeys: true,
    prettyErrors: false,
    // `<<` is no part of YAML 1.2, but of what Prometheus reads.
    merge: true,
    // The name `010` is no number, wherever it stands.
    stringKeys: true,
  });
  return { document, errors: [...document.errors, ...document.warnings] };
}

/** Finds the targets of all aliases, for which the yaml package goes through the document each time, and keeps whole numbers exact. */
function prepare(document: Document): {
  readonly anchored: ReadonlyMap<Alias, Node>;
  readonly dangling: readonly Alias[];
} {
  const anchored = new Map<Alias, Node>();
  const dangling: Alias[] = [];
  const anchors = new Map<string, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined) dangling.push(node);
        else anchored.set(node, target);
        return;
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isScalar(node)) keepExact(node);
    },
  });
  return { anchored, dangling };
}

function keepExact(node: Scalar): void {
  const { value, source = '' } = node;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^[-+]?[0-9]+$/.test(source)) return;
  node.value = BigInt(source);
}
