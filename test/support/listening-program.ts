// Waits until another program listens at a port of 127.0.0.1.

import { connect } from 'node:net';
import type { ChildProgram } from './child-program.ts';
import { Hopeless, until } from './until.ts';

/** Some read much before they listen. */
const PATIENCE_MS = 30_000;

/** Settles when `program` takes connections at `port`; rejects with what it printed when it ended instead. */
export async function listensAt(program: ChildProgram, port: number): Promise<void> {
  await until(
    `${program.name} to listen`,
    async () => {
      if (!program.isRunning) throw new Hopeless(`${program.name} ended:\n${program.output}`);
      return (await accepts(port)) || undefined;
    },
    PATIENCE_MS,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
