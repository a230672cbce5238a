package insight

import (
	"context"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	atOnce   = 8     // How many periods of each KPI are read before looking whether a query failed.
	maxRound = 4_096 // How many evaluations of queries that takes of all KPIs, if there are more periods than one: they take memory meanwhile.
)

// HistoryRequest asks for the last N closed periods of a KPI up to an instant. MostHistory periods of its kind are worth reading.
type HistoryRequest struct {
	KPI  *config.KPI
	AsOf time.Time
	N    int
}

// History is the past of one KPI.
type History struct {
	KPI     *config.KPI
	Points  []Point            // One per closed period, each next to the one before; the oldest first.
	Stopped *collector.Failure // What failed in the period before the oldest; nil if nothing did.
}

// Point is what a KPI was in one closed period, judged by the target as it was then. There are many of them: it has only what is shown of
// a result.
type Point struct {
	AsOf     time.Time
	Window   period.Window
	Samples  []collector.Sample
	Withheld bool // One of the rows behind it is withheld, so nothing may be said about their total.
}

// Result returns a point as a result.
func (h *History) Result(p *Point) collector.Result {
	return collector.Result{KPI: h.KPI, AsOf: p.AsOf, Window: p.Window, Elapsed: 1, Samples: p.Samples}
}

// Histories reads the closed periods of KPIs, the newest first, all KPIs at once, so that those of one named query share runs.
// It stops reading a KPI where its data begins, and at the first period that fails. Periods that the data does not cover yet
// are left out. A KPI that gives the same number as of any instant has no history. After each round it calls progress, which
// may be nil, with how many periods were read of how many that are left to read at most.
func (r *Reader) Histories(ctx context.Context, requests []HistoryRequest, progress func(read, most int)) []History {
	histories := make([]History, len(requests))
	instants := make([][]time.Time, len(requests)) // Still to be read.
	read, most, evaluations := 0, 0, 0
	for i, q := range requests {
		k := q.KPI
		histories[i].KPI = k
		if k.HasPast() {
			instants[i] = k.Period.History(k.Settled(q.AsOf).Time, q.N, k.Calendar)
		}
		most += len(instants[i])
		evaluations += k.Evaluations()
	}
	perKPI := min(atOnce, max(1, maxRound/max(1, evaluations)))
	for read < most && ctx.Err() == nil {
		b := &batch{}
		var round []historyRead
		for i, q := range requests {
			n := min(perKPI, len(instants[i]))
			if ctx.Err() != nil {
				return histories
			}
			for _, at := range instants[i][:n] {
				request := collector.Request{KPI: q.KPI, AsOf: q.KPI.AsOf(config.Settled{Time: at}), KnownAt: q.AsOf}
				round = append(round, historyRead{i, b.add(request), len(instants[i]), r.guard(b, request)})
			}
			instants[i] = instants[i][n:]
		}
		read += len(round)
		b.run(ctx, r.evaluator)
		for _, one := range round {
			h := &histories[one.kpi]
			if h.Stopped != nil || !h.add(b, one) {
				most -= len(instants[one.kpi])
				instants[one.kpi] = nil
			}
		}
		if progress != nil {
			progress(read, most)
		}
	}
	for i := range histories {
		slices.Reverse(histories[i].Points)
	}
	return histories
}

// historyRead is one period of a KPI that is read.
type historyRead struct {
	kpi, at int
	most    int // How many periods of the KPI its round and those after it have.
	guard   guard
}

// add adds a period to the history, behind newer ones, and reports whether earlier ones may follow.
func (h *History) add(b *batch, read historyRead) bool {
	r := b.results[read.at]
	withheld, why := read.guard.withheld(b.results)
	if why == nil {
		why = r.Failure
	}
	switch {
	case why != nil:
		h.Stopped = why
		return false
	case r.BeforeData:
		return false
	case r.Incomplete || r.Clipped:
		return len(h.Points) == 0 // Only the newest can be.
	}
	if h.Points == nil {
		h.Points = make([]Point, 0, read.most)
	}
	h.Points = append(h.Points, Point{r.AsOf, r.Window, r.Kept().Samples, withheld})
	return true
}

// daysOfDecisions is how many days are worth reading to judge a decision: in weeks, up to four after it and the one that holds it;
// before it a stretch of twelve and one more for each of the other 18 that it is compared with; and a broken one at either end.
const daysOfDecisions = 7 * (4 + 1 + 12 + 18 + 2)

// MostHistory returns how many closed periods of a KPI are worth reading to judge the newest of them, and the decisions about it.
func MostHistory(k *config.KPI) int {
	most := k.Period.MostHistory()
	if p := k.Period; len(k.Decisions) > 0 && p.Kind == period.Last && p.Unit == period.Day && p.N == 1 {
		return max(most, daysOfDecisions)
	}
	return most
}
