// How kube-prometheus' own example.jsonnet takes the addition in: import it, and write its objects out with the others.
// Run in a folder where `jb install github.com/prometheus-operator/kube-prometheus/jsonnet/kube-prometheus@main` was done.
local kp =
  (import 'kube-prometheus/main.libsonnet') +
  (import 'pullway.libsonnet') +
  {
    values+:: {
      common+: { namespace: 'monitoring' },
      pullway+: { proxyUrl: 'http://pullway-proxy.pullway.svc:8080/' },
    },
  };

{ ['pullway-' + name]: kp.pullway[name] for name in std.objectFields(kp.pullway) }
