// An addition to kube-prometheus, for both sides of the tunnel. example.jsonnet shows how it is used.
//
// In the central cluster: the ScrapeConfig, and the NetworkPolicy that nothing else is needed for, since kube-prometheus leaves its Prometheus
// free to connect to anything. In a cluster that is scraped: policies that let the agent in, since kube-prometheus lets nobody but its own
// Prometheus reach Prometheus, kube-state-metrics and the other exporters.
{
  values+:: {
    pullway: {
      // Where kube-prometheus is.
      namespace: $.values.common.namespace,
      // The proxy's Service for scrapers.
      proxyUrl: 'http://pullway-proxy.pullway.svc:8080/',
      // Where the agents are, and how the Helm chart labels their pods.
      agentNamespace: 'pullway',
      agentSelector: {
        matchLabels: { 'app.kubernetes.io/name': 'pullway' },
        matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: ['agent', 'agent-cluster'] }],
      },
    },
  },

  pullway: {
    local config = $.values.pullway,
    local labels = { 'app.kubernetes.io/name': 'pullway', 'app.kubernetes.io/part-of': 'kube-prometheus' },

    // For the central cluster. scrape-config.yml is the plain manifest; only what differs stands here.
    scrapeConfig: std.parseYaml(importstr '../scrape-config.yml') + {
      metadata: { name: 'pullway', namespace: config.namespace, labels: labels },
      spec+: {
        proxyUrl: config.proxyUrl,
        httpSDConfigs: [sd { url: config.proxyUrl + 'sd' } for sd in super.httpSDConfigs],
      },
    },

    // For a cluster that is scraped. Policies add up, so those of kube-prometheus stay as they are.
    local fromAgent(name, podLabels, ports) = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'pullway-agent-to-' + name, namespace: config.namespace, labels: labels },
      spec: {
        podSelector: { matchLabels: podLabels + { 'app.kubernetes.io/part-of': 'kube-prometheus' } },
        policyTypes: ['Ingress'],
        ingress: [{
          from: [{
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': config.agentNamespace } },
            podSelector: config.agentSelector,
          }],
          ports: [{ port: port, protocol: 'TCP' } for port in ports],
        }],
      },
    },
    networkPolicyPrometheus: fromAgent('prometheus', { 'app.kubernetes.io/name': 'prometheus' }, [9090]),
    networkPolicyKubeStateMetrics: fromAgent('kube-state-metrics', { 'app.kubernetes.io/name': 'kube-state-metrics' }, [8443, 9443]),
  },
}
