// Flags in the manner of all Prometheus programs: `--web.listen-address=:8080`, each also as an environment variable.
// A program states its flags as a table; the values come out typed.

import { parseArgs } from 'node:util';
import { ConfigError, didYouMean, type Fault } from './faults.ts';

/** How the text of a flag becomes a value. @returns undefined when the text is no such value. */
export interface FlagKind<Value> {
  /** For the help text: `<duration>`. Empty for a switch. */
  readonly placeholder: string;
  readonly parse: (text: string) => Value | undefined;
}

export interface Flag<Value> {
  readonly kind: FlagKind<Value>;
  readonly help: string;
  /** The text that stands for the value when none is given; undefined: the flag has no value then. */
  readonly default?: string;
  /** The flag may be given several times; its value is a list. In the environment: separated by commas or line feeds. */
  readonly repeatable?: boolean;
}

type Value<F> = F extends { repeatable: true; kind: FlagKind<infer V> }
  ? readonly V[]
  : F extends { default: string; kind: FlagKind<infer V> }
    ? V
    : F extends { kind: FlagKind<infer V> }
      ? V | undefined
      : never;

export type FlagTable = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<Table extends FlagTable> = { readonly [Name in keyof Table]: Value<Table[Name]> };

/**
 * Flags that ask instead of setting something have no variable: PULLWAY_VERSION in an image tells its version and asks for none.
 */
export const QUESTIONS: ReadonlySet<string> = new Set(['help', 'version']);

/** `web.listen-address` is PULLWAY_WEB_LISTEN_ADDRESS. */
export function environmentName(flag: string): string {
  return `PULLWAY_${flag.replace(/[.-]/g, '_').toUpperCase()}`;
}

/**
 * The values of all flags of `table`, from `args` or else from `environment`.
 * @throws ConfigError with every fault: unknown flags, values that do not parse, words that are no flag.
 */
export function parseFlags<Table extends FlagTable>(
  table: Table,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): FlagValues<Table> {
  const faults: Fault[] = [];
  const given = tokenize(table, args, faults);
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(table)) {
    const ofCommand = given.get(name);
    const texts = ofCommand ?? fromEnvironment(name, flag, environment) ?? defaultOf(flag);
    const source = ofCommand === undefined ? environmentName(name) : `flag --${name}`;
    values[name] = flagValue(flag, texts, source, faults);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(completed(table, values));
}

/** Each flag of the table has gone through its own kind, so that its value has the type of that kind; the compiler cannot see it. */
function completed<Table extends FlagTable>(table: Table, values: Record<string, unknown>): FlagValues<Table> {
  if (!isComplete(table, values)) throw new TypeError('a flag of the table has no entry');
  return values;
}

function isComplete<Table extends FlagTable>(
  table: Table,
  values: Record<string, unknown>,
): values is Record<string, unknown> & FlagValues<Table> {
  return Object.keys(table).every((name) => Object.hasOwn(values, name));
}

function tokenize(table: FlagTable, args: readonly string[], faults: Fault[]): ReadonlyMap<string, readonly string[]> {
  const options = Object.fromEntries(Object.entries(table).map(([name, flag]) => [name, { type: optionType(flag) }]));
  const { tokens } = parseArgs({ args: args.map(longForm), options, strict: false, tokens: true, allowNegative: true });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push({ message: `unexpected argument ${token.value}` });
    if (token.kind !== 'option') continue;
    const fault = tokenFault(table, token);
    if (fault === undefined) given.set(token.name, [...(given.get(token.name) ?? []), tokenText(token)]);
    else faults.push({ message: fault });
  }
  return given;
}

/** -h is the only short flag of all Prometheus programs. */
function longForm(arg: string): string {
  return arg === '-h' ? '--help' : arg;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function tokenFault(table: FlagTable, { name, rawName, value, inlineValue }: OptionToken): string | undefined {
  const flag = Object.hasOwn(table, name) ? table[name] : undefined;
  if (flag === undefined) return `unknown flag ${rawName}${didYouMean(name, Object.keys(table))}`;
  if (isSwitch(flag)) return undefined;
  // parseArgs turns --no-web.x into web.x whatever its type, and takes the next flag for a value.
  if (rawName !== `--${name}`) return `unknown flag ${rawName}; --${name} is no switch`;
  const isNextFlag = inlineValue === false && value?.startsWith('--') === true;
  return value === undefined || isNextFlag ? `flag --${name} needs a value` : undefined;
}

function tokenText({ name, rawName, value }: OptionToken): string {
  return value ?? (rawName === `--no-${name}` ? 'false' : 'true');
}

function fromEnvironment(
  name: string,
  flag: Flag<unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] | undefined {
  const text = QUESTIONS.has(name) ? undefined : environment[environmentName(name)];
  // An empty variable counts as absent, as in all Prometheus programs: a manifest cannot always leave it out.
  if (text === undefined || text === '') return undefined;
  if (flag.repeatable !== true) return [text];
  const parts = text.split(/[,\n]/).map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

function defaultOf(flag: Flag<unknown>): readonly string[] {
  return flag.default === undefined ? [] : [flag.default];
}

function flagValue(flag: Flag<unknown>, texts: readonly string[], source: string, faults: Fault[]): unknown {
  if (flag.repeatable !== true && texts.length > 1) faults.push({ message: `${source} is given more than once` });
  const values = texts.map((text) => {
    const value = flag.kind.parse(text);
    if (value === undefined)
      faults.push({ message: `${source}: expected ${kindName(flag)}, got ${JSON.stringify(text)}` });
    return value;
  });
  return flag.repeatable === true ? values : values.at(-1);
}

function optionType(flag: Flag<unknown>): 'boolean' | 'string' {
  return isSwitch(flag) ? 'boolean' : 'string';
}

function isSwitch(flag: Flag<unknown>): boolean {
  return flag.kind.placeholder === '';
}

function kindName(flag: Flag<unknown>): string {
  return isSwitch(flag) ? 'true or false' : flag.kind.placeholder.replace(/[<>]/g, '');
}
