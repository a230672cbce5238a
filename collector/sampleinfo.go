package collector

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Info returns the labels of kpi_sample_info beside the KPI's own, in the order of the family: what the label set is called, its
// target in words, and why its status is unknown.
func (s *Sample) Info(k *config.KPI) []series.Label {
	values := slices.DeleteFunc(slices.Clone(s.Labels), func(value string) bool { return value == "" })
	return []series.Label{
		{Name: "sample_title", Value: strings.Join(values, ", ")},
		{Name: "target_text", Value: s.steadyTarget(k)},
		{Name: "reason", Value: string(s.Reason)},
	}
}

// TargetText writes the target in force, "≥ 12k" or "3 to 5"; "" without one.
func (s *Sample) TargetText(k *config.KPI) string {
	return s.targetText(s.writer(k), func(b BoundValue) float64 { return b.Value })
}

// ValueText writes the value so that it does not look like a target that differs from it; "" without one.
func (s *Sample) ValueText(k *config.KPI) string {
	if s.Value == nil {
		return ""
	}
	return s.writer(k)(*s.Value)
}

// writer returns how the value and the target are written beside each other.
func (s *Sample) writer(k *config.KPI) func(v float64) string {
	numbers := []*float64{s.Value}
	for _, b := range s.Details().Bounds {
		if b.Tier == "target" {
			numbers = append(numbers, &b.Value)
		}
	}
	return k.Unit.Apart(numbers...)
}

// steadyTarget is TargetText in the form of the values that boards show beside it. A bound that may move with each evaluation has three
// digits, so that a new series begins only when the target looks different.
func (s *Sample) steadyTarget(k *config.KPI) string {
	return s.targetText(k.Unit.FormatForBoards, func(b BoundValue) float64 {
		if moves(k, b) {
			return format.Round(b.Value, 3)
		}
		return b.Value
	})
}

func (s *Sample) targetText(write func(float64) string, number func(BoundValue) float64) string {
	var lower, upper string
	for _, b := range s.Details().Bounds {
		switch {
		case b.Tier != "target":
		case b.Side == "lower":
			lower = write(number(b))
		default:
			upper = write(number(b))
		}
	}
	return format.Range(lower, upper)
}

// moves reports whether a bound may differ between two evaluations of one day.
func moves(k *config.KPI, b BoundValue) bool {
	switch config.BoundSource(b.Source) {
	case config.Fixed, config.Benchmark, config.Steps:
		return k.Target != nil && k.Target.Pace
	}
	return true
}
