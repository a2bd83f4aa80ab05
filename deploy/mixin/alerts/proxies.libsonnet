// Alerts on the proxies themselves.
function(config) [
  {
    alert: 'PullwayProxyAbsent',
    severity: 'critical',
    expr: 'absent(up{%(proxySelector)s} == 1)' % config,
    'for': '5m',
    summary: 'No Pullway proxy can be scraped.',
    description: 'Prometheus has reached no Pullway proxy for 5 minutes. Everything behind the proxies goes unmonitored: scrapes of every cluster fail.',
  },
  {
    alert: 'PullwayProxyDown',
    severity: 'warning',
    expr: 'max by (instance) (up{%(proxySelector)s}) == 0' % config,
    'for': '5m',
    summary: 'A Pullway proxy cannot be scraped.',
    description: 'Prometheus has not reached the Pullway proxy {{ $labels.instance }} for 5 minutes.',
  },
  {
    alert: 'PullwayCrashLooping',
    severity: 'warning',
    expr: |||
      max by (job, %(clusterLabel)s, instance) (
        changes(process_start_time_seconds{%(proxySelector)s}[1h])
        or
        changes(process_start_time_seconds{%(agentSelector)s}[1h])
      ) > %(startsIn1h)d
    ||| % config,
    'for': '5m',
    summary: 'A Pullway program starts over and over.',
    description: '{{ $labels.job }} {{ $labels.instance }} has started {{ $value }} times in the last hour.',
  },
  {
    alert: 'PullwayReloadFailed',
    severity: 'warning',
    expr: |||
      min by (job, %(clusterLabel)s, instance) (
        pullway_proxy_config_last_reload_successful{%(proxySelector)s}
        or
        pullway_agent_config_last_reload_successful{%(agentSelector)s}
      ) == 0
    ||| % config,
    'for': '5m',
    summary: 'A Pullway program runs with an old configuration.',
    description: '{{ $labels.job }} {{ $labels.instance }} could not load its configuration. The old one stays in force; a restart would fail.',
  },
  {
    alert: 'PullwayProxySaturated',
    severity: 'warning',
    expr: 'instance_resource:pullway_proxy_used:ratio > %(saturationRatio)g' % config,
    'for': '10m',
    summary: 'A Pullway proxy is close to a limit.',
    description: 'The Pullway proxy {{ $labels.instance }} uses {{ $value | humanizePercentage }} of what it can take ({{ $labels.resource }}). Beyond that scrapes are refused or late.',
  },
  {
    alert: 'PullwayProxyBusy',
    severity: 'critical',
    expr: |||
      max by (instance) (
        increase(pullway_proxy_scrapes_refused_total{%(proxySelector)s,outcome="proxy_busy"}[5m])
      ) > 0
    ||| % config,
    'for': '5m',
    summary: 'A Pullway proxy refuses scrapes for want of room.',
    description: 'The Pullway proxy {{ $labels.instance }} refused {{ $value | humanize }} scrapes in 5 minutes (proxy_busy). Samples are being lost.',
  },
] + [
  {
    alert: 'PullwayCertificateExpiring',
    severity: limit.severity,
    expr: |||
      min by (job, %(clusterLabel)s, instance, listener) (
        pullway_proxy_certificate_expiry_timestamp_seconds{%(proxySelector)s}
        or
        pullway_agent_certificate_expiry_timestamp_seconds{%(agentSelector)s}
      ) - time() < %(below)d%(except)s
    ||| % (config { below: limit.below * 86400, except: limit.except }),
    'for': '15m',
    summary: 'A certificate of Pullway expires soon.',
    description: 'The {{ if $labels.listener }}certificate of the {{ $labels.listener }} listener{{ else }}client certificate{{ end }} of {{ $labels.job }} {{ $labels.instance }} {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}. After that no new connection comes about.',
  }
  for limit in [
    {
      severity: 'warning',
      below: config.certificateWarningDays,
      except: ' >= %d' % (config.certificateCriticalDays * 86400),
    },
    { severity: 'critical', below: config.certificateCriticalDays, except: '' },
  ]
]
