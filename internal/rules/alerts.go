package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// The names of the alerts that are verdicts on a KPI.
const (
	TargetMissed = "KPITargetMissed"
	AtRisk       = "KPIAtRisk"
	BehindPace   = "KPIBehindPace"
)

// The severities. None pages anybody: who wants that for a KPI says so in its alert.severity.
const (
	warning = "warning"
	info    = "info"
)

// keepFiring bridges the restart of an exporter, its first evaluations included.
const keepFiring = model.Duration(15 * time.Minute)

// perKPI is an alert about single KPIs.
type perKPI struct {
	Rule
	verdict bool // The alert honours alert.for and alert.off.
	raised  bool // What it says about severity too.
}

// kpiAlerts returns the alerts about single KPIs; %s in their expressions is the matcher of the KPIs.
func kpiAlerts() []perKPI {
	alerts := append(verdictAlerts(), conditionAlerts()...)
	for _, a := range alerts {
		for _, name := range textLabels() {
			a.Labels[name] = ""
		}
	}
	return alerts
}

func minutes(n int) model.Duration { return model.Duration(time.Duration(n) * time.Minute) }

// verdictAlerts are about how values stand to their targets.
func verdictAlerts() []perKPI {
	return []perKPI{
		{verdict: true, raised: true, Rule: Rule{
			Alert:         TargetMissed,
			Expr:          owned("kpi:value:max{%s} and kpi:status:max == 2", orLate),
			For:           minutes(10),
			KeepFiringFor: keepFiring,
			Labels:        map[string]string{"severity": warning},
			Annotations:   judged("is "+status.OffTarget.Text(), sourceForecast+"|"+sourceFullBound+".*"),
		}},
		{verdict: true, Rule: Rule{
			Alert:         AtRisk,
			Expr:          owned("kpi:value:max{%s} and kpi:status:max == 1", orLate),
			For:           minutes(30),
			KeepFiringFor: keepFiring,
			Labels:        map[string]string{"severity": info},
			Annotations:   judged("is "+status.AtRisk.Text(), sourceForecast+"|"+sourceFullBound+".*"),
		}},
		{verdict: true, Rule: Rule{
			Alert:         BehindPace,
			Expr:          owned("kpi:alert:behind{%s} and kpi:status:max", orLate),
			For:           minutes(60),
			KeepFiringFor: keepFiring,
			Labels:        map[string]string{"severity": info},
			Annotations:   judged("is behind its pace", sourceValue+"|"+sourceBound+".*|"+sourceChance+".*"),
		}},
	}
}

// conditionAlerts are about what keeps a KPI from being judged.
func conditionAlerts() []perKPI {
	return []perKPI{
		{Rule: Rule{
			Comment: "Two intervals without a success, of one of several databases too, and never later than the alert on stale values.",
			Alert:   "KPIEvaluationFailing",
			Expr: owned(`(
      time() - kpi:freshness:timestamp_seconds{%[1]s} > 2 * `+merged(series.Interval)+`
    or
      time() - kpi:freshness:timestamp_seconds{%[1]s} > 2 / 3 * `+merged(series.StaleAfter)+`
    or
      time() - kpi:last_up:timestamp_seconds{%[1]s} > 2 * `+merged(series.Interval)+`
    )
  and
    kpi:up:max == 0`, databaseDown),
			For:           minutes(1),
			KeepFiringFor: minutes(5),
			Labels:        map[string]string{"severity": warning},
			Annotations: about(" cannot be evaluated.", ` has not been evaluated successfully for `+duration("$value")+`; failures so far:
{{- range printf "sort_desc(sum by (reason) (kpi_evaluation_failures_total{job=%q,kpi=%q}))" $labels.job $labels.kpi | query }} {{ .Labels.reason }} ({{ value . }})
{{- else }} not known{{ end }}`),
		}},
		{Rule: Rule{
			Alert:         "KPIStale",
			Expr:          owned("time() - kpi:freshness:timestamp_seconds{%s} > "+merged(series.StaleAfter), databaseDown),
			For:           minutes(5),
			KeepFiringFor: minutes(5),
			Labels:        map[string]string{"severity": warning},
			Annotations: about(" is stale.",
				` has not been evaluated successfully for `+duration("$value")+`, so its value and status are withdrawn`),
		}},
		{Rule: Rule{
			Comment: "A period that has just begun may have no value yet.",
			Alert:   "KPINoData",
			Expr: owned(`kpi:up:max{%s} == 1
  and on (job, kpi)
    kpi:seen:timestamp_seconds
  unless on (job, kpi)
    kpi:value:max
  unless on (job, kpi)
    kpi:elapsed:ratio < 0.1`, orLate),
			For:           minutes(30),
			KeepFiringFor: minutes(5),
			Labels:        map[string]string{"severity": warning},
			Annotations: about(" no longer has a value.", ` is evaluated without errors, but no longer has a value
{{- range printf "time() - kpi:seen:timestamp_seconds{job=%q,kpi=%q}" $labels.job $labels.kpi | query }}; the last was seen `+duration("value .")+` ago{{ end }}`),
		}},
		{Rule: Rule{
			Alert: "KPITargetExpiring",
			Expr: `(` + merged("kpi_target_expires_timestamp_seconds{%s}") + ` - time() < 14 * 86400)
` + joinInfo,
			For:    minutes(60),
			Labels: map[string]string{"severity": info},
			Annotations: about(" needs a new target.",
				`: the last target of the file {{ if gt $value 0.0 }}ends in `+duration("$value")+`{{ else }}has ended, but still judges it{{ end }}`),
		}},
	}
}

// The causes that have an alert of their own, in place of those of the KPIs. Late data hides no failure.
const (
	databaseDown = series.RecordedDatabaseDown
	orLate       = "(kpi:database_down:max or kpi:data_late:max)"
)

// joinInfo adds the owner, and the labels for texts. No KPI can have a label of its own of one of these names: two of one name
// would stop the rule for all.
const joinInfo = `* on (job, kpi) group_left (owner, title, runbook, dashboard)
  ` + series.RecordedInfo

// owned leaves out the KPIs that another alert covers, and describes the others.
func owned(condition, told string) string {
	return `(
    ` + condition + `
  unless on (job, kpi)
    ` + told + `
)
` + joinInfo
}

// alerts returns all alerts.
func alerts(kpis []*config.KPI) []Rule {
	var rules []Rule
	for _, a := range kpiAlerts() {
		rules = append(rules, a.splitByAlertSettings(kpis)...)
	}
	return append(rules, commonAlerts()...)
}

// splitByAlertSettings returns the general rule, without the KPIs that have alert settings, and one rule for all KPIs with the
// same settings.
func (a perKPI) splitByAlertSettings(kpis []*config.KPI) []Rule {
	type group struct {
		Rule
		kpis []string
	}
	var groups []*group
	bySettings := map[string]*group{}
	var excluded []string // From the general rule.
	for _, k := range kpis {
		rule, differs := a.forKPI(k)
		if !differs {
			continue
		}
		excluded = append(excluded, k.Name)
		if a.off(k) {
			continue
		}
		settings := fmt.Sprintf("%s %q", rule.For, rule.Labels)
		g := bySettings[settings]
		if g == nil {
			g = &group{Rule: rule}
			bySettings[settings], groups = g, append(groups, g)
		}
		g.kpis = append(g.kpis, k.Name)
	}
	rules := []Rule{selecting(a.Rule, true, excluded)}
	for _, g := range groups {
		rules = append(rules, selecting(g.Rule, false, g.kpis))
	}
	return rules
}

func (a perKPI) off(k *config.KPI) bool { return a.verdict && k.Alert.Off }

// forKPI returns the alert as one KPI has it, and whether that is not the general one.
func (a perKPI) forKPI(k *config.KPI) (Rule, bool) {
	said := k.Alert
	rule := a.Rule
	rule.Labels = maps.Clone(a.Labels)
	if a.verdict && said.For != nil {
		rule.For = model.Duration(*said.For)
	}
	if a.raised && said.Severity != "" {
		rule.Labels["severity"] = literal(said.Severity)
	}
	for name, value := range said.Labels {
		rule.Labels[name] = literal(value)
	}
	if rule.For != a.For {
		// Linters take rules of one name and the same labels for duplicates, whatever their for. A template's comment
		// tells them apart, and Prometheus renders it to nothing: the alert stays the same.
		rule.Labels["severity"] = "{{/* for " + rule.For.String() + " */}}" + rule.Labels["severity"]
	}
	return rule, a.off(k) || rule.For != a.For || !maps.Equal(rule.Labels, a.Labels)
}

// selecting restricts a rule to the KPIs of these names, or to all others.
func selecting(r Rule, others bool, kpis []string) Rule {
	if len(kpis) == 0 {
		r.Expr = strings.ReplaceAll(fmt.Sprintf(r.Expr, ""), "{}", "")
		return r
	}
	operator := "="
	switch {
	case others && len(kpis) > 1:
		operator = "!~"
	case others:
		operator = "!="
	case len(kpis) > 1:
		operator = "=~"
	}
	slices.Sort(kpis)
	r.Expr = fmt.Sprintf(r.Expr, "kpi"+operator+`"`+strings.Join(kpis, "|")+`"`)
	return r
}

// literal writes a text so that a template gives it back as it is.
func literal(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	return "{{ " + strconv.Quote(text) + " }}"
}

// Judging returns the names of the alerts that are verdicts on a KPI: none where it has no target, or switches them off.
func Judging(k *config.KPI) []string {
	var names []string
	for _, a := range verdictAlerts() {
		if k.Target != nil && !a.off(k) && (a.Alert != BehindPace || k.Target.Pace) {
			names = append(names, a.Alert)
		}
	}
	return names
}
