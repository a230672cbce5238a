package rules

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Alert is an alert as Prometheus sends it to Alertmanager.
type Alert struct {
	Labels      map[string]string
	Annotations map[string]string
}

// scenario is a KPI at a moment in which one of its alerts fires.
type scenario struct {
	rule      Rule
	own       map[string]string // The labels of the series, with a value or without.
	value     float64
	target    status.Range
	reached   *float64 // The attainment, of which texts tell the whole percents.
	size      *float64 // The sample size.
	before    []earlierValue
	main      sample // What the expression of the rule gives.
	unit      quantity.Unit
	measured  string
	objective string
	chance    status.Range // The range of the underlying rate, if that holds the target.
}

// earlierValue is what a value was before; source says when.
type earlierValue struct {
	source string
	value  float64
}

// Example returns the alert KPITargetMissed that a KPI of the file raises: the labels and texts of its rule, for values
// made up from its target. Job is the job that the exporter is scraped by. It fails for a KPI that cannot raise it.
func Example(cfg *config.Config, k *config.KPI, job string) (Alert, error) {
	s, err := exampleFor(cfg, k, job, status.OffTarget)
	if err != nil {
		return Alert{}, err
	}
	return s.alert()
}

// exampleFor makes up a moment at which a KPI is off target or at risk.
func exampleFor(cfg *config.Config, k *config.KPI, job string, want status.Status) (*scenario, error) {
	switch {
	case k.Alert.Off:
		return nil, fmt.Errorf("kpi %q: its alerts are off", k.Name)
	case k.Target == nil:
		return nil, fmt.Errorf("kpi %q: it has no target, so no alert can report a miss", k.Name)
	}
	set, bounds, ok := targeted(k)
	if !ok {
		return nil, fmt.Errorf("kpi %q: none of its label sets has a target", k.Name)
	}
	value, ok := valueOf(want, bounds)
	if !ok {
		return nil, fmt.Errorf("kpi %q: no value would make it %s", k.Name, want.Text())
	}
	set["job"], set["kpi"] = job, k.Name
	s := &scenario{
		rule: ruleOf(k, want), own: set, value: value, target: bounds.Target, unit: k.Unit, objective: cfg.ObjectiveTitle(k), measured: exampleMeasured(k),
		main: sample{Labels: maps.Clone(set), Value: value},
	}
	maps.Copy(s.main.Labels, map[string]string{"owner": k.Owner, "title": k.Title, "runbook": k.Runbook, "dashboard": cfg.DashboardURL(k)})
	withoutEmpty(s.main.Labels)
	if v, ok := status.Attainment(value, bounds); ok {
		s.reached = &v
	}
	if k.Columns.SampleSizeColumn() != "" {
		size := 120.0
		if least := k.Target.MinSample; least != nil {
			size += *least
		}
		s.size = &size
	}
	for _, earlier := range k.Compare {
		s.before = append(s.before, earlierValue{string(earlier), *cmp.Or(bounds.Target.Lower, bounds.Target.Upper)})
	}
	return s, nil
}

// exampleMeasured says what the KPI measured at the beginning of April 2026.
func exampleMeasured(k *config.KPI) string {
	at := time.Date(2026, time.April, 1, 0, 0, 0, 0, k.Calendar.Location)
	return format.Measured(k.Period, k.Period.Window(at, k.Calendar))
}

// withoutEmpty removes the labels without a value, which are none to Prometheus.
func withoutEmpty(labels map[string]string) {
	maps.DeleteFunc(labels, func(_, value string) bool { return value == "" })
}

// alert returns the alert that the scenario raises.
func (s *scenario) alert() (Alert, error) {
	pieces := s.pieces()
	own, err := pieces.render(s.rule.Labels, s.main)
	if err != nil {
		return Alert{}, err
	}
	a := Alert{Labels: map[string]string{"alertname": s.rule.Alert}}
	maps.Copy(a.Labels, s.main.Labels)
	maps.Copy(a.Labels, own)
	withoutEmpty(a.Labels)
	a.Annotations, err = pieces.render(s.rule.Annotations, s.main)
	return a, err
}

// ruleOf returns the verdict on a status with the settings of a KPI.
func ruleOf(k *config.KPI, missed status.Status) Rule {
	name := TargetMissed
	if missed == status.AtRisk {
		name = AtRisk
	}
	all := kpiAlerts()
	i := slices.IndexFunc(all, func(a perKPI) bool { return a.Alert == name })
	rule, _ := all[i].forKPI(k)
	return rule
}

// targeted returns labels of the KPI's samples for which it has a target, and the bounds that they are judged by.
func targeted(k *config.KPI) (map[string]string, status.Bounds, bool) {
	base := map[string]string{}
	for _, l := range k.Labels {
		base[l.Name] = "example"
		if len(l.Closed) > 0 {
			base[l.Name] = l.Closed[0]
		}
	}
	if k.DatabaseLabel {
		base["database"] = k.Databases[0].Name
	}
	overlays := []map[string]string{{}}
	for _, s := range k.Target.Segments {
		overlays = append(overlays, s.Match)
	}
	for _, overlay := range overlays {
		set := maps.Clone(base)
		maps.Copy(set, overlay)
		rule := k.Target.For(func(name string) string { return set[name] })
		b := rule.Bounds()
		if b.Target == (status.Range{}) && !rule.None {
			b = placeholderBounds(k, rule)
		}
		if b.Target != (status.Range{}) {
			return set, b, true
		}
	}
	return nil, status.Bounds{}, false
}

// placeholderBounds returns bounds for a target whose own move, and are known only where there is a database.
func placeholderBounds(k *config.KPI, rule config.BoundSet) status.Bounds {
	low := 100.0
	switch {
	case k.Unit.IsRatio():
		low = 0.5
	case k.Unit.IsSeconds():
		low = 3600
	}
	high := 2 * low
	var b status.Bounds
	switch k.Direction() {
	case config.Higher:
		b.Target.Lower = &low
	case config.Lower:
		b.Target.Upper = &low
	default:
		b.Target = status.Range{Lower: &low, Upper: &high}
	}
	if rule.Tolerance != nil {
		b.Critical = rule.Tolerance.Beyond(b.Target)
	}
	return b
}

// valueOf returns a value that these bounds judge so.
func valueOf(want status.Status, b status.Bounds) (float64, bool) {
	var candidates []float64
	beyond := func(bound, critical *float64, sign float64) {
		if bound == nil {
			return
		}
		line := *bound
		if critical != nil {
			line = *critical
			candidates = append(candidates, (*bound+*critical)/2)
		}
		step := math.Abs(line) / 10
		if step == 0 {
			step = 1
		}
		candidates = append(candidates, line+sign*step)
	}
	beyond(b.Target.Lower, b.Critical.Lower, -1)
	beyond(b.Target.Upper, b.Critical.Upper, 1)
	for _, v := range candidates {
		if v = rounded(v); status.Judge(v, b) == want {
			return v, true
		}
	}
	return 0, false
}

// rounded cuts the noise of binary fractions off a number for people.
func rounded(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64) // What was just written can be read.
	return v
}
