// Scrapers as users with passwords (basic_auth_users of the web configuration). A verdict is kept, so that each further scrape costs a hash
// of some 2 µs instead of a comparison of some 60 ms. It must not know requests.

import { hash, randomBytes } from 'node:crypto';
import { MAX_PASSWORD_VERDICTS } from '../limits.ts';
import type { PasswordCheck } from './password-checker.ts';
import type { ScraperAccess, Verdict } from './scraper-access.ts';

/** Compared for users that do not exist, so that the time taken says nothing: bcrypt of a random text, cost 10. */
const DUMMY_HASH = '$2b$10$tdWLbAYIWLZAYGBJZYkfxOvbbdEYzc7uiDLfvzpuFrrw6M2Kw0ozq';
const MAX_FIELD_LENGTH = 4096;
const BASIC = /^Basic +([A-Za-z0-9+/]+=*) *$/i;

export class ScraperUsers implements ScraperAccess {
  readonly #passwords: PasswordCheck;
  readonly #refused: () => void;
  #users: ReadonlyMap<string, string>;
  /** Makes what is kept worthless to whoever reads it in a memory dump without the key beside it, and unpredictable to users. */
  readonly #key = randomBytes(32).toString('base64');
  #verdicts = new VerdictCache();
  readonly #running = new Map<string, Promise<Verdict>>();

  /** `refused` is told of each refusal, for whoever counts. */
  constructor(users: ReadonlyMap<string, string>, passwords: PasswordCheck, refused: () => void) {
    this.#users = users;
    this.#passwords = passwords;
    this.#refused = refused;
  }

  /** The same passwords may have other hashes now, or none: nothing that was judged before counts. */
  replace(users: ReadonlyMap<string, string>): void {
    this.#users = users;
    this.#verdicts = new VerdictCache();
    this.#running.clear();
  }

  authenticate(authorization: string | undefined): Verdict | Promise<Verdict> {
    if (this.#users.size === 0) return 'granted';
    if (authorization === undefined || authorization.length > MAX_FIELD_LENGTH) return this.#note('refused');
    const digest = hash('sha256', `${this.#key}${authorization}`, 'base64');
    const known = this.#verdicts.get(digest);
    if (known !== undefined) return this.#note(known);
    return this.#running.get(digest) ?? this.#check(digest, authorization);
  }

  /** Scrapes that come while the first of them is being checked share its verdict. */
  #check(digest: string, authorization: string): Verdict | Promise<Verdict> {
    const credentials = parseBasic(authorization);
    if (credentials === undefined) return this.#note('refused');
    const verdicts = this.#verdicts;
    const bcryptHash = this.#users.get(credentials.user);
    const verdict = this.#passwords.compare(credentials.password, bcryptHash ?? DUMMY_HASH).then((compared) => {
      const found = compared === 'right' && bcryptHash !== undefined ? 'granted' : 'refused';
      // What was not compared says nothing about the next time.
      if (compared !== 'unknown') verdicts.set(digest, found);
      if (this.#running.get(digest) === verdict) this.#running.delete(digest);
      return this.#note(found);
    });
    this.#running.set(digest, verdict);
    return verdict;
  }

  #note(verdict: Verdict): Verdict {
    if (verdict === 'refused') this.#refused();
    return verdict;
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function parseBasic(authorization: string): Credentials | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Right and wrong credentials apart, so that guessing cannot push out those that scrape. */
class VerdictCache {
  readonly #granted = new Set<string>();
  readonly #refused = new Set<string>();

  get(digest: string): Verdict | undefined {
    if (this.#granted.has(digest)) return 'granted';
    return this.#refused.has(digest) ? 'refused' : undefined;
  }

  set(digest: string, verdict: Verdict): void {
    const verdicts = verdict === 'granted' ? this.#granted : this.#refused;
    for (const oldest of verdicts) {
      if (verdicts.size < MAX_PASSWORD_VERDICTS) break;
      verdicts.delete(oldest);
    }
    verdicts.add(digest);
  }
}
