package collector

import (
	"math"
	"slices"
	"strconv"
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
		{Name: "target_text", Value: s.targetText(k)},
		{Name: "reason", Value: string(s.Reason)},
	}
}

// targetText writes the target in force as the terminal does, "≥ 12k" or "3 to 5"; "" without one. A bound that may move with
// each evaluation has three digits, so that a new series begins only when the target looks different.
func (s *Sample) targetText(k *config.KPI) string {
	var lower, upper string
	for _, b := range s.Bounds {
		if b.Tier != "target" {
			continue
		}
		v := b.Value
		if moves(k, b) {
			v = threeDigits(v)
		}
		if b.Side == "lower" {
			lower = k.Unit.Format(v)
		} else {
			upper = k.Unit.Format(v)
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

func threeDigits(v float64) float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64) // What was just written can be read.
	return v
}
