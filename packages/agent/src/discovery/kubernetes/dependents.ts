// Which groups were made with the help of which objects: when one of these changes, the groups to be made anew are found without
// looking at the others.

export class Dependents {
  /** From a group to the objects that were looked up for it, whether they were there or not. */
  readonly #needs = new Map<string, ReadonlySet<string>>();
  readonly #groups = new Map<string, Set<string>>();

  /** @returns the groups that need `object`. */
  of(object: string): Iterable<string> {
    return this.#groups.get(object) ?? [];
  }

  /** From now on `group` needs `objects` and no others. */
  set(group: string, objects: ReadonlySet<string>): void {
    const before = this.#needs.get(group);
    if (before !== undefined) for (const object of before) if (!objects.has(object)) this.#forget(group, object);
    if (objects.size === 0) this.#needs.delete(group);
    else this.#needs.set(group, objects);
    for (const object of objects) {
      const groups = this.#groups.get(object);
      if (groups === undefined) this.#groups.set(object, new Set([group]));
      else groups.add(group);
    }
  }

  /** `group` is gone. */
  delete(group: string): void {
    this.set(group, new Set());
  }

  #forget(group: string, object: string): void {
    const groups = this.#groups.get(object);
    groups?.delete(group);
    if (groups?.size === 0) this.#groups.delete(object);
  }
}
