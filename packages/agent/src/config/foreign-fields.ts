// Fields of a Prometheus configuration that the agent knows and refuses, each with the place where it belongs.
// They are listed so that someone who moves a section over learns what to do, and not only that a field is unknown.

import { z } from 'zod';

const CENTRAL = 'belongs to the scrape configuration of the central Prometheus, which evaluates it';
const DISCOVERY =
  'is not supported; the agent finds targets by static_configs, file_sd_configs and kubernetes_sd_configs';

/** Fields of the central Prometheus with the values that they have without being there: its page /config shows many of them. */
const CENTRAL_JOB_FIELDS: Readonly<Record<string, readonly (boolean | number | string)[]>> = {
  always_scrape_classic_histograms: [false],
  body_size_limit: [0, '0', '0B'],
  convert_classic_histograms_to_nhcb: [false],
  enable_compression: [true],
  extra_scrape_metrics: [false],
  fallback_scrape_protocol: [''],
  follow_redirects: [true],
  honor_timestamps: [true],
  keep_dropped_targets: [0],
  label_limit: [0],
  label_name_length_limit: [0],
  label_value_length_limit: [0],
  metric_name_escaping_scheme: ['', 'allow-utf-8'],
  metric_name_validation_scheme: ['', 'utf8'],
  native_histogram_bucket_limit: [0],
  native_histogram_min_bucket_factor: [0],
  sample_limit: [0],
  scrape_classic_histograms: [false],
  scrape_failure_log_file: [''],
  scrape_native_histograms: [false],
  target_limit: [0],
  track_timestamps_staleness: [false],
};

/** `scrape_protocols` of Prometheus 2 and 3, without native histograms and with them. */
const USUAL_PROTOCOLS: ReadonlySet<string> = new Set([
  'OpenMetricsText1.0.0 OpenMetricsText0.0.1 PrometheusText0.0.4',
  'OpenMetricsText1.0.0 OpenMetricsText0.0.1 PrometheusText1.0.0 PrometheusText0.0.4',
  'PrometheusProto OpenMetricsText1.0.0 OpenMetricsText0.0.1 PrometheusText0.0.4',
  'PrometheusProto OpenMetricsText1.0.0 OpenMetricsText0.0.1 PrometheusText1.0.0 PrometheusText0.0.4',
]);

const OTHER_DISCOVERIES = [
  'aws',
  'azure',
  'consul',
  'digitalocean',
  'dns',
  'docker',
  'dockerswarm',
  'ec2',
  'eureka',
  'gce',
  'hetzner',
  'http',
  'ionos',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'nomad',
  'openstack',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
];

const CENTRAL_SECTIONS = [
  'alerting',
  'global',
  'otlp',
  'remote_read',
  'remote_write',
  'rule_files',
  'runtime',
  'scrape_config_files',
  'storage',
  'tracing',
];

/** Fields of a job that are refused. */
export const FOREIGN_JOB_FIELDS = {
  ...Object.fromEntries(Object.entries(CENTRAL_JOB_FIELDS).map(([name, values]) => [name, usual(values, CENTRAL)])),
  ...refused(['http_headers', 'metric_relabel_configs'], CENTRAL),
  scrape_protocols: z
    .array(z.string(CENTRAL), CENTRAL)
    .refine((protocols) => USUAL_PROTOCOLS.has(protocols.join(' ')), CENTRAL)
    .optional(),
  ...refused(
    OTHER_DISCOVERIES.map((name) => `${name}_sd_configs`),
    DISCOVERY,
  ),
  ...refused(['oauth2'], 'is not supported; use basic_auth or authorization'),
  enable_http2: usual([true], 'has no meaning here: the agent speaks HTTP/1.1 with exporters; remove it'),
  ...refused(
    ['proxy_url', 'proxy_from_environment', 'no_proxy', 'proxy_connect_header'],
    'has no meaning here: the agent reaches exporters directly; set proxy_url at the central Prometheus, to Pullway',
  ),
};

/** Sections of the file that are refused. */
export const FOREIGN_SECTIONS = refused(CENTRAL_SECTIONS, 'belongs to the configuration of the central Prometheus');

/** A field that may be absent, or have one of `values`, which say no more than that. */
export function usual(values: readonly (boolean | number | string)[], reason: string): z.ZodType {
  const isUsual = (given: unknown): boolean => values.some((value) => value === given);
  // As a truth value, so that `no` is false.
  const value: z.ZodType = values.includes(false) || values.includes(true) ? z.boolean(reason) : z.unknown();
  return value.refine(isUsual, reason).optional();
}

/** Fields, each of which may be absent only. */
export function refused(names: readonly string[], reason: string): Record<string, z.ZodType<undefined>> {
  return Object.fromEntries(names.map((name) => [name, z.undefined({ error: reason }).optional()]));
}
