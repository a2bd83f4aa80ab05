// The target groups of one role, made of the objects of one set of watches. It knows which groups a change concerns and makes those anew
// when asked, so that a hundred changes of one slice cost one group. It must not know how objects arrive, nor when to ask.
// A group may have thousands of targets, and objects go on changing while it is made in units: each related object is looked up once, so that
// all of the group is made of one state of it, and a change of anything that was looked up by then has the group made once more.
//
//   list-watch ─► ObjectCache ─► RoleGroups: dirty ══ takeChanges() ══► groups ─► relabelling, targets
//                    Pod, Node, Service ─► Dependents ─┘

import type { Work } from '@pullway/shared/runtime/pace';
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
  /** `now`: the object as it is when this is called; undefined when it is gone. In units where a group may be large. */
  readonly make: (object: T, related: RelatedObjects, now: () => T | undefined) => TargetGroup | Work<TargetGroup>;
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
  /** Of those that were dirty when the first were taken: what is not made yet. */
  #first: Set<string> | undefined;
  /** The group that is being made, and what was looked up for it so far. */
  #current: { readonly key: string; readonly needs: ReadonlySet<string> } | undefined;

  constructor(recipe: GroupRecipe<T>) {
    this.#recipe = recipe;
  }

  /** Whether `takeChanges` has something to give. */
  get hasChanges(): boolean {
    return this.#dirty.size > 0;
  }

  /** Whether all that there was when the first groups were taken has been made. */
  get hasGivenFirst(): boolean {
    return this.#first?.size === 0;
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
      const object = `${kind}:${keyOf(namespace, name)}`;
      for (const key of this.#dependents.of(object)) mark(key);
      if (this.#current?.needs.has(object) === true) mark(this.#current.key);
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
  *takeChanges(limit = Infinity): Work<readonly TargetGroup[]> {
    const groups: TargetGroup[] = [];
    this.#first ??= new Set(this.#dirty);
    for (const key of this.#dirty) {
      if (groups.length >= limit) break;
      this.#dirty.delete(key);
      groups.push(yield* this.#make(key));
      this.#first.delete(key);
    }
    return groups;
  }

  *#make(key: string): Work<TargetGroup> {
    const { objects, source, make } = this.#recipe;
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    const object = objects.get(namespace, name);
    if (object === undefined) {
      this.#dependents.delete(key);
      return { source: source(namespace, name), labels: {}, targets: [] };
    }
    const needs = new Set<string>();
    this.#current = { key, needs };
    const made = make(object, recordedLookUps(this.#recipe.related, needs), () => objects.get(namespace, name));
    const group = 'source' in made ? made : yield* made;
    this.#current = undefined;
    this.#dependents.set(key, needs);
    return group;
  }
}

/**
 * Looks up in `caches`, each object once, and writes into `needs` what was asked for, found or not: so the dependencies of a group can never
 * differ from what its labels were made of.
 */
function recordedLookUps({ pods, services, nodes }: RelatedCaches, needs: Set<string>): RelatedObjects {
  const pod = recordedLookUp('pod', pods, needs);
  const service = recordedLookUp('service', services, needs);
  const node = recordedLookUp('node', nodes, needs);
  return { pod, service, node: (name) => node('', name), hasAddress: (pod, ip) => podAddressesOf(pods).holds(pod, ip) };
}

function recordedLookUp<R extends CachedObject>(
  kind: RelatedKind,
  cache: ObjectCache<R>,
  needs: Set<string>,
): (namespace: string, name: string) => R | undefined {
  let found: Map<string, R | undefined> | undefined;
  return (namespace, name) => {
    const key = keyOf(namespace, name);
    if (found?.has(key) === true) return found.get(key);
    needs.add(`${kind}:${key}`);
    const object = cache.get(namespace, name);
    found ??= new Map();
    found.set(key, object);
    return object;
  };
}
