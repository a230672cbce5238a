{{- define "kpi-exporter.name" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" .Release.Name) }}
{{- fail (printf "release %s: a Service cannot be called so: use lower-case letters, digits and hyphens, a letter first" .Release.Name) }}
{{- end }}
{{- if gt (len $name) 40 }}
{{- fail (printf "release %s: the name %s has more than 40 characters: use a shorter name" .Release.Name $name) }}
{{- end }}
{{- $name -}}
{{- end }}

{{- /* What never changes while a release is upgraded, and tells its exporter from its reports. */}}
{{- define "kpi-exporter.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "kpi-exporter.labels" -}}
{{ include "kpi-exporter.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "kpi-exporter.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .tag }}:{{ .tag }}{{ end }}{{ if .digest }}@{{ .digest }}{{ end }}{{ end }}
{{- end }}

{{- /* Of every pod: no root, no token of the cluster. */}}
{{- define "kpi-exporter.pod" -}}
serviceAccountName: {{ include "kpi-exporter.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: kpis
    configMap:
      name: {{ .Values.kpis.existingConfigMap | default (include "kpi-exporter.name" .) }}
      {{- with .Values.kpis.files }}
      items:
        {{- range $path, $text := . }}
        - {key: {{ include "kpi-exporter.key" $path | quote }}, path: {{ $path | quote }}}
        {{- end }}
      {{- end }}
{{- range $i, $secret := .Values.secrets.files }}
  - name: secret-{{ $i }}
    secret: {secretName: {{ $secret.name | quote }}, defaultMode: 0440}
{{- end }}
{{- if and .Values.state.enabled (eq .component "exporter") }}
  - name: state
    {{- if .Values.state.existingClaim }}
    persistentVolumeClaim: {claimName: {{ .Values.state.existingClaim | quote }}}
    {{- else }}
    emptyDir: {sizeLimit: 512Mi} # The file is replaced as a whole, so there may be two of them.
    {{- end }}
{{- end }}
{{- if and .Values.webConfigSecret (eq .component "exporter") }}
  - name: web
    secret: {secretName: {{ .Values.webConfigSecret | quote }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- /* Of every container: it writes nowhere, and may do nothing that a user may not. */}}
{{- define "kpi-exporter.container" -}}
image: {{ include "kpi-exporter.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.secrets.environment }}
envFrom:
{{- range . }}
  - secretRef: {name: {{ . | quote }}}
{{- end }}
{{- end }}
resources: {{- toYaml .resources | nindent 2 }}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: kpis, mountPath: /etc/kpi_exporter, readOnly: true}
{{- range $i, $secret := .Values.secrets.files }}
  - {name: secret-{{ $i }}, mountPath: {{ $secret.mountPath | quote }}, readOnly: true}
{{- end }}
{{- if and .Values.state.enabled (eq .component "exporter") }}
  - {name: state, mountPath: /var/lib/kpi_exporter}
{{- end }}
{{- if and .Values.webConfigSecret (eq .component "exporter") }}
  - {name: web, mountPath: /run/kpi_exporter, readOnly: true}
{{- end }}
{{- end }}

{{- /* A ConfigMap has no folders: a file of one has them in its key. */}}
{{- define "kpi-exporter.key" -}}
{{ . | replace "/" "__" }}
{{- end }}
