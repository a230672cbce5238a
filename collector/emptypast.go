package collector

import (
	"context"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// EmptyPast is a database with a past that looks as if its data had not begun: what KPIs look back to is 0 or nothing.
type EmptyPast struct {
	Database *config.Database
	KPIs     []string  // Those that look back.
	Empty    time.Time // Start of the earliest period that they look back to.
	First    time.Time // Start of the first period with a value, of several KPIs the latest.
	Begins   time.Time // Start of the first period that the data covers as a whole, of several KPIs the latest.
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
		value, begins, ok := e.firstValue(ctx, l)
		if !ok {
			continue
		}
		for _, d := range l.kpi.Databases {
			at := slices.IndexFunc(found, func(p EmptyPast) bool { return p.Database == d })
			if at < 0 {
				at = len(found)
				found = append(found, EmptyPast{Database: d, Empty: r.Window.Start})
			}
			found[at].add(l.owners, r.Window.Start, value, begins)
		}
	}
	return found
}

// add takes in what one query showed.
func (p *EmptyPast) add(kpis []string, empty, value, begins time.Time) {
	for _, name := range kpis {
		if !slices.Contains(p.KPIs, name) {
			p.KPIs = append(p.KPIs, name)
		}
	}
	if empty.Before(p.Empty) {
		p.Empty = empty
	}
	if value.After(p.First) {
		p.First = value
	}
	if begins.After(p.Begins) {
		p.Begins = begins
	}
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
			instants = append(instants, req.KPI.AsOf(at))
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

// firstValue returns the start of the first period that has a value, and of the first that the data covers as a whole, if all
// before the former have none and all after it have one, as far as it looks.
func (e *Evaluator) firstValue(ctx context.Context, l earliestRead) (value, begins time.Time, ok bool) {
	instants := l.instants()
	last := len(instants) - 1
	if last < 1 {
		return time.Time{}, time.Time{}, false
	}
	before := e.Evaluate(ctx, []Request{l.at(instants[0]), l.at(instants[last])})
	if !before[0].empty() || !before[1].hasValue() {
		return time.Time{}, time.Time{}, false
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
			return time.Time{}, time.Time{}, false
		}
	}
	var after []Request
	for i := with; i <= min(with+confirmed-1, last); i++ {
		after = append(after, l.at(instants[i]))
	}
	results := e.Evaluate(ctx, after)
	if slices.ContainsFunc(results, func(r Result) bool { return !r.hasValue() }) {
		return time.Time{}, time.Time{}, false
	}
	return l.dayOf(&results[0]), e.firstWhole(ctx, l, results), true
}

// firstWhole returns the start of the first period that the data covers as a whole, results being the first that have a value:
// the data may begin anywhere within the first of them.
func (e *Evaluator) firstWhole(ctx context.Context, l earliestRead, results []Result) time.Time {
	first := &results[0]
	switch p := l.kpi.Period; {
	case p.Kind != period.Last && p.Kind != period.ToDate:
		return l.dayOf(first)
	case p.N <= 1 && p.Unit != period.Day && e.firstDayHasValue(ctx, l, first.Window.Start):
		return first.Window.Start
	case p.Kind == period.Last:
		return first.Window.End
	case len(results) > 1:
		return results[1].Window.Start
	}
	return first.Window.Start
}

// firstDayHasValue reports whether the first day of a period has a value of its own.
func (e *Evaluator) firstDayHasValue(ctx context.Context, l earliestRead, start time.Time) bool {
	day := *l.kpi
	day.Period = period.Period{Kind: period.Last, Unit: period.Day, N: 1}
	r := e.Evaluate(ctx, []Request{{KPI: &day, AsOf: day.AsOf(config.Settled{Time: day.Calendar.DaysBefore(start, -1)})}})[0]
	return r.hasValue()
}

// instants returns the as-ofs of a KPI from one before the earliest requested until now.
func (l earliestRead) instants() []time.Time {
	const enough = 2000 // More than five years of days.
	k, now := l.kpi, l.kpi.Settled(l.now)
	var back []config.Settled // The latest first.
	switch k.Period.Kind {
	case period.Last, period.ToDate:
		one := *k
		one.Period.N = 1
		back = earlierPeriods(&one, now, enough)
	default:
		for days := 1; days <= enough; days++ {
			back = append(back, config.Settled{Time: k.Calendar.DaysBefore(now.Time, days)})
		}
	}
	end := slices.IndexFunc(back, func(at config.Settled) bool { return k.AsOf(at).Before(l.earliest) })
	if end < 0 {
		return nil
	}
	instants := []time.Time{l.now}
	for _, at := range back[:end+1] {
		instants = append(instants, k.AsOf(at))
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
