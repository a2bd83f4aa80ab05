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
