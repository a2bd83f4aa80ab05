// All clusters at once: is the fleet whole, which cluster fares badly, are the proxies well.
local panels = import 'panels.libsonnet';
local query = panels.query;

function(config)
  local cluster = config.clusterLabel;
  local proxies = config.proxySelector + ',instance=~"$proxy"';
  local agents = config.agentSelector;
  // Expressions below are written with %(…)s of this.
  local names = { c: cluster, p: proxies, a: agents };
  local expr(text) = text % names;

  local overview = panels.row('Overview', [
    panels.stat('Proxies', 'Replicas that Prometheus reaches.', 'short', [
      query(expr('count(up{%(p)s} == 1)'), 'up'),
    ], { thresholds: panels.redBelow(1), noValue: '0' }),
    panels.stat('Clusters', 'Clusters with at least one connected agent.', 'short', [
      query('count(cluster:pullway_proxy_agents:max > 0)', 'clusters'),
    ], { noValue: '0' }),
    panels.stat('Agents', 'Agents with a tunnel. One that is connected to both proxies of a pair counts once.', 'short', [
      query('sum(cluster:pullway_proxy_agents:max)', 'agents'),
    ], { noValue: '0' }),
    panels.stat('Targets', 'Targets that connected agents announce.', 'short', [
      query('sum(cluster:pullway_proxy_targets:max)', 'targets'),
    ], { noValue: '0' }),
    panels.stat('Failing scrapes', 'Share of the scrapes sent to agents that failed, in the last five minutes.', 'percentunit', [
      query('(sum(cluster_outcome:pullway_proxy_scrapes:rate5m{outcome!~"answered|scraper_gone"}) or vector(0)) / sum(cluster:pullway_proxy_scrapes:rate5m)', 'failing'),
    ], { thresholds: panels.worseAbove(0.02, config.scrapeFailureRatio) }),
    panels.stat('Alerts', 'Alerts of this mixin that are firing.', 'short', [
      query('count(ALERTS{alertname=~"Pullway.*",alertstate="firing"}) or vector(0)', 'firing'),
    ], { thresholds: panels.worseAbove(1, 5) }),
  ]);

  local scrapes = panels.row('Scrapes', [
    panels.series('Scrapes by outcome', 'Scrapes that were sent to an agent, by what became of them.', 'reqps', [
      query('sum by (outcome) (cluster_outcome:pullway_proxy_scrapes:rate5m)', '{{outcome}}'),
    ], { stacked: true }),
    panels.series('Refused by outcome', 'Requests of scrapers that a proxy answered itself. unknown_target: nobody announced the address; agent_gone: its agent left.', 'reqps', [
      query('outcome:pullway_proxy_scrapes_refused:rate5m > 0', '{{outcome}}'),
    ], { stacked: true }),
    panels.series('Duration', 'From the request of a scraper to the end of its answer, exporter and tunnel included.', 's', [
      query('result:pullway_proxy_scrape_duration_seconds:quantile_rate5m', '{{result}}, quantile {{quantile}}'),
    ]),
    panels.series('Failing scrapes by cluster', 'The ten clusters with the largest share of failed scrapes.', 'percentunit', [
      query(expr('topk(10, sum by (%(c)s) (cluster_outcome:pullway_proxy_scrape_failures:ratio_rate5m))'), expr('{{%(c)s}}')),
    ], { max: 1 }),
    panels.series('Body bytes by cluster', 'Bodies of scrapes as they came from agents, the ten largest clusters. Compressed bodies count as they are.', 'Bps', [
      query('topk(10, cluster:pullway_proxy_scrape_body_bytes:rate5m)', expr('{{%(c)s}}')),
    ]),
    panels.series('Byte streams', 'Open CONNECT streams, by which scrapers reach passthrough targets, and how streams ended.', 'short', [
      query(expr('sum(pullway_proxy_streams_open{%(p)s})'), 'open'),
      query(expr('sum by (outcome) (increase(pullway_proxy_streams_total{%(p)s}[$__rate_interval]))'), 'ended: {{outcome}}'),
    ]),
  ]);

  local clusters = panels.row('Clusters', [
    panels.table('Clusters', 'What each cluster has and how its scrapes fare. Agents up: those whose own metrics arrive through their tunnel.', [
      // Through sum, so that no name of a metric keeps the lines of a cluster apart.
      query(expr('sum by (%(c)s) (cluster:pullway_proxy_agents:max)'), ''),
      query(expr('sum by (%(c)s) (cluster:pullway_agent_up:count)'), ''),
      query(expr('sum by (%(c)s) (cluster:pullway_proxy_targets:max)'), ''),
      query(expr('sum by (%(c)s) (cluster:pullway_proxy_scrapes:rate5m)'), ''),
      query(expr('sum by (%(c)s) (cluster_outcome:pullway_proxy_scrape_failures:ratio_rate5m)'), ''),
      query(expr('sum by (%(c)s) (cluster:pullway_proxy_scrape_body_bytes:rate5m)'), ''),
    ], [
      { title: 'Agents connected', unit: 'short' },
      { title: 'Agents up', unit: 'short' },
      { title: 'Targets', unit: 'short' },
      { title: 'Scrapes', unit: 'reqps' },
      { title: 'Failing', unit: 'percentunit' },
      { title: 'Bodies', unit: 'Bps' },
    ], {
      height: 10,
      links: [{
        label: cluster,
        title: 'The cluster',
        url: '/d/%s?var-cluster=${__value.raw}&${datasource:queryparam}&${__url_time_range}' % config.dashboards.clusterUid,
      }],
    }),
  ]);

  local tunnels = panels.row('Tunnels and agents', [
    panels.series('Agents by cluster', 'Connected agents, the ten largest clusters.', 'short', [
      query('topk(10, cluster:pullway_proxy_agents:max)', expr('{{%(c)s}}')),
    ]),
    panels.series('Agents by proxy', 'Replicas of a pair should agree: an agent that one of them lacks has no spare tunnel.', 'short', [
      query(expr('sum by (instance) (pullway_proxy_agents{%(p)s})'), '{{instance}}'),
    ]),
    panels.series('Departed agents', 'Agents that left within --sd.departed-grace: their targets are listed still, and their scrapes fail with agent_gone.', 'short', [
      query(expr('max by (instance) (pullway_proxy_departed_agents{%(p)s})'), '{{instance}}'),
    ]),
    panels.series('Tunnels opened and closed', 'Closed by close code; connection_lost are tunnels that broke without one.', 'short', [
      query(expr('sum(increase(pullway_proxy_tunnels_opened_total{%(p)s}[$__rate_interval]))'), 'opened'),
      query(expr('sum by (reason) (increase(pullway_proxy_tunnels_closed_total{%(p)s}[$__rate_interval]))'), 'closed: {{reason}}'),
    ]),
    panels.series('Refused agents', 'Attempts to connect that were refused: no known token, a name or cluster that the token does not cover, no room.', 'short', [
      query(expr('sum by (reason) (increase(pullway_proxy_agents_refused_total{%(p)s}[$__rate_interval]))'), '{{reason}}'),
    ]),
    panels.series('Agents of one name', 'refused and displaced: two instances claim one name. superseded: an agent opened a further tunnel while its old one was not known to be dead.', 'short', [
      query(expr('sum by (outcome) (increase(pullway_proxy_duplicate_agents_total{%(p)s}[$__rate_interval]))'), '{{outcome}}'),
    ]),
  ]);

  local discovery = panels.row('Service discovery', [
    panels.series('Requests by code', 'Requests for lists of targets. 503 is normal for up to a minute after a start.', 'reqps', [
      query(expr('sum by (code) (rate(pullway_proxy_sd_requests_total{%(p)s}[$__rate_interval]))'), '{{code}}'),
    ]),
    panels.series('Targets listed', 'In the list as it was last asked for, those of departed agents included, and targets left out since another cluster holds their address.', 'short', [
      query(expr('pullway_proxy_sd_targets{%(p)s}'), '{{instance}}'),
      query(expr('sum by (%(c)s) (pullway_proxy_left_out_targets{%(p)s}) > 0'), expr('left out: {{%(c)s}}')),
    ]),
    panels.series('Making of lists', 'Time to make a list anew, 99th percentile. A list that did not change is not made anew.', 's', [
      query(expr('histogram_quantile(0.99, sum by (le, instance) (rate(pullway_proxy_sd_rebuild_duration_seconds_bucket{%(p)s}[$__rate_interval])))'), '{{instance}}'),
    ]),
    panels.series('Bytes answered', 'Size of the lists that were answered, per second.', 'Bps', [
      query(expr('sum by (instance) (rate(pullway_proxy_sd_answer_bytes_total{%(p)s}[$__rate_interval]))'), '{{instance}}'),
    ]),
    panels.series('Ready', '0 while a replica waits for its agents after a start, and answers 503.', 'bool_yes_no', [
      query(expr('min by (instance) (pullway_proxy_sd_ready{%(p)s})'), '{{instance}}'),
    ], { max: 1 }),
    panels.series('Wrong credentials', 'Requests of scrapers with a wrong or missing user name or password.', 'reqps', [
      query(expr('sum by (instance) (rate(pullway_proxy_scraper_auth_failures_total{%(p)s}[$__rate_interval]))'), '{{instance}}'),
    ]),
  ]);

  local replicas = panels.row('Proxies', [
    panels.series('Used', 'Share of what a replica can take: scrapes in flight and open streams of their limits, CPU of one core.', 'percentunit', [
      query('instance_resource:pullway_proxy_used:ratio{instance=~"$proxy"}', '{{instance}} {{resource}}'),
    ]),
    panels.series('Scrapes in flight', 'And the limit of each replica, beyond which scrapes are refused with proxy_busy.', 'short', [
      query(expr('pullway_proxy_scrapes_in_flight{%(p)s}'), '{{instance}}'),
      query(expr('min(pullway_proxy_scrapes_in_flight_limit{%(p)s})'), 'limit'),
    ]),
    panels.series('Delay of the event loop', '99th percentile since the scrape before. What is late here makes all scrapes late.', 's', [
      query(expr('nodejs_eventloop_delay_p99_seconds{%(p)s}'), '{{instance}}'),
    ]),
    panels.series('Memory', 'Resident memory, and the heap in use by JavaScript objects.', 'bytes', [
      query(expr('process_resident_memory_bytes{%(p)s}'), '{{instance}} resident'),
      query(expr('nodejs_heap_used_bytes{%(p)s}'), '{{instance}} heap'),
    ]),
    panels.series('Open files', 'Connections of scrapers, tunnels and files.', 'short', [
      query(expr('process_open_fds{%(p)s}'), '{{instance}}'),
    ]),
    panels.series('Certificates', 'Time until the certificate of each TLS listener expires.', 's', [
      query(expr('pullway_proxy_certificate_expiry_timestamp_seconds{%(p)s} - time()'), '{{instance}} {{listener}}'),
    ]),
    panels.table('Builds', 'Version of each proxy, when it started, and whether its last reload was successful.', [
      query(expr('max by (instance, version, nodeversion) (pullway_proxy_build_info{%(p)s})'), ''),
      query(expr('max by (instance) (process_start_time_seconds{%(p)s}) * 1000'), ''),
      query(expr('min by (instance) (pullway_proxy_config_last_reload_successful{%(p)s})'), ''),
      query(expr('max by (instance) (pullway_proxy_config_last_reload_success_timestamp_seconds{%(p)s}) * 1000'), ''),
    ], [
      null,
      { title: 'Started', unit: 'dateTimeFromNow' },
      { title: 'Reload is fine', unit: 'bool_yes_no' },
      { title: 'Configuration of', unit: 'dateTimeFromNow' },
    ], { width: 16 }),
    panels.table('Versions of agents', 'How many agents run which version.', [
      query(expr('count by (version) (pullway_agent_build_info{%(a)s})'), ''),
    ], [{ title: 'Agents', unit: 'short' }], { width: 8 }),
  ]);

  panels.dashboard(
    config.dashboards.fleetUid,
    'Pullway / Fleet',
    'All clusters and proxies of Pullway.',
    config,
    [panels.labelValues('proxy', 'Proxy', 'label_values(up{%s}, instance)' % config.proxySelector)],
    [overview, scrapes, clusters, tunnels, discovery, replicas],
  )
