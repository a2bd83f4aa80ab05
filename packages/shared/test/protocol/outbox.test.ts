import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_CONTROL_QUEUE_BYTES, MAX_WAITING_ANNOUNCEMENTS } from '@pullway/shared/protocol/limits';
import { Outbox } from '@pullway/shared/protocol/outbox';

/** Takes `count` turns, one frame each, whose first byte is the code of `letter`. */
function participant(outbox: Outbox, letter: string, count: number): { takeTurn(): Uint8Array | undefined } {
  let left = count;
  const self = {
    takeTurn: (): Uint8Array | undefined => {
      if (left === 0) return undefined;
      left -= 1;
      if (left > 0) outbox.requestTurn(self);
      return Buffer.from(letter);
    },
  };
  outbox.requestTurn(self);
  return self;
}

function* letters(letter: string, count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i += 1) yield Buffer.from(letter);
}

function drain(outbox: Outbox, frames = Infinity): string {
  let text = '';
  for (let i = 0; i < frames; i += 1) {
    const frame = outbox.next();
    if (frame === undefined) break;
    text += Buffer.from(frame).toString();
  }
  return text;
}

function numbered(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

test('is empty at first', () => {
  assert.equal(new Outbox().next(), undefined);
});

test('those with something to send take turns, one frame each', () => {
  const outbox = new Outbox();
  participant(outbox, 'a', 4);
  participant(outbox, 'b', 2);
  participant(outbox, 'c', 1);
  assert.equal(drain(outbox), 'abcabaa');
});

test('control frames go first, even those that come in between', () => {
  const outbox = new Outbox();
  participant(outbox, 'a', 3);
  outbox.pushControl(Buffer.from('1'));
  outbox.pushControl(Buffer.from('2'));
  assert.equal(drain(outbox, 3), '12a');
  outbox.pushControl(Buffer.from('3'));
  assert.equal(drain(outbox), '3aa');
});

test('asking twice for a turn gives one', () => {
  const outbox = new Outbox();
  const a = participant(outbox, 'a', 1);
  outbox.requestTurn(a);
  assert.equal(drain(outbox), 'a');
});

// Announcements used to take every other frame, and longer ones: 200,000 targets took four fifths of a tunnel from its scrapes.
test('announcements together are one participant, and follow each other in order', () => {
  const outbox = new Outbox();
  participant(outbox, 'a', 4);
  participant(outbox, 'b', 4);
  outbox.pushAnnouncement(letters('x', 2));
  outbox.pushAnnouncement(letters('y', 2));
  assert.equal(drain(outbox), 'abxabxabyaby');
});

test('announcements go on alone, and after an empty one', () => {
  const outbox = new Outbox();
  outbox.pushAnnouncement(letters('x', 0));
  outbox.pushAnnouncement(letters('y', 2));
  assert.equal(drain(outbox), 'yy');
  outbox.pushAnnouncement(letters('z', 1));
  assert.equal(drain(outbox), 'z');
});

test('a frame of an announcement is made when its turn has come', () => {
  const outbox = new Outbox();
  let made = 0;
  outbox.pushAnnouncement(
    (function* count() {
      for (; made < 5;) {
        made += 1;
        yield Buffer.from('x');
      }
    })(),
  );
  drain(outbox, 2);
  assert.equal(made, 2);
});

test('who has nothing to send when the turn comes is passed over', () => {
  const outbox = new Outbox();
  participant(outbox, 'a', 0);
  participant(outbox, 'b', 1);
  assert.equal(drain(outbox), 'b');
});

test('is crowded at half of the bound for control frames, overfull beyond it, and neither once they went out', () => {
  const outbox = new Outbox();
  const half = Buffer.alloc(MAX_CONTROL_QUEUE_BYTES / 2);
  outbox.pushControl(half);
  assert.deepEqual([outbox.isCrowded, outbox.isOverfull], [false, false]);
  outbox.pushControl(half);
  assert.deepEqual([outbox.isCrowded, outbox.isOverfull], [true, false]);
  outbox.pushControl(Buffer.from('x'));
  assert.equal(outbox.isOverfull, true);
  while (outbox.next() !== undefined);
  assert.deepEqual([outbox.isCrowded, outbox.isOverfull], [false, false]);
});

test('is overfull when announcements pile up', () => {
  const outbox = new Outbox();
  for (let i = 0; i <= MAX_WAITING_ANNOUNCEMENTS; i += 1) outbox.pushAnnouncement(letters('x', 1));
  assert.equal(outbox.isOverfull, true);
  outbox.next();
  outbox.next();
  assert.equal(outbox.isOverfull, false);
});

// Frames that had gone out were kept until the queue was quite empty, which under load it never is.
test('keeps the order over many control frames while the queue is never empty', () => {
  const outbox = new Outbox();
  for (let i = 0; i < 10; i += 1) outbox.pushControl(numbered(i));
  for (let i = 0; i < 10_000; i += 1) {
    assert.deepEqual(outbox.next(), numbered(i));
    outbox.pushControl(numbered(i + 10));
  }
});
