package collector

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// runs prepares one evaluation per request, and one run for each distinct query among them: for the values, for the earlier
// values that they are judged by and compared with, and for the targets.
func (e *Evaluator) runs(requests []Request) ([]*evaluation, []*run) {
	now := time.Now()
	evaluations := make([]*evaluation, len(requests))
	for i, req := range requests {
		evaluations[i] = newEvaluation(req)
	}
	samples := newSharedSamples(evaluations)
	shared := newSharedRuns(e.sources)
	for i, req := range requests {
		ev := evaluations[i]
		ev.shared = samples
		ev.kept = e.memory != nil && req.waitForData
		known := e.cache.of(req.KPI)
		ev.cachedAt = known.cachedAt
		n := needs{evaluation: ev, req: req, place: i, cached: known.readings, memory: e.memory, runs: &shared, now: now}
		n.find()
	}
	return evaluations, shared.runs
}

// needs finds what an evaluation needs: it takes what is known already, and joins the runs that read the rest.
type needs struct {
	*evaluation
	req       Request
	place     int // The number of the request among those that are made together.
	cached    map[readingKey]readout
	memory    *memory
	runs      *sharedRuns
	now       time.Time
	ofProfile bool // What it finds now is read again and again: once an hour others.
}

// find finds the value, the earlier values and the targets.
func (n *needs) find() {
	k := n.req.KPI
	n.result.BeforeData = n.findValue(k, n.req.AsOf, forEarlierInput)
	for _, at := range n.lookback.all() {
		n.findValue(k, k.AsOf(at), forLookback)
	}
	n.ofProfile = true
	n.profile.reads(k, func(k *config.KPI, v *pastValues) { n.findValue(k, k.AsOf(v.at), forLookback) })
	n.findTargets()
}

// findValue finds what a KPI as of an instant is computed from, and reports whether that begins before its data: then it has no
// value. The purpose is that of whatever is not the requested value itself.
func (n *needs) findValue(k *config.KPI, asOf time.Time, earlier purpose) (before bool) {
	list := n.shared.readings(k, asOf)
	if anyBeforeData(list) {
		return true
	}
	for _, r := range list {
		if _, there := n.readings[r.key()]; there {
			continue
		}
		c := n.consumer(r)
		if k == n.req.KPI && k.Formula == nil {
			c.rows = n.req.rows
		}
		if k != n.req.KPI || !r.asOf().Equal(n.req.AsOf) {
			c.purpose = earlier
		}
		n.read(c)
	}
	return false
}

// consumer returns what takes a reading for the request.
func (n *needs) consumer(r reading) consumer {
	return consumer{takers: []taker{{n.place, n.req.wanted, n.req.KPI}}, reading: r}
}

// read has a consumer get its reading: from what is known, or from what runs.
func (n *needs) read(c consumer) {
	k := c.kpi
	if a, ok := n.known(c); ok {
		n.readings[c.key()] = a
		return
	}
	switch w := c.windows(); {
	case k.Values != nil: // Nothing is saved by keeping what another instant may know better.
		n.readings[c.key()] = readout{}
		n.take(k.Values, w, c)
	case n.req.restoring:
		n.absent = true
	default:
		n.readings[c.key()] = readout{kpi: k, readAt: n.now, closed: c.purpose.earlier() && (k.Period.Kind == period.Last || n.ofProfile)}
		for _, d := range k.Databases {
			if n.req.failed[d.Name] == nil && !beginsBefore(k, d, w) {
				n.join(d, query(d, k, k.Query, w), c)
			}
		}
	}
}

// known returns a reading that need not be made again.
func (n *needs) known(c consumer) (readout, bool) {
	if a, ok := n.cached[c.key()]; ok && (a.missing == nil && c.purpose != forValue || c.purpose == forLookback) {
		return a, true
	}
	a, ok := n.memory.reading(n.req, c.reading, c.purpose)
	if ok {
		n.cachedAt = firstOf(n.cachedAt, a.readAt)
	}
	return a, ok
}

// findTargets finds the targets that a query gives.
func (n *needs) findTargets() {
	k := n.req.KPI
	t := k.Target
	if t == nil || t.From == nil {
		return
	}
	c := n.consumer(newReading(k, n.req.AsOf))
	c.purpose = forTargets
	rows, known := n.memory.targetsOf(n.req, c.reading)
	switch {
	case t.Values != nil:
		n.take(t.Values, n.windows, c)
	case known:
		n.targets = rows
	case n.req.restoring:
		n.absent = true
	default:
		n.join(t.FromDatabase, query(t.FromDatabase, k, t.From, n.windows), c)
	}
}

// join has a consumer wait for a query.
func (n *needs) join(d *config.Database, q database.Query, c consumer) {
	q.Background = n.req.background
	n.runs.join(d, q, c)
	n.missing++
}

// take has a consumer wait for the rows of a file.
func (n *needs) take(t *valuesfile.Table, w database.Parameters, c consumer) {
	n.runs.take(t, w, n.req.known(), c)
	n.missing++
}
