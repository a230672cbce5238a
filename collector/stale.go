package collector

import (
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// So many KPIs that go stale have lines of their own, and then one a minute says how many more did: after a machine has slept, all do.
const (
	staleAtOnce = 10
	staleApart  = time.Minute
)

// staleness is that values of a KPI went stale: all of them, or those of databases.
type staleness struct {
	lastSuccess time.Time
	databases   []string
}

// staleLines limits the lines about KPIs that go stale.
type staleLines struct {
	lines *rate.Limiter
	more  map[string]bool // KPIs that had none, by name.
}

func newStaleLines() staleLines {
	return staleLines{rate.NewLimiter(rate.Every(staleApart), staleAtOnce), map[string]bool{}}
}

// logStale writes a line when a KPI has gone stale. For a database that is not reached there is one line for all its KPIs.
func (c *Collector) logStale(s *state, now moment) {
	for _, stale := range s.wentStale {
		if c.noteStale(s, stale.databases) {
			continue
		}
		if len(c.stale.more) > 0 || !c.stale.lines.AllowN(now.wall, 1) {
			c.stale.more[s.KPI.Name] = true
			continue
		}
		about := []any{"kpi", s.KPI.Name, "last_success", stale.lastSuccess}
		if len(stale.databases) > 0 {
			about = append(about, "databases", strings.Join(stale.databases, ", "))
		}
		c.logger.Warn("KPI went stale", about...)
	}
	s.wentStale = nil
}

// logMoreStale writes how many KPIs went stale without lines of their own.
func (c *Collector) logMoreStale(now moment) {
	if len(c.stale.more) > 0 && c.stale.lines.AllowN(now.wall, 1) {
		c.logger.Warn("More KPIs went stale", "kpis", len(c.stale.more))
		clear(c.stale.more)
	}
}
