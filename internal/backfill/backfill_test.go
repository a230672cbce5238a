package backfill

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

const days = "  days: {title: Days, period: day, query: \"SELECT julianday(:period_start) AS value\"}\n"

// TestSteps counts days in the KPI's zone: those on which the clock is changed have 23 and 25 hours.
func TestSteps(t *testing.T) {
	cfg := load(t, days)
	for _, test := range []struct {
		name, from, to string
		step           period.Step
		now            string
		want           []string
	}{
		{
			name: "the clock is put forward", from: "2026-03-28T00:00:00+01:00", to: "2026-03-30T00:00:00+02:00", step: period.Step{Days: 1},
			want: []string{"2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		},
		{
			name: "the clock is put back", from: "2026-10-24T00:00:00+02:00", to: "2026-10-26T00:00:00+01:00", step: period.Step{Days: 1},
			want: []string{"2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		},
		{
			name: "the last instant is between steps", from: "2026-01-01T00:00:00+01:00", to: "2026-01-02T12:00:00+01:00", step: period.Step{Days: 1},
			want: []string{"2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00"},
		},
		{
			name: "nothing in the future", from: "2026-01-01T00:00:00+01:00", to: "2026-02-01T00:00:00+01:00", step: period.Step{Days: 1},
			now:  "2026-01-02T23:59:59+01:00",
			want: []string{"2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00"},
		},
		{
			name: "one instant", from: "2026-01-01T00:00:00+01:00", to: "2026-01-01T00:00:00+01:00", step: period.Step{Months: 1},
			want: []string{"2026-01-01T00:00:00+01:00"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := job(t, cfg, test.from, test.to)
			j.Sparse, j.Ranges[0].Step = true, test.step
			if test.now != "" {
				j.Now = instant(t, test.now)
			}
			var want []string
			for _, at := range test.want {
				want = append(want, fmt.Sprint(instant(t, at).Unix()))
			}
			var got []string
			for _, line := range lines(written(t, j), "kpi_value") {
				got = append(got, line[strings.LastIndex(line, " ")+1:])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRepeated looks at every instant of a dense file: no hole is longer than four minutes, nothing stands after the
// end, and a KPI's sample never outlives its next step.
func TestRepeated(t *testing.T) {
	cfg := load(t, days+
		"  level: {title: Level, period: instant, query: \"SELECT CAST(strftime('%s', :as_of) AS INTEGER) AS value\"}\n")
	j := job(t, cfg, "2026-03-28T00:00:00+01:00", "2026-03-30T00:10:00+02:00")
	j.Ranges[1].Step = period.Step{Length: 7 * time.Minute}
	text := written(t, j)
	if !strings.HasSuffix(text, "\n# EOF\n") {
		t.Errorf("the end: %q", text[len(text)-20:])
	}
	start, end := j.Ranges[0].From.Unix(), j.Ranges[0].To.Unix()
	last := start
	var day, level []int64
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		var at int64
		if _, err := fmt.Sscan(fields[len(fields)-1], &at); err != nil {
			t.Fatal(line, err)
		}
		if at < last || at > end {
			t.Fatalf("not in time order, or after the end: %s", line)
		}
		last = at
		switch {
		case strings.HasPrefix(line, `kpi_value{job="kpi",kpi="days"}`):
			day = append(day, at)
		case strings.HasPrefix(line, `kpi_value{job="kpi",kpi="level"}`):
			level = append(level, at)
			var value float64
			if _, err := fmt.Sscan(fields[1], &value); err != nil {
				t.Fatal(line, err)
			}
			if want := at - (at-start)%(7*60); int64(value) != want {
				t.Errorf("at %d level is of %g, want of %d", at, value, want)
			}
		}
	}
	for name, times := range map[string][]int64{"days": day, "level": level} {
		if times[0] != start || end-times[len(times)-1] >= 240 {
			t.Errorf("%s goes from %d to %d, want %d to %d", name, times[0], times[len(times)-1], start, end)
		}
		for i := range times[1:] {
			if gap := times[i+1] - times[i]; gap <= 0 || gap > 240 {
				t.Errorf("%s has a gap of %d seconds at %d", name, gap, times[i])
			}
		}
	}
	if want := 47*15 + 3; len(day) != want { // 23 and 24 hours and ten minutes.
		t.Errorf("days has %d samples, want %d", len(day), want)
	}
}

// TestFile compares a small file, letter by letter.
func TestFile(t *testing.T) {
	cfg := load(t, `  signups:
    title: Signups
    description: "a \"word\", a \\ and\na line"
    owner: growth
    period: day
    unit: users
    labels: [plan]
    query: SELECT plan, n AS value, n AS size FROM signups
    sample_size: size
    target: {at_least: 100, tolerance: 10%}
decisions:
  - {date: 2025-12-01, text: "A \"shorter\" form", kpis: [signups], owner: growth}
  - {date: 2026-01-02, text: A campaign, kpis: [signups]}
  - {date: 2026-01-03, text: Another campaign, kpis: [signups]}
`, "CREATE TABLE signups (plan text, n real)", `INSERT INTO signups VALUES ('pro "x"', 120.5), ('', 95), ('none', NULL)`)
	j := job(t, cfg, "2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00")
	j.Sparse, j.Labels = true, map[string]string{"job": "acme", "env": "prod", "instance": "a:1"}
	golden := filepath.Join("testdata", "file.om")
	got := written(t, j)
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
		t.Error(diff)
	}
}

// TestAsExposed holds what is written against what the exporter exposes at the same time.
func TestAsExposed(t *testing.T) {
	cfg := load(t, `  level: {title: Level, description: Some, period: instant, query: SELECT 12 AS value, better: higher}
  days:
    title: Days
    owner: growth
    category: customer
    period: day
    labels: [plan]
    unit: "currency:EUR"
    runbook: https://wiki.example.com
    query: SELECT plan, n AS value, 40 AS size FROM t
    sample_size: size
    compare: [previous_period]
    target: {between: [3, 5], critical: [2, 8]}
  month: {title: Month, period: {to_date: year}, query: SELECT 7 AS value, target: {at_least: 10, pace: linear}}
decisions:
  - {date: 2026-01-01, text: "Prices rise,\n\"by 10 %\"", kpis: [days, level], owner: finance}
  - {date: 2026-02-01, text: A campaign, kpis: [days]}
  - {date: 9999-12-31, text: The end of time, kpis: [days]}
`, "CREATE TABLE t (plan text, n real)", "INSERT INTO t VALUES ('a', 4), ('b', 9)")
	c := collector.New(cfg, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		ready := 0
		for _, k := range c.Snapshot().KPIs {
			if k.Good != nil {
				ready++
			}
		}
		if ready == len(cfg.KPIs) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the KPIs are never evaluated")
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	snapshot := c.Snapshot()
	cancel()
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, f := range families {
		// What only a running exporter has.
		if slices.Contains([]string{
			"kpi_evaluations_total", "kpi_evaluation_failures_total", "kpi_evaluation_duration_seconds", "kpi_interval_seconds",
			"kpi_stale_after_seconds", "kpi_last_success_timestamp_seconds", "kpi_review_due_timestamp_seconds",
			"kpi_target_expires_timestamp_seconds", "kpi_data_until_timestamp_seconds", "kpi_period_info", "kpi_sample_info",
		}, f.GetName()) {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []series.Label
			for _, l := range m.GetLabel() {
				labels = append(labels, series.Label{Name: l.GetName(), Value: l.GetValue()})
			}
			want = append(want, string(appendSeries(nil, newSeries(f.GetName(), m.GetGauge().GetValue(), labels))))
		}
	}
	x := newExposition(cfg, nil)
	for _, k := range snapshot.KPIs {
		for _, s := range x.of(k.Good) {
			if text := string(appendSeries(nil, s)); !strings.HasPrefix(text, "kpi:") {
				got = append(got, text)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-exposed +written)\n%s", diff)
	}
}

// TestLateData has a load that stalled: the last period that it covers stays, without a verdict from the instant on at which
// the exporter would have withdrawn it.
func TestLateData(t *testing.T) {
	cfg := load(t, "  days: {title: Days, period: day, stale_after: 6h, from: loaded, target: {at_least: 1}}\n"+
		"queries: {loaded: {period: day, data_until: \"SELECT unixepoch('2026-01-03 12:00:00')\", query: \"SELECT julianday(:period_end) AS value\"}}\n")
	text := written(t, job(t, cfg, "2026-01-02T00:00:00+01:00", "2026-01-05T12:00:00+01:00"))
	last := func(metric string) string {
		all := lines(text, metric)
		second, err := strconv.ParseInt(all[len(all)-1][strings.LastIndex(all[len(all)-1], " ")+1:], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.Unix(second, 0).UTC().Format("02 15:04")
	}
	// The day of the 3rd was due at midnight of Berlin, and is late six hours later.
	got := map[string]string{"kpi_value": last("kpi_value"), "kpi_target": last("kpi_target"), "kpi_status": last("kpi_status")}
	want := map[string]string{"kpi_value": "05 11:00", "kpi_target": "05 11:00", "kpi_status": "04 04:56"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the last sample (-want +got)\n%s", diff)
	}
}

func TestFailedStep(t *testing.T) {
	cfg := load(t, days+"  broken: {title: Broken, period: day, query: \"SELECT CASE WHEN :period_start < '2026-01-03' THEN 1 ELSE 'x' END AS value\"}\n")
	j := job(t, cfg, "2026-01-01T00:00:00+01:00", "2026-01-10T00:00:00+01:00")
	j.Sparse = true
	var failures []string
	j.Failed = func(err error) { failures = append(failures, err.Error()) }
	path := filepath.Join(t.TempDir(), "out.om")
	report, err := File{Path: path}.Write(t.Context(), evaluator(t, cfg), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Report{Total: 20, Done: 14, Failed: 6, Samples: report.Samples}, report); diff != "" {
		t.Error(diff)
	}
	if len(failures) != 1 || !strings.Contains(failures[0], "as of 2026-01-05T00:00:00+01:00: kpi \"broken\"") {
		t.Errorf("failures: %q", failures)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file has its name")
	}
}

func TestCheckLabels(t *testing.T) {
	cfg := load(t, "  k: {title: K, period: instant, labels: [plan], query: \"SELECT 'a' AS plan, 1 AS value\"}\n")
	for name, want := range map[string]string{
		"job": "", "instance": "", "env": "",
		"plan": `kpi "k" has a label`, "kpi": "reserved", "decision": "reserved", "text": "reserved", "title": "reserved", "tier": "reserved", "__name__": "begin", "a-b": "letters", "": "letters", "1a": "letters",
	} {
		err := CheckLabels(cfg.KPIs, map[string]string{name: "x"})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}
