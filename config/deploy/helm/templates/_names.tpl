{{- define "rds-guard.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "rds-guard.name" -}}
{{ .Values.workload.name }}-rds-guard
{{- end }}

{{- define "rds-guard.way" -}}
{{- $ways := list "proxy" "direct" "transparent" "broker" -}}
{{- if not (has .Values.way $ways) -}}
{{- fail (printf "way is %q; it may be one of %s" .Values.way (join ", " $ways)) -}}
{{- end -}}
{{ .Values.way }}
{{- end }}

{{- /* The port of an address such as 0.0.0.0:9902 or [::]:9902. */}}
{{- define "rds-guard.metricsPort" -}}
{{ regexFind "[0-9]+$" .Values.metrics.address }}
{{- end }}

{{- /* The names that lead to the proxy in the direct way, one a line. */}}
{{- define "rds-guard.directNames" -}}
{{- range .Values.endpoints }}
{{- if hasPrefix "cn-" .region }}
rds.{{ .region }}.amazonaws.com.cn
rds-api.{{ .region }}.amazonaws.com.cn
{{- else }}
rds.{{ .region }}.amazonaws.com
{{- end }}
{{- end }}
{{- range .Values.direct.names }}
{{ . }}
{{- end }}
{{- end }}
