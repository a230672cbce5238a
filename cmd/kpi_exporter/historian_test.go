package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// historySchema is two years of a product with two plans; what happens on a day follows from its date.
const historySchema = `
CREATE TABLE facts (at timestamptz, plan text, n int);
INSERT INTO facts
  SELECT (day + interval '12 hours') AT TIME ZONE 'Europe/Berlin', plan, 50 + (extract(doy FROM day)::int * 7 + length(plan)) % 61
  FROM generate_series(timestamp '2024-06-01', timestamp '2026-07-15', interval '1 day') AS day, unnest(ARRAY['pro', 'basic']) AS plan;
CREATE INDEX ON facts (at);`

const historyKPIs = `
product: Acme
timezone: Europe/Berlin
databases: {app: {url: "${KPI_DATABASE_URL}", max_connections: 2}}
defaults: {database: app}
queries:
  window:
    period: day
    query: SELECT sum(n) AS total, max(n) AS top FROM facts WHERE at >= :period_start AND at < :period_end
kpis:
  actives:
    {title: Actives, unit: users, from: window, value: total, target: {at_least: 150, critical: 120, stretch: 200}}
  busiest: {title: Busiest, description: "The \"busiest\"\nplan \\o/", from: window, value: top, target: {between: [60, 100], tolerance: 10%}}
  per_plan:
    title: Per plan
    period: day
    labels: [plan]
    query: SELECT plan, n AS value FROM facts WHERE at >= :period_start AND at < :period_end
    target: {at_most: 90, segments: [{plan: pro, at_most: 80}]}
  ratio:
    title: Ratio
    unit: ratio
    period: day
    query: SELECT sum(n) FILTER (WHERE plan = 'pro') AS p, sum(n) AS q FROM facts WHERE at >= :period_start AND at < :period_end
    numerator: p
    denominator: q
    target: {at_least: 50%, tolerance: 2pp, min_sample: 130}
  growing:
    title: Growing
    period: week
    query: SELECT sum(n) AS value FROM facts WHERE at >= :period_start AND at < :period_end
    compare: [previous_period]
    target: {at_least: {previous_period: +1%}}
  monthly:
    title: Monthly
    period: month
    query: SELECT sum(n) AS value FROM facts WHERE at >= :period_start AND at < :period_end
    target: {at_least: {steps: {2025-Q3: 4700, 2025-Q4: 5000, 2026-Q1: 4900, 2026-Q2: 5100}}}
  quarterly: {title: Quarterly, period: quarter, query: "SELECT avg(n) AS value FROM facts WHERE at >= :period_start AND at < :period_end"}
  month_to_date:
    title: Month to date
    period: {to_date: month}
    query: SELECT coalesce(sum(n), 0) AS value FROM facts WHERE at >= :period_start AND at < :period_end
    target: {at_least: 4800, pace: linear}
  trailing: {title: Trailing, period: {trailing: 30d}, query: "SELECT avg(n) AS value FROM facts WHERE at >= :period_start AND at < :period_end"}
  level: {title: Level, period: instant, query: "SELECT count(*) AS value FROM facts WHERE at <= :as_of"}
`

// historian is a Prometheus with a history.
type historian struct {
	program        string // "" for Debian's.
	url, dir, data string
	stop           func()
}

func (h *historian) start(t *testing.T) {
	t.Helper()
	addr, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + addr
	program := h.program
	if program == "" {
		program = "prometheus"
	}
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file="+filepath.Join(h.dir, "prometheus.yml"), "--storage.tsdb.path="+h.data,
		"--storage.tsdb.retention.time=10y", "--web.listen-address="+addr, "--web.enable-admin-api", "--web.enable-remote-write-receiver",
		"--web.console.libraries="+h.dir, "--web.console.templates="+h.dir)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: install the Debian package prometheus", err)
	}
	stopped := false
	h.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			_ = cmd.Wait() // It was told to end.
			if t.Failed() {
				t.Log(log.String())
			}
		}
	}
	t.Cleanup(h.stop)
	until(t, "Prometheus is ready", func() bool {
		response, err := h.ask(t, "/-/ready", nil)
		if err != nil {
			return false // It is not there yet.
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// restart has Prometheus look for new blocks, as it does every minute, and when it starts.
func (h *historian) restart(t *testing.T) {
	t.Helper()
	h.stop()
	h.start(t)
}

func (h *historian) ask(t *testing.T, path string, form url.Values) (*http.Response, error) {
	t.Helper()
	method := http.MethodPost
	if form == nil {
		method = http.MethodGet
	}
	request, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return http.DefaultClient.Do(request)
}

// blocks makes blocks of a file.
func (h *historian) blocks(t *testing.T, file string) {
	t.Helper()
	if out, err := exec.Command("promtool", "tsdb", "create-blocks-from", "--max-block-duration=4374h", "openmetrics", file, h.data).CombinedOutput(); err != nil {
		t.Fatalf("promtool: %v\n%s", err, out)
	}
}

// raw returns all samples of a selector over more than a year before an instant: of each series, by Unix second.
func (h *historian) raw(t *testing.T, selector string, at time.Time) map[string]map[int64]float64 {
	t.Helper()
	return h.query(t, selector+"[400d]", at)
}

// query evaluates an expression at an instant and returns the samples of each series, by Unix second.
func (h *historian) query(t *testing.T, expr string, at time.Time) map[string]map[int64]float64 {
	t.Helper()
	form := url.Values{"query": {expr}, "time": {strconv.FormatInt(at.Unix(), 10)}}
	response, err := h.ask(t, "/api/v1/query", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var doc struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any // The sample of an instant vector.
				Values [][2]any
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&doc); err != nil || doc.Error != "" {
		t.Fatal(err, doc.Error)
	}
	all := map[string]map[int64]float64{}
	for _, r := range doc.Data.Result {
		delete(r.Metric, "job")
		values := map[int64]float64{}
		if r.Values == nil {
			r.Values = [][2]any{r.Value}
		}
		for _, v := range r.Values {
			number, err := strconv.ParseFloat(v[1].(string), 64)
			if err != nil {
				t.Fatal(err)
			}
			values[int64(v[0].(float64))] = number
		}
		all[seriesName(r.Metric)] = values
	}
	return all
}

func seriesName(labels map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "__name__" {
			pairs = append(pairs, fmt.Sprintf("%s=%q", name, labels[name]))
		}
	}
	return labels["__name__"] + "{" + strings.Join(pairs, ",") + "}"
}

// comparedSeries selects what queried adds.
const comparedSeries = `{job="kpi",__name__=~"kpi_value|kpi:value:max|kpi_sample_size|kpi_attainment_ratio|kpi_status|kpi:status:max|kpi_bound|kpi_period_.*_timestamp_seconds"}`

// queried adds what query prints as of an instant to the samples that a history must have.
func queried(t *testing.T, file string, at time.Time, due func(kpi string) bool, into map[string]map[int64]float64) {
	t.Helper()
	out, _ := program(t, exitOK, "query", "--config.file="+file, "--output=json", "--as-of="+at.Format(time.RFC3339))
	var results []struct {
		KPI         string
		PeriodStart time.Time `json:"period_start"`
		PeriodEnd   time.Time `json:"period_end"`
		Samples     []struct {
			Labels     map[string]string
			Value      *float64
			SampleSize *float64 `json:"sample_size"`
			Attainment *float64
			Status     string
			Bounds     []struct {
				Tier, Side string
				Value      float64
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !due(r.KPI) {
			continue
		}
		add := func(name string, v *float64, labels map[string]string) {
			if v == nil {
				return
			}
			labels = maps.Clone(labels)
			if labels == nil {
				labels = map[string]string{}
			}
			labels["__name__"], labels["kpi"] = name, r.KPI
			s := seriesName(labels)
			if into[s] == nil {
				into[s] = map[int64]float64{}
			}
			into[s][at.Unix()] = *v
		}
		start, end := float64(r.PeriodStart.Unix()), float64(r.PeriodEnd.Unix())
		add("kpi_period_start_timestamp_seconds", &start, nil)
		add("kpi_period_end_timestamp_seconds", &end, nil)
		for _, s := range r.Samples {
			for _, name := range []string{"kpi_value", "kpi:value:max"} {
				add(name, s.Value, s.Labels)
			}
			add("kpi_sample_size", s.SampleSize, s.Labels)
			add("kpi_attainment_ratio", s.Attainment, s.Labels)
			if i := slices.Index([]string{"on_target", "at_risk", "off_target"}, s.Status); i >= 0 {
				v := float64(i)
				add("kpi_status", &v, s.Labels)
				add("kpi:status:max", &v, s.Labels)
			}
			for _, b := range s.Bounds {
				labels := maps.Clone(s.Labels)
				labels["tier"], labels["side"] = b.Tier, b.Side
				add("kpi_bound", &b.Value, labels)
			}
		}
	}
}
