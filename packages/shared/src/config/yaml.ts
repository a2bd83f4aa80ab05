// YAML against a schema, with all faults and their places. Loaded only by who has a file to read: `yaml` and `zod` weigh several megabytes.

import { z } from 'zod';
import { ConfigError, didYouMean, type Fault } from './faults.ts';
import { YamlDocument, type Path } from './yaml-document.ts';
import { adaptScalars } from './yaml-scalars.ts';

/** Longest file in characters: a configuration of thousands of jobs is far below it, a file named by mistake is not. */
const MAX_LENGTH = 16 * 1024 * 1024;

type Issue = z.core.$ZodIssue;

interface YamlOptions {
  /**
   * As Prometheus reads its configuration: a field without a value counts as empty text or as one that is not there, and what stands
   * behind the first document as nothing. A list entry without a value that is no text is a fault.
   */
  readonly likePrometheus?: boolean;
}

/**
 * The content of `text`, checked by `schema`. Where the schema wants a text or a truth value it gets what Go's programs would (yaml-scalars.ts).
 * @throws ConfigError with every fault of syntax, or else every fault of content, each with line and column in `file`, from top to bottom.
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  options: YamlOptions = {},
): z.output<Schema> {
  return readYaml(text, file, schema, options).content;
}

export interface YamlContent<Content> {
  readonly content: Content;
  readonly document: YamlDocument;
}

/** The same with the document, for what there is to say about good content. */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  { likePrometheus = false }: YamlOptions = {},
): YamlContent<z.output<Schema>> {
  if (text.length > MAX_LENGTH) throw new ConfigError([{ file, message: 'the file is larger than 16 MiB' }]);
  const document = new YamlDocument(text, file);
  if (document.secondDocument !== undefined && !likePrometheus) throw new ConfigError([document.secondDocument]);
  const content = document.content();
  const check = () => schema.safeParse(content, { error: inWords, reportInput: true });
  let result = check();
  while (!result.success && adaptScalars(content, result.error.issues, document, likePrometheus)) result = check();
  if (result.success) return { content: result.data, document };
  const faults = result.error.issues.flatMap((issue) => issueFaults(issue, document));
  throw new ConfigError(faults.toSorted(byPlace));
}

/** What to write instead, by what the schema expects. */
const EXPECTED: Readonly<Partial<Record<z.core.$ZodInvalidTypeExpected, string>>> = {
  object: 'must be fields with their values',
  record: 'must be names with their values',
  array: 'must be a list',
  string: 'must be text',
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

function issueFaults(issue: Issue, document: YamlDocument): readonly Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ');
    return issue.keys.map((key) =>
      document.remarkAtName([...issue.path, key], `unknown field ${key}${didYouMean(key, known)}`),
    );
  }
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
    if (branches.length > 0) return branches.flatMap((nested) => issueFaults(withPrefix(nested, issue.path), document));
  }
  return [document.remarkAt(issue.path, inContext(issue))];
}

function inContext(issue: Issue): string {
  const name = issue.path.filter((part) => typeof part === 'string').at(-1);
  if (issue.code === 'invalid_type' && issue.input === undefined) return `field ${name} is missing`;
  return name === undefined ? issue.message : `${name}: ${issue.message}`;
}

function withPrefix(issue: Issue, prefix: Path): Issue {
  return { ...issue, path: [...prefix, ...issue.path] };
}

/** From top to bottom of the file, as they are mended. */
function byPlace(a: Fault, b: Fault): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
