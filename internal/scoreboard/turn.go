package scoreboard

import (
	"context"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

const (
	perTurn  = 8      // How many periods of a KPI are read in one turn; fewer if those of one KPI have more rows than
	mostRows = 2_000  // this, so that the room is for the newest periods of all,
	allRows  = 40_000 // or those of the group more than this, since they take memory meanwhile.

	firstRetry = time.Second
	lastRetry  = 5 * time.Minute

	midnights = 31 // Of how many days the values to date at midnight are kept.
)

// group is KPIs that read the same query, so that their periods share its runs.
type group struct {
	members []*member
	keys    map[key]bool // What its last whole turn used.
	dirty   bool         // That may be less than what was used before.
	retryAt time.Time    // After a turn that was interrupted, or found no database.
	wait    time.Duration
}

// member is one KPI with how far its past was read.
type member struct {
	kpi       *config.KPI
	index     int       // Where the KPI stands in its configuration.
	at        time.Time // As of when its newest period, and its changes, were read; zero: read again.
	want      int       // How many periods were asked for.
	ended     bool      // There are no earlier ones, or they are not to be had.
	capped    bool      // There may be earlier ones, but there is no room for them.
	explained int       // How many bytes the explanations take that were found.
	checked   time.Time // The as-of of the result that was last compared with what is kept.
	refreshed time.Time // When the newest two were read, or read again.
}

// groupsOf returns the KPIs of a configuration by the queries that they read. The groups are in the order of the file.
func groupsOf(cfg *config.Config) []*group {
	var groups []*group
	of := map[*config.Query]*group{}
	for i, k := range cfg.KPIs {
		var g *group
		for _, read := range k.Reads() {
			if read.Query.Name != "" && of[read.Query] != nil {
				g = of[read.Query]
				break
			}
		}
		if g == nil {
			g = &group{}
			groups = append(groups, g)
		}
		g.members = append(g.members, &member{kpi: k, index: i})
		for _, read := range k.Reads() {
			if of[read.Query] == nil {
				of[read.Query] = g
			}
		}
	}
	return groups
}

// plan is what a turn reads of a member.
type plan struct {
	*member
	latest *collector.Result // Its last good result, nil without one.
	at     time.Time
	want   int
	again  bool // The newest two periods are read again.
}

// turn reads what is due of a group, and of each member a few periods more than before. It reports whether anything was due.
func (k *Keeper) turn(ctx context.Context, snapshot *collector.Snapshot, g *group) bool {
	now := time.Now()
	if now.Before(g.retryAt) {
		return false
	}
	var plans []plan
	due, more := false, g.periods(snapshot)
	for _, m := range g.members {
		if p, isDue, ok := k.plan(snapshot, g, m, more, now); ok {
			plans, due = append(plans, p), due || isDue
		}
	}
	if !due {
		return false
	}
	r := &reading{room: roomFor(k.kept, g), snapshot: snapshot, known: now, logged: k.logged, like: map[string][]collector.Sample{}}
	for _, p := range plans {
		if p.latest != nil {
			r.like[p.kpi.Fingerprint()] = p.latest.Samples
		}
	}
	found := k.read(ctx, r, plans)
	switch {
	case ctx.Err() != nil:
		return false
	case r.unsettled:
		g.wait = min(max(2*g.wait, firstRetry), lastRetry)
		g.retryAt = now.Add(g.wait)
		return true
	}
	g.wait, g.dirty, g.keys = 0, true, r.used
	for i, p := range plans {
		k.settle(p, found[i], r.full, now)
	}
	return true
}

// periods returns how many periods more of each KPI are read in a turn.
func (g *group) periods(snapshot *collector.Snapshot) int {
	most, all := 1, 1
	for _, m := range g.members {
		if good := snapshot.KPIs[m.index].Good; good != nil {
			most, all = max(most, len(good.Samples)), all+len(good.Samples)
		}
	}
	return max(1, min(perTurn, mostRows/most, allRows/all))
}

// plan says what is to be read of a member, more periods than before if there may be more, and whether any of it is due. It is false before the
// first evaluation.
func (k *Keeper) plan(snapshot *collector.Snapshot, g *group, m *member, more int, now time.Time) (p plan, due, ok bool) {
	state := snapshot.KPIs[m.index]
	if state.Last == nil || !m.kpi.HasPast() {
		return p, false, false
	}
	p = plan{member: m, latest: state.Good, want: m.want}
	asOf := now
	if m.kpi.Period.Kind == period.Last && state.Good != nil { // A newer period may still wait for its data.
		asOf = state.Good.AsOf
	}
	p.at = anchor(m.kpi, asOf)
	if !p.at.Equal(m.at) {
		due = true
		if !m.at.IsZero() && !m.capped {
			p.want = min(m.want+1, insight.MostHistory(m.kpi))
		}
	}
	if now.Sub(m.refreshed) >= readAgain {
		due, p.again = true, !m.refreshed.IsZero()
		m.ended = false
	}
	if !m.ended && !m.capped && p.want < insight.MostHistory(m.kpi) {
		due = true
		p.want = min(p.want+more, insight.MostHistory(m.kpi))
	}
	if k.differs(p) {
		due = true
		k.forgetNewest(g, m.kpi, p.at, 1)
	}
	if p.again {
		k.forgetNewest(g, m.kpi, p.at, 2)
		k.kept.drop(g.keys, func(_ key, e *entry) bool { return e.failure != "" && now.Sub(e.readAt) >= readAgain })
	}
	return p, due, true
}

// anchor returns the instant of a KPI that stands for another: see period.Period.Anchor.
func anchor(k *config.KPI, asOf time.Time) time.Time {
	return k.AsOf(config.Settled{Time: k.Period.Anchor(k.Settled(asOf).Time, k.Calendar)})
}

// differs reports whether a new result of the newest period has other values than what is kept of it, as it has after late rows.
func (k *Keeper) differs(p plan) bool {
	if p.latest == nil || p.kpi.Period.Kind != period.Last || p.latest.AsOf.Equal(p.checked) {
		return false
	}
	p.checked = p.latest.AsOf
	old, _, ok := k.kept.get(p.kpi, p.at)
	if !ok || old.Window != p.latest.Window {
		return false
	}
	return !slices.EqualFunc(old.Samples, p.latest.Samples, func(a, b collector.Sample) bool {
		return slices.Equal(a.Labels, b.Labels) && same(a.Value, b.Value)
	})
}

func same(a, b *float64) bool {
	return a == nil && b == nil || a != nil && b != nil && status.Equal(*a, *b)
}

// forgetNewest drops what was read of a group as of the n newest periods of a KPI, also what explains them.
func (k *Keeper) forgetNewest(g *group, kpi *config.KPI, at time.Time, n int) {
	instants := map[int64]bool{at.UnixNano(): true}
	snapshot := k.collector.Snapshot()
	snapshot.Forget(kpi, at)
	for _, t := range kpi.Period.History(kpi.Settled(at).Time, n, kpi.Calendar) {
		asOf := kpi.AsOf(config.Settled{Time: t})
		instants[asOf.UnixNano()] = true
		snapshot.Forget(kpi, asOf)
	}
	k.kept.drop(g.keys, func(at key, _ *entry) bool { return instants[at.asOf] })
}

// read reads what is planned, and returns what was found for each plan.
func (k *Keeper) read(ctx context.Context, r *reading, plans []plan) []finding {
	reader := k.reader.With(r)
	var (
		values    []collector.Request
		histories []insight.HistoryRequest
		why       []insight.Request
	)
	for _, p := range plans {
		for _, at := range k.instants(p) {
			values = append(values, collector.Request{KPI: p.kpi, AsOf: at})
		}
		histories = append(histories, insight.HistoryRequest{KPI: p.kpi, AsOf: p.at, N: p.want})
		why = append(why, insight.Request{KPI: p.kpi, AsOf: p.at}, insight.Request{KPI: p.kpi, AsOf: p.at, LastYear: true})
	}
	reader.Values(ctx, values)
	explanations := reader.Explain(ctx, why)
	for i, p := range plans { // Before the past takes all the room.
		k.makeRoom(r, p.member, explanations[2*i:2*i+2])
	}
	past := reader.Histories(ctx, histories, nil)
	found := make([]finding, len(plans))
	for i, p := range plans {
		if ctx.Err() != nil {
			return found // Nobody looks at it.
		}
		found[i] = finding{
			fingerprint: p.kpi.Fingerprint(), history: past[i],
			why: explanations[2*i], lastYear: explanations[2*i+1], unusual: past[i].Unusual(),
		}
	}
	return found
}

// makeRoom finds room for the explanations of a member, and has those forget what they say for which there is none.
func (k *Keeper) makeRoom(r *reading, m *member, explanations []insight.Explanation) {
	before := m.explained
	r.has -= before
	m.explained = 0
	k.kept.explained(-before)
	for i := range explanations {
		x := &explanations[i]
		*x = orNotKept(*x)
		n := x.Bytes()
		if !r.take(n) {
			x.Forget()
			continue
		}
		m.explained += n
		k.kept.explained(n)
	}
}

// instants returns as of when a KPI is read beside its history: now, and when reports look back to if the history leaves that out. A
// running period stands in no comparison of a report; its values as of the last midnights are for pages of the past.
func (k *Keeper) instants(p plan) []time.Time {
	kpi, at := p.kpi, p.at
	list := []time.Time{at}
	if kpi.Period.Kind == period.ToDate {
		for _, midnight := range kpi.Calendar.Midnights(kpi.Settled(at).Time, min(p.want, midnights)) {
			list = append(list, kpi.AsOf(config.Settled{Time: midnight}))
		}
	}
	if several := kpi.Period.Kind == period.Last && kpi.Period.N > 1; several || movesWithTime(kpi) {
		for _, unit := range []period.Unit{period.Day, period.Week, period.Month, period.Quarter} {
			list = append(list, anchor(kpi, report.Before(at, unit, k.cfg.Calendar)))
		}
	}
	return list
}

// settle records what a turn found of a member, and whether there was room for all of its group.
func (k *Keeper) settle(p plan, f finding, full bool, now time.Time) {
	m := p.member
	switch {
	case p.again:
		m.refreshed = now
	case m.refreshed.IsZero():
		m.refreshed = k.kept.newestRead(m.kpi, p.at, now)
	}
	m.at, m.want = p.at, p.want
	instants := m.kpi.Period.History(m.kpi.Settled(p.at).Time, p.want, m.kpi.Calendar)
	points := f.history.Points
	switch m.capped = full; {
	case full && stoppedForRoom(&f.history):
		m.want = len(points)
	case len(instants) > 0 && (len(points) == 0 || !m.kpi.Settled(points[0].AsOf).Equal(instants[len(instants)-1])):
		m.ended = true
	}
	for _, d := range m.kpi.Decisions {
		f.effects = append(f.effects, f.history.After(d.From(m.kpi.Calendar.Location)))
	}
	k.found[m.kpi.Name], k.changed = &f, true
}

// explanationBytes returns how many bytes the explanations of groups take.
func explanationBytes(groups []*group) (n int) {
	for _, g := range groups {
		for _, m := range g.members {
			n += m.explained
		}
	}
	return n
}

// stoppedForRoom reports whether nothing is kept of the period before the oldest of a history.
func stoppedForRoom(h *insight.History) bool {
	return h.Stopped != nil && h.Stopped.Reason == ReasonNotKept
}
