package rules

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// The pieces that annotations are made of: templates as Prometheus runs them. What they say about a KPI is looked up
// when the alert fires, so that a new title or runbook needs no new rules and no text of the file is ever run.
const (
	// infoTemplate sets $info to the KPI's description.
	infoTemplate = `{{- $info := printf "kpi:info:last{job=%q,kpi=%q}" $labels.job $labels.kpi | query | first -}}
`
	// unitTemplate sets $unit to the KPI's unit.
	unitTemplate = `{{- $unit := label "unit" $info -}}
`
	// seriesTemplate sets $series to the matchers of the series that the alert is about.
	seriesTemplate = `{{- $series := "" -}}
{{- range $name, $text := $labels -}}
{{- if ne $name "owner" }}{{ $series = printf "%s%s=%q," $series $name $text }}{{ end -}}
{{- end -}}
`
	titleTemplate = `{{ label "title" $info }}`

	// segmentTemplate writes the labels that distinguish the KPI's series.
	segmentTemplate = `{{- $separator := "" -}}
{{- range $name, $text := $labels -}}
{{- if not (match "^(job|kpi|owner)$" $name) }}{{ $separator }}{{ $name }}={{ $text }}{{ $separator = ", " }}{{ end -}}
{{- end -}}
`
	// ofSegmentTemplate writes the same in brackets after a title, and nothing where there is none.
	ofSegmentTemplate = `{{- $separator := " (" -}}
{{- range $name, $text := $labels -}}
{{- if not (match "^(job|kpi|owner)$" $name) }}{{ $separator }}{{ $name }}={{ $text }}{{ $separator = ", " }}{{ end -}}
{{- end -}}
{{- if eq $separator ", " }}){{ end }}`

	ownerTemplate = `{{ with $labels.owner }} Owner: {{ . }}.{{ end }}`
)

// withFacts puts above a text what sets the variables and writes the words that it uses, and nothing else: every look-up is a query at every
// evaluation of an alert that fires.
func withFacts(text string) string {
	for _, fact := range []struct{ variable, template string }{
		{"$series", seriesTemplate},
		{"$unit", unitTemplate},
		{"$info", infoTemplate}, // Last, as $unit comes from it.
	} {
		if strings.Contains(text, fact.variable) {
			text = fact.template + text
		}
	}
	return withWords(text)
}

// lookUp writes body for the recorded series with exactly the alert's labels; in it $found is the value. Labels are
// compared as well because a label with an empty value is not a label, and a selector cannot express that there is none. In
// expr, %[1]s is the matchers of the series, %[2]q the job and %[3]q the KPI.
func lookUp(expr, body string) string {
	return `{{- range printf "` + expr + ` * on (job, kpi) group_left (owner) kpi:info:last{job=%[2]q,kpi=%[3]q}" $series $labels.job $labels.kpi | query -}}
{{- if eq (print .Labels) (print $labels) }}{{ $found := value . }}` + body + `{{ end -}}
{{- end }}`
}

// limit writes the bound in $found, and on which side of it is good.
const limit = `{{ $side := label "direction" $info -}}
{{ if eq $side "higher" }}` + format.AtLeast + `{{ else if eq $side "lower" }}` + format.AtMost + `{{ end -}}
{{ template "value" (args $found $unit) }}`

// about returns the annotations of every alert on a KPI.
func about(summary, description string) map[string]string {
	return map[string]string{
		"summary":       withFacts(titleTemplate + summary),
		"description":   withFacts(titleTemplate + description + "." + ownerTemplate),
		"title":         withFacts(titleTemplate),
		"runbook_url":   withFacts(`{{ label "runbook" $info }}`),
		"dashboard_url": withFacts(`{{ label "dashboard" $info }}`),
	}
}

// judged returns the annotations of an alert on a value of a KPI: verdict says what is wrong, is joins title and value,
// and target is the expression of the bound, as lookUp takes it.
func judged(verdict, is, target string) map[string]string {
	const (
		attainment = "kpi:attainment:ratio{%[1]s}"
		value      = `{{ template "value" (args $value $unit) }}`
	)
	a := about(ofSegmentTemplate+" "+verdict+".", ofSegmentTemplate+" "+is+" "+value+
		lookUp(target, ", target "+limit)+lookUp(attainment, ` (attainment {{ template "percent" $found }})`))
	a["segment"] = segmentTemplate
	a["value"] = withFacts(value)
	a["target"] = withFacts(lookUp(target, limit))
	a["attainment"] = withFacts(lookUp(attainment, `{{ template "percent" $found }}`))
	return a
}
