package rules

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// jobDown is the alert that makes all others of its job superfluous.
const jobDown = "KPIJobDown"

// commonAlerts returns the alerts that are not about single KPIs.
func commonAlerts() []Rule {
	return slices.Concat(sourceAlerts(), downAlerts(), reloadAlerts(), logAlerts())
}

// How long the condition of such an alert lasts before it fires.
const (
	soon  = model.Duration(5 * time.Minute)
	later = model.Duration(time.Hour)
)

// sourceAlerts are about what KPIs come from: definitions, databases and data.
func sourceAlerts() []Rule {
	return []Rule{
		{
			Comment: "One for each owner.",
			Alert:   "KPIReviewOverdue",
			Expr: `count without (kpi) (
    (max without (instance, pod) (kpi_review_due_timestamp_seconds) < time())
  * on (job, kpi) group_left (owner)
    kpi:info:last
)`,
			For:    later,
			Labels: map[string]string{"severity": info},
			Annotations: map[string]string{
				"summary": "KPI definitions are due for review.",
				"description": `{{ with $labels.owner }}{{ . }} has {{ end }}{{ printf "%.0f" $value }} KPI{{ if gt $value 1.0 }}s{{ end }} to review:
{{- $separator := "" -}}
{{- range printf "sort(bottomk(20, (max without (instance, pod) (kpi_review_due_timestamp_seconds{job=%q}) < time()) * on (job, kpi) group_left (title) kpi:info:last{owner=%q}))" $labels.job $labels.owner | query -}}
{{ $separator }} {{ label "title" . }}{{ $separator = "," }}
{{- end }}{{ if gt $value 20.0 }}, …{{ end }}.`,
			},
		},
		{
			Comment:       "One for all KPIs of the database; their own alerts keep silent.",
			Alert:         "KPIDatabaseDown",
			Expr:          series.RecordedDatabaseUp + " == 0",
			For:           soon,
			KeepFiringFor: soon,
			Labels:        map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary": "Database {{ $labels.database }} cannot be reached.",
				"description": `The KPI exporter cannot reach database {{ $labels.database }}.
{{- range printf "count(count by (kpi) (kpi_database_info{job=%q,database=%q}))" $labels.job $labels.database | query }} KPIs that need it: {{ value . }}. Their last values stay until they are stale.{{ end }}`,
			},
		},
		{
			Comment:       "One per data_until; the alerts of its KPIs keep silent, and their verdicts are withdrawn.",
			Alert:         "KPIDataLate",
			Expr:          "count by (job, data) (max without (instance, pod) (kpi_data_late) == 1)",
			For:           soon,
			KeepFiringFor: soon,
			Labels:        map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary": "The data of {{ $labels.data }} is late.",
				"description": `The data of {{ $labels.data }}
{{- range printf "time() - max(kpi_data_until_timestamp_seconds{job=%q} and on (job, kpi) (kpi_data_late{job=%q,data=%q} == 1))" $labels.job $labels.job $labels.data | query }} ends ` + duration("value .") + ` ago
{{- else }} is late{{ end }}. {{ printf "%.0f" $value }} KPI{{ if gt $value 1.0 }}s wait{{ else }} waits{{ end }} for it. Last values stay, without a verdict.`,
			},
		},
	}
}

// downAlerts are about exporters that do not answer.
func downAlerts() []Rule {
	return []Rule{
		{
			Comment: "A target that was a KPI exporter within the last day; no name of a job is assumed.",
			Alert:   "KPIExporterDown",
			Expr:    "up == 0 and on (job, instance) kpi:exporter:known",
			For:     soon,
			Labels:  map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary":     "The KPI exporter is down.",
				"description": "Prometheus cannot scrape the KPI exporter {{ $labels.instance }} of job {{ $labels.job }}.",
			},
		},
		{
			Comment: "No exporter of a job is up, so none of its KPIs is known; if one of several is down, nothing is lost.",
			Alert:   jobDown,
			Expr: `count by (job) (up == 0 and on (job, instance) kpi:exporter:known)
unless on (job)
  (up == 1 and on (job, instance) kpi:exporter:known)`,
			For:    soon,
			Labels: map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary":     "No KPI exporter of job {{ $labels.job }} is up.",
				"description": "Prometheus can scrape no KPI exporter of job {{ $labels.job }}: none of its KPIs is known.",
			},
		},
	}
}

// reloadAlerts are about files that exporters cannot use as they are now.
func reloadAlerts() []Rule {
	return []Rule{
		{
			Alert:  "KPIConfigReloadFailed",
			Expr:   "kpi_exporter_config_last_reload_successful == 0",
			For:    soon,
			Labels: map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary":     "The KPI file could not be reloaded.",
				"description": "The KPI exporter {{ $labels.instance }} still uses the old KPI file: the new one has errors, which kpi_exporter check shows.",
			},
		},
		{
			Alert:  "KPIWebConfigReloadFailed",
			Expr:   "kpi_exporter_web_config_last_reload_successful == 0",
			For:    soon,
			Labels: map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary":     "The file with TLS and passwords could not be reloaded.",
				"description": "The KPI exporter {{ $labels.instance }} still uses the last good version of the file of --web.config.file and of its certificates: its log says what is wrong with them.",
			},
		},
		{
			Alert:  "KPIIncludeBroken",
			Expr:   "kpi_exporter_include_healthy == 0",
			For:    soon,
			Labels: map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary":     "The KPI file {{ $labels.file }} cannot be used as it is.",
				"description": "The KPI exporter {{ $labels.instance }} uses an earlier version of {{ $labels.file }}, or runs without it or a part of it: kpi_exporter check shows what is wrong.",
			},
		},
	}
}

// logAlerts are about what exporters cannot say.
func logAlerts() []Rule {
	return []Rule{
		{
			Alert:  "KPILogDropped",
			Expr:   "increase(kpi_exporter_log_dropped_total[15m]) > 0",
			For:    soon,
			Labels: map[string]string{"severity": warning},
			Annotations: map[string]string{
				"summary":     "Lines of the KPI exporter's log are lost.",
				"description": "Nobody reads the log of the KPI exporter {{ $labels.instance }}, or it cannot be written. Values are not affected.",
			},
		},
	}
}
