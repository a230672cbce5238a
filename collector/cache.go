package collector

import (
	"maps"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// readingCache keeps what the latest evaluation of each KPI read of closed periods before its own, so that it is not queried
// again at every run. An entry expires after cachedFor, so that data that came late is read too.
type readingCache struct {
	mu    sync.Mutex
	byKPI map[string]cacheEntry
}

const cachedFor = 24 * time.Hour

// cacheEntry is what is cached for one KPI.
type cacheEntry struct {
	kpi      *config.KPI
	cachedAt time.Time // None of the readings was read earlier.
	readings map[readingKey]readout
}

// of returns what is known for a KPI. The caller does not change it.
func (c *readingCache) of(k *config.KPI) cacheEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry := c.byKPI[k.Name]; entry.kpi == k && time.Since(entry.cachedAt) < cachedFor {
		return entry
	}
	return cacheEntry{kpi: k, cachedAt: time.Now()}
}

// keep replaces the entry of each KPI that was evaluated without failure. Only a Last period is closed: the others
// look back at instants that move with as-of.
func (c *readingCache) keep(evaluations []*evaluation) {
	next := map[string]cacheEntry{}
	for _, ev := range evaluations {
		k := ev.result.KPI
		if ev.result.Failure != nil {
			continue
		}
		for r, a := range ev.readings {
			switch {
			case r.kpi.Period.Kind != period.Last, r.at == settle(r.kpi, ev.result.AsOf).UnixNano():
			case a.missing != nil && a.missing.Reason == ReasonQuery: // What the database refused may pass: a deadlock, say.
			default:
				if next[k.Name].kpi != k {
					next[k.Name] = cacheEntry{kpi: k, cachedAt: ev.cachedAt, readings: map[readingKey]readout{}}
				}
				next[k.Name].readings[r] = a
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKPI == nil {
		c.byKPI = map[string]cacheEntry{}
	}
	maps.Copy(c.byKPI, next)
}

// inherit takes over what another cache holds for the KPIs of cfg that have not changed. Formulas start empty: an input may
// have changed.
func (c *readingCache) inherit(old *readingCache, cfg *config.Config) {
	old.mu.Lock()
	defer old.mu.Unlock()
	c.byKPI = map[string]cacheEntry{}
	for _, k := range cfg.KPIs {
		entry, ok := old.byKPI[k.Name]
		if !ok || k.Formula != nil || !sameDefinition(entry.kpi, k) {
			continue
		}
		moved := make(map[readingKey]readout, len(entry.readings))
		for r, a := range entry.readings {
			moved[readingKey{k, r.at}] = a
		}
		c.byKPI[k.Name] = cacheEntry{k, entry.cachedAt, moved}
	}
}
