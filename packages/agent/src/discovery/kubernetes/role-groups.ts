// The target groups of one role, made of the objects of one set of watches. It knows which groups a change concerns and makes those anew
// when asked, so that a hundred changes of one slice cost one group. It must not know how objects arrive, nor when to ask.
//
//   list-watch ─► ObjectCache ─► RoleGroups: dirty ══ takeChanges() ══► groups ─► relabelling, targets
//                    Pod, Node, Service ─► Dependents ─┘

import type { TargetGroup } from '../target-group.ts';
import { Dependents } from './dependents.ts';
import type { CachedObject, ObjectCache } from './object-cache.ts';
import type { Node, Pod, Service } from './objects.ts';
import { podAddressesOf } from './pod-addresses.ts';
import type { RelatedObjects } from './related-objects.ts';

/** What groups are made of, and how. */
export interface GroupRecipe<T extends CachedObject> {
  readonly objects: ObjectCache<T>;
  readonly source: (namespace: string, name: string) => string;
  /** `now`: the object as it is when this is called; undefined when it is gone. */
  readonly make: (object: T, related: RelatedObjects, now: () => T | undefined) => TargetGroup;
  readonly related: RelatedCaches;
}

/** Where related objects are looked up; the cache of a kind that is not watched stays empty. */
interface RelatedCaches {
  readonly pods: ObjectCache<Pod>;
  readonly services: ObjectCache<Service>;
  readonly nodes: ObjectCache<Node>;
}

type RelatedKind = 'pod' | 'service' | 'node';

/** How an object is called among the dirty ones and the dependents; neither part holds a slash. */
const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;

export class RoleGroups<T extends CachedObject> {
  readonly #recipe: GroupRecipe<T>;
  readonly #dependents = new Dependents();
  readonly #dirty = new Set<string>();

  constructor(recipe: GroupRecipe<T>) {
    this.#recipe = recipe;
  }

  /** Whether `takeChanges` has something to give. */
  get hasChanges(): boolean {
    return this.#dirty.size > 0;
  }

  /**
   * Takes all objects that are known for changed, and follows the caches from then on.
   * @param onChange called when there are changes after there were none
   * @returns what ends it
   */
  follow(onChange: () => void): () => void {
    const { objects, related } = this.#recipe;
    const mark = (key: string) => {
      this.#dirty.add(key);
      if (this.#dirty.size === 1) onChange();
    };
    const markDependents = (kind: RelatedKind) => (namespace: string, name: string) => {
      for (const key of this.#dependents.of(`${kind}:${keyOf(namespace, name)}`)) mark(key);
    };
    const stops = [
      objects.listen((namespace, name) => mark(keyOf(namespace, name))),
      related.pods.listen(markDependents('pod')),
      related.services.listen(markDependents('service')),
      related.nodes.listen(markDependents('node')),
    ];
    for (const { namespace, name } of objects.values()) mark(keyOf(namespace, name));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Makes at most `limit` of the changed groups; those of objects that are gone have no targets. */
  takeChanges(limit = Infinity): readonly TargetGroup[] {
    const groups: TargetGroup[] = [];
    for (const key of this.#dirty) {
      if (groups.length >= limit) break;
      this.#dirty.delete(key);
      groups.push(this.#make(key));
    }
    return groups;
  }

  #make(key: string): TargetGroup {
    const { objects, source, make } = this.#recipe;
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    const object = objects.get(namespace, name);
    if (object === undefined) {
      this.#dependents.delete(key);
      return { source: source(namespace, name), labels: {}, targets: [] };
    }
    const needs = new Set<string>();
    const group = make(object, recordedLookUps(this.#recipe.related, needs), () => objects.get(namespace, name));
    this.#dependents.set(key, needs);
    return group;
  }
}

/**
 * Looks up in `caches` and writes into `needs` what was asked for, found or not: so the dependencies of a group can never differ from
 * what its labels were made of.
 */
function recordedLookUps({ pods, services, nodes }: RelatedCaches, needs: Set<string>): RelatedObjects {
  function lookUp<R extends CachedObject>(
    kind: RelatedKind,
    cache: ObjectCache<R>,
    key: readonly [string, string],
  ): R | undefined {
    needs.add(`${kind}:${keyOf(...key)}`);
    return cache.get(...key);
  }
  return {
    pod: (namespace, name) => lookUp('pod', pods, [namespace, name]),
    service: (namespace, name) => lookUp('service', services, [namespace, name]),
    node: (name) => lookUp('node', nodes, ['', name]),
    hasAddress: (pod, ip) => podAddressesOf(pods).holds(pod, ip),
  };
}
