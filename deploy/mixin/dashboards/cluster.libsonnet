// One cluster: its agents and their tunnels, what they find, and how its scrapes fare.
local panels = import 'panels.libsonnet';
local query = panels.query;

function(config)
  local cluster = config.clusterLabel;
  local ofCluster = cluster + '=~"$cluster"';
  // Expressions below are written with %(…)s of this; u selects recorded series and those of any target.
  local names = {
    c: cluster,
    p: '%s,instance=~"$proxy",%s' % [config.proxySelector, ofCluster],
    a: '%s,%s' % [config.agentSelector, ofCluster],
    u: ofCluster,
  };
  local expr(text) = text % names;

  local overview = panels.row('Overview', [
    panels.stat('Agents connected', 'Agents with a tunnel to a proxy.', 'short', [
      query(expr('sum(cluster:pullway_proxy_agents:max{%(u)s})'), 'agents'),
    ], { thresholds: panels.redBelow(1), noValue: '0' }),
    panels.stat('Agents not up', 'Agents that are listed, and whose own metrics do not arrive.', 'short', [
      query(expr('count(cluster_instance:pullway_agent_up:max{%(u)s} == 0) or vector(0)'), 'agents'),
    ], { thresholds: panels.worseAbove(1, 2) }),
    panels.stat('Targets', 'Targets that connected agents announce.', 'short', [
      query(expr('sum(cluster:pullway_proxy_targets:max{%(u)s})'), 'targets'),
    ], { noValue: '0' }),
    panels.stat('Targets down', 'Targets of the cluster whose scrape failed, whatever the reason.', 'short', [
      query(expr('count(up{%(u)s} == 0) or vector(0)'), 'down'),
    ], { thresholds: panels.worseAbove(1, 10) }),
    panels.stat('Scrapes', 'Scrapes per second that were sent to agents.', 'reqps', [
      query(expr('sum(cluster:pullway_proxy_scrapes:rate5m{%(u)s})'), 'scrapes'),
    ]),
    panels.stat('Failing scrapes', 'Share of them that failed.', 'percentunit', [
      query(expr('(sum(cluster_outcome:pullway_proxy_scrapes:rate5m{%(u)s,outcome!~"answered|scraper_gone"}) or vector(0)) / sum(cluster:pullway_proxy_scrapes:rate5m{%(u)s})'), 'failing'),
    ], { thresholds: panels.worseAbove(0.02, config.scrapeFailureRatio) }),
  ]);

  local scrapes = panels.row('Scrapes', [
    panels.series('Scrapes by outcome', 'As the proxies see them. answered: the exporter answered, with whatever status.', 'reqps', [
      query(expr('sum by (outcome) (rate(pullway_proxy_scrapes_total{%(p)s}[$__rate_interval]))'), '{{outcome}}'),
    ], { stacked: true }),
    panels.series('Outcomes at the agents', 'As the agents see them, byte streams included. cancelled: the scraper or its deadline ended it.', 'reqps', [
      query(expr('sum by (outcome) (rate(pullway_agent_scrapes_total{%(a)s}[$__rate_interval]))'), '{{outcome}}'),
    ], { stacked: true }),
    panels.series('Duration at the agents', 'From the request of a proxy to the end of its answer: what the exporters take.', 's', [
      query(expr('histogram_quantile(0.5, sum by (le) (rate(pullway_agent_scrape_duration_seconds_bucket{%(a)s}[$__rate_interval])))'), 'median'),
      query(expr('histogram_quantile(0.99, sum by (le) (rate(pullway_agent_scrape_duration_seconds_bucket{%(a)s}[$__rate_interval])))'), '99th percentile'),
    ]),
    panels.series('Targets down by job', 'Targets of the cluster whose scrape failed.', 'short', [
      query(expr('count by (job) (up{%(u)s} == 0)'), '{{job}}'),
    ], { stacked: true }),
    panels.series('Slowest jobs', 'Scrape duration as Prometheus measures it, the mean of each job.', 's', [
      query(expr('topk(10, avg by (job) (scrape_duration_seconds{%(u)s}))'), '{{job}}'),
    ]),
    panels.series('Bytes from exporters', 'Bodies as exporters sent them, by agent, the ten largest.', 'Bps', [
      query(expr('topk(10, sum by (instance) (rate(pullway_agent_scrape_body_bytes_total{%(a)s}[$__rate_interval])))'), '{{instance}}'),
    ]),
  ]);

  local agents = panels.row('Agents and tunnels', [
    panels.table('Agents', 'Each agent: whether its metrics arrive, how many of its tunnels are up, and what it carries.', [
      query(expr('max by (%(c)s, instance) (cluster_instance:pullway_agent_up:max{%(u)s})'), ''),
      query(expr('sum by (%(c)s, instance) (pullway_agent_tunnel_up{%(a)s})'), ''),
      query(expr('sum by (%(c)s, instance) (pullway_agent_targets{%(a)s})'), ''),
      query(expr('max by (%(c)s, instance) (pullway_agent_scrapes_in_flight{%(a)s})'), ''),
      query(expr('max by (%(c)s, instance) (process_resident_memory_bytes{%(a)s})'), ''),
      query(expr('max by (%(c)s, instance) (process_start_time_seconds{%(a)s}) * 1000'), ''),
      query(expr('max by (%(c)s, instance, version) (pullway_agent_build_info{%(a)s})'), ''),
    ], [
      { title: 'Up', unit: 'bool_yes_no' },
      { title: 'Tunnels', unit: 'short' },
      { title: 'Targets', unit: 'short' },
      { title: 'Scrapes in flight', unit: 'short' },
      { title: 'Memory', unit: 'bytes' },
      { title: 'Started', unit: 'dateTimeFromNow' },
      null,
    ], { height: 10 }),
    panels.series('Tunnels up by proxy', 'Agents that have a tunnel to each proxy, and agents that the proxy refuses.', 'short', [
      query(expr('sum by (proxy) (pullway_agent_tunnel_up{%(a)s})'), '{{proxy}}'),
      query(expr('sum by (proxy) (pullway_agent_tunnel_refused{%(a)s}) > 0'), 'refused by {{proxy}}'),
    ]),
    panels.series('Reconnects by reason', 'Tunnels that ended and attempts that failed. dial_failed: no connection to the proxy; lost: a tunnel broke.', 'short', [
      query(expr('sum by (reason) (increase(pullway_agent_reconnects_total{%(a)s}[$__rate_interval]))'), '{{reason}}'),
    ]),
    panels.series('Round trip', 'The smallest that was seen in each tunnel, the ten largest.', 's', [
      query(expr('topk(10, pullway_agent_tunnel_round_trip_seconds{%(a)s})'), '{{instance}} {{proxy}}'),
    ]),
  ]);

  local discovery = panels.row('Finding targets', [
    panels.series('Targets by job', 'Targets that the agents announce.', 'short', [
      query(expr('sum by (scrape_job) (pullway_agent_targets{%(a)s})'), '{{scrape_job}}'),
    ], { stacked: true }),
    panels.series('Left out', 'Found and not announced. dropped: by relabelling; unusable: no address or a wrong one; conflict: another target has the address.', 'short', [
      query(expr('sum by (reason, scrape_job) (pullway_agent_left_out_targets{%(a)s}) > 0'), '{{reason}}: {{scrape_job}}'),
      query(expr('sum(pullway_proxy_left_out_targets{%(p)s}) > 0'), 'address of another cluster'),
    ]),
    panels.series('Faults', 'Lists, watches and files that agents cannot use now, and attempts that failed.', 'short', [
      query(expr('sum by (mechanism, role) (pullway_agent_discovery_faults{%(a)s})'), 'now: {{mechanism}} {{role}}'),
      query(expr('sum by (mechanism, role) (increase(pullway_agent_discovery_failures_total{%(a)s}[$__rate_interval]))'), 'failed: {{mechanism}} {{role}}'),
    ]),
    panels.series('Age of what was found', 'Since when an agent does not know for certain that it is up to date, the oldest of each kind.', 's', [
      query(expr('time() - min by (mechanism, role) (pullway_agent_discovery_last_sync_timestamp_seconds{%(a)s})'), '{{mechanism}} {{role}}'),
    ]),
    panels.series('Reloads', '0 where the last reload of the configuration failed; the old one stays in force.', 'bool_yes_no', [
      query(expr('min by (instance) (pullway_agent_config_last_reload_successful{%(a)s})'), '{{instance}}'),
    ], { max: 1 }),
    panels.series('Age of the configuration', 'Since the last successful load, the oldest ten.', 's', [
      query(expr('topk(10, time() - pullway_agent_config_last_reload_success_timestamp_seconds{%(a)s})'), '{{instance}}'),
    ]),
  ]);

  local resources = panels.row('Resources of agents', [
    panels.series('Scrapes in flight', 'Share of what the tunnels that are up may carry, the ten largest.', 'percentunit', [
      query(expr('topk(10, cluster_instance:pullway_agent_scrapes_in_flight:ratio{%(u)s})'), '{{instance}}'),
    ]),
    panels.series('CPU', 'Cores in use, the ten largest.', 'short', [
      query(expr('topk(10, rate(process_cpu_seconds_total{%(a)s}[$__rate_interval]))'), '{{instance}}'),
    ]),
    panels.series('Memory', 'Resident memory, the ten largest.', 'bytes', [
      query(expr('topk(10, process_resident_memory_bytes{%(a)s})'), '{{instance}}'),
    ]),
    panels.series('Delay of the event loop', '99th percentile since the scrape before, the ten largest.', 's', [
      query(expr('topk(10, nodejs_eventloop_delay_p99_seconds{%(a)s})'), '{{instance}}'),
    ]),
    panels.series('Open files', 'Connections to exporters, tunnels and files, the ten largest.', 'short', [
      query(expr('topk(10, process_open_fds{%(a)s})'), '{{instance}}'),
    ]),
    panels.series('Client certificates', 'Time until the certificate in --proxy.cert-file expires, the first ten.', 's', [
      query(expr('bottomk(10, pullway_agent_certificate_expiry_timestamp_seconds{%(a)s} - time())'), '{{instance}}'),
    ]),
  ]);

  panels.dashboard(
    config.dashboards.clusterUid,
    'Pullway / Cluster',
    'One cluster behind Pullway: scrapes, agents, tunnels and what they find.',
    config,
    [
      panels.labelValues('cluster', 'Cluster', 'label_values(pullway_proxy_agents{%s}, %s)' % [config.proxySelector, cluster], multi=false),
      panels.labelValues('proxy', 'Proxy', 'label_values(up{%s}, instance)' % config.proxySelector),
    ],
    [overview, scrapes, agents, discovery, resources],
  )
