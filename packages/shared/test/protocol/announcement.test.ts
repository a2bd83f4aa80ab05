import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  announcementFrames,
  readAnnouncement,
  targetFault,
  type AnnouncedTarget,
} from '@pullway/shared/protocol/announcement';
import { decodeFrame } from '@pullway/shared/protocol/decode';
import { encodePayload } from '@pullway/shared/protocol/encode';
import { MAX_DATA_BYTES, MAX_FRAME_BYTES, MAX_TARGET_BYTES, MAX_TARGETS } from '@pullway/shared/protocol/limits';
import { ProtocolError } from '@pullway/shared/protocol/protocol-error';

function target(id: number, change: Partial<AnnouncedTarget> = {}): AnnouncedTarget {
  const address = `pod-${id}.shop.pod.prod-eu:8080`;
  return { id, address, path: '/metrics', labels: { job: 'pods' }, passthrough: false, allowedPaths: [], ...change };
}

function framesOf(change: Parameters<typeof announcementFrames>[0]): Uint8Array[] {
  return [...announcementFrames(change)].map((json) => encodePayload('targets', json));
}

function read(frame: Uint8Array): ReturnType<typeof readAnnouncement> {
  const decoded = decodeFrame(frame);
  assert.ok(decoded?.type === 'targets');
  return decoded.announcement;
}

test('a short announcement is one frame', () => {
  const change = { snapshot: true, add: [target(1), target(2, { passthrough: true })], remove: [7] };
  const frames = framesOf(change);
  assert.deepEqual(frames.map(read), [{ ...change, more: false }]);
});

test('an empty snapshot is sent too: it removes everything', () => {
  assert.deepEqual(framesOf({ snapshot: true, add: [], remove: [] }).map(read), [
    { snapshot: true, more: false, add: [], remove: [] },
  ]);
});

test('200,000 targets are cut into frames within the bound, in order, and made one at a time', () => {
  let made = 0;
  // Counts how far the list was read: frames must be made as they are asked for.
  const add = Array.from({ length: MAX_TARGETS }, (_, index) => {
    const full = target(index + 1);
    return Object.defineProperty({ ...full }, 'labels', {
      enumerable: true,
      get: () => {
        made += 1;
        return full.labels;
      },
    });
  });
  const frames = announcementFrames({ snapshot: true, add, remove: [] });
  let expectedId = 1;
  let count = 0;
  for (const json of frames) {
    const frame = encodePayload('targets', json);
    assert.ok(frame.length <= MAX_FRAME_BYTES);
    const part = read(frame);
    assert.equal(part.snapshot, count === 0);
    for (const { id } of part.add) assert.equal(id, expectedId++);
    assert.equal(part.more, expectedId <= MAX_TARGETS);
    assert.ok(made <= expectedId, 'more targets were turned into JSON than the frame needed');
    count += 1;
  }
  assert.equal(expectedId, MAX_TARGETS + 1);
  assert.ok(count > 100);
});

test('a frame is little longer than one of data, unless a single target is', () => {
  const labels = { text: 'x'.repeat(MAX_TARGET_BYTES - 1000) };
  const frames = framesOf({
    snapshot: false,
    add: [target(1, { labels }), target(2), target(3, { labels })],
    remove: [],
  });
  assert.equal(frames.length, 2);
  for (const frame of frames) assert.ok(frame.length <= MAX_DATA_BYTES + 200);
});

test('a target longer than the bound is refused by the end that would send it', () => {
  const labels = { text: 'é'.repeat(MAX_TARGET_BYTES / 2) };
  assert.throws(() => framesOf({ snapshot: false, add: [target(1, { labels })], remove: [] }), ProtocolError);
});

test('more targets than the bound are refused by the end that would send them', () => {
  const add = Array.from({ length: MAX_TARGETS + 1 }, () => target(1));
  assert.throws(() => framesOf({ snapshot: true, add, remove: [] }), ProtocolError);
});

test('a label named __proto__ is a label and nothing else', () => {
  const labels = JSON.parse('{"__proto__": "polluted", "constructor": "x"}');
  const [frame] = framesOf({ snapshot: true, add: [target(1, { labels })], remove: [] });
  const read1 = read(frame ?? new Uint8Array(0)).add[0]?.labels ?? {};
  assert.deepEqual(Object.entries(read1), [
    ['__proto__', 'polluted'],
    ['constructor', 'x'],
  ]);
  assert.equal(Object.getPrototypeOf(read1), Object.prototype);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('an announcement inside __proto__ is no announcement', () => {
  const json = JSON.parse('{"__proto__": {"add": [{}], "snapshot": 3}}');
  assert.deepEqual(readAnnouncement(json), { snapshot: false, more: false, add: [], remove: [] });
});

test('fields that are not known are ignored, in the frame and in a target', () => {
  const json = { add: [{ id: 1, address: 'a:1', path: '/', zone: 9 }], remove: [], color: [] };
  assert.deepEqual(readAnnouncement(json).add, [
    { id: 1, address: 'a:1', path: '/', labels: {}, passthrough: false, allowedPaths: [] },
  ]);
});

for (const address of ['client:9100', '10-0-0-7.prod-eu:80', '[fd00::7]:65535', 'a_b.c~d:1', '[::ffff:10.0.0.1]:80']) {
  test(`takes the address ${address}`, () => {
    assert.equal(readAnnouncement({ add: [{ ...target(1), address }] }).add[0]?.address, address);
  });
}

const badTargets: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['an id of 0', { ...target(1), id: 0 }],
  ['an id of 2^32', { ...target(1), id: 2 ** 32 }],
  ['a fractional id', { ...target(1), id: 1.5 }],
  ['a text as id', { ...target(1), id: '1' }],
  ['no address', { ...target(1), address: undefined }],
  ['an address without a port', { ...target(1), address: 'client' }],
  ['an address with an empty host', { ...target(1), address: ':9100' }],
  ['port 0', { ...target(1), address: 'client:0' }],
  ['upper case', { ...target(1), address: 'Client:9100' }],
  ['userinfo', { ...target(1), address: 'a@client:9100' }],
  ['a path in the address', { ...target(1), address: 'client/x:9100' }],
  ['a line break in the address', { ...target(1), address: 'client:9100\n' }],
  ['a control character in the address', { ...target(1), address: 'cli\u0007ent:9100' }],
  ['letters that no URL holds', { ...target(1), address: 'b\u00fcro:9100' }],
  ['IPv6 without brackets', { ...target(1), address: 'fd00::7:80' }],
  ['a path without a slash', { ...target(1), path: 'metrics' }],
  ['a path with a query', { ...target(1), path: '/probe?x=1' }],
  ['labels that are a list', { ...target(1), labels: ['a'] }],
  ['a label that is no text', { ...target(1), labels: { a: 1 } }],
  ['a label name that Prometheus refuses', { ...target(1), labels: { 'a-b': '1' } }],
  ['an empty label name', { ...target(1), labels: { '': '1' } }],
  ['labels that are too long', { ...target(1), labels: { a: 'x'.repeat(MAX_TARGET_BYTES) } }],
  ['passthrough that is a text', { ...target(1), passthrough: 'yes' }],
  ['allowed paths that are none', { ...target(1), allowedPaths: ['*'] }],
  ['too many allowed paths', { ...target(1), allowedPaths: Array.from({ length: 65 }, () => '/a') }],
];

for (const [what, value] of badTargets) {
  test(`refuses a target with ${what}`, () => {
    assert.throws(() => readAnnouncement({ add: [value] }), ProtocolError);
  });
}

test('an agent can ask why a target would close the tunnel', () => {
  assert.equal(targetFault(target(1)), undefined);
  assert.equal(targetFault(target(1, { address: 'b\u00fcro:9100' })), 'address is no host:port in lower case');
});

for (const json of [{ add: {} }, { remove: 'all' }, { remove: [0] }, { snapshot: 1 }, { more: 'no' }]) {
  test(`refuses the announcement ${JSON.stringify(json)}`, () => {
    assert.throws(() => readAnnouncement(json), ProtocolError);
  });
}
