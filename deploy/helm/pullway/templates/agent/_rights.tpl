{{/* What an agent may ask the API server and the kubelets for: just what the jobs of its configuration need. */}}

{{/* Rules of a Role, and with "isCluster" of a ClusterRole: {rules: […]}. (dict "root" $ "kind" "node" "isCluster" true) */}}
{{- define "pullway.agent.rights" -}}
{{- $agent := .root.Values.agent -}}
{{- $file := include "pullway.agent.configuration" . | fromYaml -}}
{{- $watched := dict -}}
{{- $paths := dict -}}
{{- $hasKubelets := false -}}
{{- range $job := $file.scrape_configs -}}
{{- $authorization := default (dict) $job.authorization -}}
{{- $tokenFile := default $job.bearer_token_file $authorization.credentials_file -}}
{{- $sendsToken := eq "/var/run/secrets/kubernetes.io/serviceaccount/token" (default "" $tokenFile) -}}
{{- range $discovery := $job.kubernetes_sd_configs -}}
{{- if not (or $discovery.api_server $discovery.kubeconfig_file) -}}
{{- if not (or $.isCluster $discovery.namespaces (eq $discovery.role "node")) -}}
{{- fail (printf "agent.namespaces: the job %s looks into all namespaces; name some of these in its kubernetes_sd_configs" $job.job_name) -}}
{{- end -}}
{{- range $resource := get (dict
  "pod" (list "pods")
  "node" (list "nodes")
  "service" (list "services")
  "endpoints" (list "endpoints" "services" "pods")
  "endpointslice" (list "endpointslices" "services" "pods")
  "ingress" (list "ingresses")) $discovery.role -}}
{{- $_ := set $watched $resource true -}}
{{- end -}}
{{- if (default (dict) $discovery.attach_metadata).node }}{{ $_ := set $watched "nodes" true }}{{ end -}}
{{- if $sendsToken -}}
{{- if eq $discovery.role "node" }}{{ $hasKubelets = true }}{{ else }}{{ $_ := set $paths (default "/metrics" $job.metrics_path) true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (not .isCluster) (or $watched.nodes $hasKubelets $paths) -}}
{{- fail "agent.namespaces: a job asks for nodes or for metrics of API servers, which no Role can grant" -}}
{{- end -}}
{{- $groups := dict "endpointslices" "discovery.k8s.io" "ingresses" "networking.k8s.io" -}}
{{- $byGroup := dict -}}
{{- range $resource := keys $watched | sortAlpha -}}
{{- $group := get $groups $resource -}}
{{- $_ := set $byGroup $group (append (default (list) (get $byGroup $group)) $resource) -}}
{{- end -}}
{{- $rules := list -}}
{{- range $group := keys $byGroup | sortAlpha -}}
{{- $rules = append $rules (dict "apiGroups" (list $group) "resources" (get $byGroup $group) "verbs" (list "list" "watch")) -}}
{{- end -}}
{{- if $hasKubelets }}{{ $rules = append $rules (dict "apiGroups" (list "") "resources" (list "nodes/metrics") "verbs" (list "get")) }}{{ end -}}
{{- if $paths }}{{ $rules = append $rules (dict "nonResourceURLs" (keys $paths | sortAlpha) "verbs" (list "get")) }}{{ end -}}
{{- toYaml (dict "rules" (concat $rules (index $agent .kind).extraRules)) -}}
{{- end -}}
