package collector

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Snapshot is what is known about every KPI at one moment. It never changes.
type Snapshot struct {
	Version uint64 // Grows with every change.
	Config  *config.Config
	KPIs    []*KPIState // In the order of the configuration. One that is the same in two snapshots has not changed.
	Sources map[string]database.Source

	from    *generation
	changes uint64      // How many there had been.
	read    []*KPIState // What the states were made from.
	until   moment      // When the first of them no longer holds.
}

// Snapshot returns what is known now. It waits for nobody: what has gone stale is not in it, whatever holds up the evaluations.
func (c *Collector) Snapshot() *Snapshot {
	now := c.clock()
	if s := c.snapshot.Load(); s != nil && s.holds(c.changes.Load(), now) {
		return s
	}
	c.assembling.Lock()
	defer c.assembling.Unlock()
	old := c.snapshot.Load()
	changes := c.changes.Load() // It is read first: a change while the states are read is found by the next one.
	if old != nil && old.holds(changes, now) {
		return old
	}
	next := newSnapshot(c.current.Load(), old, now)
	next.changes = changes
	c.snapshot.Store(next)
	return next
}

// Version returns a number that grows whenever what Collect sends has changed.
func (c *Collector) Version() uint64 { return c.Snapshot().Version }

func (s *Snapshot) holds(changes uint64, now moment) bool {
	return s.changes == changes && !now.reached(s.until)
}

// newSnapshot returns the snapshot of a moment, which takes over from an old one what has not changed.
func newSnapshot(g *generation, old *Snapshot, now moment) *Snapshot {
	n := len(g.shown)
	s := &Snapshot{Config: g.config, Sources: g.evaluator.sources, KPIs: make([]*KPIState, n), from: g, read: make([]*KPIState, n), until: never()}
	if old != nil {
		s.Version = old.Version + 1
	}
	for i := range g.shown {
		read := g.shown[i].Load()
		shown := read
		if old != nil && old.from == g && old.read[i] == read {
			shown = old.KPIs[i]
		}
		if now.reached(shown.until) {
			shown = shown.at(now)
		}
		s.KPIs[i], s.read[i], s.until = shown, read, s.until.earlier(shown.until)
	}
	return s
}

// EvaluateInBackground evaluates KPIs of the snapshot's configuration as Evaluator.Evaluate does, without delaying what is
// scheduled: its queries run one at a time in each database, while none of the schedule waits for a connection. One that runs
// when such a query comes is interrupted; see Failure.Interrupted.
func (s *Snapshot) EvaluateInBackground(ctx context.Context, requests []Request) []Result {
	requests = slices.Clone(requests)
	for i := range requests {
		requests[i].background = true
	}
	return s.from.evaluator.Evaluate(ctx, requests)
}

// KPIState is what is known about one KPI.
type KPIState struct {
	KPI         *config.KPI
	Last        *Result   // The latest evaluation, nil before the first.
	Good        *Result   // The latest that succeeded, nil if none did or its samples went stale.
	LastSuccess time.Time // When the oldest part of what is shown was evaluated.
	DataUntil   time.Time // How far the data reached when that was last fetched, zero without data_until.
	Data        []Data    // The same for each of the data, and whether it is late.
	Attempts    []Attempt // The latest ones, the oldest first.
	Evaluations uint64
	Failures    map[FailureReason]uint64
	InvalidUTF8 uint64        // Label values that were read and are not UTF-8.
	Interval    time.Duration // Between two regular runs.
	StaleAfter  time.Duration

	config          *config.Config
	exposed         map[string]*exposedFamily // By name.
	freshnessFailed bool                      // The latest evaluation could not find out how far the data reaches.
	stale           bool                      // The last success is older than StaleAfter.
	success         moment                    // LastSuccess, by both clocks.
	taken           time.Time                 // Decisions whose date had come by then are in force.
	until           moment                    // From when on this no longer holds, if nothing is evaluated until then.

	// By database, where some of Good is from an earlier evaluation than the rest, or missing; nil where all is from one.
	successes map[string]moment
}

func newKPIState(k *config.KPI, cfg *config.Config, exposed map[string]*exposedFamily, now time.Time) KPIState {
	s := KPIState{KPI: k, config: cfg, exposed: exposed}
	if k.Cron != nil {
		now = lastFiring(*k.Cron, now, k.Calendar.Location)
	}
	s.setInterval(now)
	return s
}

// setInterval sets how long a success as of ran counts: a cron may have a weekend before it.
func (s *KPIState) setInterval(ran time.Time) {
	s.Interval = interval(s.KPI, ran)
	s.StaleAfter = staleAfter(s.KPI, s.Interval)
}

// succeeded notes when the oldest part of what is shown was evaluated.
func (s *KPIState) succeeded(at moment) {
	s.success, s.LastSuccess, s.stale = at, at.wall, false
}

// record records a result.
func (s *KPIState) record(r *Result, now moment) {
	if !r.DataUntil.IsZero() {
		s.DataUntil = r.DataUntil
	}
	if s.freshnessFailed = r.Data == nil && r.Failure != nil; r.Data != nil {
		s.Data = r.Data
	}
	if r.skipped { // Waiting for data is a success: the result is as good as can be, and as fresh as the look at how far the data reaches.
		s.successes = nil
		s.succeeded(now)
		s.setInterval(r.scheduledAsOf)
		if s.Last = s.Good; s.Good == nil {
			s.Last = r
		}
		return
	}
	s.Last = r
	s.Evaluations++
	s.remember(r, now.wall)
	s.InvalidUTF8 += r.invalid
	if r.Failure == nil {
		s.Good, s.successes = r, nil
		s.succeeded(now)
		s.setInterval(r.scheduledAsOf)
		return
	}
	if r.partly() {
		s.recordDatabases(r, now)
		s.setInterval(r.scheduledAsOf)
	}
	failures := maps.Clone(s.Failures) // Snapshots hold the old one.
	if failures == nil {
		failures = map[FailureReason]uint64{}
	}
	failures[r.Failure.Reason]++
	s.Failures = failures
}

// WaitsForData reports whether nothing was ever evaluated, since the data had not come yet when it was last looked for.
func (s *KPIState) WaitsForData() bool {
	return s.Good == nil && s.Last != nil && s.Last.skipped && !s.stale
}

// Up reports whether the latest evaluation succeeded, and still counts: it is not older than StaleAfter.
func (s *KPIState) Up() bool {
	return s.Last != nil && s.Last.Failure == nil && (s.Good != nil || s.WaitsForData())
}

// staleAt returns when the last success no longer counts, never if nothing depends on it.
func (s *KPIState) staleAt() moment {
	if s.Good == nil && !s.WaitsForData() {
		return never()
	}
	return s.success.add(s.StaleAfter)
}

// expire withdraws samples that have gone stale and reports whether it did, and of which databases where others may stay.
func (s *KPIState) expire(now moment) (databases []string, did bool) {
	switch {
	case !now.reached(s.staleAt()):
		return nil, false
	case s.successes != nil:
		return s.expireDatabases(now), true
	}
	s.Good, s.stale = nil, true
	return nil, true
}

// at returns the state as people see it at a moment, whether or not anybody has looked at it since something was due.
func (s *KPIState) at(now moment) *KPIState {
	next := *s
	next.checkData(now.wall)
	next.expire(now)
	next = next.shown()
	next.taken = now.wall
	next.until = next.staleAt().earlier(onWall(next.nextLate())).earlier(onWall(NextDecision(next.KPI, now.wall)))
	return &next
}
