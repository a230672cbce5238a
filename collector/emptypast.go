package collector

import (
	"context"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// EmptyPast is a query with a past that looks as if its data had not begun: what KPIs look back to is 0 or nothing.
type EmptyPast struct {
	KPIs     []string          // Those that look back.
	Query    *config.Query     // What they look back with.
	Position document.Position // Where the query is.
	Empty    time.Time         // Start of the earliest period that they look back to.
	First    time.Time         // Start of the first period that has a value; for what is measured up to an instant, that day.
}

// confirmed is how many periods in a row must have a value before the earlier ones count as a time without data: a value that is 0
// now and then is just rare.
const confirmed = 3

// EmptyPasts looks for the KPIs whose targets, comparisons or formulas read a period from before the data began. It evaluates
// the earliest period requested of each query; only where that is 0 or empty does it look for the first that is not.
func (e *Evaluator) EmptyPasts(ctx context.Context, requests []Request) []EmptyPast {
	reads := earliestReads(requests)
	first := make([]Request, len(reads))
	for i, l := range reads {
		first[i] = l.at(l.earliest)
	}
	var found []EmptyPast
	for i, r := range e.Evaluate(ctx, first) {
		l := reads[i]
		if !r.empty() {
			continue
		}
		begins, ok := e.firstValue(ctx, l)
		if !ok {
			continue
		}
		past := EmptyPast{KPIs: l.owners, Query: l.kpi.Query, Position: l.kpi.Query.Position, Empty: r.Window.Start, First: begins}
		at := slices.IndexFunc(found, func(p EmptyPast) bool {
			return p.Query == past.Query && p.Empty.Equal(past.Empty) && p.First.Equal(past.First)
		})
		if at < 0 {
			found = append(found, past)
			continue
		}
		for _, name := range past.KPIs {
			if !slices.Contains(found[at].KPIs, name) {
				found[at].KPIs = append(found[at].KPIs, name)
			}
		}
	}
	return found
}

// earliestRead is the earliest as-of that a KPI with a query is read at.
type earliestRead struct {
	kpi           *config.KPI // Without what would read its own past.
	original      *config.KPI
	owners        []string
	now, earliest time.Time
}

// earliestReads returns how far back the requests look, for each KPI with a query that they look back with.
func earliestReads(requests []Request) []earliestRead {
	var list []earliestRead
	add := func(owner string, k *config.KPI, now, at time.Time) {
		i := slices.IndexFunc(list, func(l earliestRead) bool { return l.original == k })
		if i < 0 {
			bare := *k
			bare.Target, bare.Compare = nil, nil
			i, list = len(list), append(list, earliestRead{kpi: &bare, original: k, now: now, earliest: now})
		}
		l := &list[i]
		if at.Before(l.earliest) {
			l.earliest, l.owners = at, nil
		}
		if at.Equal(l.earliest) && at.Before(now) && !slices.Contains(l.owners, owner) {
			l.owners = append(l.owners, owner)
		}
	}
	for _, req := range requests {
		instants := []time.Time{req.AsOf}
		for _, at := range newEvaluation(req).lookback.all() {
			instants = append(instants, at.asOf(req.KPI))
		}
		for _, instant := range instants {
			for r := range readings(req.KPI, instant) {
				add(req.KPI.Name, r.kpi, req.AsOf, r.asOf())
			}
		}
	}
	return slices.DeleteFunc(list, func(l earliestRead) bool { return !l.earliest.Before(l.now) })
}

func (l earliestRead) at(asOf time.Time) Request { return Request{KPI: l.kpi, AsOf: asOf} }

// firstValue returns the start of the first period that has a value, if all before it have none and all after it have one, as
// far as it looks.
func (e *Evaluator) firstValue(ctx context.Context, l earliestRead) (begins time.Time, ok bool) {
	instants := l.instants()
	last := len(instants) - 1
	if last < 1 {
		return time.Time{}, false
	}
	before := e.Evaluate(ctx, []Request{l.at(instants[0]), l.at(instants[last])})
	if !before[0].empty() || !before[1].hasValue() {
		return time.Time{}, false
	}
	without, with := 0, last
	for with-without > 1 {
		middle := (without + with) / 2
		switch r := e.Evaluate(ctx, []Request{l.at(instants[middle])})[0]; {
		case r.empty():
			without = middle
		case r.hasValue():
			with = middle
		default:
			return time.Time{}, false
		}
	}
	var after []Request
	for i := with; i <= min(with+confirmed-1, last); i++ {
		after = append(after, l.at(instants[i]))
	}
	results := e.Evaluate(ctx, after)
	if slices.ContainsFunc(results, func(r Result) bool { return !r.hasValue() }) {
		return time.Time{}, false
	}
	return l.dayOf(&results[0]), true
}

// instants returns the as-ofs of a KPI from one before the earliest requested until now.
func (l earliestRead) instants() []time.Time {
	const enough = 2000 // More than five years of days.
	k, now := l.kpi, settle(l.kpi, l.now)
	var back []settled // The latest first.
	switch k.Period.Kind {
	case period.Last, period.ToDate:
		one := *k
		one.Period.N = 1
		back = earlierPeriods(&one, now, enough)
	default:
		for days := 1; days <= enough; days++ {
			back = append(back, settled{k.Calendar.DaysBefore(now.Time, days)})
		}
	}
	end := slices.IndexFunc(back, func(at settled) bool { return at.asOf(k).Before(l.earliest) })
	if end < 0 {
		return nil
	}
	instants := []time.Time{l.now}
	for _, at := range back[:end+1] {
		instants = append(instants, at.asOf(k))
	}
	slices.Reverse(instants)
	return instants
}

// dayOf returns when a period begins; for what is measured up to an instant, the day of that instant.
func (l earliestRead) dayOf(r *Result) time.Time {
	if k := l.kpi.Period.Kind; k == period.Last || k == period.ToDate {
		return r.Window.Start
	}
	day := period.Period{Kind: period.ToDate, Unit: period.Day}
	return day.Window(r.Window.End, l.kpi.Calendar).Start
}

// empty reports whether a KPI was evaluated, and is 0 or nothing throughout.
func (r *Result) empty() bool {
	return r.evaluated() && !slices.ContainsFunc(r.Samples, func(s Sample) bool { return s.Suppressed || s.Value != nil && *s.Value != 0 })
}

// hasValue reports whether a KPI was evaluated, and is not empty.
func (r *Result) hasValue() bool { return r.evaluated() && !r.empty() }

// evaluated reports whether the query of a KPI gave all that there is.
func (r *Result) evaluated() bool { return r.Failure == nil && !r.BeforeData }
