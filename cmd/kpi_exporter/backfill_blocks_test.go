package main

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

const blocksKPIs = `
product: Acme
timezone: Europe/Berlin
databases: {app: {url: "${KPI_DATABASE_URL}", max_connections: 2}}
kpis:
  per_plan:
    title: Per plan
    period: day
    labels: [plan]
    query: SELECT plan, n AS value FROM facts WHERE at >= :period_start AND at < :period_end
    target: {at_most: 80}
  monthly: {title: Monthly, period: month, query: "SELECT sum(n) AS value FROM facts WHERE at >= :period_start AND at < :period_end", target: {at_least: 4800}}
`

// TestBackfillBlocks writes blocks beside those of a Prometheus that scrapes something else. Prometheus shows of them what
// query says, computes from them what is in them already, and has lost nothing.
func TestBackfillBlocks(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]func(*testing.T) string{
		"Debian's Prometheus 2": func(*testing.T) string { return "" },
		"Prometheus 3":          func(t *testing.T) string { return promtest.Prometheus3(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := writeText(t, filepath.Join(dir, "kpi.yaml"), strings.ReplaceAll(blocksKPIs, "${KPI_DATABASE_URL}", postgres.NewDatabase(t, historySchema)))
			writeText(t, filepath.Join(dir, "prometheus.yml"),
				"scrape_configs: [{job_name: other, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{targets: ['127.0.0.1:1']}]}]\n")
			testBlocks(t, &historian{program: program(t), dir: dir, data: filepath.Join(dir, "data")}, file)
		})
	}
}

func testBlocks(t *testing.T, h *historian, file string) {
	t.Helper()
	h.start(t)
	other := func() float64 {
		total := 0.0
		for _, values := range h.query(t, `count_over_time(up{job="other"}[1h])`, time.Now()) {
			for _, n := range values {
				total += n
			}
		}
		return total
	}
	until(t, "Prometheus has scraped", func() bool { return other() >= 3 })
	scraped := other()

	out, _ := program(t, exitOK, "backfill", "--config.file="+file, "--from=2026-05-01", "--to=2026-06-12T12:00", "--blocks="+h.data)
	if want := h.data + ": 45 steps of 2 KPIs: 45 done, 0 failed"; !strings.Contains(out, want) {
		t.Errorf("%q is not in %q", want, out)
	}
	h.stop()
	h.start(t) // It replays what it scraped from the end of the newest block on.
	if after := other(); after < scraped {
		t.Errorf("%v samples of another job before the blocks, %v after", scraped, after)
	}
	everySampleIsQueried(t, h, file)
	derivedAreComputed(t, h)
	if blocks, err := filepath.Glob(filepath.Join(h.data, "*", "meta.json")); err != nil || len(blocks) != 4 {
		t.Errorf("%d blocks, want 4 (%v)", len(blocks), err)
	}
	if _, err := os.Stat(filepath.Join(h.data, "kpi_exporter.partial")); err == nil {
		t.Error("what is unfinished is still there")
	}
	_, errs := program(t, exitProblem, "backfill", "--config.file="+file, "--from=2026-05-01", "--to=2026-05-02", "--blocks="+h.data)
	if !strings.Contains(errs, "already has samples of monthly, per_plan") {
		t.Errorf("written twice: %s", errs)
	}

	// Blocks up to now leave out what Prometheus replays.
	always := writeText(t, filepath.Join(h.dir, "always.yaml"), `timezone: UTC
databases: {app: {url: "sqlite://`+filepath.Join(h.dir, "app.db")+`"}}
kpis: {always: {title: Always, period: {trailing: 1h}, query: "SELECT 1 AS value WHERE :period_start < :period_end"}}
`)
	writeText(t, filepath.Join(h.dir, "app.db"), "")
	now := time.Now()
	out, _ = program(t, exitOK, "backfill", "--config.file="+always, "--from="+now.AddDate(0, 0, -2).Format(time.RFC3339), "--to="+now.Format(time.RFC3339), "--blocks="+h.data)
	if !strings.Contains(out, " 0 failed") {
		t.Error(out)
	}
	scraped = other()
	h.stop()
	h.start(t)
	if after := other(); after < scraped {
		t.Errorf("%v samples of another job before blocks up to now, %v after", scraped, after)
	}
	if last := h.raw(t, `kpi_value{kpi="always"}`, now); len(last) != 1 {
		t.Errorf("no history up to now: %v", last)
	}
}

// everySampleIsQueried compares all samples of six weeks with what query says as of the beginning of their day.
func everySampleIsQueried(t *testing.T, h *historian, file string) {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	first, last := time.Date(2026, time.May, 1, 0, 0, 0, 0, berlin), time.Date(2026, time.June, 12, 12, 0, 0, 0, berlin)
	want := map[string]map[int64]float64{}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		queried(t, file, day, func(string) bool { return true }, want)
	}
	shown, compared := h.raw(t, comparedSeries, last), 0
	for name, samples := range shown {
		for second, v := range samples {
			y, m, d := time.Unix(second, 0).In(berlin).Date()
			compared++
			if says, ok := want[name][time.Date(y, m, d, 0, 0, 0, 0, berlin).Unix()]; !ok || says != v {
				t.Fatalf("%s at %s: Prometheus shows %v, query says %v (%t)", name, time.Unix(second, 0), v, says, ok)
			}
		}
	}
	for name, samples := range want {
		for second := range samples {
			if _, ok := shown[name][second]; !ok {
				t.Errorf("%s has no sample at %s", name, time.Unix(second, 0))
			}
		}
	}
	if least := 42 * 24 * 15 * 2; compared < least {
		t.Errorf("only %d samples were compared, want %d at least", compared, least)
	}
}

// derivedAreComputed compares the derived names with what their expressions give.
func derivedAreComputed(t *testing.T, h *historian) {
	t.Helper()
	for recorded, expr := range map[string]string{
		`kpi:value:delta7d{job="kpi"}`:      `kpi:value:max{job="kpi"} - kpi:value:max{job="kpi"} offset 7d`,
		`kpi:on_target:ratio28d{job="kpi"}`: `avg_over_time((kpi:status:max{job="kpi"} == bool 0)[28d:1h])`,
	} {
		name, _, _ := strings.Cut(recorded, "{")
		for hours := 10; hours < 24*42; hours += 41 {
			at := time.Date(2026, time.May, 1, hours, 30, 0, 0, time.UTC)
			stored, computed := map[string]float64{}, map[string]float64{}
			for series, values := range h.query(t, recorded, at) {
				for _, v := range values {
					stored[strings.TrimPrefix(series, name)] = math.Round(v * 1e9)
				}
			}
			for series, values := range h.query(t, expr, at) {
				for _, v := range values {
					computed[series] = math.Round(v * 1e9)
				}
			}
			if !maps.Equal(stored, computed) {
				t.Errorf("%s at %s: stored %v, computed %v", name, at, stored, computed)
			}
		}
	}
}
