package collector

import (
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// readingCache keeps what the evaluation of each KPI with the latest as-of read of closed periods before its own, so that it is
// not queried again at every run; whoever reads the past of a KPI replaces nothing. An entry expires after cachedFor, so that
// data that came late is read too.
type readingCache struct {
	mu            sync.Mutex
	byFingerprint map[string]cacheEntry // By the fingerprint of the requested KPI.
	bytes         int
}

const cachedFor = 24 * time.Hour

// maxCachedBytes is what the cached readings of all KPIs may take. What has no place is read again.
const maxCachedBytes = 16 << 20

// cacheEntry is what is cached for one KPI.
type cacheEntry struct {
	cachedAt time.Time // None of the readings was read earlier.
	asOf     time.Time // The as-of of the evaluation that read or used them.
	readings map[readingKey]readout
	bytes    int
}

// of returns what is known for a KPI. The caller does not change it.
func (c *readingCache) of(k *config.KPI) cacheEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, ok := c.byFingerprint[k.Fingerprint()]; ok && time.Since(entry.cachedAt) < cachedFor {
		return entry
	}
	return cacheEntry{cachedAt: time.Now()}
}

// keep replaces the entry of each KPI that was evaluated without failure. Only a Last period is closed, and what
// a profile reads: the others look back at instants that move with as-of.
func (c *readingCache) keep(evaluations []*evaluation) {
	next := map[string]cacheEntry{}
	for _, ev := range evaluations {
		if ev.result.Failure != nil {
			continue
		}
		readings := map[readingKey]readout{}
		for key, a := range ev.readings {
			if mayPass := a.missing != nil && a.missing.Reason == ReasonQuery; a.closed && !mayPass { // A deadlock passes, say.
				readings[key] = a
			}
		}
		if k := ev.result.KPI.Fingerprint(); len(readings) > 0 && !ev.result.AsOf.Before(next[k].asOf) {
			next[k] = cacheEntry{ev.cachedAt, ev.result.AsOf, readings, bytesOf(readings)}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byFingerprint == nil {
		c.byFingerprint = map[string]cacheEntry{}
	}
	for k, entry := range next {
		if old := c.byFingerprint[k]; !entry.asOf.Before(old.asOf) || time.Since(old.cachedAt) >= cachedFor {
			c.put(k, entry)
		}
	}
}

// put replaces the entry of a KPI, or only drops it if there is no room for another. The lock is held.
func (c *readingCache) put(fingerprint string, entry cacheEntry) {
	c.bytes -= c.byFingerprint[fingerprint].bytes
	delete(c.byFingerprint, fingerprint)
	if c.bytes+entry.bytes <= maxCachedBytes {
		c.byFingerprint[fingerprint] = entry
		c.bytes += entry.bytes
	}
}

// bytesOf returns how much memory readings take.
func bytesOf(readings map[readingKey]readout) (n int) {
	const each = 256 // With its place in the map.
	for _, a := range readings {
		n += each
		for _, from := range a.samples {
			n += Bytes(from.samples)
		}
	}
	return n
}

// inherit takes over what another cache holds for those KPIs that still read the same.
func (c *readingCache) inherit(old *readingCache, same func(*config.KPI) bool, kpis []*config.KPI) {
	old.mu.Lock()
	defer old.mu.Unlock()
	c.byFingerprint = map[string]cacheEntry{}
	for _, k := range kpis {
		if entry, ok := old.byFingerprint[k.Fingerprint()]; ok && same(k) {
			c.put(k.Fingerprint(), entry)
		}
	}
}
