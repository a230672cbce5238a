package insight

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// guard looks for values that are withheld among what a KPI is computed from.
type guard []int // Places of results.

// guard adds what must be read to know whether a KPI as of an instant is computed from rows of which one is withheld: by its own
// suppress_below, or by that of any KPI of the same named query.
func (r *Reader) guard(b *batch, request collector.Request) guard {
	var g guard
	if !r.guards(request.KPI) {
		return nil
	}
	for _, input := range collector.Inputs(request) {
		for _, other := range r.withholding(input.KPI) {
			g = append(g, b.add(collector.Request{KPI: partsWithheldBy(input.KPI, other), AsOf: input.AsOf, KnownAt: input.KnownAt}))
		}
	}
	return g
}

// guards reports whether anything that a KPI is computed from may be withheld: if not, nobody walks through its formulas.
func (r *Reader) guards(k *config.KPI) bool {
	return slices.ContainsFunc(k.Reads(), func(read *config.KPI) bool { return len(r.withholding(read)) > 0 })
}

// withholding returns the KPIs with suppress_below that read the same rows as k, k among them.
func (r *Reader) withholding(k *config.KPI) []*config.KPI {
	var list []*config.KPI
	if k.SuppressBelow != nil {
		list = append(list, k)
	}
	for _, other := range r.suppressing {
		if other.Query == k.Query && other.Fingerprint() != k.Fingerprint() {
			list = append(list, other)
		}
	}
	return list
}

// withheld reports whether a value is withheld, and a failure if that is not known.
func (g guard) withheld(results []collector.Result) (bool, *collector.Failure) {
	for _, at := range g {
		if why := results[at].Failure; why != nil {
			return false, why
		}
		if slices.ContainsFunc(results[at].Samples, func(s collector.Sample) bool { return s.Suppressed }) {
			return true, nil
		}
	}
	return false, nil
}
