// The exporters of all targets, each once: targets of the same exporter share one object, and so one pool of connections.
// It knows neither addresses nor how an exporter is fetched.

import { SecretFile } from '@pullway/shared/config/secret-file';
import { STEPS_PER_UNIT, type Work } from '@pullway/shared/runtime/pace';
import type { Credentials, Exporter, ExporterTls, Secret } from './target.ts';

/** Where a secret comes from. */
export type SecretSource =
  | { readonly kind: 'inline'; readonly value: string }
  | { readonly kind: 'file'; readonly file: string };

/** Credentials as they were configured; comparable, unlike the secrets themselves. */
export type CredentialSources =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretSource }
  | { readonly kind: 'authorization'; readonly type: string; readonly credentials: SecretSource };

export interface ExporterDescription {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly tls: ExporterTls;
  readonly credentials: CredentialSources;
}

export const NO_TLS_SETTINGS: ExporterTls = { insecureSkipVerify: false };

export type FindExporter = (description: ExporterDescription) => Exporter;

export class Exporters {
  readonly #now: () => number;
  #known = new Map<string, Exporter>();

  /** `now`: milliseconds that never go back; by it secret files are looked at again. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Those that are known. */
  get all(): ReadonlySet<Exporter> {
    return new Set(this.#known.values());
  }

  /**
   * Runs `build`, which asks for every exporter that is still wanted; those that it did not ask for are forgotten.
   * When it throws, nothing is.
   */
  revise<Result>(build: (find: FindExporter) => Result): Result {
    const wanted = new Map<string, Exporter>();
    const result = build((description) => {
      const key = descriptionKey(description);
      const exporter = wanted.get(key) ?? this.#known.get(key) ?? this.#create(description);
      wanted.set(key, exporter);
      return exporter;
    });
    this.#known = wanted;
    return result;
  }

  /** The exporter of `description`, known from now on until `retain` leaves it out. */
  find(description: ExporterDescription): Exporter {
    const key = descriptionKey(description);
    const exporter = this.#known.get(key) ?? this.#create(description);
    this.#known.set(key, exporter);
    return exporter;
  }

  /** Forgets all but those in `wanted`. */
  *retain(wanted: ReadonlySet<Exporter>): Work<void> {
    let steps = 0;
    for (const [key, exporter] of this.#known) {
      if (!wanted.has(exporter)) this.#known.delete(key);
      steps += 1;
      if (steps % STEPS_PER_UNIT === 0) yield;
    }
  }

  #create({ credentials, ...place }: ExporterDescription): Exporter {
    return Object.freeze({ ...place, credentials: this.#open(credentials) });
  }

  #open(sources: CredentialSources): Credentials {
    switch (sources.kind) {
      case 'none':
        return sources;
      case 'basic':
        return { kind: 'basic', username: sources.username, password: this.#secret(sources.password) };
      case 'authorization':
        return { kind: 'authorization', type: sources.type, credentials: this.#secret(sources.credentials) };
    }
  }

  #secret(source: SecretSource): Secret {
    if (source.kind === 'inline') return () => source.value;
    const file = new SecretFile(source.file, this.#now);
    return () => file.read();
  }
}

function descriptionKey({ scheme, host, port, tls, credentials }: ExporterDescription): string {
  const tlsFields = Object.entries(tls).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([scheme, host, port, tlsFields, credentials]);
}
