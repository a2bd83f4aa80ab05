// The seam between the fleet and whatever proves who an agent is.

/** Who an agent proved to be when its tunnel was opened. */
export interface AgentIdentity {
  /** Name of the credential, for logs; says nothing secret. */
  readonly credential: string;
  /** Tells credentials apart, also after one was renamed; undefined where none was asked for. */
  readonly digest: string | undefined;
}

export type AgentVerdict =
  | 'granted'
  /** The credential is not known, or no longer. */
  | 'unauthorised'
  /** The credential is known and does not cover the claim. */
  | 'forbidden';

export interface AgentAccess {
  /** Who presents `token`; undefined when nobody known does. */
  identify(token: string | undefined): AgentIdentity | undefined;
  /** Whether `identity` may be agent `name` of `cluster` now. */
  judge(identity: AgentIdentity, cluster: string, name: string): AgentVerdict;
}
