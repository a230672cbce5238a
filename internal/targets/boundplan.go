package targets

import (
	"fmt"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// boundPlan reads steps or a ramp: values by year, quarter, month or day.
func (t *reader) boundPlan(k, v *document.Node) *Bound {
	entries, ok := t.planEntries(k, v)
	if !ok {
		return nil
	}
	slices.SortStableFunc(entries, func(a, b planEntry) int { return a.From.Compare(b.From) })
	b := &Bound{Source: BoundSource(k.Value)}
	values := 0
	for i, e := range entries {
		if i > 0 && e.From.Equal(entries[i-1].From) {
			t.Fail(e.key, "remove one of them", "%s and %s begin at the same time", entries[i-1].key.Value, e.key.Value)
		}
		if e.Value != nil {
			values++
		}
		b.Steps = append(b.Steps, e.BoundStep)
	}
	switch {
	case b.Source == Steps && values == 0:
		t.Fail(document.Resolve(v), "write {steps: {2026-Q1: 800, 2026-Q2: 900}}", "steps has no value")
		return nil
	case b.Source == Ramp && values < 2:
		t.Fail(document.Resolve(v), "write {ramp: {2026-01-01: 800, 2026-07-01: 1200}}", "a ramp needs a value to begin with and one to reach")
		return nil
	}
	switch last := entries[len(entries)-1]; {
	case last.Value == nil:
	case b.Source == Ramp:
		b.Until = last.From
	default:
		b.Until = last.end
	}
	return b
}

// planEntry is a line of a bound that changes with time.
type planEntry struct {
	key *document.Node
	BoundStep
	end time.Time
}

// planEntries reads them, and reports whether nothing is wrong with any.
func (t *reader) planEntries(k, v *document.Node) (entries []planEntry, ok bool) {
	unclear := false
	failed := t.ErrorCount()
	t.Each(v, k.Value, func(key, value *document.Node) {
		from, end, ok := t.of.FiscalYear.Span(key.Value, t.of.Calendar)
		if ok && t.of.YearsUnclear && !unclear && period.NamesYear(key.Value) {
			unclear = true
			t.askFiscalYear(key)
		}
		if !ok {
			t.Fail(key, "write a year, quarter, month or day: 2026, 2026-Q1, 2026-03 or 2026-03-01", "%s: %s is not a date or period", k.Value, document.Quote(key.Value))
		}
		e := planEntry{key: key, BoundStep: BoundStep{From: from}, end: end}
		if text := document.Resolve(value); text.Kind != document.ScalarNode || text.Value != "none" {
			number := quantity.Number(t.File, value, key.Value, t.of.Unit)
			if number.OK {
				t.warnOfPercent(number.Node, number.Value)
			}
			e.Value = &number.Value
		}
		entries = append(entries, e)
	})
	return entries, t.ErrorCount() == failed
}

// askFiscalYear reports a year, or a quarter, that the file leaves ambiguous.
func (t *reader) askFiscalYear(key *document.Node) {
	starts, _, _ := period.NamedByStart.Span(key.Value, t.of.Calendar)
	ends, _, _ := period.NamedByEnd.Span(key.Value, t.of.Calendar)
	t.Fail(key, fmt.Sprintf("beside year_start write fiscal_year: start if %s begins on %s, or fiscal_year: end if it begins on %s",
		key.Value, starts.Format(time.DateOnly), ends.Format(time.DateOnly)),
		"%s is ambiguous: the year begins in %s, and its name may be that of the year in which it starts or ends", key.Value, t.of.Calendar.YearStart)
}
