// The dashboards, by file name. None of them needs a library.
{
  grafanaDashboards+:: {
    'pullway-fleet.json': (import 'fleet.libsonnet')($._config),
    'pullway-cluster.json': (import 'cluster.libsonnet')($._config),
  },
}
