package collector

import (
	"context"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	statefile "github.com/kpi-exporter/kpi_exporter/internal/state"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// maxAhead is how far the clocks of two processes may differ. What was read later than now has no age, and is not used.
const maxAhead = time.Minute

// Remember has the collector keep what State returns, and begin with what an earlier State has said; nil says nothing. It is called
// before Run, and returns how many KPIs it knows by now.
//
// A value is computed again from its readings: those of another definition, or of a database that is elsewhere now, are not used. It
// has the age that it had, and is stale at once if it is too old.
func (c *Collector) Remember(saved *statefile.State) (restored int) {
	now := c.clock()
	m := newMemory()
	m.locate(c.cfg, now.wall)
	c.evaluator.memory = m
	if saved == nil {
		return 0
	}
	m.load(saved, now.wall)
	byFingerprint := make(map[string]*statefile.KPI, len(saved.KPIs))
	for i := range saved.KPIs {
		byFingerprint[saved.KPIs[i].Fingerprint] = &saved.KPIs[i]
	}
	for _, s := range c.states {
		from := byFingerprint[s.KPI.Fingerprint()]
		if from != nil && m.at(saved, databaseNames(databasesOf(s.KPI))) && s.restore(c.evaluator, from, now) {
			restored++
			c.show(s, now)
			c.queue.fix(s, now)
		}
	}
	m.mu.Lock()
	m.prune(now.wall, func(_ string, past bool) bool { return past })
	m.mu.Unlock()
	return restored
}

// load takes over the readings of an earlier process.
func (m *memory) load(saved *statefile.State, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fits := func(databases []string, read time.Time) bool {
		return !read.After(now.Add(maxAhead)) && m.at(saved, databases)
	}
	for _, r := range saved.Readings {
		if fits(r.Databases, r.Read) {
			m.put(readingKey{r.Fingerprint, r.At}, r, true)
		}
	}
	for _, t := range saved.Targets {
		if fits(t.Databases, t.Read) {
			m.targets[readingKey{t.Fingerprint, t.At}] = rememberedTargets{t, true}
		}
	}
}

// at reports whether databases are where they were when a state was saved.
func (m *memory) at(saved *statefile.State, databases []string) bool {
	return !slices.ContainsFunc(databases, func(name string) bool {
		return m.digests[name].text == "" || m.digests[name].text != saved.Databases[name]
	})
}

// restore puts the state of a KPI back to where it was, and reports whether anything is known now.
func (s *state) restore(e *Evaluator, from *statefile.KPI, now moment) bool {
	if from.Success.After(now.wall.Add(maxAhead)) || from.Scheduled.After(now.wall.Add(maxAhead)) {
		return false
	}
	good, found := e.restore(s.KPI, from)
	if !found && (!from.AsOf.IsZero() || from.Failure == "") {
		return false
	}
	s.succeeded(now.whenItWas(from.Success.Local()))
	s.DataUntil, s.Data = from.DataUntil, restoredData(s.KPI, from.Data)
	if found {
		s.Last, s.Good, s.successes = &good, &good, restoredSuccesses(s.KPI, from.Successes, now)
		s.setInterval(good.scheduledAsOf)
		s.expire(now)
	}
	if from.Failure != "" {
		s.Last = restoredFailure(s.KPI, from)
	} else if c := s.KPI.Cron; c != nil && s.Good != nil && !from.Scheduled.Before(lastFiring(*c, now.wall, s.KPI.Calendar.Location)) {
		s.next = c.Next(from.Scheduled, s.KPI.Calendar.Location) // No firing was missed.
	}
	s.checkData(now.wall)
	return true
}

// whenItWas returns the moment at which the clock on the wall told an instant that is past.
func (m moment) whenItWas(at time.Time) moment { return moment{at, m.ran - m.wall.Sub(at)} }

// restore computes a result again. It is false if something that it is computed from was not saved.
func (e *Evaluator) restore(k *config.KPI, from *statefile.KPI) (Result, bool) {
	if from.AsOf.IsZero() {
		return Result{}, false
	}
	pending, runs := e.runs([]Request{{KPI: k, AsOf: from.AsOf.Local(), KnownAt: from.Scheduled, waitForData: true, restoring: true}})
	ev := pending[0]
	if ev.absent {
		return Result{}, false
	}
	for _, r := range runs { // These are the rows of files, which need no database.
		r.execute(context.Background())
		for i := range r.consumers {
			ev.add(context.Background(), &r.consumers[i], 0)
		}
	}
	if len(runs) == 0 {
		ev.finish(context.Background())
	}
	r := ev.result
	r.scheduledAsOf, r.Duration, r.DataUntil, r.Data = from.Scheduled.Local(), from.Took, from.DataUntil, restoredData(k, from.Data)
	return r, r.Failure == nil
}

// restoredData returns how far the data reaches that a KPI waits for.
func restoredData(k *config.KPI, until map[string]time.Time) []Data {
	reach := dataReach{}
	for _, q := range freshnessQueries(k) {
		if t, known := until[q.name()]; known {
			reach[q.key()] = t
		}
	}
	return reach.of(k)
}

// restoredSuccesses returns when each database of a KPI last gave something, nil if all did at the same time.
func restoredSuccesses(k *config.KPI, saved map[string]time.Time, now moment) map[string]moment {
	if len(saved) == 0 || !standsAlone(k) {
		return nil
	}
	successes := map[string]moment{}
	for _, d := range k.Databases {
		if at, ok := saved[d.Name]; ok {
			successes[d.Name] = now.whenItWas(at.Local())
		}
	}
	return successes
}

// restoredFailure returns the result of an evaluation that failed, of which only the reasons are known.
func restoredFailure(k *config.KPI, from *statefile.KPI) *Result {
	r := &Result{KPI: k, AsOf: from.Scheduled.Local(), scheduledAsOf: from.Scheduled.Local(), Duration: from.Took}
	r.Failure = restoredReason(k, from.Failure)
	for _, d := range k.Databases {
		if reason, failed := from.Failures[d.Name]; failed {
			r.FailedDatabases = append(r.FailedDatabases, DatabaseFailure{d.Name, restoredReason(k, reason)})
		}
	}
	return r
}

func restoredReason(k *config.KPI, reason string) *Failure {
	if !slices.Contains(Reasons(), FailureReason(reason)) {
		reason = string(ReasonInternal)
	}
	return failf(FailureReason(reason), "kpi %q: it failed before the restart (%s); the log of that time says why", k.Name, reason)
}

// restoredReadout returns what the queries of a KPI gave. It is false for what cannot have been theirs.
func restoredReadout(k *config.KPI, saved *statefile.Reading) (readout, bool) {
	samples := make([]Sample, len(saved.Samples)) // Of its own for each caller, who judges them.
	seen := make(map[string]bool, len(samples))
	for i := range saved.Samples {
		from := &saved.Samples[i]
		key := labelKey(from.Labels)
		if len(from.Labels) != len(k.LabelNames()) || seen[key] {
			return readout{}, false
		}
		seen[key] = true
		samples[i] = restoredSample(from)
	}
	a := readout{kpi: k, readAt: saved.Read, samples: []fromDatabase{{samples: samples}}, whole: true, closed: saved.Past}
	if saved.Missing != "" {
		a.missing = restoredReason(k, saved.Missing)
	}
	return a, true
}

func restoredSample(from *statefile.Sample) Sample {
	s := Sample{Labels: from.Labels, IsQuotient: from.Quotient}
	if from.Withheld {
		s.Suppressed, s.Reason = true, status.SmallSample
		return s
	}
	s.Value, s.Numerator, s.Denominator, s.SampleSize = from.Value, from.Numerator, from.Denominator, from.Size
	s.setExact(fraction(from.Exact))
	return s
}

// fraction reads a number that was saved as a fraction, nil if it is none: big.Rat would also read numbers that take all memory.
func fraction(text string) *big.Rat {
	if text == "" || len(text) > maxExactBits || strings.Trim(text, "-/0123456789") != "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// restoredTargets returns the bounds that a query gave for a KPI. It is false for what cannot have been its.
func restoredTargets(k *config.KPI, saved []statefile.Target) ([]targetRow, bool) {
	rows := make([]targetRow, len(saved))
	for i, from := range saved {
		if len(from.Labels) != len(k.LabelNames()) {
			return nil, false
		}
		rows[i].labels = from.Labels
		for _, column := range targetColumns(k) {
			v, there := from.Bounds[column.name]
			if there && v == nil {
				unknown := math.NaN()
				v = &unknown
			}
			rows[i].bounds[column.line] = v
		}
	}
	return rows, true
}
