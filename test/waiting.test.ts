// Tests that mostly wait, for a minute some of them: side by side they take no longer than the slowest. None of them measures how fast
// something is; those that do have files of their own, which run one after the other.

import { describe } from 'node:test';
import { agentIdentity } from './waiting/agent-identity.ts';
import { comingAndGoing } from './waiting/coming-and-going.ts';
import { outcomesInPrometheus } from './waiting/outcomes-in-prometheus.ts';
import { serviceDiscovery } from './waiting/service-discovery.ts';

const TWO = { concurrency: 2 };

describe('side by side', { concurrency: 4 }, () => {
  describe('programs that come and go', TWO, comingAndGoing);
  describe('service discovery', TWO, serviceDiscovery);
  describe('outcomes in Prometheus', outcomesInPrometheus);
  describe('agent identity', agentIdentity);
});
