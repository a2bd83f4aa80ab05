// Agent tokens as the configuration keeps them: SHA-256 hashes, each with the clusters and names it may claim.
// It must not know tunnels; who holds some asks again after the list was replaced.

import { hash, timingSafeEqual } from 'node:crypto';
import { MAX_TOKEN_LENGTH } from '../limits.ts';
import type { AgentAccess, AgentIdentity, AgentVerdict } from './agent-access.ts';
import { matchesGlob } from './glob.ts';

export interface AgentToken {
  /** For logs and metrics of people; unique. */
  readonly name: string;
  /** SHA-256 of the token, 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  /** Globs of clusters that may be claimed; `''` is the agent without a cluster. */
  readonly clusters: readonly string[];
  /** Globs of agent names that may be claimed. */
  readonly agents: readonly string[];
}

const ANYBODY: AgentIdentity = { credential: '', digest: undefined };

export class AgentCredentials implements AgentAccess {
  #tokens: readonly AgentToken[];

  /** Without any token everybody may be anybody: only for `--insecure`. */
  constructor(tokens: readonly AgentToken[]) {
    this.#tokens = tokens;
  }

  replace(tokens: readonly AgentToken[]): void {
    this.#tokens = tokens;
  }

  identify(token: string | undefined): AgentIdentity | undefined {
    if (this.#tokens.length === 0) return ANYBODY;
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) return undefined;
    const found = this.#find(hash('sha256', token, 'hex'));
    return found === undefined ? undefined : { credential: found.name, digest: found.sha256 };
  }

  judge(identity: AgentIdentity, cluster: string, name: string): AgentVerdict {
    if (this.#tokens.length === 0) return 'granted';
    const token = identity.digest === undefined ? undefined : this.#find(identity.digest);
    if (token === undefined) return 'unauthorised';
    const isCovered =
      token.clusters.some((glob) => matchesGlob(glob, cluster)) && token.agents.some((glob) => matchesGlob(glob, name));
    return isCovered ? 'granted' : 'forbidden';
  }

  /** Looks at every token, however soon one fits, so that the time taken says nothing. */
  #find(digest: string): AgentToken | undefined {
    const wanted = Buffer.from(digest, 'hex');
    let found: AgentToken | undefined;
    for (const token of this.#tokens) if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), wanted)) found = token;
    return found;
  }
}
