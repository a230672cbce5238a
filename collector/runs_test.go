package collector

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// newLoggedDatabase returns a database whose server logs every statement, and a function that returns how often one with
// some words was executed since.
func newLoggedDatabase(t testing.TB, schema ...string) (url string, executed func(words string) int) {
	t.Helper()
	url = server.NewDatabase(t, schema...)
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	server.Exec(t, url, "ALTER DATABASE "+name+" SET log_statement = 'all'")
	entries := func() []string {
		text, err := server.Log()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(text, "LOG:  execute ")[1:]
	}
	old := len(entries())
	return url, func(words string) int {
		n := 0
		for _, entry := range entries()[old:] {
			if strings.Contains(entry, words) {
				n++
			}
		}
		return n
	}
}

// TestOneRunForEachQuery counts on the server how often queries were executed that KPIs share.
func TestOneRunForEachQuery(t *testing.T) {
	url, executed := newLoggedDatabase(t)
	const file = `
timezone: UTC
databases: {app: {url: %q}}
queries:
  money:
    period: month
    query: SELECT 'named run' AS plan, 10 AS revenue, 4 AS cost, :period_start AS since
    labels: [plan]
    sample_size: since
kpis:
  revenue: {title: Revenue, from: money, value: revenue}
  cost: {title: Cost, from: money, value: cost, target: {at_most: 5}}
  margin: {title: Margin, from: money, numerator: revenue, denominator: cost}
  same_a: {title: A, period: day, query: "SELECT 'same text' AS plan, 1 AS value", labels: [plan]}
  same_b: {title: B, period: month, query: "SELECT 'same text' AS plan, 1 AS value", labels: [plan]}
  window_a: {title: C, period: day, query: "SELECT 'own window' AS plan, 1 AS value, :period_start AS n", labels: [plan], sample_size: n}
  window_b: {title: D, period: month, query: "SELECT 'own window' AS plan, 1 AS value, :period_start AS n", labels: [plan], sample_size: n}
  zone_a: {title: E, period: day, query: "SELECT 'own zone' AS plan, 1 AS value", labels: [plan]}
  zone_b: {title: F, period: day, timezone: Asia/Tokyo, query: "SELECT 'own zone' AS plan, 1 AS value", labels: [plan]}
`
	cfg := load(t, fmt.Sprintf(file, url))
	var got []string
	for _, r := range evaluate(t, cfg, at(t, "2026-05-05T12:00:00Z")) {
		got = append(got, r.KPI.Name+": "+describe(r))
	}
	want := []string{
		`revenue: plan="named run" 10 of 1.7750016e+09 no_target`,
		`cost: plan="named run" 4 of 1.7750016e+09 on_target attainment 1.2 by 5 target.upper=5`,
		`margin: plan="named run" 2.5 of 1.7750016e+09 no_target`,
		`same_a: plan="same text" 1 no_target`,
		`same_b: plan="same text" 1 no_target`,
		`window_a: plan="own window" 1 of 1.7778528e+09 no_target`,
		`window_b: plan="own window" 1 of 1.7750016e+09 no_target`,
		`zone_a: plan="own zone" 1 no_target`,
		`zone_b: plan="own zone" 1 no_target`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	for words, want := range map[string]int{"named run": 1, "same text": 1, "own window": 2, "own zone": 2, "kpi=revenue,cost,margin */": 1, "kpi=same_a,same_b */": 1} {
		if got := executed(words); got != want {
			t.Errorf("%q was executed %d times, want %d", words, got, want)
		}
	}
}

// TestLongestTimeoutHolds has KPIs with different timeouts share a query, in both orders.
func TestLongestTimeoutHolds(t *testing.T) {
	owner := &config.KPI{Name: "it"}
	for _, timeouts := range [][]time.Duration{{time.Second, time.Minute}, {time.Minute, time.Second}} {
		var r run
		for _, timeout := range timeouts {
			r.join(consumer{takers: []taker{{owner: owner}}, reading: reading{kpi: owner}}, timeout)
		}
		if r.query.Timeout != time.Minute {
			t.Errorf("joined with %v: the query has %s, want a minute", timeouts, r.query.Timeout)
		}
	}
}

// TestASharedRunFailsOnlyWhoCannotReadIt has KPIs of one query of which some cannot use its rows.
func TestASharedRunFailsOnlyWhoCannotReadIt(t *testing.T) {
	url, executed := newLoggedDatabase(t)
	const file = `
timezone: UTC
databases: {app: {url: %q}}
queries:
  shared: {period: instant, query: "SELECT 'shared run' AS plan, 10 AS good, 'x' AS text", labels: [plan]}
kpis:
  missing: {title: Missing, from: shared, value: lost}
  good: {title: Good, from: shared, value: good}
  text: {title: Text, from: shared, value: text}
`
	cfg := load(t, fmt.Sprintf(file, url))
	var got []string
	for _, r := range evaluate(t, cfg, at(t, "2026-05-05T12:00:00Z")) {
		got = append(got, describe(r))
	}
	want := []string{
		`column: kpi "missing": column "lost" is not in the result (has: plan, good, text)`,
		`plan="shared run" 10 no_target`,
		`value: kpi "text": row 1: column "text": text is not a number: write text::numeric if its text is one`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if n := executed("shared run"); n != 1 {
		t.Errorf("executed %d times, want once", n)
	}
}

// TestPanicIsTheKPIsFailure has a KPI without a query, which no file can give, beside healthy ones.
func TestPanicIsTheKPIsFailure(t *testing.T) {
	const query = "SELECT 1 AS value" // One run for the first two.
	cfg := load(t, app(server.NewDatabase(t), kpi("broken", query, "target: {at_least: 1}")+kpi("good", query, "")+kpi("other", "SELECT 2 AS value", "")))
	e := NewEvaluator(cfg)
	defer e.Close()
	broken := *cfg.KPIs[0]
	broken.Query = nil
	all := requests(cfg, time.Now())
	_, runs := e.runs(all)
	for _, r := range runs {
		for i := range r.consumers {
			if r.consumers[i].kpi == cfg.KPIs[0] {
				r.consumers[i].kpi = &broken
			}
		}
		r.execute(t.Context())
	}
	if f := runs[0].consumers[0].failure; f == nil || f.Reason != ReasonInternal || !strings.Contains(f.Error(), "panic: runtime error") {
		t.Errorf("failure %v, want a panic", f)
	}
	for _, p := range []consumer{runs[0].consumers[1], runs[1].consumers[0]} {
		if p.failure != nil || len(p.samples) != 1 {
			t.Errorf("%s: %v, %d samples", p.kpi.Name, p.failure, len(p.samples))
		}
	}
}

// TestTooManyRowsStopEarly lets the server make rows without an end.
func TestTooManyRowsStopEarly(t *testing.T) {
	url := server.NewDatabase(t)
	cfg := load(t, app(url, kpi("it", "SELECT n::text AS plan, 1 AS value FROM generate_series(1, 1000000) AS n", "labels: [plan]")))
	e := NewEvaluator(cfg)
	defer e.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	result := e.Evaluate(t.Context(), requests(cfg, time.Now()))[0]
	runtime.ReadMemStats(&after)
	if got, want := describe(result), `too_many_series: kpi "it": the result has more than 1000 rows (max_series)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if result.Samples != nil {
		t.Errorf("%d samples", len(result.Samples))
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("%d bytes were allocated for 1,000 rows: more than the rows that were wanted were read", grown)
	}
	eventually(t, "the query has ended on the server", func() bool {
		return pgtest.Ask[float64](t, url, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '/* kpi_exporter%'") == 0
	})
}

// TestRowsLeaveNothing reads rows without keeping their samples, and looks at what remains of them.
func TestRowsLeaveNothing(t *testing.T) {
	cfg := load(t, app(server.NewDatabase(t), kpi("it", "SELECT n::text AS plan, n::numeric AS value FROM generate_series(1, 200000) AS n", "labels: [plan]")))
	e := NewEvaluator(cfg)
	defer e.Close()
	_, runs := e.runs(requests(cfg, time.Now()))
	rows, heap := 0, []uint64{}
	err := runs[0].source.Run(t.Context(), runs[0].query, func(columns []database.Column) (func([]database.Value) error, error) {
		reader, err := newReader(cfg.KPIs[0], "app", columns)
		return func(row []database.Value) error {
			if rows++; rows%100_000 == 0 {
				var memory runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&memory)
				heap = append(heap, memory.HeapAlloc)
			}
			_, err := reader.read(row)
			return err
		}, err
	})
	if err != nil || len(heap) != 2 {
		t.Fatal(rows, err)
	}
	if grown := int64(heap[1]) - int64(heap[0]); grown > 1<<20 {
		t.Errorf("%d bytes more are in use after 100,000 rows more", grown)
	}
}

func TestDatabases(t *testing.T) {
	eu, us := server.NewDatabase(t, "CREATE TABLE n AS SELECT 1 AS value"), server.NewDatabase(t, "CREATE TABLE n AS SELECT 2 AS value")
	file := func(eu, us, more string) string {
		return fmt.Sprintf("timezone: UTC\ndatabases: {eu: {url: %q}, us: {url: %q}}\nkpis:\n%s", eu, us,
			indent(2, kpi("it", "SELECT value FROM n", "databases: [us, eu]\n"+more)))
	}
	result := evaluate(t, load(t, file(eu, us, "target: {at_least: 10, segments: [{database: eu, at_least: 1}]}")), time.Now())[0]
	want := `database="eu" 1 on_target attainment 1 by 1 target.lower=1` + "\n" +
		`database="us" 2 off_target attainment 0.19999999999999996 by 10 target.lower=10`
	if diff := cmp.Diff(want, describe(result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	result = evaluate(t, load(t, file(eu, "postgres://app@127.0.0.1:1/us?sslmode=disable", "")), time.Now())[0]
	if f := result.Failure; f == nil || f.Reason != ReasonConnect || !strings.HasPrefix(f.Error(), `kpi "it": database "us": cannot connect: `) || len(result.Samples) != 1 {
		t.Errorf("with one down: %v and %d samples, want the failure to connect to us and that of eu", f, len(result.Samples))
	}
	labels := file(eu, us, "labels: [plan]\nnull_label: \"-\"")
	result = evaluate(t, load(t, strings.Replace(labels, "SELECT value", "SELECT NULL AS plan, value", 1)), time.Now())[0]
	if diff := cmp.Diff("plan=\"-\" database=\"eu\" 1 no_target\nplan=\"-\" database=\"us\" 2 no_target", describe(result)); diff != "" {
		t.Errorf("beside another label (-want +got):\n%s", diff)
	}
}

// TestASlowDatabaseDelaysNoOther has one database that never answers.
func TestASlowDatabaseDelaysNoOther(t *testing.T) {
	silent := "postgres://app@" + pgtest.NewSilent(t) + "/slow?sslmode=disable"
	cfg := load(t, fmt.Sprintf("timezone: UTC\ndatabases: {slow: {url: %q}, fast: {url: %q}}\nkpis:\n%s", silent, server.NewDatabase(t),
		indent(2, kpi("slow", "SELECT 1 AS value", "database: slow\ntimeout: 1s")+kpi("fast", "SELECT 1 AS value", "database: fast"))))
	e := NewEvaluator(cfg)
	defer e.Close()
	var order []string
	e.evaluate(t.Context(), requests(cfg, time.Now()), func(_ int, r Result) { order = append(order, r.KPI.Name) })
	if diff := cmp.Diff([]string{"fast", "slow"}, order); diff != "" {
		t.Errorf("order of the results (-want +got):\n%s", diff)
	}
}
