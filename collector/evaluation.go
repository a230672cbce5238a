package collector

import (
	"cmp"
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// evaluation gathers what the consumers of one request read.
type evaluation struct {
	result   Result
	windows  database.Parameters
	lookback *lookbackValues
	profile  *profile // Nil without pace: profile.
	targets  []targetRow
	failed   map[string]*Failure // By database, for a KPI whose databases may fail without each other.
	missing  int                 // Consumers that have not finished.

	shared       *sharedSamples
	computations *computations // Nil before it computes a formula.
	readings     map[readingKey]readout
	cachedAt     time.Time // None of them was read earlier.
	kept         bool      // The result keeps them.
	absent       bool      // Not all that a restored result needs was saved.
}

func newEvaluation(req Request) *evaluation {
	k := req.KPI
	at := k.Settled(req.AsOf)
	w := windows(k, at)
	return &evaluation{
		result: Result{
			KPI:           k,
			AsOf:          req.AsOf,
			Window:        period.Window{Start: w.PeriodStart, End: w.PeriodEnd},
			Elapsed:       k.Period.Elapsed(at.Time, k.Calendar),
			scheduledAsOf: req.AsOf,
		},
		windows:  w,
		lookback: newLookbackValues(k, at),
		profile:  newProfile(k, at),
		failed:   maps.Clone(req.failed),
		readings: map[readingKey]readout{},
	}
}

// windows returns the parameters of a KPI's query at an instant. The last instant of a period, a nanosecond before its end,
// is its end to a database.
func windows(k *config.KPI, at config.Settled) database.Parameters {
	window := k.Period.Window(at.Time, k.Calendar)
	previous := k.Period.Previous(at.Time, k.Calendar)
	return database.Parameters{
		AsOf:          at.Round(time.Microsecond),
		PeriodStart:   window.Start,
		PeriodEnd:     window.End,
		PreviousStart: previous.Start,
		PreviousEnd:   previous.End,
		Timezone:      k.Calendar.Location.String(),
	}
}

func query(d *config.Database, k *config.KPI, q *config.Query, windows database.Parameters) database.Query {
	least := int64(database.DefaultMaxBytes)
	if q.IsPromQL() {
		least = database.DefaultMaxAnswer
	}
	return database.Query{
		Statement: q.StatementFor(d), Parameters: windows, Timezone: sessionZone(d, k), Timeout: k.Timeout,
		Reads: q.Columns, MaxBytes: max(least, int64(k.MaxSeries)<<10), // A kilobyte a row is plenty.
	}
}

// sessionZone returns the time zone of the session in which a KPI's queries run.
func sessionZone(d *config.Database, k *config.KPI) string {
	return cmp.Or(d.SessionTimezone, k.Calendar.Location.String())
}

// add adds the result of one run and reports whether it was the last one.
func (ev *evaluation) add(ctx context.Context, c *consumer, took time.Duration) bool {
	res := &ev.result
	res.Duration = max(res.Duration, took)
	res.invalid += c.invalid()
	a := ev.readings[c.key()]
	switch {
	case c.failure != nil && c.purpose == forLookback && c.failure.ofItsInstant(): // The present may be fine.
		// Deterministic: the alphabetically first reason wins, whichever database answered first.
		if why := c.explain(res.KPI); a.missing == nil || why.Error() < a.missing.Error() {
			a.missing = why
		}
	case c.failure != nil && c.standsAlone(res.KPI):
		ev.failIn(c.database, c.explain(res.KPI))
	case c.failure != nil && res.Failure == nil:
		res.Failure = c.explain(res.KPI)
	case c.failure != nil:
	case c.purpose == forTargets:
		ev.targets = c.targets.rows
		res.extra(c.configQuery(), c.extra())
	default:
		a.samples = append(a.samples, fromDatabase{c.database, c.samples})
		res.extra(c.configQuery(), c.extra())
	}
	if c.purpose != forTargets {
		ev.readings[c.key()] = a
	}
	ev.missing--
	if ev.missing > 0 {
		return false
	}
	ev.finish(ctx)
	return true
}

// failIn notes that a database failed. If there are several reasons, it keeps the first.
func (ev *evaluation) failIn(database string, why *Failure) {
	if ev.failed == nil {
		ev.failed = map[string]*Failure{}
	}
	if before := ev.failed[database]; before == nil || why.before(before) {
		ev.failed[database] = why
	}
}

// compute fills in the samples, and the earlier ones that they are judged by, from what was read.
func (ev *evaluation) compute() (failure *Failure) {
	k := ev.result.KPI
	if ev.result.BeforeData {
		ev.result.Samples = samplesBeforeData(k)
		return nil
	}
	if ev.result.Samples, failure = ev.samples(k, ev.result.AsOf); failure != nil {
		return failure
	}
	for _, at := range ev.lookback.all() {
		asOf := k.AsOf(at)
		if anyBeforeData(ev.shared.readings(k, asOf)) {
			continue // No past, which is not a failure.
		}
		why := ev.missingAt(asOf)
		if why == nil || k.Formula == nil { // One of several databases may be missing.
			samples, failure := ev.samples(k, asOf)
			switch {
			case failure == nil:
				ev.lookback.add(at, samples)
			case failure.ofItsInstant():
				why = failure
			default:
				return failure
			}
		}
		ev.lookback.markMissing(at, why)
	}
	ev.result.Missing = ev.lookback.missing()
	return ev.fillProfile()
}

// samples returns what a KPI was as of an instant from what was read. They may be judged.
func (ev *evaluation) samples(k *config.KPI, asOf time.Time) ([]Sample, *Failure) {
	c := ev.computed(k, asOf)
	switch {
	case c.ofInput:
		return nil, failf(ReasonInput, "kpi %q: input of its formula: %w", ev.result.KPI.Name, c.failure)
	case k.Formula != nil && c.failure == nil:
		return slices.Clone(c.samples), nil // Other evaluations may share them.
	}
	return c.samples, c.failure
}

// computed returns the same for formulas, which must not change it.
func (ev *evaluation) computed(k *config.KPI, asOf time.Time) computation {
	if k.Formula != nil {
		return ev.shared.of(ev, k, asOf)
	}
	samples := ev.readings[newReading(k, asOf).key()].all(k)
	if k.Merge != "" && slices.ContainsFunc(samples, overflows) {
		return computation{failure: failf(ReasonValue, "kpi %q: the %s of its parts overflows", k.Name, k.Merge)}
	}
	return computation{samples: samples}
}

// computeFormula computes a KPI with a formula as of an instant.
func (ev *evaluation) computeFormula(k *config.KPI, asOf time.Time) computation {
	f := formula{ev: ev, kpi: k, names: k.LabelNames()}
	t, failure := f.term(k.Formula.Root, asOf)
	if failure != nil {
		return computation{failure: failure, ofInput: f.inputFailed}
	}
	samples := make([]Sample, 0, len(t.rows))
	for _, r := range t.rows {
		s := Sample{Labels: r.labels}
		if r.missing() {
			s.setMissing(strings.Join(r.why, ", and "))
		} else {
			s.setExactly(r.value)
		}
		samples = append(samples, s)
	}
	return computation{samples: samples}
}

// missingAt returns why an input of the KPI as of an instant is missing; nil if none is.
func (ev *evaluation) missingAt(asOf time.Time) *Failure { return ev.missingFor(ev.result.KPI, asOf) }

func (ev *evaluation) missingFor(k *config.KPI, asOf time.Time) *Failure {
	for _, r := range ev.shared.readings(k, asOf) {
		if why := ev.readings[r.key()].missing; why != nil {
			return why
		}
	}
	return nil
}

// finish judges the samples once everything that they are judged by has been read, unless nobody waits for them.
func (ev *evaluation) finish(ctx context.Context) {
	res := &ev.result
	if err := ctx.Err(); err != nil && res.Failure == nil {
		res.Failure = failf(ReasonTimeout, "kpi %q: %w", res.KPI.Name, err)
	}
	if ev.kept {
		res.readings, res.targets = ev.readings, ev.targets
	}
	res.ReadAt = oldestReading(ev.readings)
	if res.Failure == nil {
		func() {
			defer func() {
				if x := recover(); x != nil {
					res.Failure = failf(ReasonInternal, "kpi %q: panic: %v\n%s", res.KPI.Name, x, debug.Stack())
				}
			}()
			if res.Failure = ev.compute(); res.Failure != nil {
				return
			}
			if res.BeforeData {
				return // There is nothing to judge.
			}
			j := ev.judge()
			for i := range res.Samples {
				j.assess(&res.Samples[i])
			}
		}()
	}
	if res.Failure == nil {
		res.failDatabases(ev.failed)
	}
	if res.Failure != nil && !res.partly() {
		res.Samples = nil
	}
	slices.SortFunc(res.Samples, compareLabels)
}
