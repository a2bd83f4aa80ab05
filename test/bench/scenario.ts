// What is measured: each body at saturation and at fixed rates.

import { BODIES, type Body } from './body.ts';
import type { LoadOrder } from './load.ts';
import type { BenchOptions } from './options.ts';

export interface Scenario {
  readonly title: string;
  readonly body: Body;
  readonly load: LoadOrder['load'];
  readonly measureMs: number;
}

/** Sixteen bodies of 1 MB at a time, or 200 a second on each hop, would measure the memory bus of the machine. */
const LARGE_BYTES = 500_000;
const MAX_IN_FLIGHT_OF_LARGE = 4;
const RATE_DIVISOR_OF_LARGE = 10;

/** Rates come first: memory that saturation has taken is long in going back, and would count for them too. */
export function scenariosOf(options: BenchOptions): readonly Scenario[] {
  const all = [
    ...BODIES.flatMap((body) => options.rates.map((rate) => atRate(body, rate, options))),
    ...BODIES.map((body) => atSaturation(body, options)),
  ];
  const { only } = options;
  return only.length === 0 ? all : all.filter(({ title }) => only.some((text) => title.includes(text)));
}

function atSaturation(body: Body, { inFlight, saturationMs }: BenchOptions): Scenario {
  const scrapes = isLarge(body) ? Math.min(inFlight, MAX_IN_FLIGHT_OF_LARGE) : inFlight;
  return {
    title: `saturation, ${body.title}, ${scrapes} in flight`,
    body,
    load: { kind: 'saturation', inFlight: scrapes },
    measureMs: saturationMs,
  };
}

function atRate(body: Body, rate: number, { rateMs }: BenchOptions): Scenario {
  const perSecond = isLarge(body) ? rate / RATE_DIVISOR_OF_LARGE : rate;
  return { title: `${perSecond}/s, ${body.title}`, body, load: { kind: 'rate', perSecond }, measureMs: rateMs };
}

function isLarge({ bytes }: Body): boolean {
  return bytes.length >= LARGE_BYTES;
}
