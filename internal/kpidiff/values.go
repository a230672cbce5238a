package kpidiff

import (
	"cmp"
	"math"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// tolerance is the share of the larger of two numbers by which they may differ and still be the same: SQL that is written otherwise
// adds up in another order.
const tolerance = 1e-9

// Values is how the values of a KPI compare in the last periods.
type Values struct {
	Periods []Period // The oldest first; none if they were not compared.
}

// Period is one period of a KPI as both files measure it.
type Period struct {
	Window   period.Window
	Old, New *collector.Result // Nil where a file does not measure this period among the last ones.
	Rows     []Row             // For each label set of either; of a period without samples one without labels.
}

// Row is one label set of a period.
type Row struct {
	Names, Labels []string
	Old, New      *collector.Sample // Nil where a file does not have the label set.
}

// Evaluated returns the KPIs whose values have to be compared, as each file defines them, in the same order.
func (d *Diff) Evaluated() (before, after []*config.KPI) {
	for i := range d.Changed {
		if c := &d.Changed[i]; c.IsEvaluated() {
			before, after = append(before, c.Old), append(after, c.New)
		}
	}
	return before, after
}

// SetValues compares the results of the KPIs that Evaluated returns: n for each, in their order and the oldest first.
func (d *Diff) SetValues(before, after []collector.Result, n int) {
	for i := range d.Changed {
		if c := &d.Changed[i]; c.IsEvaluated() {
			c.Values = compareValues(before[:n], after[:n])
			before, after = before[n:], after[n:]
		}
	}
}

// compareValues pairs the results of one KPI by what they measure.
func compareValues(before, after []collector.Result) Values {
	var v Values
	for i := range before {
		v.Periods = append(v.Periods, Period{Window: before[i].Window, Old: &before[i]})
	}
	for i := range after {
		same := func(p Period) bool {
			return p.New == nil && p.Window.Start.Equal(after[i].Window.Start) && p.Window.End.Equal(after[i].Window.End)
		}
		if at := slices.IndexFunc(v.Periods, same); at >= 0 {
			v.Periods[at].New = &after[i]
			continue
		}
		v.Periods = append(v.Periods, Period{Window: after[i].Window, New: &after[i]})
	}
	slices.SortStableFunc(v.Periods, func(a, b Period) int {
		return cmp.Or(a.Window.Start.Compare(b.Window.Start), a.Window.End.Compare(b.Window.End))
	})
	for i := range v.Periods {
		v.Periods[i].pair()
	}
	return v
}

// pair pairs the samples of a period by their labels.
func (p *Period) pair() {
	add := func(r *collector.Result, set func(row *Row, s *collector.Sample)) {
		if r == nil {
			return
		}
		names := r.KPI.LabelNames()
		for i := range r.Samples {
			s := &r.Samples[i]
			at := slices.IndexFunc(p.Rows, func(row Row) bool { return slices.Equal(row.Names, names) && slices.Equal(row.Labels, s.Labels) })
			if at < 0 {
				at = len(p.Rows)
				p.Rows = append(p.Rows, Row{Names: names, Labels: s.Labels})
			}
			set(&p.Rows[at], s)
		}
	}
	add(p.Old, func(row *Row, s *collector.Sample) { row.Old = s })
	add(p.New, func(row *Row, s *collector.Sample) { row.New = s })
	if len(p.Rows) == 0 {
		p.Rows = []Row{{}}
	}
	slices.SortStableFunc(p.Rows, func(a, b Row) int {
		return cmp.Or(slices.Compare(a.Names, b.Names), slices.Compare(a.Labels, b.Labels))
	})
}

// Shared reports whether any period is one of both files.
func (v Values) Shared() bool {
	return slices.ContainsFunc(v.Periods, func(p Period) bool { return p.Old != nil && p.New != nil })
}

// known reports whether a file could be evaluated in any period. If both failed in all, nothing is known about what differs.
func (v Values) known() bool {
	return slices.ContainsFunc(v.Periods, func(p Period) bool { return !failed(p.Old) || !failed(p.New) })
}

func failed(r *collector.Result) bool { return r != nil && r.Failure != nil }

// Differ reports whether any value, status or bound differs, or a period is measured, or fails, in one file only.
func (v Values) Differ() bool {
	return slices.ContainsFunc(v.Periods, func(p Period) bool { return p.Differs() })
}

// Differs reports whether any value, status or bound differs, or one file does not measure the period, or fails in it.
func (p *Period) Differs() bool {
	return p.isOneSided() || slices.ContainsFunc(p.Rows, func(r Row) bool { return r.Differs() })
}

// isOneSided reports whether one file only measures the period, or one only fails in it.
func (p *Period) isOneSided() bool {
	return p.Old == nil || p.New == nil || failed(p.Old) != failed(p.New)
}

// Differs reports whether the value, the status or a bound differs.
func (r *Row) Differs() bool { return !r.SameValue() || !r.SameStatus() || !r.sameBounds() }

func (r *Row) inBoth() bool { return r.Old != nil && r.New != nil }

// SameValue reports whether both have the same value, or none.
func (r *Row) SameValue() bool {
	if !r.inBoth() {
		return r.Old == r.New
	}
	return equal(r.Old.Value, r.New.Value)
}

// SameStatus reports whether both have the same status, for the same reason.
func (r *Row) SameStatus() bool {
	if !r.inBoth() {
		return r.Old == r.New
	}
	return r.Old.Status == r.New.Status && r.Old.Reason == r.New.Reason
}

func (r *Row) sameBounds() bool {
	if !r.inBoth() {
		return r.Old == r.New
	}
	return slices.EqualFunc(r.Old.Details().Bounds, r.New.Details().Bounds, func(a, b collector.BoundValue) bool {
		return a.Tier == b.Tier && a.Side == b.Side && equal(&a.Value, &b.Value)
	})
}

// equal reports whether two numbers are the same but for the last digits of their sums, or both missing.
func equal(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= tolerance*max(math.Abs(*a), math.Abs(*b))
}

// Counts is how many periods compare how.
type Counts struct {
	All      int
	Same     int // Every value is the same, and there is one.
	Empty    int // Neither file has a value.
	Failed   int // Neither file could be evaluated.
	Statuses int // A label set that both files have differs in its status.
	Bounds   int // A label set that both files have differs in a bound.
}

// Count counts the periods.
func (v Values) Count() Counts {
	n := Counts{All: len(v.Periods)}
	for i := range v.Periods {
		p := &v.Periods[i]
		some := func(f func(r *Row) bool) bool { return slices.ContainsFunc(p.Rows, func(r Row) bool { return f(&r) }) }
		switch {
		case p.isOneSided() || some(func(r *Row) bool { return !r.SameValue() }):
		case failed(p.Old):
			n.Failed++
		case some(func(r *Row) bool { return r.New != nil && r.New.Value != nil }):
			n.Same++
		default:
			n.Empty++
		}
		if some(func(r *Row) bool { return r.inBoth() && !r.SameStatus() }) {
			n.Statuses++
		}
		if some(func(r *Row) bool { return r.inBoth() && !r.sameBounds() }) {
			n.Bounds++
		}
	}
	return n
}
