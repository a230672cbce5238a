// Package rules turns a KPI file into what Prometheus and Alertmanager need: recording rules and alerts, tests of them
// for promtool, routes and message templates.
//
// It is pure: the same file always gives the same bytes, and it reads no file, database or clock. The rules work for
// every KPI, also for one that is added later; what a KPI says about its own alerts takes that KPI out of the general
// rule and into one of its own. No expression leaves the package that Prometheus's own parser has not read.
package rules

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/kpi-exporter/kpi_exporter/config"
)

const (
	rulesGroup   = "kpi.rules"
	historyGroup = "kpi.history"
	alertsGroup  = "kpi.alerts"
)

// alertsInterval is fine enough for alerts that wait for minutes, however often the server evaluates its other rules.
const alertsInterval = model.Duration(time.Minute)

// Groups is the content of a rule file.
type Groups struct {
	Groups []Group `yaml:"groups"`
}

// Group is rules that are evaluated one after the other.
type Group struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval,omitempty"` // 0 means the interval of the Prometheus server.
	Rules    []Rule         `yaml:"rules"`
}

// Rule is a recording rule or an alert.
type Rule struct {
	Comment       string            `yaml:"-"` // Stands above the rule in the file.
	Record        string            `yaml:"record,omitempty"`
	Alert         string            `yaml:"alert,omitempty"`
	Expr          string            `yaml:"expr"`
	For           model.Duration    `yaml:"for,omitempty"`
	KeepFiringFor model.Duration    `yaml:"keep_firing_for,omitempty"`
	Labels        map[string]string `yaml:"labels,omitempty"`      // Values are templates.
	Annotations   map[string]string `yaml:"annotations,omitempty"` // Values are templates.
}

// Generate returns the rules for the KPIs of a file. Without a KPI that says how it is alerted on, these are the rules
// for every file. It fails where Prometheus could not evaluate a rule.
func Generate(cfg *config.Config) (*Groups, error) {
	for _, k := range cfg.KPIs {
		for _, name := range k.LabelNames() {
			if _, ok := k.Alert.Labels[name]; ok {
				return nil, fmt.Errorf("kpi %q: alert label %q is also a label of its samples, which would become alike", k.Name, name)
			}
		}
	}
	groups := &Groups{Groups: []Group{
		{Name: rulesGroup, Rules: recordings()},
		{Name: historyGroup, Interval: historyInterval, Rules: history()},
		{Name: alertsGroup, Interval: alertsInterval, Rules: append(alertRecordings(), alerts(cfg.KPIs)...)},
	}}
	if err := groups.check(); err != nil {
		return nil, err
	}
	return groups, nil
}

// FieldKeepFiringFor is the field of rules that rulers of before 2023 refuse.
const FieldKeepFiringFor = "keep_firing_for"

// LeaveOutKeepFiringFor makes rules that older rulers read. An alert then resolves, and fires again, when an exporter restarts.
func (g *Groups) LeaveOutKeepFiringFor() {
	for _, group := range g.Groups {
		for i := range group.Rules {
			group.Rules[i].KeepFiringFor = 0
		}
	}
}

// check reads every expression and every template.
func (g *Groups) check() error {
	p := parser.NewParser(parser.Options{})
	for _, group := range g.Groups {
		for _, r := range group.Rules {
			name := r.Record + r.Alert
			if _, err := p.ParseExpr(r.Expr); err != nil {
				return fmt.Errorf("rule %s: %w", name, err)
			}
			for _, texts := range []map[string]string{r.Labels, r.Annotations} {
				for key, text := range texts {
					if _, err := parseTemplate(text, nil); err != nil {
						return fmt.Errorf("rule %s: %s: %w", name, key, err)
					}
				}
			}
		}
	}
	return nil
}
