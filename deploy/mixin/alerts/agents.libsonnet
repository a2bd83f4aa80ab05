// Alerts on agents and their tunnels. While no proxy can be scraped nothing is known of the fleet, and PullwayProxyAbsent says so for all.
function(config)
  local anyProxyIsUp = 'and on () (count(up{%(proxySelector)s} == 1) > 0)' % config;
  local watched = if config.agentGoneSelector == '' then '' else '{%s}' % config.agentGoneSelector;
  local expressions = config { anyProxyIsUp: anyProxyIsUp, watched: watched };
  [
    {
      alert: 'PullwayClusterGone',
      severity: 'critical',
      expr: |||
        (
          max_over_time(cluster:pullway_proxy_agents:max[%(clusterGoneWindow)s])
          unless
          cluster:pullway_proxy_agents:max > 0
        )
        %(anyProxyIsUp)s
      ||| % expressions,
      'for': '5m',
      summary: 'No agent of a cluster is connected.',
      description: 'Cluster {{ or $labels.%(clusterLabel)s "(none)" }} has no agent with a tunnel to any Pullway proxy. In the last %(clusterGoneWindow)s it had up to {{ $value }}. Nothing in the cluster is monitored.' % config,
    },
    {
      alert: 'PullwayAgentGone',
      severity: 'warning',
      // An agent that left is listed for --sd.departed-grace, and `up` is 0; then its series ends, and what is left is that it was there. Agents that
      // others have replaced are not missed: the cluster then has as many as before.
      expr: |||
        (
          cluster_instance:pullway_agent_up:max%(watched)s == 0
          or
          (
            max_over_time(cluster_instance:pullway_agent_up:max%(watched)s[%(agentGoneWindow)s]) == 1
            unless
            cluster_instance:pullway_agent_up:max
            unless on (%(clusterLabel)s)
            cluster:pullway_agent_up:count >= max_over_time(cluster:pullway_agent_up:median1h[%(agentGoneWindow)s])
          )
        )
        %(anyProxyIsUp)s
      ||| % expressions,
      'for': '10m',
      summary: 'A Pullway agent has gone.',
      description: 'The agent {{ $labels.instance }} of cluster {{ or $labels.%(clusterLabel)s "(none)" }} cannot be reached through its tunnel, or has not come back to any Pullway proxy. Targets that no other agent announces are not monitored.' % config,
    },
    {
      alert: 'PullwayTunnelDown',
      severity: 'warning',
      expr: 'max by (%(clusterLabel)s, instance, proxy) (pullway_agent_tunnel_up{%(agentSelector)s}) == 0' % config,
      'for': '15m',
      summary: 'An agent has no tunnel to one of its proxies.',
      description: 'The agent {{ $labels.instance }} of cluster {{ or $labels.%(clusterLabel)s "(none)" }} has had no tunnel to {{ $labels.proxy }} for 15 minutes. It is reached through another proxy only: there is no spare.' % config,
    },
    {
      alert: 'PullwayTunnelFlapping',
      severity: 'warning',
      // Ends that the other side asked for, and attempts before there was a tunnel, are no flapping.
      expr: |||
        sum by (%(clusterLabel)s, instance, proxy) (
          increase(pullway_agent_reconnects_total{%(agentSelector)s,reason!~"dial_failed|refused|going_away|draining|stopped"}[30m])
        ) > %(tunnelEndsIn30m)d
      ||| % config,
      'for': '5m',
      summary: 'The tunnel of an agent breaks again and again.',
      description: 'The tunnel of agent {{ $labels.instance }} of cluster {{ or $labels.%(clusterLabel)s "(none)" }} to {{ $labels.proxy }} broke {{ $value | humanize }} times in 30 minutes. Each time the scrapes that run in it fail.' % config,
    },
    {
      alert: 'PullwayDuplicateAgents',
      severity: 'warning',
      expr: |||
        max(
          sum by (instance) (increase(pullway_proxy_duplicate_agents_total{%(proxySelector)s,outcome=~"refused|displaced"}[5m]))
        ) > 0
      ||| % config,
      'for': '15m',
      summary: 'Several agents claim one name.',
      description: 'For 15 minutes agents have been sent away because another instance serves under their name and cluster ({{ $value | humanize }} times in 5 minutes). Only one of them serves its targets.',
    },
    {
      alert: 'PullwayAgentsRefused',
      severity: 'warning',
      expr: |||
        max by (reason) (
          sum by (instance, reason) (increase(pullway_proxy_agents_refused_total{%(proxySelector)s}[5m]))
        ) > 0
      ||| % config,
      'for': '15m',
      summary: 'Agents are refused.',
      description: 'For 15 minutes agents have been refused as {{ $labels.reason }} ({{ $value | humanize }} times in 5 minutes). Their targets are not monitored.',
    },
    {
      alert: 'PullwayAgentSaturated',
      severity: 'warning',
      expr: 'cluster_instance:pullway_agent_scrapes_in_flight:ratio > %(saturationRatio)g' % config,
      'for': '10m',
      summary: 'An agent is close to its limit of scrapes.',
      description: 'The agent {{ $labels.instance }} of cluster {{ or $labels.%(clusterLabel)s "(none)" }} uses {{ $value | humanizePercentage }} of the scrapes that its tunnels may carry.' % config,
    },
    {
      alert: 'PullwayAgentBusy',
      severity: 'critical',
      expr: 'cluster_outcome:pullway_proxy_scrapes:rate5m{outcome="agent_busy"} > 0',
      'for': '5m',
      summary: 'Agents refuse scrapes for want of room.',
      description: 'Scrapes of cluster {{ or $labels.%(clusterLabel)s "(none)" }} are refused (agent_busy, {{ printf "%%.2g" $value }} per second): every tunnel that leads to the target is full. Samples are being lost.' % config,
    },
  ]
