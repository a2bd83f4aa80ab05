// An agent whose last tunnel is gone, with what it had announced. It stays listed for a while, so that `up` becomes 0 and alerts fire.

import type { AgentConnection } from './agent-connection.ts';

export interface Departure {
  /** The tunnel that was the last; its session still knows the targets. */
  readonly connection: AgentConnection;
  /** On the clock of the fleet, in milliseconds. */
  readonly at: number;
}
