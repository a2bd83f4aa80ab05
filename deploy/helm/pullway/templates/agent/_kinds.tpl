{{/* The kinds of agents that this release has: a list of "node" and "clusterLevel". */}}
{{- define "pullway.agent.kinds" -}}
{{- $kinds := list -}}
{{- if include "pullway.agent.hasNode" . }}{{ $kinds = append $kinds "node" }}{{ end -}}
{{- if include "pullway.agent.hasClusterLevel" . }}{{ $kinds = append $kinds "clusterLevel" }}{{ end -}}
{{- if and .Values.agent.enabled (not $kinds) }}{{ fail "agent: enable node, clusterLevel or both" }}{{ end -}}
{{- toYaml $kinds -}}
{{- end -}}
