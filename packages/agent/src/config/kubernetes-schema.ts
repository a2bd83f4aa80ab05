// `kubernetes_sd_configs` of a job, and what Prometheus refuses in them (discovery/kubernetes/kubernetes.go, UnmarshalYAML).

import { z } from 'zod';
import { hideUserinfo } from '@pullway/shared/http/userinfo';
import { authorizationSchema, basicAuthSchema, tlsSchema } from './access-schema.ts';
import type { KubernetesDiscovery, KubernetesRole, ObjectSelector } from './discovery-config.ts';
import type { FileSchema } from './discovery-schema.ts';
import { environmentText, type Environment } from './environment-text.ts';
import { fieldSelectorFault } from './field-selector.ts';
import { refused, usual } from './foreign-fields.ts';
import type { ApiAccess } from './kubernetes-access.ts';
import { labelSelectorFault } from './label-selector.ts';
import { credentialSources } from './secret-sources.ts';
import { optionalText } from './text-schema.ts';
import { NO_TLS_SETTINGS } from '../targets/exporters.ts';
import type { ExporterTls } from '../targets/target.ts';

const ROLES = ['pod', 'node', 'service', 'endpoints', 'endpointslice', 'ingress'] as const;

/** What can be selected with a role: the objects that it watches. */
const SELECTABLE: Readonly<Record<KubernetesRole, readonly KubernetesRole[]>> = {
  pod: ['pod', 'node'],
  node: ['node'],
  service: ['service'],
  endpoints: ['endpoints', 'service', 'pod', 'node'],
  endpointslice: ['endpointslice', 'service', 'pod', 'node'],
  ingress: ['ingress'],
};

/** Roles whose targets can have the labels of their nodes. */
const HAS_NODES: ReadonlySet<KubernetesRole> = new Set(['pod', 'endpoints', 'endpointslice']);

const boolean = z.boolean('must be true or false');
const role = z.enum(ROLES, `must be one of ${ROLES.join(', ')}`);

const DIRECT = 'has no meaning here: the agent reaches API servers directly, by HTTP/1.1; remove it';

export interface SchemaSurroundings {
  readonly file: FileSchema;
  readonly environment: Environment;
}

export function kubernetesDiscoverySchema({ file, environment }: SchemaSurroundings) {
  return fieldsSchema({ file, environment })
    .superRefine((fields, context) => {
      for (const { path, message } of discoveryFaults(fields)) context.addIssue({ code: 'custom', message, path });
    })
    .transform((fields): KubernetesDiscovery => ({
      kind: 'kubernetes',
      role: fields.role,
      access: accessOf(fields),
      namespaces: fields.namespaces?.names ?? [],
      ownNamespace: fields.namespaces?.own_namespace ?? false,
      selectors: selectorsOf(fields),
      // With other roles Prometheus takes it, too, and there is nothing to attach.
      attachNode: fields.attach_metadata?.node === true && HAS_NODES.has(fields.role),
    }));
}

function fieldsSchema({ file, environment }: SchemaSurroundings) {
  const text = environmentText(environment);
  return z.strictObject({
    role,
    api_server: optionalText,
    kubeconfig_file: file.optional(),
    namespaces: z
      .strictObject({ names: z.array(text, 'must be a list of names').optional(), own_namespace: boolean.optional() })
      .optional(),
    selectors: z
      .array(z.strictObject({ role, label: text.optional(), field: text.optional() }), 'must be a list of selectors')
      .optional(),
    attach_metadata: z
      .strictObject({
        node: boolean.optional(),
        namespace: usual([false], 'is not supported by this version; Prometheus 3.5 does not know it either'),
      })
      .optional(),
    basic_auth: basicAuthSchema(file).optional(),
    authorization: authorizationSchema(file).optional(),
    bearer_token: optionalText,
    bearer_token_file: file.optional(),
    tls_config: tlsSchema(file).optional(),
    ...refused(['oauth2'], 'is not supported; use basic_auth or authorization'),
    ...refused(['proxy_url', 'proxy_from_environment', 'no_proxy', 'proxy_connect_header', 'http_headers'], DIRECT),
    // Prometheus writes their usual values into what it shows of its configuration.
    follow_redirects: boolean.optional(),
    enable_http2: boolean.optional(),
  });
}

type Fields = z.output<ReturnType<typeof fieldsSchema>>;

interface FieldFault {
  readonly path: (string | number)[];
  readonly message: string;
}

function* discoveryFaults(fields: Fields): Generator<FieldFault> {
  const { api_server: url, kubeconfig_file: kubeconfig, namespaces } = fields;
  if (url !== undefined && kubeconfig !== undefined)
    yield { path: ['kubeconfig_file'], message: 'at most one of api_server and kubeconfig_file can be set' };
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url))
    yield {
      path: ['api_server'],
      message: `${JSON.stringify(hideUserinfo(url))} is no URL that begins with http:// or https://`,
    };
  if (namespaces?.own_namespace === true && (url ?? kubeconfig) !== undefined)
    yield {
      path: ['namespaces', 'own_namespace'],
      message: 'works with the credentials of the own pod only; remove api_server and kubeconfig_file',
    };
  const access = ['basic_auth', 'authorization', 'bearer_token', 'bearer_token_file', 'tls_config'] as const;
  const given = access.filter((field) =>
    field === 'tls_config' ? hasSettings(fields.tls_config) : fields[field] !== undefined,
  );
  if (url === undefined) {
    for (const field of given)
      yield { path: [field], message: 'needs api_server: in a cluster the agent has the credentials of its own pod' };
  }
  if (fields.basic_auth?.username_file !== undefined)
    yield { path: ['basic_auth', 'username_file'], message: 'is not supported here; write username' };
  const credentials = given.filter((field) => field !== 'tls_config');
  for (const field of credentials.slice(1))
    yield { path: [field], message: `at most one of ${credentials.join(' and ')} can be set` };
  yield* selectorFaults(fields);
}

function hasSettings(tls: ExporterTls | undefined): boolean {
  return Object.values(tls ?? {}).some((value) => value !== undefined && value !== false);
}

function* selectorFaults({ role, selectors = [], attach_metadata: attach }: Fields): Generator<FieldFault> {
  for (const [index, { role: selected, label = '', field = '' }] of selectors.entries()) {
    const path = ['selectors', index, 'role'];
    const isNodeLess = selected === 'node' && role !== 'node' && attach?.node !== true;
    if (isNodeLess) yield { path, message: 'nodes are looked at only with attach_metadata: {node: true}' };
    else if (!SELECTABLE[role].includes(selected))
      yield { path, message: `role ${role} looks at ${SELECTABLE[role].join(', ')} only` };
    if (selectors.findIndex((other) => other.role === selected) !== index)
      yield { path, message: `${selected} is selected twice` };
    const [labelFault, fieldFault] = [labelSelectorFault(label), fieldSelectorFault(field)];
    if (labelFault !== undefined) yield { path: ['selectors', index, 'label'], message: labelFault };
    if (fieldFault !== undefined) yield { path: ['selectors', index, 'field'], message: fieldFault };
  }
}

function accessOf(fields: Fields): ApiAccess {
  const { api_server: url, kubeconfig_file: kubeconfig } = fields;
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', file: kubeconfig };
  if (url === undefined) return { kind: 'in-cluster' };
  return {
    kind: 'url',
    url,
    tls: fields.tls_config ?? NO_TLS_SETTINGS,
    credentials: credentialSources(fields, new Map()),
  };
}

function selectorsOf({ selectors = [] }: Fields): KubernetesDiscovery['selectors'] {
  return Object.fromEntries(
    selectors.map(({ role, label = '', field = '' }): [KubernetesRole, ObjectSelector] => [role, { label, field }]),
  );
}
