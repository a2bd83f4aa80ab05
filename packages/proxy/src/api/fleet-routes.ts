// /api/v1/agents and /api/v1/targets, in the form of Prometheus' own API: {"status": "success", "data": …}.

import type { FastifyInstance } from 'fastify';
import type { AgentConnection } from '../fleet/agent-connection.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { SdEntry } from '../fleet/sd-entry.ts';
import type { SdList } from '../fleet/sd-list.ts';
import { eachInSlices, runInSlices } from '../fleet/slices.ts';
import { MAX_TARGETS_PER_PAGE } from '../limits.ts';
import { isWanted, parseSdFilter, type SdFilter } from './sd-filter.ts';

export interface FleetRoutesOptions {
  readonly fleet: Fleet;
  readonly list: SdList;
}

const MAX_AGENTS_PER_PAGE = 5_000;

export function registerFleetRoutes(api: FastifyInstance, { fleet, list }: FleetRoutesOptions): void {
  api.get('/api/v1/agents', (request, reply) => {
    const page = parsePage(queryOf(request.url), MAX_AGENTS_PER_PAGE);
    if (page === undefined) return reply.code(400).send(badData('limit and offset are whole numbers'));
    const agents = [...fleet.connections].map(describeAgent);
    const departed = [...fleet.departures].map(({ connection }) => ({
      ...describeAgent(connection),
      state: 'departed',
    }));
    const all = [...agents, ...departed];
    return { status: 'success', data: { total: all.length, agents: all.slice(page.offset, page.offset + page.limit) } };
  });
  api.get('/api/v1/targets', async (request, reply) => {
    const query = queryOf(request.url);
    const page = parsePage(query, MAX_TARGETS_PER_PAGE);
    const filter = parseSdFilter(query);
    if (page === undefined) return reply.code(400).send(badData('limit and offset are whole numbers'));
    if (filter === undefined) return reply.code(400).send(badData('the query names too many values'));
    return { status: 'success', data: await targetsPage(list, filter, page) };
  });
}

interface Page {
  readonly offset: number;
  readonly limit: number;
}

function parsePage(query: string, maxLimit: number): Page | undefined {
  const parameters = new URLSearchParams(query);
  const [offset, limit] = [parameters.get('offset') ?? '0', parameters.get('limit') ?? String(maxLimit)];
  if (!/^\d{1,9}$/.test(offset) || !/^\d{1,9}$/.test(limit)) return undefined;
  return { offset: Number(offset), limit: Math.min(Number(limit), maxLimit) };
}

async function targetsPage(list: SdList, filter: SdFilter, { offset, limit }: Page): Promise<object> {
  const { entries } = await list.snapshot();
  const targets: SdEntry[] = [];
  let total = 0;
  const visit = (entry: SdEntry): void => {
    if (!isWanted(entry, filter)) return;
    if (total >= offset && targets.length < limit) targets.push(entry);
    total += 1;
  };
  await runInSlices(eachInSlices(entries, visit));
  return { total, targets: targets.map(describeTarget) };
}

function describeTarget(entry: SdEntry): object {
  const { address, path, cluster, labels, passthrough, announcers } = entry;
  const isServed = announcers.some(({ tunnel }) => !tunnel.isOver);
  return {
    address,
    path,
    cluster,
    labels,
    passthrough,
    state: isServed ? 'served' : 'departed',
    agents: [...new Set(announcers.map(({ name }) => name))],
  };
}

function describeAgent(connection: AgentConnection): object {
  const { name, cluster, instance, version, tunnelId, remoteAddress, identity, connectedAt, tunnel } = connection;
  const { minRoundTripMs, targets, openExchanges } = tunnel.session;
  return {
    name,
    cluster,
    state: connection.isDraining ? 'leaving' : connection.hasAnnounced ? 'serving' : 'connecting',
    instance,
    version,
    tunnel: tunnelId,
    remoteAddress,
    credential: identity.credential,
    connectedAt: connectedAt.toISOString(),
    roundTripSeconds: minRoundTripMs === undefined ? null : minRoundTripMs / 1000,
    targets: targets.size,
    exchanges: openExchanges,
  };
}

function queryOf(url: string): string {
  return url.split('?', 2)[1] ?? '';
}

function badData(error: string): object {
  return { status: 'error', errorType: 'bad_data', error };
}
