// How the addition is taken into one's own build of kube-prometheus, with the mixin's alerts and dashboards: what stands here goes beside what
// kube-prometheus' own example.jsonnet has. It needs a folder vendor/ with kube-prometheus (jsonnet-bundler: jb install
// github.com/prometheus-operator/kube-prometheus/jsonnet/kube-prometheus@main), and the paths of the two imports by file.
local withMixin = import 'kube-prometheus/lib/mixin.libsonnet';
local mixin = withMixin({ name: 'pullway', namespace: 'monitoring', mixin: import '../../mixin/mixin.libsonnet' });

local kp =
  (import 'kube-prometheus/main.libsonnet') +
  (import 'pullway.libsonnet') +
  {
    values+:: {
      common+: { namespace: 'monitoring' },
      grafana+: { dashboards+: mixin.grafanaDashboards },
      pullway+: { proxyUrl: 'http://pullway-proxy.pullway.svc:8080/' },
    },
  };

{ ['pullway-' + name]: kp.pullway[name] for name in std.objectFields(kp.pullway) } +
{ 'pullway-prometheusRule': mixin.prometheusRules }
