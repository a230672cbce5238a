package main

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/state"
)

// exposed returns the lines about KPIs, without the counters, which begin again with each process.
func exposed(t *testing.T, c *collector.Collector) []string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&page, f); err != nil {
			t.Fatal(err)
		}
	}
	return slices.DeleteFunc(strings.Split(page.String(), "\n"), func(line string) bool {
		return strings.HasPrefix(line, "#") || strings.Contains(line, "_total{")
	})
}

// evaluateOnce runs a collector until every KPI was evaluated, and returns it with its state.
func evaluateOnce(t *testing.T, cfg *config.Config) (*collector.Collector, *state.State) {
	t.Helper()
	c := collector.New(cfg, slog.New(slog.DiscardHandler))
	c.Remember(nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		waiting := 0
		for _, k := range c.Snapshot().KPIs {
			if k.Last == nil {
				waiting++
			}
		}
		if waiting == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d KPIs were not evaluated", waiting)
		}
	}
	cancel()
	<-done
	return c, throughFile(t, c.State())
}

// throughFile returns a state as it is read after it was written.
func throughFile(t *testing.T, s *state.State) *state.State {
	t.Helper()
	var b bytes.Buffer
	if err := state.Encode(&b, s); err != nil {
		t.Fatal(err)
	}
	read, err := state.Decode(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestStateOfProduct restores every KPI of the product, with formulas, plans, comparisons and profiles: each line that Prometheus
// reads is the same as before, without a query, also the second time.
func TestStateOfProduct(t *testing.T) {
	t.Parallel()
	cfg, err := writeDemo(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	before, saved := evaluateOnce(t, cfg)
	want := exposed(t, before)
	for range 2 {
		after := collector.New(cfg, slog.New(slog.DiscardHandler))
		if n := after.Remember(saved); n != len(cfg.KPIs) {
			t.Errorf("%d of %d KPIs restored", n, len(cfg.KPIs))
		}
		if diff := cmp.Diff(want, exposed(t, after)); diff != "" {
			t.Errorf("- before, + after the restart\n%s", diff)
		}
		if err := after.Ready(); err != nil {
			t.Errorf("not ready with all that was known: %v", err)
		}
		saved = throughFile(t, after.State())
	}
}
