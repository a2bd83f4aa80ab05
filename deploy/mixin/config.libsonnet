// What a site may want to change: `(import 'mixin.libsonnet') + { _config+:: { … } }`.
{
  _config+:: {
    // Which series are of proxies, and which are the agents' own metrics that come through their tunnels.
    proxySelector: 'job="pullway-proxy"',
    agentSelector: 'job="pullway-agent"',
    // The label that holds the cluster of an agent and of its targets.
    clusterLabel: 'cluster',

    // Agents whose disappearance is an alert for each of them. Where the nodes of a cluster come and go, leave its node agents out
    // ('cluster!~"autoscaled-.*"'): PullwayClusterGone still says when all of them are gone.
    agentGoneSelector: '',
    // For how long an agent that has vanished is missed.
    agentGoneWindow: '6h',
    // For how long a cluster without any agent is missed.
    clusterGoneWindow: '1d',

    // Ends of a tunnel in half an hour, more than which is flapping.
    tunnelEndsIn30m: 3,
    // Starts of a process in an hour, more than which is crash looping.
    startsIn1h: 3,
    // Share of the scrapes of a cluster that fail with one outcome, from 0 to 1.
    scrapeFailureRatio: 0.1,
    // Share of all requests of scrapers that no agent was asked for, with one outcome, from 0 to 1.
    scrapeRefusalRatio: 0.05,
    // Requests with wrong or missing credentials in five minutes.
    authFailuresIn5m: 2,
    // Used share of a limit, from 0 to 1.
    saturationRatio: 0.8,
    // Days until a certificate expires. Lower both where certificates live for days.
    certificateWarningDays: 14,
    certificateCriticalDays: 3,

    // Where runbooks are; %s is the name of the alert.
    runbookUrlPattern: 'https://github.com/pullway/pullway/blob/main/docs/runbooks/%s.md',

    dashboards: {
      tags: ['pullway'],
      refresh: '1m',
      from: 'now-6h',
      // UIDs, by which the dashboards link to each other.
      fleetUid: 'pullway-fleet',
      clusterUid: 'pullway-cluster',
    },
  },
}
