package main

import (
	"bytes"
	"context"
	"database/sql"
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

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
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

// program runs a command of the program in this process and returns what it prints; its exit code must be the expected.
func program(t testing.TB, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), args, strings.NewReader(""), &out, &errs); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func writeText(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

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

// TestBackfillYear goes the whole way of a year of ten KPIs: file, blocks, Prometheus; remote write; a definition that
// changes afterwards.
func TestBackfillYear(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	database := postgres.NewDatabase(t, historySchema)
	text := strings.ReplaceAll(historyKPIs, "${KPI_DATABASE_URL}", database)
	file := writeText(t, in("kpi.yaml"), text)
	writeText(t, in("prometheus.yml"), "storage: {tsdb: {out_of_order_time_window: 3y}}\n")
	h := &historian{dir: dir, data: in("data")}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2025, time.July, 1, 0, 0, 0, 0, berlin), time.Date(2026, time.July, 1, 0, 0, 0, 0, berlin)
	backfill := func(code int, args ...string) (string, string) {
		return program(t, code, append([]string{"backfill", "--config.file=" + file, "--from=2025-07-01", "--to=2026-07-01", "--sparse"}, args...)...)
	}

	// Blocks hold what query says about every step.
	out, _ := backfill(exitOK, "--output="+in("year.om"))
	if want := "2633 steps of 10 KPIs: 2633 done, 0 failed"; !strings.Contains(out, want) {
		t.Errorf("%q is not in %q", want, out)
	}
	h.blocks(t, in("year.om"))
	h.start(t)
	want := map[string]map[int64]float64{}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		queried(t, file, day, func(kpi string) bool {
			switch kpi {
			case "growing":
				return day.Equal(from) || day.Weekday() == time.Monday
			case "monthly":
				return day.Day() == 1
			case "quarterly":
				return day.Day() == 1 && (day.Month()-1)%3 == 0
			}
			return true
		}, want)
	}
	if diff := cmp.Diff(want, h.raw(t, comparedSeries, to)); diff != "" {
		t.Errorf("blocks (-query +Prometheus):\n%.4000s", diff)
	}

	// Remote write gives the same, of everything.
	out, errs := backfill(exitOK, "--remote-write="+h.url+"/api/v1/write", "--label=job=remote")
	if want := "remote write: 2633 steps of 10 KPIs: 2633 done"; !strings.Contains(out, want) || !strings.Contains(errs, "add --verify") {
		t.Errorf("%q is not in %q, or nothing says how to check it: %q", want, out, errs)
	}
	if _, errs := backfill(exitProblem, "actives", "--remote-write="+h.url+"/api/v1/write", "--label=job=remote", "--verify=http://127.0.0.1:1"); !strings.Contains(errs, "--verify: http://127.0.0.1:1: ") {
		t.Errorf("errors: %q", errs)
	}
	if diff := cmp.Diff(h.raw(t, `{job="kpi"}`, to), h.raw(t, `{job="remote"}`, to)); diff != "" {
		t.Errorf("remote write (-blocks +remote):\n%.4000s", diff)
	}

	// Nothing has changed, until a definition does.
	out, _ = backfill(exitOK, "--verify="+h.url)
	if want := "2633 periods compared, 0 not in " + h.url + "; 0 numbers differ, 0 steps failed\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	changed := strings.Replace(text, "SELECT plan, n AS value", "SELECT plan, n + (plan = 'pro' AND at < '2025-07-02 12:00+02')::int AS value", 1)
	if changed == text {
		t.Fatal("the definition has not changed")
	}
	writeText(t, file, changed)
	out, _ = backfill(exitProblem, "per_plan", "growing", "--verify="+h.url)
	if fields := strings.Fields(strings.Split(out, "\n")[1]); len(fields) != 7 || fields[0] != "per_plan" || fields[1] != `plan="pro"` ||
		fields[2] != "2025-06-30T00:00:00+02:00" || fields[3] != "2025-07-01T00:00:00+02:00" || fields[4] != "kpi_value" {
		t.Errorf("got %q", out)
	}
	_, errs = backfill(exitOK, "per_plan", "--prometheus="+h.url, "--output="+in("warned.om"))
	if !strings.Contains(errs, "already has samples in this range of per_plan") {
		t.Errorf("no warning: %q", errs)
	}
	_, errs = backfill(exitOK, "per_plan", "--replace="+h.url, "--prometheus="+h.url, "--output="+in("changed.om"))
	if errs != "" {
		t.Errorf("a warning of what is replaced: %q", errs)
	}
	if left := h.raw(t, `{kpi="per_plan",job="kpi"}`, to); len(left) > 0 {
		t.Errorf("not deleted: %v", slices.Collect(maps.Keys(left)))
	}
	h.blocks(t, in("changed.om"))
	h.stop()
	h.start(t)
	out, _ = backfill(exitOK, "per_plan", "growing", "--verify="+h.url)
	if want := "419 periods compared, 0 not in " + h.url + "; 0 numbers differ, 0 steps failed\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// TestBackfillKilled interrupts the real program in the worst way, and has it go on.
func TestBackfillKilled(t *testing.T) {
	t.Parallel()
	dir, database := t.TempDir(), postgres.NewDatabase(t)
	text := `timezone: Europe/Berlin
databases: {app: {url: "` + database + `"}}
kpis:
  slow: {title: Slow, period: day, query: "SELECT extract(doy FROM :period_start) AS value FROM pg_sleep(0.01) WHERE ` + waitsFrom("2025-11-15") + `"}
  weekly: {title: Weekly, period: week, query: "SELECT extract(week FROM :period_start) AS value FROM pg_sleep(0.01)"}
`
	file := writeText(t, filepath.Join(dir, "kpi.yaml"), text)
	args := func(output string) []string {
		return []string{"backfill", "--config.file=" + file, "--from=2025-01-01", "--to=2025-12-31", "--output=" + filepath.Join(dir, output)}
	}
	whole, killed := filepath.Join(dir, "whole.om"), filepath.Join(dir, "killed.om")
	program(t, exitOK, args("whole.om")...)

	release := holdBack(t, database)
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", args("killed.om")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "a part is safe", func() bool {
		_, err := os.Stat(killed + ".state")
		return err == nil
	})
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil {
		t.Fatal("it was done before it could be killed")
	}
	release()
	if _, err := os.Stat(killed); err == nil {
		t.Fatal("a part has the final name")
	}

	// Other arguments do not go on with it, nor do they destroy it.
	_, errs := program(t, exitProblem, append(args("killed.om"), "--sparse")...)
	if !strings.Contains(errs, "other arguments") {
		t.Errorf("got %q", errs)
	}
	out, _ := program(t, exitOK, args("killed.om")...)
	if !strings.Contains(out, "by an earlier run") {
		t.Errorf("it started over: %q", out)
	}
	if !bytes.Equal(readBytes(t, whole), readBytes(t, killed)) {
		t.Error("the file is another than without the interruption")
	}
	if left, _ := filepath.Glob(killed + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	_, errs = program(t, exitProblem, args("killed.om")...)
	if !strings.Contains(errs, "already exists") {
		t.Errorf("got %q", errs)
	}
	program(t, exitOK, append(args("killed.om"), "--force")...)
}

func readBytes(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// waitsFrom is a condition that holds, but for periods from that day on not before holdBack's release.
func waitsFrom(day string) string {
	return "CASE WHEN :period_start < '" + day + "' THEN true ELSE pg_advisory_xact_lock_shared(1)::text IS NOT NULL END"
}

// holdBack has queries wait where waitsFrom says so, until release is called.
func holdBack(t *testing.T, url string) (release func()) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "SELECT pg_advisory_lock(1)"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), "SELECT pg_advisory_unlock(1)"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBackfillCut takes the database away half way.
func TestBackfillCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	proxy := pgtest.NewProxy(t, postgres.Addr())
	direct := postgres.NewDatabase(t)
	database := strings.Replace(direct, postgres.Addr(), proxy.Addr(), 1)
	file := writeText(t, filepath.Join(dir, "kpi.yaml"), `timezone: UTC
databases: {app: {url: "`+database+`"}}
kpis:
  slow: {title: Slow, period: day, query: "SELECT 1 AS value FROM pg_sleep(0.01) WHERE :period_start < :period_end AND `+waitsFrom("2025-11-15")+`"}
`)
	output := filepath.Join(dir, "out.om")
	args := []string{"backfill", "--config.file=" + file, "--from=2024-01-01", "--to=2025-12-31", "--output=" + output, "--sparse"}
	release := holdBack(t, direct)
	go func() {
		for {
			if _, err := os.Stat(output + ".state"); err == nil || t.Context().Err() != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		proxy.SetUpstream("127.0.0.1:1")
		proxy.Cut()
	}()
	out, errs := program(t, exitProblem, args...)
	if !strings.Contains(out, "not tried") || !strings.Contains(out, "731 steps of one KPI:") || strings.Contains(out, " 0 failed") {
		t.Errorf("report: %q", out)
	}
	if !strings.Contains(errs, `database "app"`) || !strings.Contains(errs, "out.om was not written") {
		t.Errorf("errors: %q", errs)
	}
	if _, err := os.Stat(output); err == nil {
		t.Error("a part has the final name")
	}
	proxy.SetUpstream(postgres.Addr())
	release()
	out, _ = program(t, exitOK, args...)
	if !strings.Contains(out, "731 done") || !strings.Contains(out, "by an earlier run") {
		t.Errorf("report of the second run: %q", out)
	}
	if got := bytes.Count(readBytes(t, output), []byte("\nkpi_value{")); got != 731 {
		t.Errorf("%d values, want 731", got)
	}
}

// TestBackfillCopies compares the recorded names that are written with the rules that would record them.
func TestBackfillCopies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := writeText(t, filepath.Join(dir, "kpi.yaml"), strings.ReplaceAll(historyKPIs, "${KPI_DATABASE_URL}", postgres.NewDatabase(t, historySchema)))
	program(t, exitOK, "generate", "rules", "--config.file="+file, "--output="+dir)
	program(t, exitOK, "backfill", "--config.file="+file, "--from=2026-03-20", "--to=2026-03-20", "--output="+filepath.Join(dir, "day.om"))
	written := string(readBytes(t, filepath.Join(dir, "day.om")))
	var rules struct {
		Groups []struct {
			Rules []struct{ Record, Expr string }
		}
	}
	if err := yaml.Unmarshal(readBytes(t, filepath.Join(dir, "kpi.rules.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	copied := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			_, exposed, ok := strings.Cut(strings.Replace(r.Expr, "min without", "max without", 1), "max without (instance, pod) (kpi_")
			name, rest, _ := strings.Cut(exposed, ")")
			if r.Record == "" || !ok || strings.Trim(rest, ") \n") != "" || !strings.Contains(written, "\nkpi_"+name+"{") {
				continue
			}
			copied++
			if got, want := strings.Count(written, "\n"+r.Record+"{"), strings.Count("\n"+written, "\nkpi_"+name+"{"); got != want {
				t.Errorf("%s has %d samples, kpi_%s has %d", r.Record, got, name, want)
			}
		}
	}
	if copied < 9 {
		t.Errorf("only %d recorded names are copies", copied)
	}
}

func TestBackfillWrongUse(t *testing.T) {
	t.Parallel()
	file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile)
	for _, test := range []struct{ args, want string }{
		{"--to=2026-01-02 --output=x", "'--from' not provided"},
		{"--from=2026-01-01 --to=2026-01-02", "give one of --blocks, --output, --remote-write and --verify"},
		{"--from=2026-01-01 --to=2026-01-02 --output=x --verify=http://h", "give one of"},
		{"--from=2026-01-01 --to=2026-01-02 --output=x --remote-write=http://h --verify=http://h", "give one of"},
		{"--from=2026-01-01 --to=2026-01-02 --remote-write=http://h --replace=http://h", "--replace needs --output"},
		{"--from=2026-01-01 --to=2026-01-02 --verify=http://h --force", "--force needs --blocks or --output"},
		{"--from=2026-01-02 --to=2026-01-01 --output=x", "--to is before --from"},
		{"--from=2126-01-02 --to=2126-01-03 --output=x", "--from is in the future"},
		{"--from=yesterday --to=2026-01-03 --output=x", "--from: time"},
		{"--from=2026-01-01T00:00:00.5Z --to=2026-01-03 --output=x", "fraction of a second"},
		{"--from=2026-01-01 --to=2026-01-03 --output=x --step=daily", "--step: step"},
		{"--from=2026-01-01 --to=2026-01-03 --output=x --label=kpi=a", `label "kpi" is reserved by the exporter`},
		{"--from=2026-01-01 --to=2026-01-03 --output=x --label=job", "write name=value"},
		{"--from=2026-01-01 --to=2026-01-03 --verify=ftp://someone:s3cr3t@h", "--verify: the address is not an http"},
		{"nobody --from=2026-01-01 --to=2026-01-03 --output=x", `kpi "nobody" is not in`},
	} {
		_, errs := program(t, exitUsage, append([]string{"backfill", "--config.file=" + file}, strings.Fields(test.args)...)...)
		if !strings.Contains(errs, test.want) || strings.Contains(errs, "s3cr3t") {
			t.Errorf("%s: got %q, want %q", test.args, errs, test.want)
		}
	}
}

func TestProgressText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		done, failed, total, newlyDone int
		want                           string
	}{
		{0, 0, 10, 0, "[                              ] 0 of 10 steps"},
		{4, 1, 10, 4, "[===============               ] 4 of 10 steps, 1 failed, 1m15s left"},
		{10, 0, 10, 6, "[==============================] 10 of 10 steps"},
		{0, 0, 0, 0, "[                              ] 0 of 0 steps"},
	} {
		if got := progressText(test.done, test.failed, test.total, test.newlyDone, time.Minute); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
