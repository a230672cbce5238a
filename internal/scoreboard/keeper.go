package scoreboard

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
)

const (
	lookEvery   = time.Second            // How often the keeper looks for something to read.
	publishEach = 500 * time.Millisecond // Many findings at once cost one publication.
	readAgain   = 24 * time.Hour         // After which the newest two periods, and what failed, are read again.
)

// Keeper reads what boards show beyond the latest values, in the background: the past of each KPI, the newest periods first, and why
// it changed. It reads by turns, in each of which the KPIs of one query read a few periods more. What it has read it keeps until
// the KPI's fingerprint changes; the newest two periods are read again once a day.
type Keeper struct {
	collector *collector.Collector
	logged    *failureLog
	kept      *kept
	any       *anyInstant // Nil: only what is kept is shown of the past.
	past      pastBoards
	findings  atomic.Pointer[findings]

	idle atomic.Bool // There was nothing to read when it last looked.

	boards sync.Mutex // Guards board.
	board  *Board     // The latest.

	// The rest belongs to the goroutine in Run.
	cfg       *config.Config
	reader    *insight.Reader
	groups    []*group
	found     map[string]*finding // By the names of KPIs.
	changed   bool                // Something is found that is not published.
	published time.Time
}

// findings are what is known of the past of all KPIs. They never change once they are published.
type findings struct {
	version uint64
	byName  map[string]*finding
}

// finding is what is known of the past of one KPI.
type finding struct {
	fingerprint string
	history     insight.History
	why         insight.Explanation
	lastYear    insight.Explanation
	unusual     []insight.Unusual
	effects     [][]insight.Effect // Of config.KPI.Decisions, in their order, planned ones among them.
}

// New returns a keeper for the KPIs of a collector. It reads nothing before Run.
func New(c *collector.Collector, logger *slog.Logger) *Keeper {
	k := &Keeper{collector: c, logged: newFailureLog(logger), kept: newKept(), found: map[string]*finding{}}
	k.findings.Store(&findings{})
	return k
}

// Run reads until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if k.round(ctx) { // There may be more to read.
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// round gives every group a turn and reports whether any of them read something.
func (k *Keeper) round(ctx context.Context) (did bool) {
	if snapshot := k.collector.Snapshot(); snapshot.Config != k.cfg {
		k.apply(snapshot.Config)
	}
	for _, g := range k.groups {
		snapshot := k.collector.Snapshot()
		if ctx.Err() != nil || snapshot.Config != k.cfg {
			break
		}
		if k.turn(ctx, snapshot, g) {
			did = true
		}
		k.publish(false)
	}
	k.publish(true)
	if !did {
		k.sweep()
	}
	k.idle.Store(!did && len(k.groups) > 0 && !slices.ContainsFunc(k.groups, func(g *group) bool { return g.wait > 0 }))
	return did && ctx.Err() == nil
}

// apply switches to another configuration. What was read for a KPI whose fingerprint is the same stays.
func (k *Keeper) apply(cfg *config.Config) {
	known := map[string]*member{}
	for _, g := range k.groups {
		for _, m := range g.members {
			known[m.kpi.Name] = m
		}
	}
	k.cfg, k.reader = cfg, insight.NewReader(cfg, k.kept)
	old := k.found
	k.found, k.changed = map[string]*finding{}, true
	k.kept.explained(-explanationBytes(k.groups))
	k.groups = nil
	if cfg.History == 0 {
		k.kept.retain(func(key) bool { return false })
		return
	}
	k.groups = groupsOf(cfg)
	for _, g := range k.groups {
		for i, m := range g.members {
			before := known[m.kpi.Name]
			if before == nil || before.kpi.Fingerprint() != m.kpi.Fingerprint() {
				continue
			}
			before.kpi, before.index = m.kpi, m.index
			before.at = time.Time{} // What it merges, and what else reads its query, may have changed: see again.
			g.members[i] = before
			k.found[m.kpi.Name] = old[m.kpi.Name]
		}
	}
	maps.DeleteFunc(k.found, func(_ string, f *finding) bool { return f == nil })
	k.kept.explained(explanationBytes(k.groups))
}

// publish makes public what has been found; now, or if the last time was long enough ago.
func (k *Keeper) publish(now bool) {
	if !k.changed || !now && time.Since(k.published) < publishEach {
		return
	}
	k.findings.Store(&findings{k.findings.Load().version + 1, maps.Clone(k.found)})
	k.changed, k.published = false, time.Now()
}

// sweep drops what no group has used in its last turn.
func (k *Keeper) sweep() {
	dirty := false
	for _, g := range k.groups {
		dirty = dirty || g.dirty
		g.dirty = false
	}
	if !dirty {
		return
	}
	used := map[key]bool{}
	for _, g := range k.groups {
		maps.Copy(used, g.keys)
	}
	k.kept.retain(func(at key) bool { return used[at] })
}
