import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectCache } from '../../../src/discovery/kubernetes/object-cache.ts';

interface Thing {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function thing(name: string, labels: Thing['labels'] = {}): Thing {
  return { namespace: 'shop', name, labels };
}

function listenedCache() {
  const cache = new ObjectCache<Thing>();
  const told: string[] = [];
  const stop = cache.listen((namespace, name) => void told.push(`${namespace}/${name}`));
  return { cache, told, stop };
}

test('tells of objects that come, change and go', () => {
  const { cache, told } = listenedCache();
  cache.set(thing('a'));
  cache.set(thing('a', { x: '1' }));
  cache.delete('shop', 'a');
  assert.deepEqual(told, ['shop/a', 'shop/a', 'shop/a']);
  assert.equal(cache.get('shop', 'a'), undefined);
});

test('tells what an object was before', () => {
  const cache = new ObjectCache<Thing>();
  const told: (string | undefined)[] = [];
  cache.listen((_namespace, _name, before) => void told.push(before && JSON.stringify(before.labels)));
  cache.set(thing('a', { x: '1' }));
  cache.set(thing('a', { x: '2' }));
  cache.replaceAll([thing('a', { x: '3' }), thing('b')]);
  cache.delete('shop', 'a');
  cache.replaceAll([]);
  assert.deepEqual(told, [undefined, '{"x":"1"}', '{"x":"2"}', undefined, '{"x":"3"}', '{}']);
});

test('says nothing of an update that changes no label, nor of the end of what is not known', () => {
  const { cache, told } = listenedCache();
  cache.set(thing('a', { x: '1' }));
  const known = cache.get('shop', 'a');
  cache.set(thing('a', { x: '1' }));
  cache.delete('shop', 'b');
  assert.deepEqual(told, ['shop/a']);
  assert.equal(cache.get('shop', 'a'), known);
});

test('tells what a new list changed, when all of it is in place', () => {
  const { cache, told } = listenedCache();
  cache.replaceAll([thing('same'), thing('changed'), thing('gone')]);
  told.length = 0;
  const sizes: number[] = [];
  cache.listen(() => void sizes.push(cache.size));
  cache.replaceAll([thing('same'), thing('changed', { x: '1' }), thing('new')]);
  assert.deepEqual(told, ['shop/changed', 'shop/new', 'shop/gone']);
  assert.deepEqual(sizes, [3, 3, 3]);
  assert.deepEqual(
    [...cache.values()].map(({ name }) => name),
    ['same', 'changed', 'new'],
  );
});

// A list was compared with what was known in one go, at 5 µs for each object that had not changed.
test('compares a new list an object at a time, and changes nothing before all are compared', () => {
  const { cache, told } = listenedCache();
  cache.replaceAll([thing('a'), thing('b'), thing('gone')]);
  told.length = 0;
  const replacing = cache.replacing([thing('a'), thing('b', { x: '1' }), thing('new')]);
  let units = 0;
  for (let step = replacing.next(); step.done !== true; step = replacing.next()) {
    units += 1;
    assert.deepEqual([told, cache.size, cache.get('shop', 'b')?.labels], [[], 3, {}]);
  }
  assert.equal(units, 6);
  assert.deepEqual([told, cache.get('shop', 'gone')], [['shop/b', 'shop/new', 'shop/gone'], undefined]);
});

test('keeps apart objects of one name in two namespaces', () => {
  const { cache } = listenedCache();
  cache.replaceAll([thing('a'), { ...thing('a'), namespace: '' }]);
  assert.equal(cache.size, 2);
  assert.equal(cache.get('', 'a')?.namespace, '');
});

test('tells nobody who does not listen any more', () => {
  const { cache, told, stop } = listenedCache();
  stop();
  cache.set(thing('a'));
  assert.deepEqual(told, []);
});
