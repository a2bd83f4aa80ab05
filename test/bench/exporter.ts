// The exporter program, started and stopped.

import { join } from 'node:path';
import { startProgram, type ChildProgram } from '../support/child-program.ts';

const PROGRAM = join(import.meta.dirname, 'exporter-program.ts');

export class Exporter {
  /** At 127.0.0.1. */
  readonly port: number;
  readonly #program: ChildProgram;

  constructor(program: ChildProgram, port: number) {
    this.#program = program;
    this.port = port;
  }

  static async start(): Promise<Exporter> {
    const program = startProgram('exporter', process.execPath, [PROGRAM]);
    const [, port] = await program.outputMatching(/port (\d+)/);
    return new Exporter(program, Number(port));
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
