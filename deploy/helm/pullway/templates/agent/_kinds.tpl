{{/* The kinds of agents that this release has: a list of "node" and "clusterLevel". */}}
{{- define "pullway.agent.kinds" -}}
{{- $kinds := list -}}
{{- if include "pullway.agent.hasNode" . }}{{ $kinds = append $kinds "node" }}{{ end -}}
{{- if include "pullway.agent.hasClusterLevel" . }}{{ $kinds = append $kinds "clusterLevel" }}{{ end -}}
{{- toYaml $kinds -}}
{{- end -}}
