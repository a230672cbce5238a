package scoreboard

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// anyBytes is what results may take that are kept since they were asked for.
const anyBytes = 4 << 20

// maxWaiting is how many instants wait to be evaluated, besides the one that is being evaluated.
const maxWaiting = 20

// ErrTooMany means that too many instants wait to be evaluated already.
var ErrTooMany = errors.New("too many instants wait to be evaluated")

// anyInstant evaluates the instants that are asked for, one board at a time.
type anyInstant struct {
	turn    chan struct{}
	waiting atomic.Int64
	kept    *kept
}

// AllowAnyInstant has BoardAt evaluate what is not kept. It is called before anything else.
func (k *Keeper) AllowAnyInstant() {
	k.any = &anyInstant{turn: make(chan struct{}, 1), kept: newKept()}
}

// take waits for the turn to evaluate an instant.
func (a *anyInstant) take(ctx context.Context) error {
	select {
	case a.turn <- struct{}{}:
		return nil
	default:
	}
	defer a.waiting.Add(-1)
	if a.waiting.Add(1) > maxWaiting {
		return ErrTooMany
	}
	select {
	case a.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// BoardAt returns the board of an earlier instant, each KPI as of the period that was last complete then. It shows what is kept, and
// evaluates nothing unless AllowAnyInstant was called: then in the background, for one board at a time. All who ask for the same instant
// get the same board, which is kept for a while. Its error is ErrTooMany, or that of ctx.
func (k *Keeper) BoardAt(ctx context.Context, asOf time.Time) (*Board, error) {
	snapshot, found := k.collector.Snapshot(), k.findings.Load()
	return k.past.get(ctx, snapshot.Config, found, asOf, func(ctx context.Context) (*Board, error) {
		return k.boardAt(ctx, snapshot, found, asOf)
	})
}

func (k *Keeper) boardAt(ctx context.Context, snapshot *collector.Snapshot, found *findings, asOf time.Time) (*Board, error) {
	cfg := snapshot.Config
	b := &Board{
		Version: strconv.FormatUint(found.version, 10) + "@" + strconv.FormatInt(asOf.UnixNano(), 10),
		Config:  cfg, AsOf: asOf.In(cfg.Calendar.Location), Past: true, KPIs: make([]KPI, len(cfg.KPIs)), reader: insight.NewReader(cfg, k.kept),
	}
	findings := make([]*finding, len(cfg.KPIs))
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, kpi := range cfg.KPIs {
		if f := found.byName[kpi.Name]; f != nil && f.fingerprint == kpi.Fingerprint() {
			findings[i] = f
		}
		requests[i] = collector.Request{KPI: kpi, AsOf: k.keptAt(kpi, findings[i], asOf)}
	}
	results, err := k.values(ctx, b.reader, snapshot, requests)
	if err != nil {
		return nil, err
	}
	k.past.assembling.Lock()
	defer k.past.assembling.Unlock()
	if ctx.Err() != nil { // Nobody waits for it any longer.
		return nil, ctx.Err()
	}
	why := make([]insight.Request, 0, 2*len(cfg.KPIs))
	for _, q := range requests {
		why = append(why, insight.Request{KPI: q.KPI, AsOf: q.AsOf}, insight.Request{KPI: q.KPI, AsOf: q.AsOf, LastYear: true})
	}
	explanations := b.reader.Explain(ctx, why)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for i := range results {
		forgetForecast(&results[i])
	}
	for i, kpi := range cfg.KPIs {
		e := KPI{
			Surveyed: insight.Surveyed{KPI: kpi, Now: results[i], Drawn: cfg.History, History: insight.History{KPI: kpi}},
			State:    Current, past: true,
		}
		switch r := &results[i]; {
		case isNotKept(*r):
			e.State = NotKept
		case r.Failure != nil:
			e.State = Failing
		}
		if f := findings[i]; f != nil {
			e.addUntil(f, requests[i].AsOf, explanations[2*i], explanations[2*i+1])
		} else {
			e.Unread = unread(kpi, cfg)
		}
		e.HidePast()
		e.LastKnown = e.lastKnown()
		b.KPIs[i] = e
	}
	if k.any != nil && slices.ContainsFunc(b.KPIs, func(e KPI) bool { return e.State == Failing || e.Now.Incomplete }) {
		b.Version = ""
	}
	return b, nil
}

func isNotKept(r collector.Result) bool {
	return r.Failure != nil && r.Failure.Reason == ReasonNotKept
}

// keptAt returns the instant of which a KPI is shown as of another: the one that stands for it. Of a period to date it is the last
// midnight where no more is kept, and of one that ended before those that are kept, its end.
func (k *Keeper) keptAt(kpi *config.KPI, f *finding, asOf time.Time) time.Time {
	at := anchor(kpi, asOf)
	if kpi.Period.Kind != period.ToDate {
		return at
	}
	if k.any != nil {
		return asOf
	}
	midnight := kpi.AsOf(config.Settled{Time: kpi.Calendar.Midnights(kpi.Settled(asOf).Time, 1)[0]})
	for _, t := range []time.Time{at, midnight} {
		if _, _, ok := k.kept.get(kpi, t); ok {
			return t
		}
	}
	if f == nil {
		return at
	}
	if n := pointsUntil(f, asOf); n > 0 {
		return f.history.Points[n-1].AsOf
	}
	return at
}

// pointsUntil returns how many points of a history are as of an instant or earlier.
func pointsUntil(f *finding, asOf time.Time) int {
	points := f.history.Points
	n := len(points)
	for n > 0 && points[n-1].AsOf.After(asOf) {
		n--
	}
	return n
}

// addUntil adds what is known of the past up to an instant.
func (e *KPI) addUntil(f *finding, asOf time.Time, why, lastYear insight.Explanation) {
	points, n := f.history.Points, pointsUntil(f, asOf)
	e.History.Points = slices.Clip(points[:n])
	if known(&why) || known(&lastYear) {
		e.Why, e.LastYear, e.Explained = orNotKept(why), orNotKept(lastYear), true
	}
	if n > 0 && (points[n-1].AsOf.Equal(asOf) || e.Surveyed.KPI.Period.Kind == period.ToDate) {
		e.Unusual = e.History.Unusual()
	}
	k := e.Surveyed.KPI
	for _, d := range k.Decisions {
		if from := d.From(k.Calendar.Location); !from.After(asOf) {
			e.Decisions = append(e.Decisions, Decided{d, e.History.After(from)})
		}
	}
}

// known reports whether an explanation says something: what it needs is kept, or at least the values that it compares.
func known(x *insight.Explanation) bool { return x.Delta != nil || !lacks(x) }

// lacks reports whether something that an explanation needs is not kept.
func lacks(x *insight.Explanation) bool {
	return x.Reason == insight.Failed && x.Failure != nil && x.Failure.Reason == ReasonNotKept
}

// orNotKept returns an explanation that says so where something that it needs is not kept.
func orNotKept(x insight.Explanation) insight.Explanation {
	if lacks(&x) {
		x.Reason = insight.NotKept
	}
	return x
}

// forgetForecast takes out where a period to date will end if it has ended.
func forgetForecast(r *collector.Result) {
	if r.KPI.Period.Kind != period.ToDate || !r.KPI.Period.Ended(r.Window, r.KPI.Calendar) {
		return
	}
	r.Samples = slices.Clone(r.Samples)
	for i := range r.Samples {
		more := r.Samples[i].Details()
		more.Forecast, more.ForecastLow, more.ForecastHigh, more.PaceMethod = nil, nil, nil, ""
		r.Samples[i].SetDetails(more)
	}
}

// values returns results of the past, and evaluates those that are not kept if that is allowed.
func (k *Keeper) values(ctx context.Context, reader *insight.Reader, snapshot *collector.Snapshot, requests []collector.Request) ([]collector.Result, error) {
	a := k.any
	if a == nil {
		return reader.Values(ctx, requests), nil
	}
	r := &reading{room: &room{kept: a.kept, common: anyBytes, most: anyBytes, used: map[key]bool{}}, also: k.kept, logged: k.logged, like: map[string][]collector.Sample{}}
	if results := reader.With(r).Values(ctx, requests); !slices.ContainsFunc(results, isNotKept) {
		return results, nil
	}
	if err := a.take(ctx); err != nil {
		return nil, err
	}
	defer func() { <-a.turn }()
	if a.kept.all() > anyBytes/2 {
		a.kept.retain(func(key) bool { return false })
	}
	r.snapshot = snapshot
	results := reader.With(r).Values(ctx, requests)
	return results, ctx.Err()
}
