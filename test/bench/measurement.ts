// One measurement: a load program runs, and what it tells becomes numbers for each hop.

import { join } from 'node:path';
import { startProgram } from '../support/child-program.ts';
import type { Memory } from './process-cost.ts';
import type { Hop } from './hop.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import type { Scenario } from './scenario.ts';

export interface Measurement {
  readonly perSecond: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly proxy: Cost | undefined;
  readonly agent: Cost | undefined;
}

export interface Cost {
  /** User and system time of the whole process for each scrape, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly peak: Memory;
}

const PROGRAM = join(import.meta.dirname, 'load-program.ts');

/** Runs the load of `scenario` on all `hops` at the same time; the answer has a measurement for each, by name. */
export async function measure(
  scenario: Scenario,
  hops: readonly Hop[],
  warmUpMs: number,
): Promise<ReadonlyMap<string, Measurement>> {
  const { body, load, measureMs } = scenario;
  const routes = hops.map((hop) => ({ name: hop.name, ...hop.route(body), bodyBytes: body.bytes.length }));
  const pids = Object.fromEntries(
    hops.flatMap(({ name, pids }) => Object.entries(pids).map(([role, pid]) => [processName(name, role), pid])),
  );
  const result = await runLoad({ routes, load, warmUpMs, measureMs, pids });
  return new Map(hops.map(({ name }) => [name, measurementOf(name, result)]));
}

async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const program = startProgram('load', process.execPath, [PROGRAM, JSON.stringify(order)]);
  const { code } = await program.ended;
  if (code !== 0) throw new Error(`the load program failed:\n${program.output}`);
  return JSON.parse(program.output);
}

function measurementOf(name: string, { routes, costs }: LoadResult): Measurement {
  const route = routes[name];
  if (route === undefined || route.scrapes === 0) throw new Error(`${name} answered no scrape`);
  const costOf = (role: string): Cost | undefined => {
    const cost = costs[processName(name, role)];
    return cost && { cpuMicroseconds: cost.cpuMicroseconds / route.scrapes, peak: cost.peak };
  };
  return {
    perSecond: route.scrapes / route.seconds,
    failures: route.failures,
    p50Ms: route.p50Ms,
    p99Ms: route.p99Ms,
    proxy: costOf('proxy'),
    agent: costOf('agent'),
  };
}

function processName(hop: string, role: string): string {
  return `${hop} ${role}`;
}
