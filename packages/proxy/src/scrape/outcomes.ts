// The one table of what can become of a scrape: code, status, level at which a change is logged. design: the reason phrase is the diagnosis.

import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';

interface OutcomeRule {
  /** Status of the answer; undefined where the exporter's own passes or nobody is left to read one. */
  readonly status?: number;
  /** Level of the line that says a target has begun to fail in this way. */
  readonly level: 'debug' | 'info' | 'warn';
}

export const OUTCOMES = {
  answered: { level: 'debug' },
  scraper_gone: { level: 'debug' },
  request_malformed: { status: 400, level: 'info' },
  unknown_target: { status: 404, level: 'info' },
  not_exposed: { status: 403, level: 'info' },
  method_refused: { status: 405, level: 'info' },
  scraper_unauthenticated: { status: 407, level: 'info' },
  agent_gone: { status: 503, level: 'warn' },
  agent_busy: { status: 503, level: 'warn' },
  proxy_busy: { status: 503, level: 'warn' },
  tunnel_lost: { status: 502, level: 'warn' },
  target_unreachable: { status: 502, level: 'warn' },
  target_tls: { status: 502, level: 'warn' },
  target_protocol: { status: 502, level: 'warn' },
  target_timeout: { status: 504, level: 'warn' },
  body_too_large: { status: 502, level: 'warn' },
} as const satisfies Record<string, OutcomeRule>;

export type Outcome = keyof typeof OUTCOMES;

/** Outcomes that the proxy answers itself. */
export type Refusal = Exclude<Outcome, 'answered' | 'scraper_gone'>;

/** All of them; no other is counted without an agent. */
export const REFUSALS: readonly string[] = Object.entries(OUTCOMES).flatMap(([outcome, rule]) =>
  'status' in rule ? [outcome] : [],
);

export interface Diagnosis {
  readonly outcome: Refusal;
  /** For the reason phrase: what failed, in plain words. */
  readonly reason: string;
}

/** For a scraper whose password could not be checked: the replica has no memory or thread left for it. */
export const CANNOT_CHECK: Diagnosis = { outcome: 'proxy_busy', reason: 'this replica cannot check passwords now' };

/** What `failure` of an exchange with `agent` means for the scraper of `address`. */
export function diagnose(failure: ExchangeFailure, agent: string, address: string): Diagnosis {
  switch (failure.code) {
    case 'tunnel_lost':
      return {
        outcome: 'tunnel_lost',
        reason: `the tunnel to agent ${agent} broke during the scrape: ${failure.message}`,
      };
    case 'agent_stopping':
      return { outcome: 'agent_gone', reason: `agent ${agent} is stopping` };
    case 'unknown_target':
    case 'not_exposed':
    case 'target_timeout':
    case 'body_too_large':
      return { outcome: failure.code, reason: failure.message };
    case 'agent_busy':
      return { outcome: 'agent_busy', reason: `agent ${agent} ${failure.message}` };
    case 'target_unreachable':
    case 'target_tls':
    case 'target_protocol':
      return { outcome: failure.code, reason: `agent ${agent}: ${failure.message}` };
    case 'scraper_gone':
    case 'deadline_passed':
    case 'replica_stopping':
      return { outcome: 'target_protocol', reason: `agent ${agent} answered ${failure.code} for ${address}` };
  }
}
