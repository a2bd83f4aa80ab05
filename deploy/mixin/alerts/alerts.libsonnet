// All alerts; each group is a file, and each alert has a runbook of its name. An alert is written as
// { alert, severity, expr, for, summary, description }: what follows from these is added here.

local groups = {
  'pullway-proxies': import 'proxies.libsonnet',
  'pullway-agents': import 'agents.libsonnet',
  'pullway-scrapes': import 'scrapes.libsonnet',
  'pullway-discovery': import 'discovery.libsonnet',
};

local rule(alert, config) = {
  alert: alert.alert,
  expr: alert.expr,
  'for': alert['for'],
  labels: { severity: alert.severity },
  annotations: {
    summary: alert.summary,
    description: alert.description,
    runbook_url: config.runbookUrlPattern % alert.alert,
  },
};

{
  prometheusAlerts+:: {
    groups+: [
      { name: name, rules: [rule(alert, $._config) for alert in groups[name]($._config)] }
      for name in std.objectFields(groups)
    ],
  },
}
