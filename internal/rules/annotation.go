package rules

import "strings"

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

	// segmentTemplate writes the labels that tell the KPI's series apart.
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

// withFacts puts above a text what sets the variables that it uses, and nothing else: every look-up is a query at every
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
	return text
}

// lookUp writes body for the recorded series with exactly the alert's labels; in it $found is the value. Labels are
// compared as well because a label with an empty value is no label, and a selector cannot say that there is none. In
// expr, %[1]s is the matchers of the series, %[2]q the job and %[3]q the KPI.
func lookUp(expr, body string) string {
	return `{{- range printf "` + expr + ` * on (job, kpi) group_left (owner) kpi:info:last{job=%[2]q,kpi=%[3]q}" $series $labels.job $labels.kpi | query -}}
{{- if eq (print .Labels) (print $labels) }}{{ $found := value . }}` + body + `{{ end -}}
{{- end }}`
}

// number writes the value of a template variable in the unit $unit.
func number(variable string) string {
	return strings.ReplaceAll(`{{ if eq $unit "ratio" }}{{ humanizePercentage $v -}}
{{ else if eq $unit "seconds" }}{{ humanizeDuration $v -}}
{{ else }}{{ if and (gt $v -1.0) (lt $v 1.0) }}{{ printf "%.4g" $v }}{{ else }}{{ humanize $v | reReplaceAll "G$" "B" }}{{ end -}}
{{ if not (match "^(count)?$" $unit) }} {{ reReplaceAll "^currency:" "" $unit }}{{ end -}}
{{ end }}`, "$v", variable)
}

// limit writes the bound in $found, and on which side of it is good.
var limit = `{{ $side := label "direction" $info -}}
{{ if eq $side "higher" }}at least {{ else if eq $side "lower" }}at most {{ end -}}
` + number("$found")

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
	const attainment = "kpi:attainment:ratio{%[1]s}"
	a := about(ofSegmentTemplate+" "+verdict+".", ofSegmentTemplate+" "+is+" "+number("$value")+
		lookUp(target, ", target "+limit)+lookUp(attainment, " (attainment {{ humanizePercentage $found }})"))
	a["segment"] = segmentTemplate
	a["value"] = withFacts(number("$value"))
	a["target"] = withFacts(lookUp(target, limit))
	a["attainment"] = withFacts(lookUp(attainment, "{{ humanizePercentage $found }}"))
	return a
}
