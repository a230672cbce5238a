package collector

import (
	"maps"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// A database may come and go. So many of its outages have lines, and then one per outagesApart.
const (
	outagesAtOnce = 3
	outagesApart  = 5 * time.Minute
)

// outage is a time in which a database was not reached. Its KPIs have no lines of their own then.
type outage struct {
	source database.Source
	began  moment
	over   bool
	failed map[string]bool // KPIs, by name.
	stale  map[string]bool // The same of those that went stale.

	said      bool          // The log has the line of its beginning.
	lines     *rate.Limiter // Of such lines.
	saidStale bool          // The log says that KPIs go stale.
}

// noteUnreached notes that the connections of a database failed a KPI, and logs the first such failure.
func (c *Collector) noteUnreached(name string, s *state, now moment) {
	o := c.outages[name]
	if o == nil {
		o = &outage{over: true, lines: rate.NewLimiter(rate.Every(outagesApart), outagesAtOnce)}
		c.outages[name] = o
	}
	if o.over {
		o.began, o.over, o.said = now, false, false
		o.failed, o.stale = map[string]bool{}, map[string]bool{}
	}
	o.failed[s.KPI.Name] = true
	source := c.evaluator.sources[name]
	elsewhere := o.source != nil && o.source != source // The file names another address, say: it is worth a line that it does not help.
	o.source = source
	if !elsewhere && (o.said || !o.lines.AllowN(now.wall, 1)) {
		return
	}
	o.saidStale = o.said && o.saidStale
	o.said = true
	about := []any{"database", name, "kpis", len(c.readersOf(name)), "reason", ReasonConnect, "err", s.Last.Failure}
	if now.wall.Sub(o.began.wall) >= time.Second {
		about = append(about, "since", o.began.wall)
	}
	c.logger.Error("Connection to database failed: KPIs that fail with it are not logged one by one", about...)
}

// noteStale notes that a KPI has gone stale, of some of its databases if these are given. It is false if that is not because they were
// not reached.
func (c *Collector) noteStale(s *state, databases []string) bool {
	if s.Last == nil || s.Last.Failure == nil || len(s.Last.Failure.unreached) == 0 {
		return false
	}
	unreached := s.Last.Failure.unreached
	if slices.ContainsFunc(databases, func(name string) bool { return !slices.Contains(unreached, name) }) {
		return false
	}
	noted := false
	for _, name := range unreached {
		if o := c.outages[name]; o != nil && !o.over {
			o.stale[s.KPI.Name], noted = true, true
		}
	}
	return noted
}

// logOutages writes one line when KPIs begin to go stale in an outage, and one when the database answers again.
func (c *Collector) logOutages(now moment) {
	for _, name := range slices.Sorted(maps.Keys(c.outages)) {
		o := c.outages[name]
		if len(o.stale) > 0 && !o.saidStale {
			o.saidStale = true
			stale, fresh, last := c.countStale(name, o, now)
			about := []any{"database", name, "stale_kpis", stale, "fresh_kpis", fresh}
			if fresh > 0 {
				about = append(about, "all_stale_at", last)
			}
			c.logger.Warn("KPIs go stale because their database was not reached", about...)
		}
		if o.over || !c.evaluator.sources[name].Stats().Up {
			continue
		}
		o.over = true
		c.retry(name, o, now)
		if o.said {
			after := (now.ran - o.began.ran).Round(time.Millisecond)
			if after >= time.Second {
				after = after.Round(time.Second)
			}
			c.logger.Info("Database answers again", "database", name, "after", after, "failed_kpis", len(o.failed), "stale_kpis", len(o.stale))
		}
	}
}

// retry has the KPIs tried again soon that an outage failed, however long they were to wait. It does so once until they succeed: one may fail
// with its connection while its database answers others, and end the session of all by it.
func (c *Collector) retry(name string, o *outage, now moment) {
	for _, s := range c.readersOf(name) {
		if !o.failed[s.KPI.Name] || s.retriedSoon || s.running != nil || s.Last == nil || s.Last.Failure == nil || !slices.Contains(s.Last.Failure.unreached, name) {
			continue
		}
		if soon := ceilSecond(now.wall.Add(offset(s.KPI) % retrySpread)); soon.Before(s.next) {
			s.next, s.retriedSoon = soon, true
			c.queue.fix(s, now)
		}
	}
}

// countStale returns how many KPIs that read a database have gone stale in an outage, how many others have values, and when the last of
// these goes stale if none is evaluated until then.
func (c *Collector) countStale(name string, o *outage, now moment) (stale, fresh int, last time.Time) {
	for _, s := range c.readersOf(name) {
		switch {
		case o.stale[s.KPI.Name] || len(s.wentStale) > 0:
			stale++
		case s.Good != nil:
			fresh++
			if at := now.wall.Add(now.until(s.staleAt())); at.After(last) {
				last = at
			}
		}
	}
	return stale, fresh, last
}

// readersOf returns the KPIs that read a database.
func (c *Collector) readersOf(name string) []*state {
	var readers []*state
	for _, s := range c.states {
		if slices.ContainsFunc(databasesOf(s.KPI), func(d *config.Database) bool { return d.Name == name }) {
			readers = append(readers, s)
		}
	}
	return readers
}

// forgetOutages forgets the databases that no KPI reads after a reload: nobody will know when they answer.
func (c *Collector) forgetOutages() {
	maps.DeleteFunc(c.outages, func(name string, _ *outage) bool { return len(c.readersOf(name)) == 0 })
}
