{{/* The pod of a replica; Deployment and StatefulSet share it. */}}

{{- define "pullway.proxy.pod" -}}
{{- $proxy := .Values.proxy -}}
{{- $selector := include "pullway.selector" (dict "root" . "component" "proxy") -}}
{{- $grace := add $proxy.shutdownGraceSeconds 5 -}}
{{- $isPair := include "pullway.proxy.isPair" . -}}
metadata:
  labels:
    {{- include "pullway.podLabels" (dict "root" . "component" "proxy" "labels" $proxy.podLabels) | nindent 4 }}
  annotations:
    # TLS and client certificates cannot be switched on or off without a restart; everything else of the files is read anew.
    pullway-listeners: {{ include "pullway.proxy.listeners" . | quote }}
    {{- with $proxy.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "pullway.podFields" (dict "root" . "settings" $proxy "name" "proxy" "imagePullSecrets" $proxy.imagePullSecrets "graceSeconds" $grace "selector" $selector "isSpread" $isPair) | nindent 2 }}
  containers:
    - name: proxy
      {{- include "pullway.container" (dict "root" . "settings" $proxy "image" $proxy.image) | nindent 6 }}
      args:
        - --web.listen-address=:8080
        - --tunnel.listen-address=:8081
        - --config.file=/etc/pullway/agent-tokens/{{ include "pullway.proxy.tokensKey" . }}
        {{- if include "pullway.proxy.hasWebConfiguration" . }}
        - --web.config.file=/etc/pullway/web/web.yml
        - --tunnel.config.file=/etc/pullway/web/tunnel.yml
        {{- end }}
        {{- with $proxy.externalUrl }}
        - --web.external-url={{ . }}
        {{- end }}
        - --shutdown.grace={{ $proxy.shutdownGraceSeconds }}s
        - --shutdown.delay={{ $proxy.shutdownDelaySeconds }}s
        - --log.level={{ $proxy.log.level }}
        - --log.format={{ $proxy.log.format }}
        {{- with $proxy.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $proxy.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - {name: http, containerPort: 8080, protocol: TCP}
        - {name: tunnel, containerPort: 8081, protocol: TCP}
      livenessProbe:
        {{- include "pullway.proxy.probe" (dict "root" . "path" (printf "%s/-/healthy" (include "pullway.proxy.prefix" .))) | nindent 8 }}
        {{- toYaml $proxy.livenessProbe | nindent 8 }}
      readinessProbe:
        {{- include "pullway.proxy.probe" (dict "root" . "path" (printf "%s/-/ready" (include "pullway.proxy.prefix" .))) | nindent 8 }}
        {{- if $isPair }}
        {{- toYaml (merge (dict) $proxy.readinessProbe (dict "initialDelaySeconds" $proxy.warmUpSeconds)) | nindent 8 }}
        {{- else }}
        {{- toYaml $proxy.readinessProbe | nindent 8 }}
        {{- end }}
      volumeMounts:
        - {name: agent-tokens, mountPath: /etc/pullway/agent-tokens, readOnly: true}
        {{- if include "pullway.proxy.hasWebConfiguration" . }}
        - {name: web, mountPath: /etc/pullway/web, readOnly: true}
        {{- end }}
        {{- range $listener := list "web" "tunnel" }}
        {{- if (index $proxy.tls $listener).existingSecret }}
        - {name: {{ $listener }}-tls, mountPath: /etc/pullway/{{ $listener }}-tls, readOnly: true}
        {{- end }}
        {{- end }}
        {{- with $proxy.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $proxy.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: agent-tokens
      secret:
        secretName: {{ include "pullway.proxy.tokensSecret" . }}
        defaultMode: 0440
        # The token itself stays outside of the proxy, which needs its hash alone.
        items:
          - {key: {{ include "pullway.proxy.tokensKey" . }}, path: {{ include "pullway.proxy.tokensKey" . }}}
    {{- if include "pullway.proxy.hasWebConfiguration" . }}
    - name: web
      secret:
        secretName: {{ default (printf "%s-proxy-web" (include "pullway.fullname" .)) $proxy.webConfigurationExistingSecret }}
        defaultMode: 0440
    {{- end }}
    {{- range $listener := list "web" "tunnel" }}
    {{- with (index $proxy.tls $listener).existingSecret }}
    - name: {{ $listener }}-tls
      secret: {secretName: {{ . }}, defaultMode: 0440}
    {{- end }}
    {{- end }}
    {{- with $proxy.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
