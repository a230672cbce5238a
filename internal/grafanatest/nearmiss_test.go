package grafanatest

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/kpi-exporter/kpi_exporter/dashboards"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// testNearMisses reads the boards while every KPI of the demo misses its target by less than what rounding to three digits takes away:
// no board writes what misses a target as if it reached it, in any unit.
func testNearMisses(t *testing.T, p *product) {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	w := newBlock(t, dir)
	list := nearMisses(p.at(t.Context(), t, now()).scraped)
	for at := now().Add(-2 * time.Hour); !at.After(now()); at = at.Add(time.Hour) {
		w.write(t, at, list)
	}
	w.close(t)
	url := StartPrometheus(t, dir, lookback)
	var requests []Request
	for _, f := range dashboards.Included() {
		if f.Name == "kpi-detail.json" {
			for _, kpi := range shownInDetail() {
				requests = append(requests, Request{Board: f.JSON, URL: url, Variables: map[string][]string{"kpi": {kpi}}})
			}
			continue
		}
		requests = append(requests, Request{Board: f.JSON, URL: url, Variables: map[string][]string{"level": {"$__all"}}})
	}
	for _, r := range Read(t, now(), requests...) {
		for _, problem := range r.Problems() {
			t.Errorf("%s: %s", r.UID, problem)
		}
		if t.Failed() {
			t.Log(r)
		}
	}
}

// nearMisses moves the value of each label set with a target other than 0 to the wrong side of it, and has it at risk.
func nearMisses(list []exposed) []exposed {
	targets := map[string]func(time.Time) float64{}
	for _, e := range list {
		if e.labels.Get(model.MetricNameLabel) == series.Bound && e.labels.Get("tier") == "target" && e.value(now()) != 0 {
			factor := map[string]float64{"lower": 0.99996, "upper": 1.00004}[e.labels.Get("side")]
			targets[ofLabelSet(e.labels)] = constant(factor * e.value(now()))
		}
	}
	values := map[string]func(time.Time) float64{series.Status: constant(1), series.Attainment: constant(0.99996)}
	var moved []exposed
	for _, e := range list {
		if target := targets[ofLabelSet(e.labels)]; target != nil {
			switch metric := e.labels.Get(model.MetricNameLabel); {
			case metric == series.Value:
				e.value = target
			case values[metric] != nil:
				e.value = values[metric]
			}
		}
		moved = append(moved, e)
	}
	return moved
}

// ofLabelSet tells a KPI's own labels from those of others.
func ofLabelSet(l labels.Labels) string {
	return labels.NewBuilder(l).Del(model.MetricNameLabel, "tier", "side").Labels().String()
}
