package database

import (
	"context"
	"database/sql"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// asRole returns the URL for another role.
func asRole(url, userinfo string) string { return strings.Replace(url, "postgres@", userinfo+"@", 1) }

func TestParametersKeepMicroseconds(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	q := newQuery(t, "SELECT :as_of")
	q.Parameters.AsOf = time.Date(2026, 4, 5, 1, 2, 3, 123456999, time.UTC)
	_, rows, err := run(t.Context(), p, q)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rows[0][0].Text, "2026-04-05 01:02:03.123456+00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestZoneOfGoAlone has a session in a time zone that the server does not know.
func TestZoneOfGoAlone(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	q := newQuery(t, "SELECT 1")
	q.Timezone = "Local"
	_, _, err := run(t.Context(), p, q)
	wantError(t, err, Refused, `invalid value for parameter "TimeZone": "Local" (22023)`)
	if s := p.Stats(); !s.Up {
		t.Errorf("stats %+v, want a database that is up", s)
	}
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestSecondStatement holds that the server itself refuses one, whatever was parsed before.
func TestSecondStatement(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE t (x int)")
	p := openPool(t, url, 1)
	one(t, p, "SELECT 1")
	for sql, args := range map[string][]any{
		"SELECT 1; COMMIT; INSERT INTO t VALUES (1)":       nil,
		"SELECT $1::int; COMMIT; INSERT INTO t VALUES (1)": {1},
	} {
		var got int
		err := p.db.QueryRowContext(t.Context(), sql, args...).Scan(&got)
		if says := "cannot insert multiple commands into a prepared statement"; err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want …%s…", sql, err, says)
		}
	}
	if got := pgtest.Ask[string](t, url, "SELECT count(*) FROM t"); got != "0" {
		t.Errorf("%s rows were written", got)
	}
}

func TestSettingsOfTheRoleDoNotChangeTexts(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, `CREATE ROLE odd LOGIN; ALTER ROLE odd SET DateStyle = 'German'; ALTER ROLE odd SET IntervalStyle = 'iso_8601';
		ALTER ROLE odd SET extra_float_digits = -5; ALTER ROLE odd SET TimeZone = 'Asia/Tokyo'; ALTER ROLE odd SET bytea_output = 'escape';
		ALTER ROLE odd SET standard_conforming_strings = off`)
	defer server.Exec(t, server.URL("postgres"), "DROP ROLE odd")
	p := openPool(t, asRole(url, "odd"), 1)
	_, rows, err := run(t.Context(), p, newQuery(t, `SELECT timestamptz '2026-04-01 12:00+00', interval '36:00', 0.1::float8 + 0.2, 'a'::bytea, 'C:\new'`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, cell := range rows[0] {
		got = append(got, cell.Text)
	}
	if diff := cmp.Diff([]string{"2026-04-01 12:00:00+00", "36:00:00", "0.30000000000000004", `\x61`, `C:\new`}, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

// TestEnvironmentIsIgnored holds that no variable of libpq changes where or how a query runs.
func TestEnvironmentIsIgnored(t *testing.T) {
	url := server.NewDatabase(t)
	for name, value := range map[string]string{
		"PGHOST": "nowhere.invalid", "PGPORT": "1", "PGUSER": "nobody", "PGPASSWORD": "x", "PGDATABASE": "nowhere", "PGOPTIONS": "-c work_mem=64kB -c nonsense=1",
		"PGSSLMODE": "verify-full", "PGAPPNAME": "other", "PGREQUIRESSL": "1", "PGSERVICE": "nowhere", "PGCONNECT_TIMEOUT": "x",
	} {
		t.Setenv(name, value)
	}
	p := openPool(t, url, 1)
	if got := one(t, p, "SELECT current_user || ' ' || current_setting('application_name')"); got != "postgres kpi_exporter" {
		t.Errorf("got %s", got)
	}
}

func TestSettingsInTheURL(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url+"&search_path=a,b&options=-c%20work_mem%3D77MB&application_name=mine&connect_timeout=3&target_session_attrs=read-write", 1)
	if got := one(t, p, "SELECT concat_ws(' ', current_setting('search_path'), current_setting('work_mem'), current_setting('application_name'))"); got != "a,b 77MB mine" {
		t.Errorf("got %s", got)
	}
	for parameter, says := range map[string]string{
		"target_session_attrs=x": "target_session_attrs of the url is not one of", "connect_timeout=x": "connect_timeout of the url is not a whole number of seconds", "nonsense=x": `unrecognized configuration parameter "nonsense"`,
		"hostaddr=x": "hostaddr of the url is not an IP address",
	} {
		_, _, err := run(t.Context(), openPool(t, url+"&"+parameter, 1), newQuery(t, "SELECT 1"))
		wantError(t, err, Connect, says)
	}
}

func TestSeveralHosts(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, strings.Replace(url, "@", "@127.0.0.1:1,", 1), 1)
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}

func TestConnectionLimit(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, "CREATE ROLE single LOGIN CONNECTION LIMIT 1")
	defer server.Exec(t, server.URL("postgres"), "DROP ROLE single")
	db, err := sql.Open("postgres", asRole(url, "single"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := openPool(t, asRole(url, "single"), 2)
	_, _, err = run(t.Context(), p, newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, `too many connections for role "single" (53300)`)
}

func TestTLSIsNeverGivenUp(t *testing.T) {
	url := strings.Replace(server.NewDatabase(t), "?sslmode=disable", "", 1)
	_, _, err := run(t.Context(), openPool(t, url, 1), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, "the server does not offer TLS")
	if got := one(t, openPool(t, url+"?sslmode=prefer", 1), "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}

// TestKilledBackend counts the executions of a query whose backend is killed.
func TestKilledBackend(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, "ALTER DATABASE "+pgtest.Ask[string](t, url, "SELECT quote_ident(current_database())")+" SET log_statement = 'all'")
	for _, parameter := range withAndWithoutParameter {
		t.Run(parameter, func(t *testing.T) {
			p := openPool(t, url, 2)
			before, err := server.Log()
			if err != nil {
				t.Fatal(err)
			}
			q := newQuery(t, "SELECT 'killed-once', pg_sleep(30)"+parameter)
			done := make(chan error, 1)
			go func() {
				_, _, err := run(context.Background(), p, q)
				done <- err
			}()
			const running = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%SELECT ''killed-once'', pg_sleep(30)%' AND wait_event = 'PgSleep'"
			eventually(t, "the query runs", func() bool { return pgtest.Ask[string](t, url, "SELECT count(*) "+running) == "1" })
			server.Exec(t, url, "SELECT pg_terminate_backend(pid) "+running)
			wantError(t, <-done, Connect, "an administrator ended the connection, or the server is shutting down")
			log, err := server.Log()
			if err != nil {
				t.Fatal(err)
			}
			executed := regexp.MustCompile(`execute \S+: /\* kpi_exporter kpi=revenue \*/\n\tSELECT 'killed-once'`)
			if got := len(executed.FindAllString(log[len(before):], -1)); got != 1 {
				t.Errorf("the query ran %d times, want once", got)
			}
			if got := one(t, p, "SELECT 1"); got != "1" {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

func TestCanceledByAnAdministrator(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	done := make(chan error, 1)
	go func() {
		_, _, err := run(context.Background(), p, newQuery(t, "SELECT 'canceled', pg_sleep(30)"))
		done <- err
	}()
	const running = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%SELECT ''canceled'', pg_sleep(30)' AND wait_event = 'PgSleep'"
	eventually(t, "the query runs", func() bool { return pgtest.Ask[string](t, url, "SELECT count(*) "+running) == "1" })
	server.Exec(t, url, "SELECT pg_cancel_backend(pid) "+running)
	wantError(t, <-done, Timeout, "canceling statement due to user request")
}

// TestMemoryIsFlat reads a million rows and looks at the heap on the way.
func TestMemoryIsFlat(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	var least, most uint64
	n := 0
	q := newQuery(t, "SELECT 'label ' || x, x * 1.5 FROM generate_series(1, 1000) AS s (x), generate_series(1, 1000)")
	q.Timeout, q.MaxBytes = 5*time.Minute, 1<<30 // The machine may be busy.
	err := p.Run(t.Context(), q, func([]Column) (func([]Value) error, error) {
		return func(row []Value) error {
			n++
			if n%100000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				if least == 0 {
					least = m.HeapAlloc
				}
				least, most = min(least, m.HeapAlloc), max(most, m.HeapAlloc)
			}
			_, _ = row[0].Text()
			_, err := row[1].Number()
			return err
		}, nil
	})
	if err != nil || n != 1000000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if growth := most - least; growth > 1<<20 {
		t.Errorf("the heap grew by %d bytes", growth)
	}
}

// TestVariableInURL has names with every character that means something in a URL come from the environment, as they are.
func TestVariableInURL(t *testing.T) {
	const name = `%41/?&#@: +=$ é['"`
	t.Setenv("HARD_NAME", name)
	url := server.NewDatabase(t)
	server.Exec(t, url, `CREATE ROLE "%41/?&#@: +=$ é['""" LOGIN`)
	defer server.Exec(t, server.URL("postgres"), `DROP ROLE "%41/?&#@: +=$ é['"""`)
	p := openPool(t, asRole(strings.Replace(url, "sslmode=disable", "sslmode=disable&application_name=${HARD_NAME}", 1), "${HARD_NAME}:${HARD_NAME}"), 1)
	if got := one(t, p, "SELECT current_user"); got != name {
		t.Errorf("connected as %q, want %q", got, name)
	}
}
