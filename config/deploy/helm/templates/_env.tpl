{{- /* What the service is told: where the proxy is, in the ways that need it, and whom to trust. */}}
{{- define "rds-guard.env" -}}
{{- if eq .Values.way "proxy" }}
{{- if .Values.workload.allClients }}
{{ .Files.Get "files/env-proxy-all.yaml" }}
{{- else }}
{{ .Files.Get "files/env-proxy.yaml" }}
{{- end }}
{{- else if eq .Values.way "broker" }}
- name: AWS_ENDPOINT_URL_RDS
  value: "http://127.0.0.1:{{ .Values.broker.endpointPort }}"
- name: AWS_CONTAINER_CREDENTIALS_FULL_URI
  value: "http://127.0.0.1:{{ .Values.broker.port }}/v1/credentials"
- name: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
  value: /run/rds-guard/token
{{- else }}
- name: AWS_CA_BUNDLE
  value: /run/rds-guard/bundle.pem
- name: NODE_EXTRA_CA_CERTS
  value: /run/rds-guard/ca.pem
{{- if .Values.workload.allClients }}
# replaces all roots of every process that uses OpenSSL's defaults, and of Rust, Go and .NET
- name: SSL_CERT_FILE
  value: /run/rds-guard/bundle.pem
# replaces all roots of Python's requests
- name: REQUESTS_CA_BUNDLE
  value: /run/rds-guard/bundle.pem
# replaces all roots of curl
- name: CURL_CA_BUNDLE
  value: /run/rds-guard/bundle.pem
# replaces all roots of every Java process, and any other options this variable held
- name: JAVA_TOOL_OPTIONS
  value: "-Djavax.net.ssl.trustStore=/run/rds-guard/truststore.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit"
{{- end }}
{{- end }}
{{- end }}
