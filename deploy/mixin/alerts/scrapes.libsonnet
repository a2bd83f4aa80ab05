// Alerts on what becomes of scrapes.
function(config) [
  {
    alert: 'PullwayScrapesFailing',
    severity: 'warning',
    expr: 'cluster_outcome:pullway_proxy_scrape_failures:ratio_rate5m > %(scrapeFailureRatio)g' % config,
    'for': '15m',
    summary: 'Many scrapes of a cluster fail.',
    description: '{{ $value | humanizePercentage }} of the scrapes of cluster {{ or $labels.%(clusterLabel)s "(none)" }} fail with {{ $labels.outcome }}.' % config,
  },
  {
    alert: 'PullwayScrapesRefused',
    severity: 'warning',
    // These outcomes have alerts of their own; agent_gone follows PullwayAgentGone.
    expr: 'outcome:pullway_proxy_scrapes_refused:ratio_rate5m{outcome!~"agent_busy|agent_gone|proxy_busy|scraper_unauthenticated"} > %(scrapeRefusalRatio)g' % config,
    'for': '15m',
    summary: 'Many scrapes are refused.',
    description: '{{ $value | humanizePercentage }} of all scrapes are answered with {{ $labels.outcome }} by a Pullway proxy, without asking an agent.',
  },
  {
    alert: 'PullwayScrapersUnauthenticated',
    severity: 'warning',
    expr: 'sum(increase(pullway_proxy_scraper_auth_failures_total{%(proxySelector)s}[5m])) > %(authFailuresIn5m)d' % config,
    'for': '15m',
    summary: 'Requests come with wrong or missing credentials.',
    description: 'Pullway proxies refused {{ $value | humanize }} requests of scrapers in 5 minutes, since their user name or password was wrong or missing.',
  },
]
