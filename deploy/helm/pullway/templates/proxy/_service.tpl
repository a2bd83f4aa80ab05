{{/* The settings of a Service beside selector and ports. */}}
{{- define "pullway.serviceFields" -}}
type: {{ .type }}
{{- range $field := list "clusterIP" "loadBalancerClass" "loadBalancerIP" "externalTrafficPolicy" "ipFamilyPolicy" }}
{{- with index $ $field }}
{{ $field }}: {{ . }}
{{- end }}
{{- end }}
{{- range $field := list "loadBalancerSourceRanges" "ipFamilies" }}
{{- with index $ $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
