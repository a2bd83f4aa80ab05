// Tests that mostly wait: for a Prometheus that starts, for files that are looked at every few seconds, one of them for a minute. Side by
// side they take no longer than the slowest. None of them measures how fast something is; those that do have files of their own, which
// run one after the other.

import { describe } from 'node:test';
import { agentIdentity } from './waiting/agent-identity.ts';
import { comingAndGoing } from './waiting/coming-and-going.ts';
import { credentials } from './waiting/credentials.ts';
import { httpsTargets } from './waiting/https-targets.ts';
import { outcomesInPrometheus } from './waiting/outcomes-in-prometheus.ts';
import { scraperAccess } from './waiting/scraper-access.ts';
import { serviceDiscovery } from './waiting/service-discovery.ts';

const TWO = { concurrency: 2 };

// Four suites at a time, more than that would only make each other's programs start slowly. The longest comes first.
describe('side by side', { concurrency: 4 }, () => {
  describe('programs that come and go', TWO, comingAndGoing);
  describe('service discovery', TWO, serviceDiscovery);
  describe('outcomes in Prometheus', outcomesInPrometheus);
  describe('agent identity', agentIdentity);
  describe('credentials for exporters', credentials);
  describe('https targets', httpsTargets);
  describe('access of scrapers', scraperAccess);
});
