{{/* What the pods of all roles share. */}}

{{/* Fields of a pod's spec beside its containers and volumes.
  (dict "root" $ "settings" … "name" "proxy" "imagePullSecrets" … "graceSeconds" 35 "selector" (labels of the pod) "isSpread" true) */}}
{{- define "pullway.podFields" -}}
{{- $settings := .settings -}}
serviceAccountName: {{ include "pullway.serviceAccountName" . }}
automountServiceAccountToken: {{ $settings.automountServiceAccountToken }}
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .graceSeconds }}
{{- with concat .root.Values.imagePullSecrets .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $settings.podSecurityContext | nindent 2 }}
{{- with $settings.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "pullway.spread" . }}
topologySpreadConstraints:
  {{- . | nindent 2 }}
{{- end }}
{{- with $settings.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with $settings.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.extraInitContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "pullway.spread" -}}
{{- $constraints := default (list) .settings.topologySpreadConstraints -}}
{{- if and (not $constraints) .isSpread -}}
{{- $constraints = list (dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway") -}}
{{- end -}}
{{- $selector := dict "labelSelector" (dict "matchLabels" (fromYaml .selector)) -}}
{{- $all := list -}}
{{- range $constraints }}{{ $all = append $all (merge (dict) . $selector) }}{{ end -}}
{{- if $all }}{{ toYaml $all }}{{ end -}}
{{- end -}}

{{/* Fields of the container of the program that every role has. (dict "root" $ "settings" … "image" …) */}}
{{- define "pullway.container" -}}
{{- $settings := .settings -}}
image: {{ include "pullway.image" . | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
securityContext:
  {{- toYaml $settings.containerSecurityContext | nindent 2 }}
{{- with $settings.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What a PodDisruptionBudget holds beside its selector: its values. */}}
{{- define "pullway.budgetFields" -}}
maxUnavailable: {{ .maxUnavailable }}
# Agents are not ready while they have no tunnel. Without this no node could be drained while the proxy is away.
unhealthyPodEvictionPolicy: AlwaysAllow
{{- end -}}
