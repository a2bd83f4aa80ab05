// Fields of a Prometheus configuration that the agent knows and refuses, each with the place where it belongs.
// They are listed so that someone who moves a section over learns what to do, and not only that a field is unknown.

import { z } from 'zod';

const CENTRAL = 'belongs to the scrape configuration of the central Prometheus, which evaluates it';
const DISCOVERY =
  'is not supported; the agent finds targets by static_configs, file_sd_configs and kubernetes_sd_configs';

const CENTRAL_JOB_FIELDS = [
  'always_scrape_classic_histograms',
  'body_size_limit',
  'convert_classic_histograms_to_nhcb',
  'enable_compression',
  'extra_scrape_metrics',
  'fallback_scrape_protocol',
  'follow_redirects',
  'honor_labels',
  'honor_timestamps',
  'http_headers',
  'keep_dropped_targets',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
  'metric_name_escaping_scheme',
  'metric_name_validation_scheme',
  'metric_relabel_configs',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
  'sample_limit',
  'scrape_classic_histograms',
  'scrape_failure_log_file',
  'scrape_native_histograms',
  'scrape_protocols',
  'target_limit',
  'track_timestamps_staleness',
];

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
  ...refused(CENTRAL_JOB_FIELDS, CENTRAL),
  ...refused(
    OTHER_DISCOVERIES.map((name) => `${name}_sd_configs`),
    DISCOVERY,
  ),
  ...refused(['oauth2'], 'is not supported; use basic_auth or authorization'),
  ...refused(['enable_http2'], 'has no meaning here: the agent speaks HTTP/1.1 with exporters; remove it'),
  ...refused(
    ['proxy_url', 'proxy_from_environment', 'no_proxy', 'proxy_connect_header'],
    'has no meaning here: the agent reaches exporters directly; set proxy_url at the central Prometheus, to Pullway',
  ),
};

/** Sections of the file that are refused. */
export const FOREIGN_SECTIONS = refused(CENTRAL_SECTIONS, 'belongs to the configuration of the central Prometheus');

/** Fields, each of which may be absent only. */
export function refused(names: readonly string[], reason: string): Record<string, z.ZodType<undefined>> {
  return Object.fromEntries(names.map((name) => [name, z.undefined({ error: reason }).optional()]));
}
