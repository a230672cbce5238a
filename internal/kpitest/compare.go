package kpitest

import (
	"math"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// tolerance is by how much of its size a number may be off: it forgives the rounding of floating point and no more.
const tolerance = 1e-9

// Difference is one thing that is not as it should be.
type Difference struct {
	Labels    string // The sample's, as plan=pro; "" if it has none.
	What      string // value, sample size, target, status, reason, sample or failure.
	Want, Got string
}

// sample holds what is compared of a sample. What is not set is not compared.
type sample struct {
	labels              []string
	value, size, target ExpectedNumber
	status, reason      string
}

func compare(want *Expectation, got collector.Result) []Difference {
	if want.Failure != "" || got.Failure != nil {
		return compareFailures(want.Failure, got.Failure)
	}
	samples := make([]sample, len(want.Samples))
	for i, s := range want.Samples {
		samples[i] = sample{
			labels: s.Labels, value: s.Value, size: s.SampleSize, target: s.Target, status: string(s.Status), reason: string(s.Reason),
		}
	}
	return compareSamples(want.KPI, samples, got.Samples)
}

// compareResults reports what is different without the future.
func compareResults(with, without collector.Result) []Difference {
	if with.Failure != nil || without.Failure != nil {
		reason := ""
		if with.Failure != nil {
			reason = string(with.Failure.Reason)
		}
		return compareFailures(reason, without.Failure)
	}
	samples := make([]sample, len(with.Samples))
	for i, s := range with.Samples {
		samples[i] = sample{
			labels: s.Labels, status: string(s.Status), reason: string(s.Reason),
			value:  ExpectedNumber{Said: true, Number: s.Value},
			size:   ExpectedNumber{Said: true, Number: s.SampleSize},
			target: ExpectedNumber{Said: true, Number: s.Details().Target},
		}
	}
	return compareSamples(with.KPI, samples, without.Samples)
}

func compareFailures(want string, got *collector.Failure) []Difference {
	switch {
	case got == nil:
		return []Difference{{What: "failure", Want: want, Got: "none"}}
	case string(got.Reason) == want:
		return nil
	case want == "":
		want = "none"
	}
	return []Difference{{What: "failure", Want: want, Got: string(got.Reason) + ": " + got.Error()}}
}

func compareSamples(k *config.KPI, want []sample, got []collector.Sample) []Difference {
	var diffs []Difference
	for _, w := range want {
		labels := format.Labels(k.LabelNames(), w.labels)
		i := slices.IndexFunc(got, func(g collector.Sample) bool { return slices.Equal(g.Labels, w.labels) })
		if i < 0 {
			diffs = append(diffs, Difference{Labels: labels, What: "sample", Want: "one", Got: "none"})
			continue
		}
		differ := func(what, want, got string) {
			diffs = append(diffs, Difference{Labels: labels, What: what, Want: want, Got: got})
		}
		g := got[i]
		if !matches(w.value, g.Value) {
			want, got := show(k.Unit, w.value.Number, g.Value)
			differ("value", want, got)
		}
		if !matches(w.size, g.SampleSize) {
			want, got := show("", w.size.Number, g.SampleSize)
			differ("sample size", want, got)
		}
		if !matches(w.target, g.Details().Target) {
			want, got := show(k.Unit, w.target.Number, g.Details().Target)
			differ("target", want, got)
		}
		if w.status != "" && w.status != string(g.Status) {
			differ("status", w.status, string(g.Status))
		}
		if w.reason != "" && w.reason != string(g.Reason) {
			differ("reason", w.reason, orNone(string(g.Reason)))
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w sample) bool { return slices.Equal(g.Labels, w.labels) }) {
			_, value := show(k.Unit, nil, g.Value)
			diffs = append(diffs, Difference{Labels: format.Labels(k.LabelNames(), g.Labels), What: "sample", Want: "none", Got: "value " + value})
		}
	}
	return diffs
}

func matches(want ExpectedNumber, got *float64) bool {
	switch {
	case !want.Said:
		return true
	case want.Number == nil || got == nil:
		return want.Number == nil && got == nil
	}
	return math.Abs(*want.Number-*got) <= tolerance*max(math.Abs(*want.Number), math.Abs(*got))
}

// show writes two numbers as people read them, and where they would look alike with every digit.
func show(unit quantity.Unit, want, got *float64) (string, string) {
	human := func(v *float64) string {
		if v == nil {
			return "no value"
		}
		return unit.Format(*v)
	}
	if want == nil || got == nil || human(want) != human(got) {
		return human(want), human(got)
	}
	return format.Exact(want), format.Exact(got)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
