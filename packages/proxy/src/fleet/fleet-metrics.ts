// What the fleet tells whoever counts.

export const DUPLICATE_OUTCOMES = [
  /** An older instance came back and was sent away. */
  'refused',
  /** A newer instance took the name over. */
  'displaced',
  /** The same instance opened a further tunnel. */
  'superseded',
] as const;

export type DuplicateOutcome = (typeof DUPLICATE_OUTCOMES)[number];

/** Why an agent was refused before it had a tunnel, or at its HELLO. */
export const AGENT_REFUSALS = ['unauthorised', 'forbidden', 'busy'] as const;

export type AgentRefusal = (typeof AGENT_REFUSALS)[number];

export interface FleetMetrics {
  tunnelOpened(): void;
  /** `reason` is a name of CLOSE_REASONS, or `closed`, or `connection_lost`. */
  tunnelClosed(reason: string): void;
  /** Two tunnels claimed one name. */
  duplicate(outcome: DuplicateOutcome): void;
  agentRefused(reason: AgentRefusal): void;
  /** So many announced targets are at addresses that another cluster holds. */
  targetsRefused(count: number): void;
}
