// What the fleet tells whoever counts.

export type DuplicateOutcome =
  /** An older instance came back and was sent away. */
  | 'refused'
  /** A newer instance took the name over. */
  | 'displaced'
  /** The same instance opened a further tunnel. */
  | 'superseded';

export interface FleetMetrics {
  tunnelOpened(): void;
  /** `reason` is a name of CLOSE_REASONS, or `closed`, or `connection_lost`. */
  tunnelClosed(reason: string): void;
  /** Two tunnels claimed one name. */
  duplicate(outcome: DuplicateOutcome): void;
  /** An agent was refused before it had a tunnel, or at its HELLO. */
  agentRefused(reason: 'unauthorised' | 'forbidden' | 'busy'): void;
  /** So many announced targets are at addresses that another cluster holds. */
  targetsRefused(count: number): void;
}
