package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// The pieces that annotations are made of: templates as Prometheus runs them, at every evaluation of an alert that fires. What a
// KPI says about itself stands in the labels of the alert's expression, which costs no query; the numbers beside the value take one.
// So a new title or runbook needs no new rules, and no text of the file is ever run.
const (
	titleTemplate = `{{ $labels.title }}`

	ownerTemplate = `{{ with $labels.owner }} Owner: {{ . }}.{{ end }}`

	// contextTemplate writes what puts the value into context, a sentence each. $gap stands before the first.
	contextTemplate = `{{ with $labels.measured }}{{ $gap }}{{ $gap = " " }}Measured: {{ . }}{{ with $size }}, sample size {{ template "number" .Value }}{{ end }}.
{{- else }}{{ with $size }}{{ $gap }}{{ $gap = " " }}Sample size: {{ template "number" .Value }}.{{ end }}{{ end }}
{{- range $details }}{{ if eq (len .Labels) (len $count) }}{{ $source := label "source" . }}{{ $then := "" -}}
{{ if eq $source "previous_period" }}{{ $then = "Previous period" }}{{ else if eq $source "same_period_last_year" }}{{ $then = "Same period last year" -}}
{{ else if eq $source "a_week_ago" }}{{ $then = "A week ago" }}{{ end -}}
{{ if $then }}{{ $gap }}{{ $gap = " " }}{{ $then }}: {{ template "value" (args .Value $labels.unit) -}}
{{ else if eq $source "a_week_ago_change" "previous_period_change" "same_period_last_year_change" }} (change {{ template "difference" (args .Value $labels.unit) }}).{{ end }}{{ end }}{{ end }}
{{- with $labels.objective_title }}{{ $gap }}Objective: {{ . }}.{{ end }}`
)

// chanceTemplate says that a missed target could be chance. What the value will be at the end of its period it does not say.
const chanceTemplate = `{{ if and $low $high }}{{ $gap }}{{ $gap = " " }}Could be chance: the underlying rate is between {{ template "value" (args $low.Value $labels.unit) -}}
{{ " and " }}{{ template "value" (args $high.Value $labels.unit) }}.{{ end }}`

// textLabels are the labels that the expression of an alert has for its texts alone. The alert itself does not carry them: who
// changes a title does not make another alert.
func textLabels() []string {
	return []string{"title", "unit", "objective_title", "measured", "runbook", "dashboard"}
}

// ownLabels writes body for every label of the series that the alert is about, beside those named.
func ownLabels(body string, beside ...string) string {
	var quoted []string
	for _, name := range slices.Concat(beside, []string{"owner"}, textLabels()) {
		quoted = append(quoted, strconv.Quote(name))
	}
	return `{{- range $name, $text := $labels -}}
{{- if not (eq $name ` + strings.Join(quoted, " ") + `) }}` + body + `{{ end -}}
{{- end -}}
`
}

// ofSegment writes the labels that distinguish the KPI's series in brackets after its title, and nothing where there is none.
func ofSegment() string {
	return `{{- $separator := " (" -}}
` + ownLabels(`{{ $separator }}{{ $name }}={{ $text }}{{ $separator = ", " }}`, "job", "kpi") + `{{- if eq $separator ", " }}){{ end }}`
}

// lookUp sets a variable for each number that the alert tells beside its value; side is what the sources of its bounds begin with.
// What the query finds has the labels asked for; it is about another series if it has more, which a selector cannot exclude, as
// a label with an empty value is none. So labels are counted: those of the series, the name and the source.
func lookUp(side string) string {
	return `{{- $series := "" }}{{ $count := "__" }}{{ $lower := "" }}{{ $upper := "" }}{{ $attainment := "" }}{{ $size := "" }}{{ $low := "" }}{{ $high := "" -}}
` + ownLabels(`{{ $series = printf "%s%s=%q," $series $name $text }}{{ $count = printf "%s_" $count }}`) +
		`{{- $details := printf "` + series.RecordedAlertDetail + `{%s}" $series | query | sortByLabel "source" -}}
{{- range $details }}{{ if eq (len .Labels) (len $count) }}{{ $source := label "source" . -}}
{{ if eq $source "` + side + `lower" }}{{ $lower = . }}{{ else if eq $source "` + side + `upper" }}{{ $upper = . -}}
{{ else if eq $source "attainment" }}{{ $attainment = . }}{{ else if eq $source "sample_size" }}{{ $size = . -}}
{{ else if eq $source "chance_lower" }}{{ $low = . }}{{ else if eq $source "chance_upper" }}{{ $high = . }}{{ end }}{{ end }}{{ end -}}
`
}

// about returns the annotations of every alert on a KPI.
func about(summary, description string) map[string]string {
	return map[string]string{
		"summary":       titleTemplate + summary,
		"description":   withWords(titleTemplate + description + "." + ownerTemplate),
		"runbook_url":   `{{ $labels.runbook }}`,
		"dashboard_url": `{{ $labels.dashboard }}`,
	}
}

// judged returns the annotations of an alert on a value of a KPI: verdict says what is wrong, is joins title and value, and side is
// what the sources of the bounds begin with. Only one of them has numbers: Prometheus reads each template again at every evaluation,
// and those for words are the longest.
func judged(verdict, is, side string) map[string]string {
	a := about(ofSegment()+" "+verdict+".", "")
	chance := ""
	if side != fullTarget {
		chance = chanceTemplate
	}
	a["description"] = withWords(lookUp(side) + titleTemplate + ofSegment() + " " + is + ` {{ template "value" (args $value $labels.unit) -}}
{{ if and $lower $upper }}, target {{ template "value" (args $lower.Value $labels.unit) }} to {{ template "value" (args $upper.Value $labels.unit) -}}
{{ else if $lower }}, target ` + format.AtLeast + `{{ template "value" (args $lower.Value $labels.unit) -}}
{{ else if $upper }}, target ` + format.AtMost + `{{ template "value" (args $upper.Value $labels.unit) }}{{ end -}}
{{ with $attainment }} (attainment {{ template "percent" .Value }}){{ end }}.{{ $gap := "\n" }}` + chance + contextTemplate + ownerTemplate)
	return a
}
