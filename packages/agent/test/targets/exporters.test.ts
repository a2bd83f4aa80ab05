import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish } from '@pullway/shared/runtime/pace';
import { Exporters } from '../../src/targets/exporters.ts';
import { SimulatedClock } from '../../../shared/test/support/simulated-clock.ts';
import { temporaryFolder } from '../../../shared/test/support/temporary-folder.ts';
import { description } from '../support/targets.ts';

test('gives equal descriptions one exporter, and different ones different exporters', () => {
  new Exporters(() => 0).revise((find) => {
    const first = find(description());
    assert.equal(find(description()), first);
    assert.notEqual(find(description({ port: 9101 })), first);
    assert.notEqual(find(description({ scheme: 'https' })), first);
    assert.notEqual(find(description({ tls: { insecureSkipVerify: true } })), first);
    const password = { kind: 'inline', value: 'p' } as const;
    assert.notEqual(find(description({ credentials: { kind: 'basic', username: 'u', password } })), first);
  });
});

test('keeps exporters over a revision and forgets those that nobody asks for', () => {
  const exporters = new Exporters(() => 0);
  const [a, b] = exporters.revise((find) => [find(description({ host: 'a' })), find(description({ host: 'b' }))]);
  assert.deepEqual(exporters.all, new Set([a, b]));
  assert.equal(
    exporters.revise((find) => find(description({ host: 'b' }))),
    b,
  );
  assert.deepEqual(exporters.all, new Set([b]));
  assert.notEqual(
    exporters.revise((find) => find(description({ host: 'a' }))),
    a,
  );
});

test('changes nothing when a revision fails', () => {
  const exporters = new Exporters(() => 0);
  const a = exporters.revise((find) => find(description({ host: 'a' })));
  assert.throws(() =>
    exporters.revise((find) => {
      find(description({ host: 'b' }));
      throw new Error('a fault in the file');
    }),
  );
  assert.deepEqual(exporters.all, new Set([a]));
});

test('reads a password from its file, again when that was replaced', async (t) => {
  const file = join(await temporaryFolder(t), 'password');
  await writeFile(file, 'old\n');
  const clock = new SimulatedClock();
  const { credentials } = new Exporters(() => clock.now()).revise((find) =>
    find(description({ credentials: { kind: 'basic', username: 'u', password: { kind: 'file', file } } })),
  );
  assert.equal(credentials.kind === 'basic' && (await credentials.password()), 'old');
  await writeFile(file, 'newer\n');
  clock.advance(60_000);
  assert.equal(credentials.kind === 'basic' && (await credentials.password()), 'newer');
});

test('knows what was asked for until it is left out', () => {
  const exporters = new Exporters(() => 0);
  const [a, b] = [exporters.find(description({ host: 'a' })), exporters.find(description({ host: 'b' }))];
  assert.equal(exporters.find(description({ host: 'a' })), a);
  finish(exporters.retain(new Set([b])));
  assert.deepEqual(exporters.all, new Set([b]));
  assert.notEqual(exporters.find(description({ host: 'a' })), a);
});
