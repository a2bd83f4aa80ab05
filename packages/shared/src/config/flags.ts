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
  /** The flag may be given several times; its value is a list. In the environment: separated by commas. */
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
    const texts = given.get(name) ?? fromEnvironment(flag, environment[environmentName(name)]);
    values[name] = flagValue(name, flag, texts, faults);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(values) as FlagValues<Table>;
}

function tokenize(table: FlagTable, args: readonly string[], faults: Fault[]): ReadonlyMap<string, readonly string[]> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const [name, flag] of Object.entries(table)) options[name] = { type: isSwitch(flag) ? 'boolean' : 'string' };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowNegative: true });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push({ message: `unexpected argument ${token.value}` });
    if (token.kind !== 'option') continue;
    const negated = token.rawName.startsWith('--no-') && token.name in table ? 'false' : undefined;
    const fault = tokenFault(table, token);
    if (fault === undefined)
      given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? negated ?? 'true']);
    else faults.push({ message: fault });
  }
  return given;
}

function tokenFault(
  table: FlagTable,
  token: { name: string; rawName: string; value: string | undefined },
): string | undefined {
  const flag = table[token.name];
  if (flag === undefined) return `unknown flag ${token.rawName}${didYouMean(token.name, Object.keys(table))}`;
  if (token.value === undefined && !isSwitch(flag)) return `flag --${token.name} needs a value`;
  return undefined;
}

function fromEnvironment(flag: Flag<unknown>, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  return flag.repeatable === true ? text.split(/[,\n]/).map((part) => part.trim()) : [text];
}

function flagValue(name: string, flag: Flag<unknown>, texts: readonly string[] | undefined, faults: Fault[]): unknown {
  const given = texts ?? (flag.default === undefined ? [] : [flag.default]);
  if (flag.repeatable !== true && given.length > 1) faults.push({ message: `flag --${name} is given more than once` });
  const values = given.map((text) => {
    const value = flag.kind.parse(text);
    if (value === undefined)
      faults.push({ message: `flag --${name}: ${JSON.stringify(text)} is no ${kindName(flag)}` });
    return value;
  });
  return flag.repeatable === true ? values : values.at(-1);
}

function isSwitch(flag: Flag<unknown>): boolean {
  return flag.kind.placeholder === '';
}

function kindName(flag: Flag<unknown>): string {
  return isSwitch(flag) ? 'true or false' : flag.kind.placeholder.replace(/[<>]/g, '');
}
