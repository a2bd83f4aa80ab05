// The objects of one kind that one list-watch sees, as they are known last. It tells who listens which of them changed.
// It must not know how objects arrive, nor what is made of them.

import { isDeepStrictEqual } from 'node:util';

/**
 * Told of an object that came, changed or went, and of what it was before: undefined when it was not there. It is called before the
 * change returns, and must not throw.
 */
export type ObjectListener<T> = (namespace: string, name: string, before: T | undefined) => void;

export interface CachedObject {
  /** Empty for kinds without one. */
  readonly namespace: string;
  readonly name: string;
}

export class ObjectCache<T extends CachedObject> {
  #objects = new Map<string, T>();
  readonly #listeners = new Set<ObjectListener<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Calls `listener` for each later change. @returns what ends that. */
  listen(listener: ObjectListener<T>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** An object that is known already, in all that labels are made of, is no change: most updates are heartbeats. */
  set(object: T): void {
    const key = keyOf(object.namespace, object.name);
    const known = this.#objects.get(key);
    if (known !== undefined && isDeepStrictEqual(known, object)) return;
    this.#objects.set(key, object);
    this.#tell(object, known);
  }

  delete(namespace: string, name: string): void {
    const key = keyOf(namespace, name);
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.#tell(object, object);
  }

  /** Takes `objects` for all there are: those that are not among them are gone. */
  replaceAll(objects: Iterable<T>): void {
    const before = this.#objects;
    this.#objects = new Map();
    const changed: [object: T, before: T | undefined][] = [];
    for (const object of objects) {
      const key = keyOf(object.namespace, object.name);
      const known = before.get(key);
      before.delete(key);
      const isKnown = known !== undefined && isDeepStrictEqual(known, object);
      this.#objects.set(key, isKnown ? known : object);
      if (!isKnown) changed.push([object, known]);
    }
    // Only now: a listener that looks at other objects finds all of them new.
    for (const object of before.values()) changed.push([object, object]);
    for (const [object, known] of changed) this.#tell(object, known);
  }

  #tell({ namespace, name }: CachedObject, before: T | undefined): void {
    for (const listener of this.#listeners) listener(namespace, name, before);
  }
}

/** Neither part can hold a slash. */
function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
