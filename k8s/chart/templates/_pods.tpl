{{/* The names of the set's pods, as a list in YAML. */}}
{{- define "pgsidecar.pods" -}}
[{{ range $i := until (int .Values.replicas) }}{{ if $i }}, {{ end }}postgres-{{ $i }}{{ end }}]
{{- end }}

{{/* Which of the three repositories is given. */}}
{{- define "pgsidecar.repository" -}}
{{- $given := list }}
{{- range $type := list "s3" "azure" "filesystem" }}
{{- if index $.Values.repository $type }}{{ $given = append $given $type }}{{ end }}
{{- end }}
{{- if ne (len $given) 1 }}{{ fail "give one of repository.s3, repository.azure and repository.filesystem" }}{{ end }}
{{- first $given }}
{{- end }}
