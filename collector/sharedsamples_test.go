package collector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestSharedSamples counts how often the links of a chain of formulas are computed: each once as of each instant, whichever
// KPIs are asked for in one go.
func TestSharedSamples(t *testing.T) {
	const links, periods = 200, 13
	kpis := kpi("a", "SELECT 1 AS value", "period: month")
	for i, read := 0, "a"; i < links; i++ {
		name := fmt.Sprintf("c%d", i)
		kpis += fmt.Sprintf("%s: {title: A link, formula: %s + 1}\n", name, read)
		read = name
	}
	cfg := load(t, app(newSQLite(t), kpis))
	e := NewEvaluator(cfg)
	t.Cleanup(e.Close)
	type link struct {
		kpi  string
		asOf time.Time
	}
	computed := map[link]int{}
	asked := LastPeriods(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)), periods)
	pending, runs := e.runs(asked)
	pending[0].shared.computed = func(k *config.KPI, asOf time.Time) { computed[link{k.Name, asOf}]++ }
	for _, r := range runs {
		r.execute(t.Context())
		for i := range r.consumers {
			pending[r.consumers[i].request].add(t.Context(), &r.consumers[i], 0)
		}
	}
	if len(computed) != links*periods {
		t.Errorf("%d links were computed, want %d", len(computed), links*periods)
	}
	for l, n := range computed {
		if n != 1 {
			t.Errorf("%s as of %s was computed %d times", l.kpi, l.asOf, n)
		}
	}
	for i, ev := range pending {
		r := ev.result
		want := 1.0
		if n, ok := strings.CutPrefix(r.KPI.Name, "c"); ok {
			number, err := strconv.Atoi(n)
			if err != nil {
				t.Fatal(err)
			}
			want = float64(number + 2)
		}
		if r.Failure != nil || len(r.Samples) != 1 || *r.Samples[0].Value != want {
			t.Errorf("request %d: %s is %+v (%v), want %v", i, r.KPI.Name, r.Samples, r.Failure, want)
		}
	}
}

// TestSharedSamplesDiffer has one KPI read by two evaluations that have not read the same.
func TestSharedSamplesDiffer(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("a", "SELECT 1 AS value", "period: month")+
		"b: {title: B, formula: a + 1}\nc: {title: C, formula: b * 10}\nd: {title: D, formula: b * 10}\n"))
	e := NewEvaluator(cfg)
	t.Cleanup(e.Close)
	pending, runs := e.runs(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)))
	for _, r := range runs {
		r.execute(t.Context())
		for i := range r.consumers {
			c := &r.consumers[i]
			if c.owner.Name == "d" {
				c.samples[0].Value = new(5.0)
			}
			pending[c.request].add(t.Context(), c, 0)
		}
	}
	for i, want := range []float64{1, 2, 20, 60} {
		if got := *pending[i].result.Samples[0].Value; got != want {
			t.Errorf("%s is %v, want %v", pending[i].result.KPI.Name, got, want)
		}
	}
}

// TestEvaluationEndsWithContext has everything read, and nobody waiting.
func TestEvaluationEndsWithContext(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("a", "SELECT 1 AS value", "period: month")+"b: {title: B, formula: a + 1}\n"))
	e := NewEvaluator(cfg)
	t.Cleanup(e.Close)
	pending, runs := e.runs(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)))
	pending[1].shared.computed = func(k *config.KPI, _ time.Time) { t.Errorf("%s was computed", k.Name) }
	ctx, cancel := context.WithCancel(t.Context())
	for _, r := range runs {
		r.execute(ctx)
		cancel()
		for i := range r.consumers {
			pending[r.consumers[i].request].add(ctx, &r.consumers[i], 0)
		}
	}
	cancel()
	for _, ev := range pending {
		if f := ev.result.Failure; f == nil || !errors.Is(f, context.Canceled) {
			t.Errorf("%s: failure %v", ev.result.KPI.Name, f)
		}
	}
}
