package web

import (
	"cmp"
	"slices"
	"sync"
	"weak"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// KPIMetrics are the metrics of a collector, in the order of the KPIs' names. It keeps no snapshot, which may be large.
type KPIMetrics struct {
	Collector *collector.Collector

	mu     sync.Mutex
	config *config.Config
	order  []int // Of its KPIs.
}

// Parts implements Source.
func (m *KPIMetrics) Parts() (version uint64, parts []Part) {
	s := m.Collector.Snapshot()
	parts = make([]Part, len(s.KPIs))
	for i, at := range m.orderOf(s.Config) {
		parts[i] = kpiPart{s.KPIs[at]}
	}
	return s.Version, parts
}

func (m *KPIMetrics) orderOf(cfg *config.Config) []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if cfg != m.config {
		m.config, m.order = cfg, make([]int, len(cfg.KPIs))
		for i := range m.order {
			m.order[i] = i
		}
		slices.SortFunc(m.order, func(a, b int) int { return cmp.Compare(cfg.KPIs[a].Name, cfg.KPIs[b].Name) })
	}
	return m.order
}

// kpiPart is what is known about a KPI.
type kpiPart struct{ *collector.KPIState }

// Key implements Part.
func (p kpiPart) Key() any { return weak.Make(p.KPIState) }
