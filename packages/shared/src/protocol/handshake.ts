// HELLO and WELCOME: who the agent says it is, and what both ends agree on (docs/protocol.md, section 3).

import { asArray, asBoolean, asInteger, asObject, asString, type JsonObject } from './json.ts';
import { DEFAULT_MAX_EXCHANGES, MAX_EXCHANGES } from './limits.ts';
import { ProtocolError } from './protocol-error.ts';

/** The WebSocket subprotocol under which header, HELLO and close codes have the meaning of docs/protocol.md. */
export const SUBPROTOCOL = 'pullway.v1';

/** Versions that this build speaks, best first. */
export const SUPPORTED_VERSIONS: readonly number[] = [1];

/** Optional behaviour that this build knows; none is defined yet. */
export const SUPPORTED_FEATURES: readonly string[] = [];

const MAX_VERSIONS = 32;
const MAX_NAME_LENGTH = 253;
const MAX_TEXT_LENGTH = 256;
const NAME = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;

export interface Hello {
  readonly versions: readonly number[];
  readonly features: readonly string[];
  readonly name: string;
  /** Empty when the agent belongs to none. */
  readonly cluster: string;
  /** Random, new at each start of the agent. */
  readonly instance: string;
  /** Version of the agent program. */
  readonly version: string;
  /** True after the agent was displaced: it wants to serve only when nobody else does. */
  readonly standby: boolean;
  /** Exchanges at a time that the agent takes, 1 to MAX_EXCHANGES. */
  readonly maxExchanges: number;
}

export interface Welcome {
  readonly version: number;
  readonly features: readonly string[];
  readonly replica: string;
  readonly tunnel: string;
}

/** Whether `name` may be the name of an agent or a cluster (which may also be empty). */
export function isValidName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && NAME.test(name);
}

/** @throws ProtocolError on a field that is missing or of the wrong type; unknown ones are ignored. */
export function readHello(json: JsonObject): Hello {
  const limits = asObject(json['limits'] ?? {}, 'limits');
  return {
    versions: readVersions(json['versions']),
    features: readTexts(json['features'] ?? [], 'features'),
    name: readName(json['name'], 'name'),
    cluster: json['cluster'] === undefined || json['cluster'] === '' ? '' : readName(json['cluster'], 'cluster'),
    instance: readText(json['instance'], 'instance'),
    version: readText(json['version'], 'version'),
    standby: asBoolean(json['standby'] ?? false, 'standby'),
    maxExchanges: asInteger(limits['maxExchanges'] ?? DEFAULT_MAX_EXCHANGES, 'limits.maxExchanges', 1, MAX_EXCHANGES),
  };
}

export function helloToJson(hello: Hello): JsonObject {
  const { maxExchanges, ...fields } = hello;
  return { ...fields, limits: { maxExchanges } };
}

/** @throws ProtocolError on a field that is missing or of the wrong type; unknown ones are ignored. */
export function readWelcome(json: JsonObject): Welcome {
  return {
    version: asInteger(json['version'], 'version', 1, Number.MAX_SAFE_INTEGER),
    features: readTexts(json['features'] ?? [], 'features'),
    replica: readText(json['replica'], 'replica'),
    tunnel: readText(json['tunnel'], 'tunnel'),
  };
}

/**
 * The version and features that both ends know.
 * @throws ProtocolError with `no_common_version`.
 */
export function negotiate(hello: Hello): Pick<Welcome, 'version' | 'features'> {
  const version = SUPPORTED_VERSIONS.find((candidate) => hello.versions.includes(candidate));
  if (version === undefined) {
    const message = `the agent speaks ${hello.versions.join(', ')}, this replica ${SUPPORTED_VERSIONS.join(', ')}`;
    throw new ProtocolError(message, 'no_common_version');
  }
  return { version, features: SUPPORTED_FEATURES.filter((feature) => hello.features.includes(feature)) };
}

function readVersions(value: unknown): readonly number[] {
  const versions = asArray(value, 'versions').slice(0, MAX_VERSIONS);
  return versions.map((version) => asInteger(version, 'version', 1, Number.MAX_SAFE_INTEGER));
}

function readTexts(value: unknown, what: string): readonly string[] {
  return asArray(value, what).map((text) => asString(text, what, MAX_TEXT_LENGTH));
}

function readText(value: unknown, what: string): string {
  return asString(value, what, MAX_TEXT_LENGTH);
}

function readName(value: unknown, what: string): string {
  const name = readText(value, what);
  if (!isValidName(name)) throw new ProtocolError(`${what} is no valid name`);
  return name;
}
