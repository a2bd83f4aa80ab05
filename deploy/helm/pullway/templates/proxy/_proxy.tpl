{{/* What the objects of the proxy ask of its values. */}}

{{- define "pullway.proxy.isPair" -}}
{{- if gt (int .Values.proxy.replicas) 1 }}true{{ end -}}
{{- end -}}

{{/* Names of what agents dial, one for each replica: Services, Ingress rules and routes go by them. */}}
{{- define "pullway.proxy.tunnelNames" -}}
{{- if include "pullway.proxy.isPair" . -}}
{{- range $index := until (int .Values.proxy.replicas) }}
- proxy-{{ $index }}-tunnel
{{- end -}}
{{- else -}}
- proxy-tunnel
{{- end -}}
{{- end -}}

{{- define "pullway.proxy.tokensSecret" -}}
{{- default (printf "%s-proxy-agent-tokens" (include "pullway.fullname" .)) .Values.proxy.agentTokens.existingSecret -}}
{{- end -}}

{{- define "pullway.proxy.tokensKey" -}}
{{- if .Values.proxy.agentTokens.existingSecret }}{{ .Values.proxy.agentTokens.key }}{{ else }}proxy.yml{{ end -}}
{{- end -}}

{{/* "https" or "http". (dict "root" $ "listener" "web") */}}
{{- define "pullway.proxy.scheme" -}}
{{- $proxy := .root.Values.proxy -}}
{{- $tls := index $proxy.tls .listener -}}
{{- $configuration := index $proxy (printf "%sConfiguration" .listener) -}}
{{- if or $tls.existingSecret $tls.enabled $configuration.tls_server_config }}https{{ else }}http{{ end -}}
{{- end -}}

{{/* Whether the chart knows that the listener wants client certificates. (dict "root" $ "listener" "web") */}}
{{- define "pullway.proxy.wantsCertificates" -}}
{{- $configuration := index .root.Values.proxy (printf "%sConfiguration" .listener) -}}
{{- if hasPrefix "Require" (default "" (default (dict) $configuration.tls_server_config).client_auth_type) }}true{{ end -}}
{{- end -}}

{{/* "web http, tunnel https with certificates" */}}
{{- define "pullway.proxy.listeners" -}}
{{- $listeners := list -}}
{{- range $listener := list "web" "tunnel" -}}
{{- $tls := default (dict) (index $.Values.proxy (printf "%sConfiguration" $listener)).tls_server_config -}}
{{- $certificates := ternary "" " with certificates" (has $tls.client_auth_type (list nil "" "NoClientCert")) -}}
{{- $scheme := include "pullway.proxy.scheme" (dict "root" $ "listener" $listener) -}}
{{- $listeners = append $listeners (printf "%s %s%s" $listener $scheme $certificates) -}}
{{- end -}}
{{- join ", " $listeners -}}
{{- end -}}

{{- define "pullway.proxy.hasWebConfiguration" -}}
{{- $proxy := .Values.proxy -}}
{{- if or $proxy.webConfigurationExistingSecret $proxy.webConfiguration $proxy.tunnelConfiguration $proxy.tls.web.existingSecret $proxy.tls.tunnel.existingSecret }}true{{ end -}}
{{- end -}}

{{/* The file of one listener: its configuration, and the certificate of its Secret. (dict "root" $ "listener" "web") */}}
{{- define "pullway.proxy.listenerFile" -}}
{{- $proxy := .root.Values.proxy -}}
{{- $file := deepCopy (index $proxy (printf "%sConfiguration" .listener)) -}}
{{- if (index $proxy.tls .listener).existingSecret -}}
{{- $folder := printf "/etc/pullway/%s-tls" .listener -}}
{{- $files := dict "cert_file" (printf "%s/tls.crt" $folder) "key_file" (printf "%s/tls.key" $folder) -}}
{{- $_ := set $file "tls_server_config" (merge (default (dict) $file.tls_server_config) $files) -}}
{{- end -}}
{{- if $file }}{{ toYaml $file }}{{ end -}}
{{- end -}}

{{/* The probes ask the listener of the agents, which answers for the health of the whole program and knows no users. */}}
{{- define "pullway.proxy.probe" -}}
{{- $tunnel := dict "root" .root "listener" "tunnel" -}}
{{- $web := dict "root" .root "listener" "web" -}}
{{- if not (include "pullway.proxy.wantsCertificates" $tunnel) -}}
httpGet: {path: {{ .path }}, port: tunnel, scheme: {{ include "pullway.proxy.scheme" $tunnel | upper }}}
{{- else if not (include "pullway.proxy.wantsCertificates" $web) -}}
httpGet: {path: {{ .path }}, port: http, scheme: {{ include "pullway.proxy.scheme" $web | upper }}}
{{- else -}}
tcpSocket: {port: http}
{{- end -}}
{{- end -}}

{{/* With --web.route-prefix among extraArgs the paths of the proxy move. */}}
{{- define "pullway.proxy.prefix" -}}
{{- range .Values.proxy.extraArgs -}}
{{- if hasPrefix "--web.route-prefix=" . }}{{ trimPrefix "--web.route-prefix=" . | trimSuffix "/" }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* For scrapers within the cluster. */}}
{{- define "pullway.proxy.url" -}}
{{- $scheme := include "pullway.proxy.scheme" (dict "root" . "listener" "web") -}}
{{- printf "%s://%s-proxy.%s.svc:%v" $scheme (include "pullway.fullname" .) (include "pullway.namespace" .) .Values.proxy.service.port -}}
{{- end -}}

{{/* For agents in the same cluster: a list, one for each replica. */}}
{{- define "pullway.proxy.tunnelUrls" -}}
{{- $root := . -}}
{{- $scheme := include "pullway.proxy.scheme" (dict "root" . "listener" "tunnel") -}}
{{- range include "pullway.proxy.tunnelNames" . | fromYamlArray }}
- {{ $scheme }}://{{ include "pullway.fullname" $root }}-{{ . }}.{{ include "pullway.namespace" $root }}.svc:{{ $root.Values.proxy.tunnelService.port }}{{ include "pullway.proxy.prefix" $root }}
{{- end -}}
{{- end -}}
