// A regular expression of a relabelling rule: RE2's syntax and linear time, anchored at both ends as Prometheus does it (`^(?s:…)$`).

import { RE2JS, RE2JSException } from 're2js';
import { expandTemplate, type Groups } from './template.ts';

export class LabelPattern {
  /** As it was written. */
  readonly source: string;
  readonly #compiled: RE2JS;
  readonly #names: ReadonlyMap<string, number>;

  /** @throws PatternError when `source` is no RE2 expression. */
  constructor(source: string) {
    this.source = source;
    try {
      this.#compiled = RE2JS.compile(`^(?s:${source})$`);
    } catch (cause) {
      if (!(cause instanceof RE2JSException)) throw cause;
      throw new PatternError(`${JSON.stringify(source)} is no RE2 expression: ${cause.message}`, { cause });
    }
    this.#names = new Map(Object.entries(this.#compiled.namedGroups()));
  }

  matches(text: string): boolean {
    return this.#compiled.matcher(text).find();
  }

  /** The groups of a match, or undefined without one. */
  match(text: string): Groups | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    return {
      at: (index) => (index <= matcher.groupCount() ? (matcher.group(index) ?? '') : ''),
      index: (name) => this.#names.get(name),
    };
  }

  /** `text` with the template's expansion in its place; the expression is anchored, so there is one match or none. */
  replace(text: string, template: string): string {
    const groups = this.match(text);
    return groups === undefined ? text : expandTemplate(template, groups);
  }
}

export class PatternError extends Error {
  override readonly name = 'PatternError';
}
