package collector

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// The tests of this file run a collector over real PostgreSQL, with a clock that nobody moves.

// everySecond has a KPI due as often as it can be.
const everySecond = "every: 1s\nstale_after: 1h"

func (r *running) eventually(name, what string, condition func(KPIState) bool) {
	r.t.Helper()
	eventually(r.t, what, func() bool { return condition(r.kpi(name)) })
}

func up(s KPIState) bool { return s.Up() }

func failed(reason FailureReason) func(KPIState) bool {
	return func(s KPIState) bool {
		return s.Last != nil && s.Last.Failure != nil && s.Last.Failure.Reason == reason
	}
}

// active returns how many queries of the exporter run on the server right now that have these words.
func active(t testing.TB, words string) int {
	t.Helper()
	return int(pgtest.Ask[float64](t, server.URL("postgres"), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "+
		pq.QuoteLiteral("/* kpi_exporter%"+words+"%")))
}

func startServer(t *testing.T) *pgtest.Server {
	t.Helper()
	own, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	return own
}

// TestFaultsBesideAHealthyKPI has one KPI of each fault in one file.
func TestFaultsBesideAHealthyKPI(t *testing.T) {
	t.Parallel()
	url := server.NewDatabase(t, "CREATE TABLE t AS SELECT 1 AS n", "CREATE SEQUENCE s")
	var wideColumns, wideLabels []string
	for i := range 30 {
		wideLabels = append(wideLabels, fmt.Sprintf("l%d", i))
		wideColumns = append(wideColumns, fmt.Sprintf("repeat('x', 1000) || n AS l%d", i))
	}
	faults := []struct {
		name, sql, more string
		reason          FailureReason
		says            string
	}{
		{"nothing_listens", "SELECT 1 AS value", "database: down", ReasonConnect, "cannot connect"},
		{"slow", "SELECT pg_sleep(30)::text AS value", "timeout: 3s", ReasonTimeout, "timeout"},
		{"no_table", "SELECT n AS value FROM nowhere", "", ReasonQuery, `relation "nowhere" does not exist`},
		{"bad_bytes", `SELECT 1 AS value, convert_from('\xe9'::bytea, 'UTF8') AS plan`, "labels: [plan]", ReasonQuery, "invalid byte sequence"},
		{"writes", "WITH w AS (INSERT INTO t VALUES (2) RETURNING n) SELECT n AS value FROM w", "", ReasonWrite, "read-only transaction"},
		{"counts_up", "SELECT nextval('s') AS value", "", ReasonWrite, "read-only transaction"},
		{"missing", "SELECT 1 AS amount", "", ReasonColumn, `column "value" is not in the result (has: amount)`},
		{"miscased", `SELECT 1 AS "Value"`, "", ReasonColumn, `did you mean "Value"?`},
		{"extra", "SELECT 1 AS value, 2 AS more", "", ReasonColumn, `column "more"`},
		{"words", "SELECT 'x' AS value", "", ReasonValue, "text is not a number"},
		{"infinite", "SELECT 'Infinity'::float8 AS value", "", ReasonValue, "infinite"},
		{"null_label", "SELECT 1 AS value, NULL::text AS plan", "labels: [plan]", ReasonLabel, `label "plan" is NULL`},
		{"long_label", "SELECT 1 AS value, repeat('x', 10240) AS plan", "labels: [plan]", ReasonLabel, "10240 bytes"},
		{"unknown_label", "SELECT 1 AS value, 'gold' AS plan", "labels: {plan: [pro]}", ReasonLabel, `"gold"`},
		{"duplicates", "SELECT 1 AS value, 'a' AS plan FROM generate_series(1, 2)", "labels: [plan]", ReasonDuplicate, `plan="a"`},
		{"rows", "SELECT generate_series(1, 2) AS value", "", ReasonDuplicate, "more than one row"},
		{"long_error", "SELECT repeat('x', 31000)::int AS value", "", ReasonQuery, "the server's error message was longer than 30,000 bytes"},
		{"a_hundred_megabytes", "SELECT 1 AS value, repeat('x', 100000000) AS plan", "labels: [plan]", ReasonTooLarge, "exceeds 16 MB at row 1"},
		{"wide", "SELECT n AS value, " + strings.Join(wideColumns, ", ") + " FROM generate_series(1, 1000) AS n", "labels: [" + strings.Join(wideLabels, ", ") + "]", ReasonTooLarge, "the label values have more than 256 kB up to row 9"},
		{"a_million", "SELECT n AS value, n::text AS n FROM generate_series(1, 1000000) AS n", "labels: [n]", ReasonTooManySeries, "max_series"},
	}
	var kpis strings.Builder
	for _, f := range faults {
		database := "database: app\n"
		if strings.Contains(f.more, "database:") {
			database = ""
		}
		kpis.WriteString(kpi(f.name, f.sql, database+f.more))
	}
	kpis.WriteString(kpi("healthy", "SELECT n AS value FROM t", "database: app\ntarget: {at_least: 1}"))
	r := launch(t, load(t, fmt.Sprintf("timezone: UTC\ndefaults: {every: 2400h}\ndatabases: {app: {url: %q}, down: {url: \"postgres://app@127.0.0.1:1/app?sslmode=disable\"}}\nkpis:\n%s",
		url, indent(2, kpis.String()))))
	for _, f := range faults {
		r.eventually(f.name, f.name+" has failed", func(s KPIState) bool { return s.Evaluations > 0 })
	}
	r.eventually("healthy", "the healthy KPI is there", up)

	metrics := exposed(t, r.Collector) // Fails if gathering gives an error.
	for _, line := range []string{`kpi_value{kpi="healthy"} 1`, `kpi_status{kpi="healthy"} 0`, `kpi_up{kpi="healthy"} 1`} {
		if !metrics[line] {
			t.Errorf("%s is not exposed", line)
		}
	}
	own := page(t, DatabaseMetrics{r.Collector})
	for _, line := range []string{`kpi_exporter_database_up{database="app"} 1`, `kpi_exporter_database_up{database="down"} 0`} {
		if !strings.Contains(own, line) {
			t.Errorf("%s is not in\n%s", line, own)
		}
	}
	lines := r.log.lines(t)
	for _, f := range faults {
		if got, want := r.kpi(f.name).Failures, (map[FailureReason]uint64{f.reason: 1}); !cmp.Equal(got, want) {
			t.Errorf("%s: failures %v, want %v", f.name, got, want)
		}
		for _, line := range []string{
			fmt.Sprintf(`kpi_up{kpi=%q} 0`, f.name),
			fmt.Sprintf(`kpi_evaluation_failures_total{kpi=%q,reason=%q} 1`, f.name, f.reason),
		} {
			if !metrics[line] {
				t.Errorf("%s is not exposed", line)
			}
		}
		found, event := 0, "ERROR KPI evaluation failed: "+f.name
		if f.reason == ReasonConnect {
			event = wordsUnreached + " "
		}
		for _, line := range lines {
			if strings.HasPrefix(line, event+" ("+string(f.reason)+": kpi \""+f.name+"\": ") && strings.Contains(line, f.says) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: %d log lines say %q, want one, in:\n%s", f.name, found, f.says, strings.Join(lines, "\n"))
		}
	}
	if n := pgtest.Ask[float64](t, url, "SELECT count(*) FROM t"); n != 1 {
		t.Errorf("the table has %v rows, want 1", n)
	}
}

// TestDatabaseIsDownAndComesUp also has the connections of a pool die while they lie idle.
func TestDatabaseIsDownAndComesUp(t *testing.T) {
	t.Parallel()
	own := startServer(t)
	url := own.NewDatabase(t)
	if err := own.StopNow(); err != nil {
		t.Fatal(err)
	}
	r := launch(t, load(t, app(url, kpi("it", "SELECT 1 AS value", everySecond))))
	r.eventually("it", "the failure to connect", failed(ReasonConnect))
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}
	r.eventually("it", "the value, without a restart of the exporter", up)
	before := r.kpi("it")
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}
	r.eventually("it", "the next value", func(s KPIState) bool { return up(s) && s.Evaluations > before.Evaluations+1 })
}

// TestServerDiesDuringAQuery ends the run once, and keeps the last value.
func TestServerDiesDuringAQuery(t *testing.T) {
	t.Parallel()
	own := startServer(t)
	url := own.NewDatabase(t, "CREATE UNLOGGED TABLE nap AS SELECT 0 AS seconds") // Empty after a crash: nothing naps on.
	r := launch(t, load(t, app(url, kpi("it", "SELECT pg_sleep(seconds)::text = '' AS value FROM nap", everySecond))))
	r.eventually("it", "a value", up)
	own.Exec(t, url, "UPDATE nap SET seconds = 60")
	eventually(t, "the long query runs", func() bool {
		return pgtest.Ask[float64](t, url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND state = 'active'") == 1
	})
	if err := own.StopNow(); err != nil {
		t.Fatal(err)
	}
	r.eventually("it", "the failure", failed(ReasonConnect))
	if s := r.kpi("it"); s.Good == nil || *s.Good.Samples[0].Value != 1 {
		t.Errorf("the last value is gone: %+v", s.Good)
	}
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}
	own.Exec(t, url, "INSERT INTO nap VALUES (0)")
	r.eventually("it", "the value again", func(s KPIState) bool { return up(s) && len(s.Good.Samples) == 1 })
}

// TestKilledBackend has an administrator end the query: it is not run again before its next turn, which opens another session.
func TestKilledBackend(t *testing.T) {
	t.Parallel()
	url, executed := newLoggedDatabase(t)
	server.Exec(t, url, "CREATE TABLE nap AS SELECT 60 AS seconds")
	r := launch(t, load(t, app(url, kpi("it", "SELECT pg_sleep(seconds)::text = '' AS value, 'killed' AS who FROM nap", "labels: [who]\ntimeout: 5m"))))
	eventually(t, "the query runs", func() bool { return active(t, "'killed'") == 1 })
	if n := pgtest.Ask[float64](t, url, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '/* kpi_exporter kpi=it%''killed''%'"); n != 1 {
		t.Fatalf("%v backends ended", n)
	}
	r.eventually("it", "the failure", failed(ReasonConnect))
	if got := r.kpi("it").Last.Failure.Error(); !strings.Contains(got, "administrator") {
		t.Errorf("the failure does not say who did it: %s", got)
	}
	if n := executed("'killed' AS who"); n != 1 {
		t.Errorf("executed %d times, want once", n)
	}
	server.Exec(t, url, "UPDATE nap SET seconds = 0")
	r.eventually("it", "the value in another session", up)
}

// TestFrozenNetwork has bytes stop during a query, and flow again later.
func TestFrozenNetwork(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, server.Addr())
	url := server.NewDatabase(t, "CREATE TABLE nap AS SELECT 0 AS seconds")
	kpis := kpi("it", "SELECT pg_sleep(seconds)::text = 'frozen' AS value FROM nap", everySecond+"\ntimeout: 1s\ndatabase: app") +
		kpi("other", "SELECT 1 AS value", everySecond+"\ndatabase: direct")
	r := launch(t, load(t, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}, direct: {url: %q}}\nkpis:\n%s",
		strings.Replace(url, server.Addr(), proxy.Addr(), 1), url, indent(2, kpis))))
	r.eventually("it", "a value", up)
	server.Exec(t, url, "UPDATE nap SET seconds = 30")
	eventually(t, "the long query runs", func() bool { return active(t, "'frozen'") == 1 })
	proxy.Freeze()
	r.eventually("it", "the run ends although nothing arrives", failed(ReasonTimeout))
	other := r.kpi("other").Evaluations
	r.eventually("other", "the other database continues", func(s KPIState) bool { return up(s) && s.Evaluations > other })
	server.Exec(t, url, "UPDATE nap SET seconds = 0")
	proxy.Thaw()
	r.eventually("it", "the value again", up)
}

// TestCollectDuringASlowQuery reads the snapshot while a query takes long, which never runs twice.
func TestCollectDuringASlowQuery(t *testing.T) {
	t.Parallel()
	url := server.NewDatabase(t, "CREATE TABLE nap AS SELECT 0 AS seconds")
	r := launch(t, load(t, app(url, kpi("it", "SELECT pg_sleep(seconds)::text = 'collect' AS value FROM nap", everySecond)+kpi("quick", "SELECT 1 AS value", everySecond))))
	r.eventually("it", "a value", up)
	server.Exec(t, url, "UPDATE nap SET seconds = 20")
	eventually(t, "the long query runs", func() bool { return active(t, "'collect'") == 1 })
	quick := r.kpi("quick").Evaluations
	for range 20 {
		started := time.Now()
		metrics := exposed(t, r.Collector)
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("collecting took %s", took)
		}
		if !metrics[`kpi_value{kpi="it"} 0`] || !metrics[`kpi_up{kpi="it"} 1`] {
			t.Errorf("the last value is not exposed: %v", metrics)
		}
	}
	// Two seconds and more, in which the slow KPI would be due twice.
	r.eventually("quick", "the other KPI continues", func(s KPIState) bool {
		if n := active(t, "'collect'"); n != 1 {
			t.Fatalf("%d queries of one KPI at once", n)
		}
		return s.Evaluations >= quick+3
	})
}

// TestSlowQueriesShareADatabase has the queries of one team keep all connections of a database busy: another KPI of it waits, one
// of another entry for the same server does not.
func TestSlowQueriesShareADatabase(t *testing.T) {
	t.Parallel()
	url := server.NewDatabase(t)
	slow := func(name string) string {
		return kpi(name, "SELECT count(*) AS value FROM pg_sleep(1800) WHERE 'shared' <> '"+name+"'", "timeout: 1h\ndatabase: app")
	}
	r := launch(t, load(t, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q, max_connections: 2}, own: {url: %q}}\nkpis:\n%s", url, url, indent(2,
		slow("slow1")+slow("slow2")+slow("slow3")+kpi("other", "SELECT 1 AS value", everySecond+"\ndatabase: own")))))
	eventually(t, "all connections are busy", func() bool { return active(t, "'shared' <>") == 2 })
	other := r.kpi("other").Evaluations
	r.eventually("other", "the other entry continues", func(s KPIState) bool { return up(s) && s.Evaluations > other+1 })
	if n := active(t, "'shared' <>"); n != 2 {
		t.Errorf("%d queries run on two connections", n)
	}
}

// TestShutdownCancelsQueries ends Run while queries run and others wait for a connection.
func TestShutdownCancelsQueries(t *testing.T) {
	t.Parallel()
	url := server.NewDatabase(t)
	var kpis strings.Builder
	for i := range 10 {
		kpis.WriteString(kpi(fmt.Sprintf("it_%d", i), fmt.Sprintf("SELECT pg_sleep(60)::text = 'shutdown' AS value -- %d", i), ""))
	}
	r := launch(t, load(t, app(url, kpis.String())))
	eventually(t, "as many queries run as there are connections", func() bool { return active(t, "'shutdown'") == 2 })
	if own, line := page(t, DatabaseMetrics{r.Collector}), "kpi_exporter_evaluation_queue_length 8\n"; !strings.Contains(own, line) {
		t.Errorf("%s is not in\n%s", line, own)
	}
	started := time.Now()
	r.stop()
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("Run returned after %s", took)
	}
	eventually(t, "no query runs on the server", func() bool { return active(t, "'shutdown'") == 0 })
	if lines := r.log.lines(t); len(lines) > 0 {
		t.Errorf("a shutdown is not a failure, yet the log says:\n%s", strings.Join(lines, "\n"))
	}
	if n := pgtest.Ask[float64](t, url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kpi_exporter'"); n != 0 {
		t.Errorf("%v connections are still open", n)
	}
}

// TestReloadOfASlowKPI has the new definition evaluated although the old one would run for a minute.
func TestReloadOfASlowKPI(t *testing.T) {
	t.Parallel()
	url := server.NewDatabase(t)
	slow := load(t, app(url, kpi("it", "SELECT pg_sleep(60)::text = 'reload' AS value", "")+kpi("same", "SELECT pg_sleep(1)::text = 'same' AS value", "")))
	quick := load(t, app(url, kpi("it", "SELECT 5 AS value", "")+kpi("same", "SELECT pg_sleep(1)::text = 'same' AS value", "")))
	r := launch(t, slow)
	eventually(t, "both queries run", func() bool { return active(t, "'reload'") == 1 && active(t, "'same'") == 1 })
	if err := r.Reload(t.Context(), quick); err != nil {
		t.Fatal(err)
	}
	r.eventually("it", "the value of the new definition", up)
	eventually(t, "the old query is canceled", func() bool { return active(t, "'reload'") == 0 })
	r.eventually("same", "the unchanged KPI has run to its end", up)
	if n := r.kpi("same").Evaluations; n != 1 {
		t.Errorf("the unchanged KPI was evaluated %d times, want once", n)
	}
	if n := r.kpi("it").Evaluations; n != 1 {
		t.Errorf("%d evaluations, want one: that of the old definition has no result", n)
	}
	if lines := r.log.lines(t); len(lines) > 0 {
		t.Errorf("the log says:\n%s", strings.Join(lines, "\n"))
	}
}

// TestManyReloads changes a KPI and its database again and again.
func TestManyReloads(t *testing.T) {
	url, other := server.NewDatabase(t), server.NewDatabase(t)
	files := []*config.Config{
		load(t, app(url, kpi("same", "SELECT 1 AS value", "")+kpi("it", "SELECT pg_sleep(60)::text = 'many' AS value", ""))),
		load(t, app(url, kpi("same", "SELECT 1 AS value", "")+kpi("it", "SELECT 2 AS value", ""))),
		load(t, app(other, kpi("same", "SELECT 1 AS value", "")+kpi("it", "SELECT pg_sleep(60)::text = 'many' AS value", ""))),
		load(t, app(other, kpi("same", "SELECT 1 AS value", "")+kpi("it", "SELECT 4 AS value", ""))),
	}
	r := launch(t, files[0])
	reload := func(n int) {
		for i := range n {
			if err := r.Reload(t.Context(), files[(i+1)%len(files)]); err != nil {
				t.Fatal(err)
			}
		}
		r.eventually("same", "all is evaluated", up)
		eventually(t, "nothing that was canceled runs on", func() bool { return active(t, "'many'") == 1 })
	}
	connections := func() float64 { // Those that are being closed come to an end by themselves.
		return pgtest.Ask[float64](t, server.URL("postgres"), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter'")
	}
	reload(len(files))
	goroutines := runtime.NumGoroutine()
	reload(200)
	eventually(t, "as many goroutines as before", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	eventually(t, "no more connections than one database may have", func() bool { return connections() <= 2 })
	for i, s := range r.Snapshot().KPIs {
		if s.Last != nil && s.Last.Failure != nil {
			t.Errorf("KPI %d: %v", i, s.Last.Failure)
		}
	}
}
