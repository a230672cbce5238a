package collector

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// log writes one line when a KPI begins to fail, fails differently or recovers; the repetitions are for debugging. Of a database that
// is not reached there is one line for all its KPIs.
func (c *Collector) log(s *state, r Result, now moment) {
	f := r.Failure
	switch {
	case f != nil && len(f.unreached) > 0:
		c.logger.Debug("KPI waits for its database", "kpi", s.KPI.Name, "reason", f.Reason, "err", f, "next_try", s.next)
		for _, name := range f.unreached {
			c.noteUnreached(name, s, now)
		}
	case f == nil && s.logged != "":
		s.logged = ""
		c.logger.Info("KPI evaluation succeeds again", "kpi", s.KPI.Name)
	case r.skipped:
		c.logger.Debug("KPI waits for data", "kpi", s.KPI.Name, "as_of", r.scheduledAsOf, "data_until", r.DataUntil)
	case f == nil:
		c.logger.Debug("KPI evaluated", "kpi", s.KPI.Name, "as_of", r.AsOf, "samples", len(r.Samples), "duration", r.Duration)
	case s.logged == r.failing():
		c.logger.Debug("KPI still fails", "kpi", s.KPI.Name, "reason", f.Reason, "err", f, "next_try", s.next)
	default:
		s.logged = r.failing()
		c.logger.Error("KPI evaluation failed", "kpi", s.KPI.Name, "reason", f.Reason, "err", f, "next_try", s.next)
	}
}

// logMissing writes one line when earlier values begin to be missing, are missing for another reason, or are there again.
func (c *Collector) logMissing(s *state, r Result) {
	switch {
	case r.Failure != nil || r.skipped: // Nothing is known about them.
	case r.Missing == nil && s.missing != "":
		s.missing = ""
		c.logger.Info("Earlier values are available again", "kpi", s.KPI.Name)
	case r.Missing != nil && r.Missing.Reason != s.missing:
		s.missing = r.Missing.Reason
		c.logger.Warn("Earlier values are unavailable: bounds and comparisons that need them are unknown", "kpi", s.KPI.Name, "reason", r.Missing.Reason, "err", r.Missing)
	}
}

// logParts writes one line when parts of values begin to be missing, and one when all are there again.
func (c *Collector) logParts(s *state, r Result) {
	if r.Failure != nil || r.skipped {
		return
	}
	parts, news := map[string]bool{}, []string{}
	for i := range r.Samples {
		sample := &r.Samples[i]
		text := sample.Details().Missing
		if text == "" {
			continue
		}
		if labels := describeLabels(r.KPI.LabelNames(), sample.Labels); labels != "" {
			text = labels + ": " + text
		}
		if parts[text] = true; !s.missingParts[text] {
			news = append(news, text)
		}
	}
	switch {
	case len(news) > maxNamedParts:
		news = append(news[:maxNamedParts], fmt.Sprintf("%d more", len(news)-maxNamedParts))
		fallthrough
	case len(news) > 0:
		c.logger.Warn("KPI has no value where a part is missing", "kpi", s.KPI.Name, "missing", strings.Join(news, "; "))
	case len(parts) == 0 && len(s.missingParts) > 0:
		c.logger.Info("KPI has all its parts again", "kpi", s.KPI.Name)
	}
	s.missingParts = parts
}

// logExtra writes one line when a query returns columns that no KPI reads, however many KPIs share it.
func (c *Collector) logExtra(r Result) {
	for _, e := range r.Extra {
		columns := strings.Join(e.Columns, ", ")
		if c.cfg.Off(lint.UnusedColumn) || c.extra[e.Query.Name] == columns {
			continue
		}
		c.extra[e.Query.Name] = columns
		c.logger.Warn("Query has columns that no KPI reads", "query", e.Query.Name, "columns", columns)
	}
}

// lateData is what is known about data that is late.
type lateData struct {
	kpis    map[string]int  // How many wait for it, by name.
	logged  map[string]bool // As last logged.
	changed bool            // There may be something to log.
}

// note counts a KPI about which something has changed.
func (l *lateData) note(s *state) {
	var names []string
	for _, d := range s.Data {
		if d.Late {
			names = append(names, d.Name)
		}
	}
	if slices.Equal(names, s.late) {
		return
	}
	for _, name := range s.late {
		l.kpis[name]--
	}
	for _, name := range names {
		l.kpis[name]++
	}
	s.late, l.changed = names, true
}

// count counts all KPIs, those of a new configuration.
func (l *lateData) count(states []*state) {
	clear(l.kpis)
	for _, s := range states {
		s.late = nil
		l.note(s)
	}
	l.changed = l.changed || len(l.logged) > 0
}

// logLate writes one line when data begins to be late and one when that ends, however many KPIs wait for it.
func (c *Collector) logLate() {
	if !c.late.changed {
		return
	}
	c.late.changed = false
	for _, name := range slices.Sorted(maps.Keys(c.late.kpis)) {
		if c.late.kpis[name] == 0 || c.late.logged[name] {
			continue
		}
		c.late.logged[name] = true
		waiting := c.waitingFor(name)
		if until := lateUntil(waiting, name); until.IsZero() {
			c.logger.Warn("Data is late: none has arrived yet (data_until returns no row, or NULL)", "data", name, "kpis", len(waiting))
		} else {
			c.logger.Warn("Data is late", "data", name, "data_until", until, "kpis", len(waiting))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.late.logged)) {
		if c.late.kpis[name] > 0 {
			continue
		}
		waiting := c.waitingFor(name)
		if slices.ContainsFunc(waiting, func(s *state) bool { return s.Last == nil }) { // After a reload nothing is known of its data yet.
			continue
		}
		delete(c.late.logged, name)
		if len(waiting) > 0 {
			c.logger.Info("Data is no longer late", "data", name)
		}
	}
}

// lateUntil returns how far late data reaches, as the last of the KPIs that wait for it knows.
func lateUntil(waiting []*state, name string) (until time.Time) {
	for _, s := range waiting {
		for _, d := range s.Data {
			if d.Late && d.Name == name {
				until = d.Until
			}
		}
	}
	return until
}

// waitingFor returns the KPIs that need the data of a name.
func (c *Collector) waitingFor(name string) []*state {
	var waiting []*state
	for _, s := range c.states {
		if slices.ContainsFunc(freshnessQueries(s.KPI), func(q freshnessQuery) bool { return q.name() == name }) {
			waiting = append(waiting, s)
		}
	}
	return waiting
}
