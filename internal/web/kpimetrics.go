package web

import (
	"cmp"
	"slices"
	"sync"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// KPIMetrics are the metrics of a collector, in the order of the KPIs' names.
type KPIMetrics struct {
	Collector *collector.Collector

	mu       sync.Mutex
	snapshot *collector.Snapshot // From which the parts are.
	parts    []Part
}

// Parts implements Source.
func (m *KPIMetrics) Parts() (version uint64, parts []Part) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.Collector.Snapshot(); s != m.snapshot {
		states := slices.SortedFunc(slices.Values(s.KPIs), func(a, b *collector.KPIState) int { return cmp.Compare(a.KPI.Name, b.KPI.Name) })
		m.snapshot, m.parts = s, make([]Part, len(states))
		for i, state := range states {
			m.parts[i] = state
		}
	}
	return m.snapshot.Version, m.parts
}
