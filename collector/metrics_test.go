package collector

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

var update = flag.Bool("update", false, "write the golden files again")

// page returns what the collectors expose, as text.
func page(t testing.TB, collectors ...prometheus.Collector) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, c := range collectors {
		if err := registry.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&b, family); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// exposed returns the lines that the collector exposes.
func exposed(t testing.TB, c *Collector) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	for line := range strings.Lines(page(t, c)) {
		lines[strings.TrimSuffix(line, "\n")] = true
	}
	return lines
}

// TestPage compares every family that there is with a golden file.
func TestPage(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 5 AS n")
	cfg := load(t, `
product: Acme Notes
grafana_url: https://grafana.example.com
timezone: Europe/Berlin
databases: {app: {url: "`+url+`"}}
objectives: {habit: {title: A daily habit}}
kpis:
  users:
    title: Daily active users
    description: People with a session on the last complete day.
    category: engagement
    objective: habit
    owner: growth
    level: company
    unit: users
    period: day
    labels: [plan, region]
    sample_size: n
    reviewed: 2000-01-01
    review_every: 90d
    runbook: https://wiki.example.com/users
    query: SELECT column1 AS value, column2 AS plan, column3 AS region, column4 AS n FROM (VALUES (12000, 'pro', 'eu', 40), (8, 'a "b" \ c', '', 3))
    target: {at_least: 10k, critical: 9k, stretch: 15k, min_sample: 5}
  revenue:
    title: Revenue
    unit: currency:EUR
    better: higher
    period: {to_date: month}
    query: SELECT 1234.5 AS value
  signups:
    title: Sign-ups
    period: {to_date: week}
    compare: [previous_period, same_period_last_year]
    labels: [plan]
    query: SELECT 70 AS value, 'pro' AS plan
    target: {at_least: {steps: {1999: 80, 2000-01: 100}}, pace: linear, tolerance: 10%}
  latency:
    title: Latency
    unit: seconds
    period: {trailing: 30d}
    databases: [app]
    query: SELECT NULL AS value
    target: {between: [1, 2], tolerance: 10%}
  broken:
    title: Broken
    period: instant
    every: 1h
    stale_after: 10h
    query: SELECT n AS value FROM t
    target: {at_most: 4}
decisions:
  - {date: 1999-11-01, text: "A \"shorter\" form", kpis: [signups, users], owner: growth}
  - {date: 2000-01-01, text: A campaign, kpis: [signups]}
  - {date: 2000-01-02, text: Another campaign, kpis: [signups]}
`)
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		execSQLite(t, url, "UPDATE t SET n = 'x'")
		r.at("01T02:00:00")
		got := page(t, r.Collector, DatabaseMetrics{r.Collector})
		const golden = "testdata/page.txt"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
	})
}

func TestPageBeforeTheFirstEvaluation(t *testing.T) {
	c := New(load(t, app(newSQLite(t), kpi("it", asOf, "every: 5m"))), discard())
	defer c.evaluator.Close()
	got := exposed(t, c)
	for _, line := range []string{`kpi_evaluations_total{kpi="it"} 0`, `kpi_interval_seconds{kpi="it"} 300`, `kpi_stale_after_seconds{kpi="it"} 900`} {
		if !got[line] {
			t.Errorf("%s is missing in %v", line, got)
		}
	}
	for line := range got {
		if strings.HasPrefix(line, "kpi_up") || strings.HasPrefix(line, "kpi_last_success") {
			t.Errorf("%s before anything was evaluated", line)
		}
	}
	if got := page(t, DatabaseMetrics{c}); strings.Contains(got, "database_up") {
		t.Errorf("a database that was never tried is up or down:\n%s", got)
	}
}

// TestDescriptionIsCut looks at the label itself: 1,000 characters, of whatever size.
func TestDescriptionIsCut(t *testing.T) {
	for name, want := range map[string]int{"shorter": 999, "as long": 1000, "longer": 1000} {
		length := map[string]int{"shorter": 999, "as long": 1000, "longer": 1001}[name]
		cfg := load(t, app(newSQLite(t), kpi("it", asOf, "description: "+strings.Repeat("ä", length))))
		for _, label := range Info(cfg, cfg.KPIs[0]) {
			if got := utf8.RuneCountInString(label.Value); label.Name == "description" && got != want {
				t.Errorf("%s: %d characters, want %d", name, got, want)
			}
		}
	}
}

func TestFirstRunes(t *testing.T) {
	for _, tc := range []struct {
		text string
		n    int
		want string
	}{{"", 3, ""}, {"äöü", 3, "äöü"}, {"äöüß", 3, "äöü"}, {"ab", 3, "ab"}} {
		if got := firstRunes(tc.text, tc.n); got != tc.want {
			t.Errorf("firstRunes(%q, %d) = %q, want %q", tc.text, tc.n, got, tc.want)
		}
	}
}

// TestExposedLabelsAreReserved has a KPI with each label that a family adds to its own: no file can.
func TestExposedLabelsAreReserved(t *testing.T) {
	for _, f := range series.All() {
		for _, name := range f.Labels {
			if !f.HasOwn {
				continue
			}
			path := filepath.Join(t.TempDir(), "kpi.yaml")
			text := app("sqlite://app.db", kpi("it", "SELECT 1 AS value, 2 AS "+name, "labels: ["+name+"]"))
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("label %q is reserved", name)) {
				t.Errorf("label %s, which %s has too: %v", name, f.Name, err)
			}
		}
	}
}
