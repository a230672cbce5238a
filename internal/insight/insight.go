// Package insight says about evaluated KPIs what moved, which segment or operand moved it, and whether that is unusual. It reads
// the instants that this takes through the collector's Evaluate, and has internal/analysis do the arithmetic. It writes
// nothing: reports, pages and the API put its findings into words.
//
// Where a value is withheld by suppress_below, nothing is said from which it could be computed.
package insight

import (
	"context"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// Evaluator evaluates KPIs as collector.Evaluator does.
type Evaluator interface {
	Evaluate(ctx context.Context, requests []collector.Request) []collector.Result
}

// Reader reads what findings are made from.
type Reader struct {
	config      *config.Config
	evaluator   Evaluator
	suppressing []*config.KPI // All that have suppress_below, and are read by KPIs of the configuration, each once.
}

// NewReader returns a reader of the KPIs of a configuration.
func NewReader(cfg *config.Config, e Evaluator) *Reader {
	r := &Reader{config: cfg, evaluator: e}
	known := map[string]bool{}
	for _, k := range cfg.KPIs {
		for _, read := range k.Reads() {
			if read.SuppressBelow != nil && !known[read.Fingerprint()] {
				known[read.Fingerprint()] = true
				r.suppressing = append(r.suppressing, read)
			}
		}
	}
	return r
}

// With returns a reader of the same KPIs that evaluates otherwise.
func (r *Reader) With(e Evaluator) *Reader { return &Reader{r.config, e, r.suppressing} }

// batch gathers requests that are evaluated at once, so that they share runs.
type batch struct {
	requests []collector.Request
	results  []collector.Result
}

// add returns the place of the result.
func (b *batch) add(r collector.Request) int {
	b.requests = append(b.requests, r)
	return len(b.requests) - 1
}

func (b *batch) run(ctx context.Context, e Evaluator) { b.results = e.Evaluate(ctx, b.requests) }

// pair is one KPI at the two instants that are compared: the places of its results.
type pair struct{ before, after int }

// bare returns a KPI that is evaluated without what only judges it.
func bare(k *config.KPI) *config.KPI {
	return k.Derived("")
}
