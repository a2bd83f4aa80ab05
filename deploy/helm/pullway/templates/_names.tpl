{{/* Names, labels and images. */}}

{{- define "pullway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 38 | trimSuffix "-" -}}
{{- end -}}

{{/* What all names begin with. Room is left for what follows, and for what controllers add to it for their pods. */}}
{{- define "pullway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 38 | trimSuffix "-" -}}
{{- else if contains (include "pullway.name" .) .Release.Name -}}
{{- .Release.Name | trunc 38 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "pullway.name" .) | trunc 38 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pullway.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* What is selected by: never changes. (dict "root" $ "component" "proxy") */}}
{{- define "pullway.selector" -}}
app.kubernetes.io/name: {{ include "pullway.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* (dict "root" $ "component" "proxy" "labels" (dict …)) */}}
{{- define "pullway.labels" -}}
{{- $labels := include "pullway.selector" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/part-of" "pullway" -}}
{{- $_ := set $labels "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") -}}
{{- toYaml (merge $labels (default (dict) .labels) .root.Values.commonLabels) -}}
{{- end -}}

{{/* Labels of pods: what changes with each version of the chart would restart them. */}}
{{- define "pullway.podLabels" -}}
{{- $labels := include "pullway.selector" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/part-of" "pullway" -}}
{{- toYaml (merge $labels (default (dict) .labels) .root.Values.commonLabels) -}}
{{- end -}}

{{/* Name, namespace, labels and annotations of an object. (dict "root" $ "name" "proxy" "component" "proxy" "labels" … "annotations" …) */}}
{{- define "pullway.metadata" -}}
name: {{ printf "%s-%s" (include "pullway.fullname" .root) .name }}
namespace: {{ include "pullway.namespace" .root }}
labels:
  {{- include "pullway.labels" . | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (dict "root" $ "image" .Values.proxy.image) */}}
{{- define "pullway.image" -}}
{{- $registry := default .image.registry .root.Values.global.imageRegistry | trimSuffix "/" -}}
{{- $name := .image.repository -}}
{{- if $registry }}{{ $name = printf "%s/%s" $registry .image.repository }}{{ end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "settings" .Values.proxy "name" "proxy") */}}
{{- define "pullway.serviceAccountName" -}}
{{- if .settings.serviceAccount.create -}}
{{- default (printf "%s-%s" (include "pullway.fullname" .root) .name) .settings.serviceAccount.name -}}
{{- else -}}
{{- default "default" .settings.serviceAccount.name -}}
{{- end -}}
{{- end -}}
