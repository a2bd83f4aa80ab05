import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { runProgram, type ProcessPort, type Running } from '@pullway/shared/runtime/shutdown';
import { MemoryLogger } from '../support/memory-logger.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const GRACE_MS = 10_000;

class FakeProcess implements ProcessPort {
  readonly exits: number[] = [];
  readonly #handlers = new Map<string, () => void>();

  onSignal(signal: string, run: () => void): void {
    this.#handlers.set(signal, run);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** Sends a signal, and lets what follows from it happen. */
  async kill(signal: string): Promise<void> {
    const handler = this.#handlers.get(signal);
    assert.ok(handler, `${signal} would have killed the process`);
    handler();
    await turn();
  }
}

/** A program that ends when the test says so, or when it is cut. */
class FakeProgram implements Running {
  readonly #closing = Promise.withResolvers<void>();
  readonly endsWhenCut: boolean;
  reloads = 0;
  cut: AbortSignal | undefined;

  constructor(options: { readonly endsWhenCut: boolean } = { endsWhenCut: true }) {
    this.endsWhenCut = options.endsWhenCut;
  }

  close({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.cut = signal;
    if (this.endsWhenCut) signal.addEventListener('abort', () => this.#closing.resolve());
    return this.#closing.promise;
  }

  reload(): void {
    this.reloads += 1;
  }

  async end(fault?: Error): Promise<void> {
    if (fault === undefined) this.#closing.resolve();
    else this.#closing.reject(fault);
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Life {
  readonly process: FakeProcess;
  readonly logger: MemoryLogger;
  readonly clock: SimulatedClock;
  readonly run: (start: () => Promise<Running>) => Promise<void>;
}

function life(): Life {
  const process = new FakeProcess();
  const logger = new MemoryLogger();
  const clock = new SimulatedClock();
  const run = (start: () => Promise<Running>): Promise<void> =>
    runProgram({ process, logger, clock, graceMs: GRACE_MS, start });
  return { process, logger, clock, run };
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} stops cleanly with exit code 0`, async () => {
    const { process, logger, clock, run } = life();
    const program = new FakeProgram();
    await run(async () => program);
    await process.kill(signal);
    assert.deepEqual(process.exits, []);
    assert.equal(program.cut?.aborted, false);
    await program.end();
    assert.deepEqual(process.exits, [0]);
    assert.deepEqual(logger.lines, ['info stopping', 'info stopped']);
    assert.equal(clock.pending, 0);
  });
}

test('a fault of the start ends with exit code 1', async () => {
  const { process, logger, run } = life();
  await run(() => Promise.reject(new Error('address in use')));
  assert.deepEqual(process.exits, [1]);
  assert.deepEqual(logger.lines, ['error cannot start']);
});

test('a fault of the configuration ends with exit code 2 and a line for each fault', async () => {
  const { process, logger, run } = life();
  await run(() =>
    Promise.reject(new ConfigError([{ message: 'one' }, { file: 'a.yml', line: 1, column: 2, message: 'two' }])),
  );
  assert.deepEqual(process.exits, [2]);
  assert.deepEqual(
    logger.records.map(({ fields }) => fields['fault']),
    ['one', 'a.yml:1:2: two'],
  );
});

test('a fault of the stop ends with exit code 1', async () => {
  const { process, run } = life();
  const program = new FakeProgram();
  await run(async () => program);
  await process.kill('SIGTERM');
  await program.end(new Error('disk on fire'));
  assert.deepEqual(process.exits, [1]);
});

test('what still runs when the grace time is over is cut', async () => {
  const { process, clock, run } = life();
  const program = new FakeProgram();
  await run(async () => program);
  await process.kill('SIGTERM');
  clock.advance(GRACE_MS - 1);
  assert.equal(program.cut?.aborted, false);
  clock.advance(1);
  await turn();
  assert.deepEqual(process.exits, [0]);
});

test('a second signal cuts at once', async () => {
  const { process, run } = life();
  const program = new FakeProgram();
  await run(async () => program);
  await process.kill('SIGTERM');
  await process.kill('SIGINT');
  assert.equal(program.cut?.aborted, true);
  assert.deepEqual(process.exits, [0]);
});

test('a program that does not stop when it is cut ends with exit code 1', async () => {
  const { process, clock, run } = life();
  await run(async () => new FakeProgram({ endsWhenCut: false }));
  await process.kill('SIGTERM');
  clock.advance(GRACE_MS + 1_999);
  assert.deepEqual(process.exits, []);
  clock.advance(1);
  assert.deepEqual(process.exits, [1]);
});

test('a third signal does not wait for the cut', async () => {
  const { process, run } = life();
  await run(async () => new FakeProgram({ endsWhenCut: false }));
  await process.kill('SIGTERM');
  await process.kill('SIGTERM');
  assert.deepEqual(process.exits, []);
  await process.kill('SIGTERM');
  assert.deepEqual(process.exits, [1]);
});

test('SIGHUP reloads, but not a program that starts or stops', async () => {
  const { process, run } = life();
  const program = new FakeProgram();
  const start = Promise.withResolvers<Running>();
  const running = run(() => start.promise);
  await process.kill('SIGHUP');
  start.resolve(program);
  await running;
  assert.equal(program.reloads, 0);
  await process.kill('SIGHUP');
  assert.equal(program.reloads, 1);
  await process.kill('SIGTERM');
  await process.kill('SIGHUP');
  assert.equal(program.reloads, 1);
});

test('a stop that is asked for during the start follows the start', async () => {
  const { process, run } = life();
  const program = new FakeProgram();
  const start = Promise.withResolvers<Running>();
  const running = run(() => start.promise);
  await process.kill('SIGTERM');
  start.resolve(program);
  await running;
  assert.equal(program.cut?.aborted, false);
  await program.end();
  assert.deepEqual(process.exits, [0]);
});
