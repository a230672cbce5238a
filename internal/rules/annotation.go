package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// The pieces that annotations are made of: templates as Prometheus reads and runs them, at every evaluation of an alert that is
// active. What a KPI says about itself stands in the labels of the alert's expression, which costs no query; the words of a
// verdict take one. So a new title or runbook needs no new rules, and no text of the file is ever run.
const (
	titleTemplate = `{{ $labels.title }}`

	ownerTemplate = `{{ with $labels.owner }} Owner: {{ . }}.{{ end }}`
)

// textLabels are the labels that the expression of an alert has for its texts alone. The alert itself does not carry them: who
// changes a title does not make another alert.
func textLabels() []string { return []string{"title", "runbook", "dashboard"} }

// ownLabels writes body for every label of the series that the alert is about, beside those named.
func ownLabels(body string, beside ...string) string {
	var quoted []string
	for _, name := range slices.Concat(beside, []string{"owner"}, textLabels()) {
		quoted = append(quoted, strconv.Quote(name))
	}
	return `{{ range $name, $text := $labels }}{{ if not (eq $name ` + strings.Join(quoted, " ") + `) }}` + body + `{{ end }}{{ end }}`
}

// The labels that distinguish the KPI's series, in brackets behind its title; nothing where there is none.
const (
	addSegment     = `{{ $segment = printf "%s, %s=%s" $segment $name $text }}`
	segmentedTitle = titleTemplate + `{{ with $segment }} ({{ slice . 2 }}){{ end }}`
)

// description puts the pieces of a verdict together; others is a pattern for the sources of those that are not its own. What the query
// finds has the labels asked for; it is about another series if it has more, which a selector cannot exclude, as a label with an
// empty value is none. So labels are counted: those of the series, the name and the three of a piece.
func description(others string) string {
	return `{{ $series := "" }}{{ $segment := "" }}{{ $count := "____" }}{{ $gap := ".\n" -}}
` + ownLabels(`{{ $series = printf "%s%s=%q," $series $name $text }}{{ $count = printf "%s_" $count -}}
{{ if not (eq $name "job" "kpi") }}`+addSegment+`{{ end }}`) + segmentedTitle + `
{{- range printf "` + series.RecordedAlertDetail + `{%ssource!~\"` + others + `\"}" $series | query | sortByLabel "source" }}{{ if eq (len .Labels) (len $count) -}}
{{ $number := .Value }}{{ if eq .Labels.unit "-seconds" }}{{ $number = humanizeDuration $number | reReplaceAll " 0.| " "" }}{{ end -}}
{{ printf .Labels.description $number (slice .Labels.unit 1) $gap }}{{ if gt .Labels.source "` + sourceContext + `" }}{{ $gap = ". " }}{{ end }}{{ end }}{{ end }}.` + ownerTemplate
}

// about returns the annotations of every alert on a KPI.
func about(summary, description string) map[string]string {
	return map[string]string{
		"summary":       titleTemplate + summary,
		"description":   titleTemplate + description + "." + ownerTemplate,
		"runbook_url":   `{{ $labels.runbook }}`,
		"dashboard_url": `{{ $labels.dashboard }}`,
	}
}

// judged returns the annotations of an alert on a value of a KPI: verdict says what is wrong, and others are the sources of the words of
// other verdicts.
func judged(verdict, others string) map[string]string {
	a := about("", "")
	a["summary"] = `{{ $segment := "" }}` + ownLabels(addSegment, "job", "kpi") + segmentedTitle + " " + verdict + "."
	a["description"] = description(others)
	return a
}
