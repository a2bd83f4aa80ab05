// A TCP relay between an agent and a proxy that a test can cut, or make swallow every byte. It delays nothing (delaying-relay.ts does)
// and knows nothing of what it carries.

import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { listenLocally } from './listen.ts';
import { resetConnection } from './reset.ts';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  isSwallowed: boolean;
}

export class Relay {
  readonly port: number;
  readonly #pairs: Set<Pair>;
  readonly #network: { isDown: boolean };

  constructor(port: number, pairs: Set<Pair>, network: { isDown: boolean }) {
    this.port = port;
    this.#pairs = pairs;
    this.#network = network;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends every connection at both ends with a reset. New ones are relayed again. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      resetConnection(near);
      resetConnection(far);
    }
  }

  /** From now on every byte and every close is lost, on connections there are and on new ones, and neither end is told. */
  swallow(): void {
    this.#network.isDown = true;
    for (const pair of this.#pairs) pair.isSwallowed = true;
  }

  /** New connections are relayed again. Those that lost bytes stay dead, as a real one would hardly be. */
  restore(): void {
    this.#network.isDown = false;
  }
}

/** Relays from a free port of 127.0.0.1 to `targetPort` there, until the test is over. */
export async function startRelay(test: TestContext, targetPort: number): Promise<Relay> {
  const pairs = new Set<Pair>();
  const network = { isDown: false };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true, noDelay: true });
    join({ near, far, isSwallowed: network.isDown }, pairs);
  });
  const relay = new Relay(await listenLocally(server), pairs, network);
  test.after(() => {
    server.close();
    relay.cut();
  });
  return relay;
}

function join(pair: Pair, pairs: Set<Pair>): void {
  pairs.add(pair);
  carry(pair, pair.near, pair.far);
  carry(pair, pair.far, pair.near);
  const closed = (): void => {
    if (pair.near.destroyed && pair.far.destroyed) pairs.delete(pair);
  };
  pair.near.once('close', closed);
  pair.far.once('close', closed);
}

function carry(pair: Pair, from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (!pair.isSwallowed && !to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => {
    if (!pair.isSwallowed) to.end();
  });
  // A reset travels as a reset; 'close' follows.
  from.on('error', () => {
    if (!pair.isSwallowed) resetConnection(to);
  });
  from.once('close', () => {
    if (!pair.isSwallowed && !to.destroyed && !to.writableEnded) to.destroy();
  });
}
