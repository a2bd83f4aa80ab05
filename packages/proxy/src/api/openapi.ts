// The API described for machines (OpenAPI 3.1). What is served is in the route files; a test asks each path that stands here.

import { VERSION } from '../version.ts';

export interface OpenApiOptions {
  /** Path prefix of everything, without a slash at its end. */
  readonly prefix: string;
  readonly telemetryPath: string;
}

const TEXT = { 'text/plain': { schema: { type: 'string' } } } as const;

/** The description as a JSON document. */
export function openApi({ prefix, telemetryPath }: OpenApiOptions): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Pullway proxy', version: VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: prefix === '' ? '/' : prefix }],
    security: [{ user: [] }, {}],
    components: { securitySchemes: { user: { type: 'http', scheme: 'basic' } }, schemas: SCHEMAS },
    paths: {
      '/sd': { get: sdOperation('discoverTargets', 'Targets for http_sd_configs of Prometheus') },
      '/clients': { get: sdOperation('discoverClients', 'The same as /sd, under the name that PushProx has') },
      '/api/v1/agents': { get: listOperation('listAgents', 'Agents, those that departed a while ago included', []) },
      '/api/v1/targets': { get: listOperation('listTargets', 'Targets, with the agents that serve them', FILTERS) },
      '/-/healthy': { get: operation('isHealthy', 'Whether the process answers', { 200: text('It does.') }) },
      '/-/ready': {
        get: operation('isReady', 'Whether scrapers and agents may be sent here', {
          200: text('They may.'),
          503: text('The replica stops.'),
        }),
      },
      '/-/reload': {
        post: operation('reload', 'Reads the configuration anew', {
          200: text('The new configuration is in force.'),
          400: text('It has faults; the old one stays in force.'),
          403: text('--web.enable-lifecycle is off.'),
        }),
      },
      [telemetryPath]: {
        get: operation('metrics', 'Metrics of this proxy', { 200: text('In the text format of Prometheus.') }),
      },
    },
  };
}

const FILTERS = ['cluster', 'job', 'agent'].map((name) => ({
  name,
  in: 'query',
  description: 'May be repeated; then any of the values will do.',
  schema: { type: 'array', items: { type: 'string' } },
  explode: true,
}));

const META = {
  name: 'meta',
  in: 'query',
  description: 'false leaves out all labels that begin with __meta_.',
  schema: { type: 'boolean', default: true },
} as const;

const PAGE = ['limit', 'offset'].map((name) => ({ name, in: 'query', schema: { type: 'integer', minimum: 0 } }));

const SCHEMAS = {
  TargetGroup: {
    type: 'object',
    required: ['targets', 'labels'],
    additionalProperties: false,
    properties: {
      targets: { type: 'array', items: { type: 'string' } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
  Page: {
    type: 'object',
    required: ['status', 'data'],
    properties: {
      status: { const: 'success' },
      data: { type: 'object', required: ['total'], properties: { total: { type: 'integer' } } },
    },
  },
} as const;

function sdOperation(operationId: string, summary: string): object {
  const schema = { type: 'array', items: { $ref: '#/components/schemas/TargetGroup' } };
  return {
    ...operation(operationId, summary, {
      200: { description: 'All targets that the filter lets through.', content: { 'application/json': { schema } } },
      400: text('The filter has too many values.'),
      503: text('The fleet is not known yet; keep the targets of before.'),
    }),
    parameters: [...FILTERS, META],
  };
}

function listOperation(operationId: string, summary: string, filters: readonly object[]): object {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Page' } } };
  return {
    ...operation(operationId, summary, {
      200: { description: 'One page.', content },
      400: { description: 'The query has faults.' },
    }),
    parameters: [...filters, ...PAGE],
  };
}

function operation(operationId: string, summary: string, responses: Readonly<Record<number, object>>): object {
  return { operationId, summary, responses };
}

function text(description: string): object {
  return { description, content: TEXT };
}
