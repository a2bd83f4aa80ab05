import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reloading } from '@pullway/shared/runtime/reloading';
import { MemoryLogger } from '../support/memory-logger.ts';

/** A load that ends when the test says so. */
class Loads {
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  started = 0;

  readonly load = (): Promise<void> => {
    const load = Promise.withResolvers<void>();
    this.#waiting.push(load);
    this.started += 1;
    return load.promise;
  };

  async succeed(): Promise<void> {
    await turn();
    this.#waiting.shift()?.resolve();
    await turn();
  }

  async fail(message: string): Promise<void> {
    await turn();
    this.#waiting.shift()?.reject(new Error(message));
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('a reload that succeeds moves the time of the last success', async () => {
  const loads = new Loads();
  const logger = new MemoryLogger();
  const reloading = new Reloading(loads.load, logger);
  const { lastSuccessTimestamp } = reloading.state;
  const reload = reloading.reload('request');
  await loads.succeed();
  await reload;
  assert.equal(reloading.state.lastReloadSuccessful, true);
  assert.ok(reloading.state.lastSuccessTimestamp >= lastSuccessTimestamp);
  assert.deepEqual(logger.records, [
    { level: 'info', fields: { cause: 'request' }, message: 'configuration reloaded' },
  ]);
});

test('a bad file shows in the state and in the log until a good one comes', async () => {
  const loads = new Loads();
  const logger = new MemoryLogger();
  const reloading = new Reloading(loads.load, logger);
  const { lastSuccessTimestamp } = reloading.state;
  const bad = assert.rejects(reloading.reload('signal'), /a\.yml:1:1/);
  await loads.fail('a.yml:1:1: unknown field');
  await bad;
  assert.deepEqual(reloading.state, { lastReloadSuccessful: false, lastSuccessTimestamp });
  assert.equal(logger.records[0]?.fields['error'], 'a.yml:1:1: unknown field');
  const good = reloading.reload('signal');
  await loads.succeed();
  await good;
  assert.equal(reloading.state.lastReloadSuccessful, true);
});

test('reloads run one at a time, and those that wait share one', async () => {
  const loads = new Loads();
  const reloading = new Reloading(loads.load, new MemoryLogger());
  const first = reloading.reload('signal');
  await turn();
  const second = reloading.reload('request');
  const third = reloading.reload('file change');
  await turn();
  assert.equal(loads.started, 1);
  await loads.succeed();
  await first;
  assert.equal(loads.started, 2);
  await loads.succeed();
  await Promise.all([second, third]);
  assert.equal(loads.started, 2);
});

test('a reload that fails does not harm the one that waits for it', async () => {
  const loads = new Loads();
  const reloading = new Reloading(loads.load, new MemoryLogger());
  const first = assert.rejects(reloading.reload('signal'));
  await turn();
  const second = reloading.reload('signal');
  await loads.fail('bad');
  await first;
  await loads.succeed();
  await second;
  assert.equal(reloading.state.lastReloadSuccessful, true);
});

test('a fault of a reload in the background is logged and goes nowhere else', async () => {
  const loads = new Loads();
  const logger = new MemoryLogger();
  new Reloading(loads.load, logger).reloadInBackground('file change');
  await loads.fail('bad');
  assert.deepEqual(logger.lines, ['error configuration not reloaded; the old one stays in force']);
});
