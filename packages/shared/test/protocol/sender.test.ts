import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MAX_DATA_BYTES, SEND_QUEUE_HIGH_WATER_BYTES } from '@pullway/shared/protocol/limits';
import { Sender, type Portion } from '@pullway/shared/protocol/sender';

const SEED = 20_261_124;

function text({ chunks }: Portion): string {
  return Buffer.concat(chunks).toString();
}

test('merges small chunks into one portion', () => {
  const sender = new Sender(100);
  for (const word of ['up', ' ', '1']) sender.push(Buffer.from(word));
  sender.end();
  const portion = sender.take();
  assert.deepEqual([text(portion), portion.bytes, portion.isEnd], ['up 1', 4, true]);
  assert.equal(sender.isReady, false);
});

test('takes what the credit allows, cuts a chunk in two, and goes on with the rest', () => {
  const sender = new Sender(3);
  sender.push(Buffer.from('ab'));
  sender.push(Buffer.from('cdef'));
  sender.end();
  const first = sender.take();
  assert.deepEqual([text(first), first.isEnd, sender.isReady], ['abc', false, false]);
  sender.credit.grant(2);
  const second = sender.take();
  assert.deepEqual([text(second), second.isEnd], ['de', false]);
  sender.credit.grant(10);
  const third = sender.take();
  assert.deepEqual([text(third), third.isEnd, sender.isReady], ['f', true, false]);
  assert.equal(sender.credit.available, 9);
});

test('needs no credit to end', () => {
  const sender = new Sender(0);
  assert.equal(sender.isReady, false);
  sender.end();
  assert.equal(sender.isReady, true);
  assert.deepEqual([sender.take().isEnd, sender.isReady], [true, false]);
});

test('one portion is at most one frame of data', () => {
  const sender = new Sender(1e9);
  sender.push(Buffer.alloc(MAX_DATA_BYTES + 1));
  assert.equal(sender.take().bytes, MAX_DATA_BYTES);
  assert.equal(sender.take().bytes, 1);
});

test('tells the producer to wait at the high water mark, and wakes it once at half of it', () => {
  const sender = new Sender(1e9);
  assert.equal(sender.push(Buffer.alloc(SEND_QUEUE_HIGH_WATER_BYTES - 1)), true);
  assert.equal(sender.push(Buffer.alloc(1)), false);
  assert.equal(sender.push(Buffer.alloc(MAX_DATA_BYTES)), false);
  sender.take();
  assert.equal(sender.shouldWakeProducer(), false);
  sender.take();
  assert.deepEqual([sender.shouldWakeProducer(), sender.shouldWakeProducer()], [true, false]);
});

// Empty chunks counted as nothing and were kept for good.
test('does not keep empty chunks', () => {
  const sender = new Sender(10);
  for (let i = 0; i < 5; i += 1) sender.push(new Uint8Array(0));
  sender.push(Buffer.from('x'));
  assert.equal(sender.take().chunks.length, 1);
});

// Bytes after the end went out as DATA after END, for which the peer closed the tunnel.
test('refuses bytes after the end', () => {
  const sender = new Sender(10);
  sender.end();
  assert.throws(() => sender.push(Buffer.from('x')), /after the end/);
});

test('what goes in comes out in order, whatever chunks and credit there are', () => {
  const chunk = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(fc.array(chunk), fc.array(fc.nat(30)), fc.nat(30), (chunks, grants, first) => {
      const sender = new Sender(first);
      for (const bytes of chunks) sender.push(bytes);
      sender.end();
      const out: Uint8Array[] = [];
      let isEnded = false;
      for (const grant of [0, ...grants, 1e6]) {
        sender.credit.grant(grant);
        while (sender.isReady) {
          const portion = sender.take();
          assert.equal(Buffer.concat(portion.chunks).length, portion.bytes);
          assert.ok(sender.credit.available >= 0 && !isEnded);
          out.push(...portion.chunks);
          isEnded = portion.isEnd;
        }
      }
      assert.ok(isEnded);
      assert.deepEqual(Buffer.concat(out), Buffer.concat(chunks));
    }),
    { seed: SEED, numRuns: 2000 },
  );
});
