// Recording rules, named LEVEL:METRIC:OPERATION. Dashboards and alerts use all of them.
//
// A pair of proxies sees every agent twice: what each replica knows of the fleet is joined by max, what each replica did is added up.
{
  prometheusRules+:: {
    groups+: [
      {
        name: 'pullway-scrapes.rules',
        rules: [
          {
            record: 'cluster_outcome:pullway_proxy_scrapes:rate5m',
            expr: 'sum by (%(clusterLabel)s, outcome) (rate(pullway_proxy_scrapes_total{%(proxySelector)s}[5m]))' % $._config,
          },
          {
            record: 'cluster:pullway_proxy_scrapes:rate5m',
            expr: 'sum by (%(clusterLabel)s) (cluster_outcome:pullway_proxy_scrapes:rate5m)' % $._config,
          },
          {
            record: 'cluster_outcome:pullway_proxy_scrape_failures:ratio_rate5m',
            // A scraper that went away is no failure of anybody.
            expr: |||
              cluster_outcome:pullway_proxy_scrapes:rate5m{outcome!~"answered|scraper_gone"}
                / on (%(clusterLabel)s) group_left ()
              cluster:pullway_proxy_scrapes:rate5m
            ||| % $._config,
          },
          {
            record: 'outcome:pullway_proxy_scrapes_refused:rate5m',
            expr: 'sum by (outcome) (rate(pullway_proxy_scrapes_refused_total{%(proxySelector)s}[5m]))' % $._config,
          },
          {
            record: 'outcome:pullway_proxy_scrapes_refused:ratio_rate5m',
            expr: |||
              outcome:pullway_proxy_scrapes_refused:rate5m
                / on () group_left ()
              (
                sum(outcome:pullway_proxy_scrapes_refused:rate5m)
                + (sum(cluster:pullway_proxy_scrapes:rate5m) or vector(0))
              )
            |||,
          },
          {
            record: 'cluster:pullway_proxy_scrape_body_bytes:rate5m',
            expr: 'sum by (%(clusterLabel)s) (rate(pullway_proxy_scrape_body_bytes_total{%(proxySelector)s}[5m]))' % $._config,
          },
        ] + [
          {
            record: 'result:pullway_proxy_scrape_duration_seconds:quantile_rate5m',
            expr: |||
              histogram_quantile(
                %s,
                sum by (le, result) (rate(pullway_proxy_scrape_duration_seconds_bucket{%s}[5m]))
              )
            ||| % [quantile, $._config.proxySelector],
            labels: { quantile: quantile },
          }
          for quantile in ['0.5', '0.99']
        ],
      },
      {
        name: 'pullway-fleet.rules',
        rules: [
          {
            record: 'cluster:pullway_proxy_agents:max',
            expr: |||
              max by (%(clusterLabel)s) (
                sum by (%(clusterLabel)s, instance) (pullway_proxy_agents{%(proxySelector)s})
              )
            ||| % $._config,
          },
          {
            record: 'cluster:pullway_proxy_targets:max',
            expr: |||
              max by (%(clusterLabel)s) (
                sum by (%(clusterLabel)s, instance) (pullway_proxy_targets{%(proxySelector)s})
              )
            ||| % $._config,
          },
          {
            record: 'cluster_instance:pullway_agent_up:max',
            expr: 'max by (%(clusterLabel)s, instance) (up{%(agentSelector)s})' % $._config,
          },
          {
            record: 'cluster:pullway_agent_up:count',
            expr: 'count by (%(clusterLabel)s) (cluster_instance:pullway_agent_up:max == 1)' % $._config,
          },
          {
            // How many there are to be: that old and new agents are both up during a rollout does not count.
            record: 'cluster:pullway_agent_up:median1h',
            expr: 'quantile_over_time(0.5, cluster:pullway_agent_up:count[1h])',
          },
        ],
      },
      {
        name: 'pullway-saturation.rules',
        rules: [
          {
            record: 'instance_resource:pullway_proxy_used:ratio',
            labels: { resource: resource.name },
            expr: 'max by (instance) (%s)' % (resource.expr % $._config),
          }
          for resource in [
            {
              name: 'scrapes',
              expr: 'pullway_proxy_scrapes_in_flight{%(proxySelector)s} / pullway_proxy_scrapes_in_flight_limit{%(proxySelector)s}',
            },
            {
              name: 'streams',
              expr: 'pullway_proxy_streams_open{%(proxySelector)s} / pullway_proxy_streams_open_limit{%(proxySelector)s}',
            },
            // Scrapes run on one thread: a replica has one core, whatever the machine has.
            { name: 'cpu', expr: 'rate(process_cpu_seconds_total{%(proxySelector)s}[5m])' },
          ]
        ] + [
          {
            record: 'cluster_instance:pullway_agent_scrapes_in_flight:ratio',
            // Without a tunnel the limit is 0, and there is nothing to compare.
            expr: |||
              max by (%(clusterLabel)s, instance) (
                pullway_agent_scrapes_in_flight{%(agentSelector)s}
                  / (pullway_agent_scrapes_in_flight_limit{%(agentSelector)s} > 0)
              )
            ||| % $._config,
          },
        ],
      },
    ],
  },
}
