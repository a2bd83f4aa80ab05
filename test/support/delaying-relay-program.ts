// A program: relays TCP from a free port of 127.0.0.1 to another one, and holds every chunk back for some milliseconds in each direction.
// It limits no bandwidth: chunks overlap, as they do on a long line. A process of its own, so that it is not slowed by the test.
//
//     node delaying-relay-program.ts TARGET_PORT MILLISECONDS

import { connect, createServer, type Socket } from 'node:net';

interface Held {
  readonly dueAt: number;
  readonly bytes: Buffer | undefined;
}

const targetPort = Number(process.argv[2]);
const delayMs = Number(process.argv[3]);

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true, noDelay: true });
  holdBack(near, far);
  holdBack(far, near);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`relaying from port ${address?.port}\n`);
});

function holdBack(from: Socket, to: Socket): void {
  const queue: Held[] = [];
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    timer = undefined;
    const now = performance.now();
    to.cork();
    for (let held = queue[0]; held !== undefined && held.dueAt <= now; held = queue[0]) {
      queue.shift();
      if (held.bytes === undefined) to.end();
      else to.write(held.bytes);
    }
    to.uncork();
    schedule();
  };
  const schedule = (): void => {
    const next = queue[0];
    if (next !== undefined) timer ??= setTimeout(release, next.dueAt - performance.now());
  };
  const hold = (bytes: Buffer | undefined): void => {
    queue.push({ dueAt: performance.now() + delayMs, bytes });
    schedule();
  };
  from.on('data', hold);
  from.once('end', () => hold(undefined));
  from.on('error', () => to.destroy());
  from.once('close', () => setTimeout(() => to.destroy(), delayMs));
}
