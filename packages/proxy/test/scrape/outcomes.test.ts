import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExchangeFailure } from '@pullway/shared/protocol/exchange';
import { CANCEL_CODES, FAILURE_CODES } from '@pullway/shared/protocol/frames';
import { diagnose, OUTCOMES, type Outcome } from '../../src/scrape/outcomes.ts';
import { keysOf } from '../support/keys-of.ts';

/** Every way an exchange can fail; the compiler asks for a new one. */
const DIAGNOSES: Readonly<Record<ExchangeFailure['code'], readonly [outcome: Outcome, reason: string]>> = {
  tunnel_lost: ['tunnel_lost', 'the tunnel to agent client broke during the scrape: what the agent said'],
  agent_stopping: ['agent_gone', 'agent client is stopping'],
  unknown_target: ['unknown_target', 'what the agent said'],
  not_exposed: ['not_exposed', 'what the agent said'],
  target_timeout: ['target_timeout', 'what the agent said'],
  body_too_large: ['body_too_large', 'what the agent said'],
  agent_busy: ['agent_busy', 'agent client what the agent said'],
  target_unreachable: ['target_unreachable', 'agent client: what the agent said'],
  target_tls: ['target_tls', 'agent client: what the agent said'],
  target_protocol: ['target_protocol', 'agent client: what the agent said'],
  scraper_gone: ['target_protocol', 'agent client answered scraper_gone for db:9187'],
  deadline_passed: ['target_protocol', 'agent client answered deadline_passed for db:9187'],
  replica_stopping: ['target_protocol', 'agent client answered replica_stopping for db:9187'],
};

const CODES = ['tunnel_lost', ...keysOf(FAILURE_CODES), ...keysOf(CANCEL_CODES)] as const;

for (const code of CODES) {
  const [outcome, reason] = DIAGNOSES[code];
  test(`tells a scraper of ${code} as ${outcome}`, () => {
    assert.deepEqual(diagnose({ code, message: 'what the agent said' }, 'client', 'db:9187'), { outcome, reason });
  });
}

const RULES: Readonly<Record<Outcome, readonly [status: number | undefined, level: string]>> = {
  answered: [undefined, 'debug'],
  scraper_gone: [undefined, 'debug'],
  request_malformed: [400, 'info'],
  unknown_target: [404, 'info'],
  not_exposed: [403, 'info'],
  method_refused: [405, 'info'],
  scraper_unauthenticated: [407, 'info'],
  agent_gone: [503, 'warn'],
  agent_busy: [503, 'warn'],
  proxy_busy: [503, 'warn'],
  tunnel_lost: [502, 'warn'],
  target_unreachable: [502, 'warn'],
  target_tls: [502, 'warn'],
  target_protocol: [502, 'warn'],
  target_timeout: [504, 'warn'],
  body_too_large: [502, 'warn'],
};

for (const outcome of keysOf(OUTCOMES)) {
  const [status, level] = RULES[outcome];
  test(`${outcome} is ${status === undefined ? 'no answer of the proxy' : `status ${status}`}, logged as ${level}`, () => {
    const rule = OUTCOMES[outcome];
    assert.equal('status' in rule ? rule.status : undefined, status);
    assert.equal(rule.level, level);
  });
}
