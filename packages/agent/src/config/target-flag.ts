// `--target` and `--target.passthrough`: a target in one word, for agents without a configuration file.
//
//     127.0.0.1:9100    http://127.0.0.1:9100/metrics?format=x    https://db.internal:9187    db=https://10.0.0.7:9187/metrics

import { normalizeAddress } from '@pullway/shared/http/address';
import type { Labels } from '@pullway/shared/protocol/announcement';
import { NO_TLS_SETTINGS } from '../targets/exporters.ts';
import { pathPatternFault } from '../targets/path-policy.ts';
import { CHOSEN_ADDRESS } from '../discovery/announced-labels.ts';
import { endpointFault, parseEndpoint } from './endpoint.ts';
import type { Job } from './job.ts';
import { paramsFault } from './params.ts';

/** Label `job` of targets that were given by flag. */
const FLAG_JOB = 'static';

export type TargetFlagParse = { readonly job: Job } | { readonly fault: string };

/** Reads the text of `--target`, or of `--target.passthrough` when `passthrough` is true. */
export function parseTargetFlag(text: string, passthrough: boolean): TargetFlagParse {
  const { name, url } = splitName(text);
  const parts = /^(?:(https?):\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(url);
  if (parts === null) return { fault: 'is no [NAME=][http://|https://]HOST:PORT[/PATH][?QUERY]' };
  const [, scheme = passthrough ? 'https' : 'http', authority = '', path = '', query = ''] = parts;
  if (parseEndpoint(authority) === undefined) return { fault: authorityFault(authority) };
  const address = name === undefined ? undefined : normalizeAddress(name);
  if (name !== undefined && address === undefined) return { fault: `${name} is no name such as db or db:9187` };
  const params = readParams(query);
  const metricsPath = path === '' ? '/metrics' : path;
  const fault = pathPatternFault(metricsPath) ?? params.fault;
  if (fault !== undefined) return { fault };
  if (passthrough && scheme.toLowerCase() === 'http') return { fault: 'a passthrough target speaks https' };
  const isHttps = scheme.toLowerCase() === 'https';
  const place = { __address__: authority, ...(address === undefined ? {} : { [CHOSEN_ADDRESS]: address }) };
  return {
    job: flagJob(place, { scheme: isHttps ? 'https' : 'http', metricsPath, params: params.values, passthrough }),
  };
}

function flagJob(target: Labels, fields: Pick<Job, 'scheme' | 'metricsPath' | 'params' | 'passthrough'>): Job {
  return {
    ...fields,
    name: FLAG_JOB,
    tls: NO_TLS_SETTINGS,
    credentials: { kind: 'none' },
    allowedPaths: [],
    scrapeInterval: undefined,
    scrapeTimeout: undefined,
    staticGroups: [{ source: 'flag', labels: {}, targets: [target] }],
    discoveries: [],
    relabelRules: [],
  };
}

/** `=` may also stand in a query, but then a scheme or a path comes before it. */
function splitName(text: string): { readonly name: string | undefined; readonly url: string } {
  const match = /^([^=/?]*)=(.*)$/s.exec(text);
  return match === null ? { name: undefined, url: text } : { name: match[1], url: match[2] ?? '' };
}

function authorityFault(authority: string): string {
  if (authority.includes('@'))
    return 'has a user or password, which every process on the machine could read; use --config.file';
  return `has no valid host and port: ${endpointFault(authority)}`;
}

function readParams(query: string): { readonly values: Labels; readonly fault: string | undefined } {
  const entries = [...new URLSearchParams(query)];
  const byName: Record<string, string[]> = {};
  for (const [name, value] of entries) (byName[name] ??= []).push(value);
  return { values: Object.fromEntries(entries), fault: paramsFault(byName) };
}
