// Alerts on finding targets: in the agents, and from the proxies to Prometheus.
function(config) [
  {
    alert: 'PullwayServiceDiscoveryNotReady',
    severity: 'warning',
    expr: 'min by (instance) (pullway_proxy_sd_ready{%(proxySelector)s}) == 0' % config,
    'for': '5m',
    summary: 'A Pullway proxy does not tell its targets.',
    description: 'Service discovery of the Pullway proxy {{ $labels.instance }} has answered 503 for 5 minutes, since it still waits for its agents after a start. Prometheus keeps the targets that it had.',
  },
  {
    alert: 'PullwayServiceDiscoveryFailing',
    severity: 'warning',
    expr: |||
      max by (instance, code) (
        increase(pullway_proxy_sd_requests_total{%(proxySelector)s,code!="200"}[5m])
      ) > 0
    ||| % config,
    'for': '10m',
    summary: 'Requests for lists of targets fail.',
    description: 'Service discovery of the Pullway proxy {{ $labels.instance }} answered {{ $value | humanize }} requests with {{ $labels.code }} in 5 minutes. Prometheus keeps the targets that it had, and learns of no new ones.',
  },
  {
    alert: 'PullwayDiscoveryFaulty',
    severity: 'warning',
    expr: 'max by (%(clusterLabel)s, instance, mechanism, role) (pullway_agent_discovery_faults{%(agentSelector)s}) > 0' % config,
    'for': '15m',
    summary: 'An agent cannot find targets.',
    description: 'The agent {{ $labels.instance }} of cluster {{ or $labels.%(clusterLabel)s "(none)" }} cannot use {{ $value }} of its lists, watches or files ({{ $labels.mechanism }}{{ if $labels.role }}, {{ $labels.role }}{{ end }}). Targets that were known stay; new ones are missing.' % config,
  },
  {
    alert: 'PullwayTargetsInConflict',
    severity: 'warning',
    expr: 'max by (%(clusterLabel)s, instance, scrape_job) (pullway_agent_left_out_targets{%(agentSelector)s,reason="conflict"}) > 0' % config,
    'for': '15m',
    summary: 'Targets of one address exclude each other.',
    description: 'The agent {{ $labels.instance }} of cluster {{ or $labels.%(clusterLabel)s "(none)" }} leaves {{ $value }} targets of its job {{ $labels.scrape_job }} out, since another target has their address and is reached in another way.' % config,
  },
  {
    alert: 'PullwayForeignTargets',
    severity: 'warning',
    expr: |||
      max by (%(clusterLabel)s) (
        sum by (%(clusterLabel)s, instance) (pullway_proxy_left_out_targets{%(proxySelector)s})
      ) > 0
    ||| % config,
    'for': '15m',
    summary: 'Agents announce addresses of another cluster.',
    description: '{{ $value }} targets that agents of cluster {{ or $labels.%(clusterLabel)s "(none)" }} announce are left out, since another cluster announced their addresses first.' % config,
  },
]
