package scoreboard

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// Board returns what there is to show now. It evaluates nothing, and costs little while nothing has changed.
func (k *Keeper) Board() *Board {
	snapshot, found := k.collector.Snapshot(), k.findings.Load()
	version := strconv.FormatUint(snapshot.Version, 10) + "." + strconv.FormatUint(found.version, 10)
	k.boards.Lock()
	defer k.boards.Unlock()
	if k.board == nil || k.board.Version != version {
		k.board = k.assemble(snapshot, found, version, time.Now().Truncate(time.Second).In(snapshot.Config.Calendar.Location))
	}
	return k.board
}

func (k *Keeper) assemble(snapshot *collector.Snapshot, found *findings, version string, now time.Time) *Board {
	cfg := snapshot.Config
	b := &Board{Version: version, Config: cfg, AsOf: now, KPIs: make([]KPI, len(cfg.KPIs)), reader: insight.NewReader(cfg, k.kept)}
	live := &live{kept: k.kept, now: now, states: make(map[string]*collector.KPIState, len(cfg.KPIs))}
	requests := make([]collector.Request, len(cfg.KPIs))
	for i := range snapshot.KPIs {
		s := snapshot.KPIs[i]
		live.states[s.KPI.Fingerprint()] = s
		requests[i] = collector.Request{KPI: s.KPI, AsOf: now}
	}
	results := b.reader.With(live).Values(context.Background(), requests)
	for i := range snapshot.KPIs {
		s := snapshot.KPIs[i]
		e := KPI{
			Surveyed: insight.Surveyed{KPI: s.KPI, Now: results[i], Drawn: cfg.History, History: insight.History{KPI: s.KPI}},
			State:    stateOf(s), Attempts: s.Attempts, Evaluated: s.LastSuccess, DataUntil: s.DataUntil,
		}
		if f := found.byName[s.KPI.Name]; f != nil && f.fingerprint == s.KPI.Fingerprint() {
			e.add(f)
		} else {
			e.Unread = unread(s.KPI, cfg)
		}
		e.HidePast()
		e.decide(now, found.byName[s.KPI.Name])
		e.LastKnown = e.lastKnown()
		b.KPIs[i] = e
	}
	return b
}

// add adds what is known of the past.
func (e *KPI) add(f *finding) {
	e.History, e.Why, e.LastYear, e.Explained, e.Unusual = f.history, f.why, f.lastYear, true, f.unusual
}

// decide adds the decisions that were made by then.
func (e *KPI) decide(now time.Time, f *finding) {
	k := e.Surveyed.KPI
	for i, d := range k.Decisions {
		if d.From(k.Calendar.Location).After(now) {
			continue
		}
		decided := Decided{Decision: d}
		if e.Explained && len(f.effects) == len(k.Decisions) { // They may be new.
			decided.Effects = f.effects[i]
		}
		e.Decisions = append(e.Decisions, decided)
	}
}

func stateOf(s *collector.KPIState) State {
	switch {
	case s.Last == nil:
		return Waiting
	case s.Last.Failure != nil:
		return Failing
	case s.WaitsForData():
		return Waiting
	case s.Good == nil:
		return Stale
	}
	return Current
}

// latest returns the latest result of a KPI: the last good samples while they are fresh, and what failed since.
func latest(s *collector.KPIState, asOf time.Time) collector.Result {
	if s.Last == nil {
		return collector.Result{KPI: s.KPI, AsOf: asOf, Window: windowOf(s.KPI, asOf)}
	}
	r := *s.Last
	switch {
	case s.Good != nil:
		r = *s.Good
	case r.Failure == nil:
		r = r.Stale()
	}
	if f := s.Last.Failure; f != nil {
		r.FailedDatabases = s.Last.FailedDatabases
		r.Failure = &collector.Failure{Reason: f.Reason, Err: fmt.Errorf("kpi %q: the last evaluation failed; see the log", s.KPI.Name)}
	}
	return r.Kept()
}

func windowOf(k *config.KPI, asOf time.Time) period.Window {
	return k.Period.Window(k.Settled(asOf).Time, k.Calendar)
}

// live evaluates KPIs as of now by what the collector knows, and else by what is kept. It implements insight.Evaluator.
type live struct {
	kept   *kept
	now    time.Time
	states map[string]*collector.KPIState // By the fingerprints of KPIs.
}

// Evaluate returns one result per request, in their order.
func (l *live) Evaluate(_ context.Context, requests []collector.Request) []collector.Result {
	results := make([]collector.Result, len(requests))
	for i, q := range requests {
		results[i] = l.evaluate(q)
	}
	return results
}

func (l *live) evaluate(q collector.Request) collector.Result {
	if s := l.states[q.KPI.Fingerprint()]; s != nil && q.AsOf.Equal(l.now) {
		r := latest(s, q.AsOf)
		switch {
		case q.KPI == s.KPI:
		case s.Good != nil:
			r.Failure = nil // Whoever looks whether a part is withheld sees the part that is shown.
		case s.Last == nil:
			r.Failure = failure(q.KPI, ReasonNotKept)
		}
		return r
	}
	if r, _, ok := l.kept.get(q.KPI, q.AsOf); ok {
		return r
	}
	if r, _, ok := l.kept.get(q.KPI, anchor(q.KPI, q.AsOf)); ok {
		return r
	}
	return notKept(q)
}

// lastKnown returns the newest result that has a value.
func (e *KPI) lastKnown() *collector.Result {
	has := func(r *collector.Result) bool {
		return slices.ContainsFunc(r.Samples, func(s collector.Sample) bool { return s.Value != nil })
	}
	if has(&e.Now) {
		return &e.Now
	}
	for i := len(e.History.Points) - 1; i >= 0; i-- {
		if r := e.History.Result(&e.History.Points[i]); has(&r) {
			return &r
		}
	}
	return nil
}

// Survey returns what a report of the board is made from, that looks back by one of a unit. It evaluates nothing: what is not kept of
// the earlier instant has a failure for the reason ReasonNotKept. Instant and trailing KPIs are compared as of two midnights, since
// their values move with the time of day.
func (b *Board) Survey(unit period.Unit) insight.Survey {
	s := insight.Survey{AsOf: b.AsOf, Before: report.Before(b.AsOf, unit, b.Config.Calendar), KPIs: make([]insight.Surveyed, len(b.KPIs))}
	requests := make([]collector.Request, 0, 2*len(b.KPIs))
	for i := range b.KPIs {
		k := b.KPIs[i].Surveyed.KPI
		requests = append(requests, collector.Request{KPI: k, AsOf: anchor(k, s.Before)}, collector.Request{KPI: k, AsOf: anchor(k, b.AsOf)})
	}
	results := b.reader.Values(context.Background(), requests)
	for i := range b.KPIs {
		one := b.KPIs[i].Surveyed
		one.Before = results[2*i]
		if at := results[2*i+1]; !b.Past && movesWithTime(one.KPI) {
			if b.KPIs[i].State == Current && at.Failure == nil {
				one.Now = at
			} else {
				one.Before = notKept(requests[2*i])
			}
		}
		one.HidePast()
		s.KPIs[i] = one
	}
	return s
}

// movesWithTime reports whether the value of a KPI depends on the time of day.
func movesWithTime(k *config.KPI) bool {
	return k.Period.Kind == period.Instant || k.Period.Kind == period.Trailing
}
