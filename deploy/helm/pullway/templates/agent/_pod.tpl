{{/* The pod of an agent; DaemonSet and Deployment share it. */}}

{{/* "agent" or "agent-cluster": what the names of its objects end with. */}}
{{- define "pullway.agent.name" -}}
{{- if eq . "node" }}agent{{ else }}agent-cluster{{ end -}}
{{- end -}}

{{/* Secret and key of the token: {name: …, key: …}. */}}
{{- define "pullway.agent.token" -}}
{{- $agent := .Values.agent -}}
{{- if $agent.token.existingSecret -}}
{{- toYaml (dict "name" $agent.token.existingSecret "key" $agent.token.key) -}}
{{- else if $agent.token.value -}}
{{- toYaml (dict "name" (printf "%s-agent-token" (include "pullway.fullname" .)) "key" "token") -}}
{{- else if and .Values.proxy.enabled (not .Values.proxy.agentTokens.existingSecret) -}}
{{- toYaml (dict "name" (include "pullway.proxy.tokensSecret" .) "key" "token") -}}
{{- else -}}
{{- fail "agent.token: give existingSecret, or value; the notes of the proxy's release say how to get the token" -}}
{{- end -}}
{{- end -}}

{{- define "pullway.agent.proxyUrls" -}}
{{- if .Values.agent.proxyUrls -}}
{{- toYaml .Values.agent.proxyUrls -}}
{{- else if .Values.proxy.enabled -}}
{{- include "pullway.proxy.tunnelUrls" . -}}
{{- else -}}
{{- fail "agent.proxyUrls: name the URL of the proxy, such as https://pullway.example.org" -}}
{{- end -}}
{{- end -}}

{{/* The volume with the authority of the proxy: a Secret or a ConfigMap. Empty when the authorities of Node do. */}}
{{- define "pullway.agent.caVolume" -}}
{{- $bundle := .Values.agent.caBundle -}}
{{- $items := list (dict "key" $bundle.key "path" "ca.crt") -}}
{{- if $bundle.existingSecret -}}
{{- toYaml (dict "secret" (dict "secretName" $bundle.existingSecret "items" $items)) -}}
{{- else if $bundle.existingConfigMap -}}
{{- toYaml (dict "configMap" (dict "name" $bundle.existingConfigMap "items" $items)) -}}
{{- else if $bundle.value -}}
{{- toYaml (dict "configMap" (dict "name" (printf "%s-agent-ca" (include "pullway.fullname" .)) "items" (list (dict "key" "ca.crt" "path" "ca.crt")))) -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "kind" "node") */}}
{{- define "pullway.agent.args" -}}
{{- $agent := .root.Values.agent -}}
{{- range include "pullway.agent.proxyUrls" .root | fromYamlArray -}}
- --proxy.url={{ . }}
{{ end -}}
- --proxy.token-file=/etc/pullway/token/token
{{- if include "pullway.agent.caVolume" .root }}
- --proxy.ca-file=/etc/pullway/ca/ca.crt
{{- end }}
{{- if $agent.clientCertificate.existingSecret }}
- --proxy.cert-file=/etc/pullway/client-certificate/tls.crt
- --proxy.key-file=/etc/pullway/client-certificate/tls.key
{{- end }}
{{- with $agent.cluster }}
- --agent.cluster={{ . }}
{{- end }}
- --config.file=/etc/pullway/agent/agent.yml
- --web.listen-address=:9369
- --shutdown.grace={{ $agent.shutdownGraceSeconds }}s
- --log.level={{ $agent.log.level }}
- --log.format={{ $agent.log.format }}
{{- with (index $agent .kind).extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pullway.agent.env" -}}
{{- $agent := .root.Values.agent -}}
{{- $outbound := $agent.outboundProxy -}}
# One name for each agent: on a node that of the node, elsewhere that of the pod.
- name: PULLWAY_AGENT_NAME
  valueFrom: {fieldRef: {fieldPath: {{ ternary "spec.nodeName" "metadata.name" (eq .kind "node") }}}}
- name: NODE_NAME
  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
{{- if $outbound.existingSecret }}
- name: HTTPS_PROXY
  valueFrom: {secretKeyRef: {name: {{ $outbound.existingSecret }}, key: {{ $outbound.key }}}}
- name: HTTP_PROXY
  valueFrom: {secretKeyRef: {name: {{ $outbound.existingSecret }}, key: {{ $outbound.key }}}}
{{- else if $outbound.url }}
- {name: HTTPS_PROXY, value: {{ $outbound.url | quote }}}
- {name: HTTP_PROXY, value: {{ $outbound.url | quote }}}
{{- end }}
{{- with $outbound.noProxy }}
- {name: NO_PROXY, value: {{ . | quote }}}
{{- end }}
{{- with (index $agent .kind).extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pullway.agent.volumes" -}}
{{- $agent := .root.Values.agent -}}
{{- $token := include "pullway.agent.token" .root | fromYaml -}}
- name: configuration
  configMap: {name: {{ include "pullway.fullname" .root }}-{{ include "pullway.agent.name" .kind }}}
- name: token
  secret:
    secretName: {{ $token.name }}
    defaultMode: 0440
    items:
      - {key: {{ $token.key }}, path: token}
{{- with include "pullway.agent.caVolume" .root }}
- name: ca
  {{- . | nindent 2 }}
{{- end }}
{{- with $agent.clientCertificate.existingSecret }}
- name: client-certificate
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- with (index $agent .kind).extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pullway.agent.pod" -}}
{{- $agent := .root.Values.agent -}}
{{- $settings := index $agent .kind -}}
{{- $name := include "pullway.agent.name" .kind -}}
{{- $selector := include "pullway.selector" (dict "root" .root "component" $name) -}}
metadata:
  labels:
    {{- include "pullway.podLabels" (dict "root" .root "component" $name "labels" $settings.podLabels) | nindent 4 }}
  {{- with $settings.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "pullway.podFields" (dict "root" .root "settings" $settings "name" $name "imagePullSecrets" $agent.imagePullSecrets "graceSeconds" (add $agent.shutdownGraceSeconds 5) "selector" $selector "isSpread" (ne .kind "node")) | nindent 2 }}
  containers:
    - name: agent
      {{- include "pullway.container" (dict "root" .root "settings" $settings "image" $agent.image) | nindent 6 }}
      args:
        {{- include "pullway.agent.args" . | nindent 8 }}
      env:
        {{- include "pullway.agent.env" . | nindent 8 }}
      ports:
        - {name: http, containerPort: 9369, protocol: TCP}
      livenessProbe:
        httpGet: {path: /-/healthy, port: http}
        {{- toYaml $settings.livenessProbe | nindent 8 }}
      readinessProbe:
        httpGet: {path: /-/ready, port: http}
        {{- toYaml $settings.readinessProbe | nindent 8 }}
      volumeMounts:
        - {name: configuration, mountPath: /etc/pullway/agent, readOnly: true}
        - {name: token, mountPath: /etc/pullway/token, readOnly: true}
        {{- if include "pullway.agent.caVolume" .root }}
        - {name: ca, mountPath: /etc/pullway/ca, readOnly: true}
        {{- end }}
        {{- if $agent.clientCertificate.existingSecret }}
        - {name: client-certificate, mountPath: /etc/pullway/client-certificate, readOnly: true}
        {{- end }}
        {{- with $settings.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $settings.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "pullway.agent.volumes" . | nindent 4 }}
{{- end -}}
