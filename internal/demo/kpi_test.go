package demo

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// The demo's files, with the SQL of SQLite, are as good as check wants KPIs to be.
func TestLint(t *testing.T) {
	dir := t.TempDir()
	if err := WriteKPIs(dir); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(filepath.Join(dir, KPIFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(c.Warnings, lint.Run(c, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))) {
		t.Error(p)
	}
}

// The decisions of the demo are those of its story, whatever the date.
func TestDecisionsOfStory(t *testing.T) {
	for _, now := range []time.Time{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), thursday, time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC)} {
		dir := t.TempDir()
		if err := WriteKPIs(dir); err != nil {
			t.Fatal(err)
		}
		if err := writeDecisions(dir, now); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(filepath.Join(dir, KPIFile))
		if err != nil {
			t.Fatal(err)
		}
		var ages []int
		for _, d := range c.Decisions {
			ages = append(ages, int(now.Truncate(24*time.Hour).Sub(d.From(time.UTC))/(24*time.Hour)))
		}
		if want := []int{priceRise, newSignUp, launch}; !slices.Equal(ages, want) {
			t.Errorf("at %s: decided %v days before, want %v", now, ages, want)
		}
	}
}

// TestStatuses checks what the demo promises: whatever the date, every KPI can be computed, every category has values, and
// every status occurs.
func TestStatuses(t *testing.T) {
	for _, now := range []string{
		"2026-01-01 00:00:00", // The first moment of a year.
		"2026-08-31 12:00:00", // A month end, and that of a quiet summer.
		"2026-11-22 03:04:05", // A Sunday.
		"2026-12-31 23:59:59", // The last moment of a year.
		"2028-02-29 09:30:00", // A day without a year before.
	} {
		t.Run(now, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.DateTime, now)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := Write(t.Context(), dir, at); err != nil {
				t.Fatal(err)
			}
			values := map[string]int{}
			found := map[status.Status][]string{}
			for _, r := range evaluate(t, filepath.Join(dir, KPIFile), at) {
				if r.Failure != nil || len(r.Samples) == 0 {
					t.Errorf("kpi %q: %d samples, failure %v", r.KPI.Name, len(r.Samples), r.Failure)
				}
				for _, s := range r.Samples {
					name := strings.TrimSpace(r.KPI.Name + " " + strings.Join(s.Labels, " "))
					found[s.Status] = append(found[s.Status], name)
					if s.Value == nil {
						t.Errorf("%s has no value", name)
						continue
					}
					values[r.KPI.Category]++
				}
			}
			if len(values) != 5 {
				t.Errorf("values by category: %v, want 5 categories", values)
			}
			for _, status := range []status.Status{status.OnTarget, status.AtRisk, status.OffTarget, status.NoTarget, status.Unknown} {
				if len(found[status]) == 0 {
					t.Errorf("nothing is %s: %v", status, found)
				}
			}
		})
	}
}

func evaluate(t *testing.T, file string, at time.Time) []collector.Result {
	t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range cfg.Warnings {
		t.Errorf("warning: %v", w)
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: at}
	}
	return e.Evaluate(t.Context(), requests)
}
