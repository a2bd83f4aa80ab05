// A real node_exporter at a port of 127.0.0.1.

import type { TestContext } from 'node:test';
import { startProgram } from './child-program.ts';
import { freePort } from './free-port.ts';
import { endWith } from './program.ts';
import { until } from './until.ts';

/** Starts `nodeExporter`, which ends with `test`. @returns its port, once it answers */
export async function runNodeExporter(test: TestContext, nodeExporter: string): Promise<number> {
  const port = await freePort();
  endWith(test, startProgram('node_exporter', nodeExporter, [`--web.listen-address=127.0.0.1:${port}`]));
  await until(
    'node_exporter to answer',
    async () => (await fetch(`http://127.0.0.1:${port}/`)).ok || undefined,
    30_000,
  );
  return port;
}
