{{/* The configuration files of the agents, all made of the one in files/kubernetes.yml. */}}

{{/* There is a DaemonSet. */}}
{{- define "pullway.agent.hasNode" -}}
{{- if and .Values.agent.enabled .Values.agent.node.enabled (not .Values.agent.namespaces) }}true{{ end -}}
{{- end -}}

{{/* There is a Deployment. In namespaces of its own it is all that there is. */}}
{{- define "pullway.agent.hasClusterLevel" -}}
{{- if and .Values.agent.enabled (or .Values.agent.clusterLevel.enabled .Values.agent.namespaces) }}true{{ end -}}
{{- end -}}

{{/* Whether the Deployment finds pods and kubelets too. */}}
{{- define "pullway.agent.findsAll" -}}
{{- $scope := .Values.agent.clusterLevel.scope -}}
{{- if or (eq $scope "all") (and (eq $scope "auto") (not (include "pullway.agent.hasNode" .))) }}true{{ end -}}
{{- end -}}

{{/* The jobs of the default configuration for one kind of agent: {jobs: […]}. (dict "root" $ "kind" "node") */}}
{{- define "pullway.agent.defaultJobs" -}}
{{- $root := .root -}}
{{- $kind := .kind -}}
{{- $agent := $root.Values.agent -}}
{{- $prefix := regexReplaceAll "[^a-zA-Z0-9_]" $agent.annotationPrefix "_" -}}
{{- $file := $root.Files.Get "files/kubernetes.yml" | replace "prometheus_io_" (printf "%s_" $prefix) | fromYaml -}}
{{- $jobs := list -}}
{{- range $job := $file.scrape_configs -}}
{{- $discovery := first $job.kubernetes_sd_configs -}}
{{- $isOfNode := has $discovery.role (list "pod" "node") -}}
{{- $isWanted := ternary $isOfNode (or (not $isOfNode) (ne (include "pullway.agent.findsAll" $root) "")) (eq $kind "node") -}}
{{- if $agent.namespaces -}}
{{- /* What needs rights in the whole cluster is left out: nodes, and the metrics of API servers. */ -}}
{{- $isWanted = and $isWanted (ne $discovery.role "node") (not $job.authorization) -}}
{{- $_ := set $discovery "namespaces" (dict "names" $agent.namespaces) -}}
{{- end -}}
{{- if eq $kind "node" -}}
{{- $field := ternary "metadata.name=${NODE_NAME}" "spec.nodeName=${NODE_NAME}" (eq $discovery.role "node") -}}
{{- $_ := set $discovery "selectors" (list (dict "role" $discovery.role "field" $field)) -}}
{{- end -}}
{{- if and (eq $discovery.role "node") (not $agent.kubelet.insecureSkipVerify) -}}
{{- $_ := unset $job.tls_config "insecure_skip_verify" -}}
{{- end -}}
{{- if and $isWanted (not (has $job.job_name $agent.disabledJobs)) }}{{ $jobs = append $jobs $job }}{{ end -}}
{{- end -}}
{{- toYaml (dict "jobs" $jobs) -}}
{{- end -}}

{{/* The whole file of one kind of agent. */}}
{{- define "pullway.agent.configuration" -}}
{{- $settings := index .root.Values.agent .kind -}}
{{- $configuration := deepCopy $settings.config -}}
{{- if not $configuration -}}
{{- $configuration = dict "scrape_configs" (include "pullway.agent.defaultJobs" . | fromYaml).jobs -}}
{{- end -}}
{{- $jobs := concat (default (list) $configuration.scrape_configs) $settings.extraScrapeConfigs -}}
{{- toYaml (set $configuration "scrape_configs" $jobs) -}}
{{- end -}}
