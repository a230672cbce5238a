package collector

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/target"
)

// Result is what a KPI was at an instant, or why that could not be told.
type Result struct {
	KPI      *config.KPI
	AsOf     time.Time     // As asked for, before settle.
	Window   period.Window // What was measured; both ends are as-of for instant.
	Elapsed  float64       // Share of the period that had passed, 1 for all but to_date.
	Samples  []Sample      // Sorted by labels; empty with a Failure.
	Failure  *Failure
	Duration time.Duration // What the evaluation took, waiting for a connection not counted.
}

// Sample is one value of a KPI with the bounds it is judged by.
type Sample struct {
	Labels     []string // Values, in the order of config.KPI.LabelNames.
	Value      *float64 // In the KPI's unit; nil: no value.
	SampleSize *float64 // Nil where the KPI or the row has none.
	Bounds     []Bound  // Every bound in force: target, critical, stretch; lower before upper.
	Target     *float64 // The one bound the value is judged by, of two the nearer; nil without a value or a target.
	Attainment *float64 // 1 exactly at the target, more is better; nil where undefined.
	Status     target.Status
	Reason     target.Reason // Why the status is unknown, else "".
}

// Bound is a line that a value is judged by.
type Bound struct {
	Tier   string  // target, critical or stretch.
	Side   string  // lower or upper.
	Value  float64 // In the KPI's unit.
	Source string  // fixed, tolerance or benchmark.
}

// judge fills in everything of a sample that follows from its value, its size and the KPI's target.
func (s *Sample) judge(k *config.KPI, names []string) {
	if limit := k.SuppressBelow; limit != nil && !reaches(s.SampleSize, *limit) {
		s.Value = nil
		s.Reason = target.SmallSample
	}
	rule, bounds := s.rule(k, names)
	s.Bounds = listBounds(rule, bounds)
	if s.Value != nil {
		if v, ok := target.Nearest(*s.Value, bounds); ok {
			s.Target = &v
		}
		if v, ok := target.Attainment(*s.Value, bounds); ok {
			s.Attainment = &v
		}
	}
	switch {
	case bounds.Target == (target.Range{}):
		s.Status, s.Reason = target.NoTarget, ""
	case s.Value == nil && s.Reason == "":
		s.Status, s.Reason = target.Unknown, target.NoValue
	case s.Value == nil, rule.MinSample != nil && !reaches(s.SampleSize, *rule.MinSample):
		s.Status, s.Reason = target.Unknown, target.SmallSample
	default:
		s.Status, s.Reason = target.Judge(*s.Value, bounds), ""
	}
}

func (s *Sample) rule(k *config.KPI, names []string) (config.Rule, target.Bounds) {
	if k.Target == nil {
		return config.Rule{}, target.Bounds{}
	}
	rule := k.Target.For(func(name string) string {
		for i, n := range names {
			if n == name {
				return s.Labels[i]
			}
		}
		return ""
	})
	return rule, rule.Bounds()
}

// reaches says whether a sample size is known and at least min.
func reaches(size *float64, minimum float64) bool { return size != nil && *size >= minimum }

func listBounds(rule config.Rule, b target.Bounds) []Bound {
	var list []Bound
	add := func(tier string, values target.Range, said config.BoundRange) {
		for _, side := range []struct {
			name  string
			value *float64
			said  *config.Bound
		}{{"lower", values.Lower, said.Lower}, {"upper", values.Upper, said.Upper}} {
			if side.value == nil {
				continue
			}
			source := "tolerance"
			if side.said != nil {
				source = string(side.said.Source)
			}
			list = append(list, Bound{Tier: tier, Side: side.name, Value: *side.value, Source: source})
		}
	}
	add("target", b.Target, rule.Target)
	add("critical", b.Critical, rule.Critical)
	add("stretch", b.Stretch, rule.Stretch)
	return list
}
