// Alerts, recording rules and dashboards for Pullway. What may be changed is in config.libsonnet; how to use it is in README.md.
(import 'config.libsonnet') +
(import 'alerts/alerts.libsonnet') +
(import 'rules/rules.libsonnet') +
(import 'dashboards/dashboards.libsonnet')
