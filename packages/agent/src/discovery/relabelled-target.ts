// From labels to what can be scraped: which exporter they name, under which address and path (scrape/target.go, PopulateLabels and URL).

import { parseDuration } from '@pullway/shared/config/durations';
import { normalizeAddress } from '@pullway/shared/http/address';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import { endpointFault, parseEndpoint } from '../config/endpoint.ts';
import type { Endpoint, Job } from '../config/job.ts';
import { targetAddress, type AgentIdentity } from '../targets/address.ts';
import type { FindExporter } from '../targets/exporters.ts';
import { objectHost, podBehind } from '../targets/object-host.ts';
import type { Target } from '../targets/target.ts';
import { announcedLabels, CHOSEN_ADDRESS } from './announced-labels.ts';
import type { NamedObjects } from './target-group.ts';

const DEFAULT_PORTS = { http: 80, https: 443 };

/** What the targets of one job have in common. */
export interface TargetContext {
  readonly job: Job;
  readonly identity: AgentIdentity;
  readonly find: FindExporter;
}

export interface FoundLabels {
  /** Before relabelling. */
  readonly discovered: ReadonlyMap<string, string>;
  /** After it. */
  readonly relabelled: ReadonlyMap<string, string>;
}

/** The labels of a target name nothing that can be scraped. */
export class LabelFault extends Error {
  override readonly name = 'LabelFault';
}

/**
 * @param objects of the group in which the target was found
 * @throws LabelFault in Prometheus' own words where it has some
 */
export function relabelledTarget(
  { discovered, relabelled }: FoundLabels,
  { job, identity, find }: TargetContext,
  objects?: NamedObjects,
): Target {
  const place = readPlace(relabelled.get('__address__') ?? '');
  checkIntervals(relabelled);
  const scheme = job.passthrough ? 'https' : readScheme(relabelled.get('__scheme__') ?? '');
  const port = place.port ?? DEFAULT_PORTS[scheme];
  return {
    address:
      readChosenAddress(relabelled) ?? targetAddress(objectHost(place.host, discovered, objects), port, identity),
    path: escapedPath(relabelled.get('__metrics_path__') ?? ''),
    allowedPaths: job.allowedPaths,
    passthrough: job.passthrough,
    exporter: find({ scheme, host: place.host, port, tls: job.tls, credentials: job.credentials }),
    labels: announcedLabels(relabelled, job),
    ...watchOverPod(objects, podBehind(place.host, discovered, objects), place.host),
  };
}

function watchOverPod(
  objects: NamedObjects | undefined,
  pod: string | undefined,
  host: string,
): Pick<Target, 'hasItsPod'> {
  return objects === undefined || pod === undefined ? {} : { hasItsPod: () => objects.podHolds(pod, host) };
}

function readPlace(address: string): Endpoint {
  if (address === '') throw new LabelFault('no address');
  if (address.includes('/')) throw new LabelFault(`${shown(address)} is not a valid hostname`);
  const place = parseEndpoint(address);
  if (place === undefined) throw new LabelFault(endpointFault(address));
  return place;
}

/** Somebody may have written a URL with a password. */
function shown(address: string): string {
  return JSON.stringify(hideUserinfo(address));
}

function readChosenAddress(labels: ReadonlyMap<string, string>): string | undefined {
  const chosen = labels.get(CHOSEN_ADDRESS);
  if (chosen === undefined) return undefined;
  const address = normalizeAddress(chosen);
  if (address === undefined) throw new LabelFault(`${CHOSEN_ADDRESS} ${shown(chosen)} is no host:port`);
  return address;
}

function readScheme(scheme: string): 'http' | 'https' {
  if (scheme === 'http' || scheme === 'https') return scheme;
  throw new LabelFault(`scheme ${JSON.stringify(scheme)} is neither http nor https`);
}

/** Prometheus refuses such a target, be it here or at the centre. */
function checkIntervals(labels: ReadonlyMap<string, string>): void {
  const [interval, timeout] = [labels.get('__scrape_interval__') ?? '', labels.get('__scrape_timeout__') ?? ''];
  const [intervalMs, timeoutMs] = [readDuration('interval', interval), readDuration('timeout', timeout)];
  if (timeoutMs > intervalMs)
    throw new LabelFault(`scrape timeout cannot be greater than scrape interval ("${timeout}" > "${interval}")`);
}

function readDuration(what: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined)
    throw new LabelFault(`error parsing scrape ${what}: ${JSON.stringify(text)} is no duration`);
  if (milliseconds === 0) throw new LabelFault(`scrape ${what} cannot be 0`);
  return milliseconds;
}

/** The path as Go's net/url writes it into a request: so a Prometheus asks for it, and by it scrapes are admitted. */
function escapedPath(path: string): string {
  const escaped = path.replaceAll(/[^A-Za-z0-9\-_.~$&+,/:;=@]+/gu, percentEncoded);
  return escaped.startsWith('/') ? escaped : `/${escaped}`;
}

function percentEncoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
