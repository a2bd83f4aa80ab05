// Makes load as its one argument orders, and writes what came of it to stdout. A program of its own, so that its cost is nobody else's.

import { setTimeout as pause } from 'node:timers/promises';
import { CostMeter } from './cost-meter.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { RouteLoad } from './route-load.ts';

/** Timers come up to a millisecond late, which is more than a scrape takes: the last bit of the wait is spent looking at the clock. */
const SPIN_MS = 1.5;

const order: LoadOrder = JSON.parse(process.argv[2] ?? '');
const loads = new Map(order.routes.map((route) => [route.name, new RouteLoad(route)]));
for (const [index, load] of [...loads.values()].entries()) beginLoad(load, index / loads.size);

await pause(order.warmUpMs);
const meter = new CostMeter(order.pids);
for (const load of loads.values()) load.begin();
await pause(order.measureMs);
const costs = meter.stop();
const routes = Object.fromEntries([...loads].map(([name, { result }]) => [name, result]));
const result: LoadResult = { routes, costs };
process.stdout.write(JSON.stringify(result), () => process.exit());

/** `phase` (0 to 1) sets the routes apart, so that none always comes in another's wake. */
function beginLoad(load: RouteLoad, phase: number): void {
  if (order.load.kind === 'rate') return atRate(load, 1000 / order.load.perSecond, phase);
  for (let scrape = 0; scrape < order.load.inFlight; scrape += 1) again(load);
}

function again(load: RouteLoad): void {
  load.scrape(performance.now(), () => again(load));
}

/** An open loop: a scrape that is slow does not put off those after it, as Prometheus would not either. */
function atRate(load: RouteLoad, periodMs: number, phase: number): void {
  let dueAt = performance.now() + periodMs * (1 + phase);
  const look = (): void => {
    while (performance.now() >= dueAt) {
      load.scrape(dueAt, () => {});
      dueAt += periodMs;
    }
    const waitMs = dueAt - performance.now() - SPIN_MS;
    if (waitMs >= 1) setTimeout(look, waitMs);
    else setImmediate(look);
  };
  look();
}
