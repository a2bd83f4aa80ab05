// The options of the benchmark's command line.

import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** A round measures everything once; tables show the median of all rounds. */
  readonly rounds: number;
  /** Of one measurement. */
  readonly warmUpMs: number;
  readonly saturationMs: number;
  readonly rateMs: number;
  /** Scrapes a second. */
  readonly rates: readonly number[];
  /** Scrapes at a time at saturation. */
  readonly inFlight: number;
  /** Parts of scenarios' titles; all when there is none. */
  readonly only: readonly string[];
  readonly isTls: boolean;
  /** Take turns with HAProxy and PushProx. */
  readonly hasYardsticks: boolean;
  readonly profileFolder: string | undefined;
}

export const USAGE = `Measures scrapes through one agent beside direct ones, HAProxy and, where it is on PATH, PushProx.

  --quick            one short round, about 25 s
  --rounds=N         rounds; tables show medians (default 3)
  --tls              the tunnel over wss instead of ws
  --only=TEXT        only scenarios with TEXT in their title, e.g. "saturation, 1 kB"; may be repeated
  --in-flight=N      scrapes at a time at saturation (default 16)
  --alone            without HAProxy and PushProx
  --profile=FOLDER   write CPU profiles of proxy and agent there (numbers are then no results)
`;

/** @returns undefined when help was asked for. @throws TypeError for unknown options. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      tls: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      'in-flight': { type: 'string', default: '16' },
      alone: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    ...durations(values.quick),
    rounds: positive(values.rounds ?? (values.quick ? '1' : '3'), '--rounds'),
    inFlight: positive(values['in-flight'], '--in-flight'),
    only: values.only,
    isTls: values.tls,
    hasYardsticks: !values.alone,
    profileFolder: values.profile,
  };
}

function durations(isQuick: boolean): Pick<BenchOptions, 'warmUpMs' | 'saturationMs' | 'rateMs' | 'rates'> {
  return isQuick
    ? { warmUpMs: 400, saturationMs: 1_000, rateMs: 1_200, rates: [200] }
    : { warmUpMs: 1_000, saturationMs: 4_000, rateMs: 10_000, rates: [100, 200] };
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`${name} wants a whole number from 1 up, not ${text}`);
  return value;
}
