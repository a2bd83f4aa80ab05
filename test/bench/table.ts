// Measurements of one scenario as a table for people: absolute numbers, which differ from machine to machine, and ratios, which do less.

import type { Cost, Measurement } from './measurement.ts';

export type Measurements = ReadonlyMap<string, Measurement>;

const DIRECT = 'direct';
const YARDSTICKS = ['HAProxy', 'PushProx'];
const NOTHING = '-';

export function table(measurements: Measurements): string {
  const yardsticks = YARDSTICKS.filter((name) => measurements.has(name));
  const rows = [...measurements].map(([name, one]) => [
    name,
    ...absolutes(one, measurements),
    ...ratios(one, yardsticks, measurements),
  ]);
  return aligned([[...HEADINGS, ...yardsticks.flatMap((name) => [`proxy:${name}`, `agent:${name}`])], ...rows]);
}

const HEADINGS = [
  'through',
  'scrapes/s',
  'failed',
  'p50 ms',
  'p99 ms',
  '+p50 ms',
  'proxy µs',
  'agent µs',
  'proxy RSS/anon MB',
  'agent RSS/anon MB',
];

function absolutes(one: Measurement, measurements: Measurements): readonly string[] {
  const direct = measurements.get(DIRECT);
  return [
    one.perSecond.toFixed(0),
    String(one.failures),
    one.p50Ms.toFixed(2),
    one.p99Ms.toFixed(2),
    direct === undefined || direct === one ? NOTHING : (one.p50Ms - direct.p50Ms).toFixed(2),
    microseconds(one.proxy),
    microseconds(one.agent),
    memory(one.proxy),
    memory(one.agent),
  ];
}

/** HAProxy has one process only; both of ours are held against it. */
function ratios(one: Measurement, yardsticks: readonly string[], measurements: Measurements): readonly string[] {
  return yardsticks.flatMap((name) => {
    const yardstick = measurements.get(name);
    return [ratio(one.proxy, yardstick?.proxy), ratio(one.agent, yardstick?.agent ?? yardstick?.proxy)];
  });
}

function ratio(cost: Cost | undefined, yardstick: Cost | undefined): string {
  if (cost === undefined || yardstick === undefined) return NOTHING;
  return (cost.cpuMicroseconds / yardstick.cpuMicroseconds).toFixed(2);
}

function microseconds(cost: Cost | undefined): string {
  return cost === undefined ? NOTHING : cost.cpuMicroseconds.toFixed(0);
}

function memory(cost: Cost | undefined): string {
  return cost === undefined ? NOTHING : `${megabytes(cost.peak.rss)} / ${megabytes(cost.peak.anonymous)}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** The first column to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map(line).join('\n');
}
