package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// asAdmin returns the only cell of a query run beside the pool.
func asAdmin(t testing.TB, url, query string) string {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var text string
	if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// asRole returns the URL for another role.
func asRole(url, userinfo string) string { return strings.Replace(url, "postgres@", userinfo+"@", 1) }

func TestParameters(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	tests := map[string]string{
		"SELECT :as_of":        "2026-04-05 02:00:00+02",
		"SELECT :period_start": "2026-04-03 02:00:00+02", "SELECT :period_end": "2026-04-04 02:00:00+02",
		"SELECT :previous_start": "2026-04-02 02:00:00+02", "SELECT :previous_end": "2026-04-03 02:00:00+02",
		"SELECT :timezone":                                              "Europe/Berlin",
		"SELECT :as_of::date":                                           "2026-04-05",
		"SELECT :as_of - interval '720 hours'":                          "2026-03-06 01:00:00+01",
		"SELECT (:as_of AT TIME ZONE :timezone)::text":                  "2026-04-05 02:00:00",
		"SELECT (:as_of at time zone 'Asia/Tokyo')::date":               "2026-04-05",
		"SELECT pg_typeof(:as_of)::text || pg_typeof(:timezone)::text":  "timestamp with time zonetext",
		"SELECT :as_of = :as_of":                                        "true",
		"SELECT CAST(:as_of AS text)":                                   "2026-04-05 02:00:00+02",
		"SELECT extract(epoch FROM :period_end-:period_start)::int":     "86400",
		"SELECT ':as_of' || $$:as_of$$":                                 ":as_of:as_of",
		"SELECT count(*) WHERE :period_start <= now() -- :period_start": "1",
		"SELECT date_trunc('day', :as_of, :timezone) = :as_of":          "false",
		"SELECT (ARRAY[1,2,3])[2:3]":                                    "{2,3}",
		"WITH w AS (SELECT :as_of AS t) SELECT t FROM w":                "2026-04-05 02:00:00+02",
		"VALUES (1)": "1",
		"SELECT 1;":  "1",
		"(SELECT 1)": "1",
		"SELECT current_setting('application_name')":                    "kpi_exporter",
		"SELECT query FROM pg_stat_activity WHERE pid=pg_backend_pid()": "/* kpi_exporter kpi=revenue */\nSELECT query FROM pg_stat_activity WHERE pid=pg_backend_pid()",
	}
	for sql, want := range tests {
		t.Run(sql, func(t *testing.T) {
			q := newQuery(t, sql)
			q.Timezone = "Europe/Berlin"
			_, rows, err := run(t.Context(), p, q)
			if err != nil {
				t.Fatal(err)
			}
			if got := rows[0][0].Text; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

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

func TestColumns(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	columns, rows, err := run(t.Context(), p, newQuery(t, `SELECT 1 AS value, 'a' AS "Plan", 2.5 AS value WHERE false`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Column{{"value", "int4"}, {"Plan", "text"}, {"value", "numeric"}}
	if diff := cmp.Diff(want, columns); diff != "" || len(rows) != 0 {
		t.Errorf("%d rows, columns (-want +got):\n%s", len(rows), diff)
	}
}

// TestNothingIsWrittenAndNothingLeaks runs everything that might write or outlive its transaction as a role that may
// write, over one connection.
func TestNothingIsWrittenAndNothingLeaks(t *testing.T) {
	url := server.NewDatabase(t,
		"CREATE TABLE t (x int)", "INSERT INTO t VALUES (1)", "CREATE SEQUENCE s",
		"CREATE FUNCTION write() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO t VALUES (2) RETURNING x'",
		`CREATE FUNCTION unlock() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
			SET transaction_read_only = off; INSERT INTO t VALUES (3); RETURN 1; END $$`,
	)
	p := openPool(t, url, 1)
	tests := []struct {
		sql    string
		reason Reason // "" for what is allowed, but must leave nothing behind.
	}{
		{"INSERT INTO t VALUES (2)", Write},
		{"INSERT INTO t VALUES (2) RETURNING x", Write},
		{"UPDATE t SET x = 5", Write},
		{"DELETE FROM t", Write},
		{"TRUNCATE t", Write},
		{"DROP TABLE t", Write},
		{"CREATE TEMP TABLE u (x int)", Write},
		{"MERGE INTO t USING t AS u ON false WHEN NOT MATCHED THEN INSERT VALUES (9)", Write},
		{"WITH w AS (INSERT INTO t VALUES (2) RETURNING x) SELECT x FROM w", Write},
		{"WITH w AS (DELETE FROM t RETURNING x) SELECT count(*) FROM w", Write},
		{"WITH w AS (INSERT INTO t VALUES (2) RETURNING x) SELECT x, :as_of FROM w", Write},
		{"SELECT nextval('s')", Write},
		{"SELECT nextval('s'), :as_of", Write},
		{"SELECT write()", Write},
		{"SELECT unlock()", Write},
		{"SELECT set_config('transaction_read_only', 'off', true)", Write},
		{"SELECT x INTO u FROM t", Write},
		{"SELECT x FROM t FOR UPDATE", Write},
		{"COMMIT", Write},
		{"ROLLBACK", Write},
		{"END", Write},
		{"/* SELECT */ COMMIT AND CHAIN", Write},
		{"SET ROLE pg_monitor", Write},
		{"SET TRANSACTION READ WRITE", Write},
		{"SET statement_timeout = 0", Write},
		{"PREPARE leak AS SELECT 1", Write},
		{"COPY t TO STDOUT", Write},
		{"COPY t FROM STDIN", Write},
		{"LISTEN x", Write},
		{"DO 'BEGIN END'", Write},
		{"CALL x()", Write},
		{"EXPLAIN ANALYZE INSERT INTO t VALUES (2)", Refused},
		{"LOCK TABLE t", Write},
		{"DISCARD ALL", Write},
		{"SELECT set_config('work_mem', '123MB', false)", ""},
		{"SELECT set_config('role', 'pg_monitor', false)", ""},
		{"SELECT set_config('role', 'pg_monitor', false), :as_of", ""},
		{"SELECT set_config('statement_timeout', '0', false)", ""},
	}
	const state = `SELECT concat_ws(' ', (SELECT count(*) FROM t), (SELECT sum(x) FROM t), (SELECT is_called FROM s), current_user,
		current_setting('work_mem'), current_setting('transaction_read_only'), current_setting('TimeZone'),
		(SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()), to_regclass('u'))`
	before := one(t, p, state)
	for _, test := range tests {
		t.Run(test.sql, func(t *testing.T) {
			_, _, err := run(t.Context(), p, newQuery(t, test.sql))
			if test.reason == "" {
				if err != nil {
					t.Error(err)
				}
			} else {
				wantError(t, err, test.reason, "")
			}
			if after := one(t, p, state); after != before {
				t.Errorf("the next query sees\n     %s\nwant %s", after, before)
			}
			if got := asAdmin(t, url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kpi_exporter' AND state <> 'idle'"); got != "0" {
				t.Errorf("%s connections are not idle", got)
			}
		})
	}
}

func TestStatementErrors(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	tests := map[string]string{
		"SELECT 1,\n  missing,\n  2": `line 2: column "missing" does not exist (42703)`,
		"SELEC":                      "a query begins with SELECT",
		"SELECT 1/0":                 "division by zero (22012)",
		"SELECT 'alice'::int":        `invalid input syntax for type integer: "alice"`,
		"SELECT namee FROM (SELECT 1 AS name) AS t":          `does not exist (42703); hint: Perhaps you meant to reference the column "t.name".`,
		"SELECT * FROM nowhere":                              `line 1: relation "nowhere" does not exist (42P01)`,
		"SELECT :as_of, 'é',\n\nwrong(1)":                    "line 3: function wrong(integer) does not exist",
		"SELECT 1/(3-x) FROM generate_series(1, 5) AS s (x)": "division by zero",
	}
	for sql, says := range tests {
		t.Run(sql, func(t *testing.T) {
			_, _, err := run(t.Context(), p, newQuery(t, sql))
			wantError(t, err, Refused, says)
		})
	}
	q := newQuery(t, "SELECT 1")
	q.Timezone = "Mars/Olympus"
	_, _, err := run(t.Context(), p, q)
	wantError(t, err, Refused, "unknown time zone Mars/Olympus")
	q.Timezone = "Local" // A zone of Go's, but not of the server's.
	_, _, err = run(t.Context(), p, q)
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
	if got := asAdmin(t, url, "SELECT count(*) FROM t"); got != "0" {
		t.Errorf("%s rows were written", got)
	}
}

func TestStatementTimeout(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	for _, parameter := range withAndWithoutParameter {
		q := newQuery(t, "SELECT pg_sleep(30)"+parameter)
		q.Timeout = 300 * time.Millisecond
		within(t, 2*time.Second, func() {
			_, _, err := run(t.Context(), p, q)
			wantError(t, err, Timeout, "the query took longer than its timeout of 300ms")
		})
	}
	const active = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(30)%' AND wait_event = 'PgSleep'"
	if got := asAdmin(t, url, active); got != "0" {
		t.Errorf("%s queries still run on the server", got)
	}
	if s := p.Stats(); !s.Known || !s.Up {
		t.Errorf("stats %+v, want a database that is up", s)
	}
}

func TestLockTimeout(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE t (x int)")
	p := openPool(t, url, 1)
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	one(t, p, "SELECT 1") // So that connecting takes none of the time.
	q := newQuery(t, "SELECT x FROM t")
	q.Timeout = 500 * time.Millisecond
	within(t, 2*time.Second, func() {
		_, _, err = run(t.Context(), p, q)
		wantError(t, err, Timeout, "waited too long for a lock")
	})
}

func TestSessionZoneDecidesLocalDays(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	q := newQuery(t, `SELECT extract(epoch FROM (date '2026-03-30')::timestamptz - (date '2026-03-29')::timestamptz) / 3600`)
	for zone, want := range map[string]float64{"Europe/Berlin": 23, "UTC": 24} {
		q.Timezone = zone
		_, rows, err := run(t.Context(), p, q)
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[0][0].Number; got != want {
			t.Errorf("%s: the day has %v hours, want %v", zone, got, want)
		}
	}
}

func TestSettingsOfTheRoleDoNotChangeTexts(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, `CREATE ROLE odd LOGIN; ALTER ROLE odd SET DateStyle = 'German'; ALTER ROLE odd SET IntervalStyle = 'iso_8601';
		ALTER ROLE odd SET extra_float_digits = -5; ALTER ROLE odd SET statement_timeout = '100ms'; ALTER ROLE odd SET TimeZone = 'Asia/Tokyo'`)
	defer server.Exec(t, server.URL("postgres"), "DROP ROLE odd")
	p := openPool(t, asRole(url, "odd"), 1)
	_, rows, err := run(t.Context(), p, newQuery(t, "SELECT timestamptz '2026-04-01 12:00+00', interval '36:00', 0.1::float8 + 0.2, pg_sleep(0.2)"))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{rows[0][0].Text, rows[0][1].Text, rows[0][2].Text}
	if diff := cmp.Diff([]string{"2026-04-01 12:00:00+00", "36:00:00", "0.30000000000000004"}, got); diff != "" {
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
		"target_session_attrs=x": "target_session_attrs is not one of", "connect_timeout=x": "connect_timeout is not a number", "nonsense=x": `unrecognized configuration parameter "nonsense"`,
		"hostaddr=x": "hostaddr is not an IP address",
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

// requirePassword makes the server ask the role for its password.
func requirePassword(t *testing.T, role string) {
	t.Helper()
	url := server.URL("postgres")
	path := asAdmin(t, url, "SELECT current_setting('hba_file')")
	hba := asAdmin(t, url, "SELECT pg_read_file(current_setting('hba_file'))")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		server.Exec(t, url, "SELECT pg_reload_conf()")
	}
	write("host all " + role + " 127.0.0.1/32 scram-sha-256\n" + hba)
	t.Cleanup(func() {
		write(hba)
		server.Exec(t, url, "DROP ROLE "+role)
	})
}

func TestPasswords(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, "CREATE ROLE careful LOGIN")
	requirePassword(t, "careful")
	path := filepath.Join(t.TempDir(), "password")
	setPassword := func(inFile, onServer string) {
		if err := os.WriteFile(path, []byte(inFile+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		server.Exec(t, url, fmt.Sprintf("ALTER ROLE careful PASSWORD '%s'", strings.ReplaceAll(onServer, "'", "''")))
	}
	const canary = "hunter2-canary"
	setPassword(canary, canary)
	eventually(t, "the server asks for the password", func() bool {
		_, _, err := run(t.Context(), openPool(t, asRole(url, "careful"), 1), newQuery(t, "SELECT 1"))
		return err != nil
	})

	for _, password := range []string{"#@%/: ", "a'b\"c\\d", "pä$$wörd", "?&=+${X}", " leading", "50%"} {
		t.Run(password, func(t *testing.T) {
			setPassword(password, password)
			p := openConfig(t, config.NewDatabase("app", asRole(url, "careful"), path), 1)
			if got := one(t, p, "SELECT current_user"); got != "careful" {
				t.Errorf("got %s", got)
			}
		})
	}

	t.Run("rotated", func(t *testing.T) {
		setPassword(canary, "new-"+canary)
		p := openConfig(t, config.NewDatabase("app", asRole(url, "careful"), path), 1)
		_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
		wantError(t, err, Connect, `cannot connect: password authentication failed for user "careful" (28P01)`)
		if s := p.Stats(); !s.Known || s.Up {
			t.Errorf("stats %+v, want a database that is not up", s)
		}
		setPassword("new-"+canary, "new-"+canary)
		if got := one(t, p, "SELECT current_user"); got != "careful" {
			t.Errorf("got %s", got)
		}
		if s := p.Stats(); !s.Up {
			t.Errorf("stats %+v, want a database that is up", s)
		}
	})

	t.Run("the secret in the server's words", func(t *testing.T) {
		setPassword(canary, canary)
		p := openConfig(t, config.NewDatabase("app", asRole(url, "careful"), path), 1)
		_, _, err := run(t.Context(), p, newQuery(t, "SELECT '"+canary+"'::int"))
		wantError(t, err, Refused, `invalid input syntax for type integer: "<secret>"`)
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", e, e, e), canary) {
				t.Errorf("%T shows the secret: %+v", e, e)
			}
		}
	})
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

func TestDatabaseThatDoesNotExist(t *testing.T) {
	_, _, err := run(t.Context(), openPool(t, server.URL("nowhere"), 1), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, `cannot connect: database "nowhere" does not exist (3D000)`)
}

func TestTLSIsNeverGivenUp(t *testing.T) {
	url := strings.Replace(server.NewDatabase(t), "?sslmode=disable", "", 1)
	_, _, err := run(t.Context(), openPool(t, url, 1), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, "the server does not offer TLS")
	if got := one(t, openPool(t, url+"?sslmode=prefer", 1), "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}

// TestBrokenURLsShowNoSecret runs into the faults that drivers quote the URL for.
func TestBrokenURLsShowNoSecret(t *testing.T) {
	const canary = "hunter2-canary"
	host := server.Addr()
	urls := []string{
		"postgres://u:" + canary + "%zz@" + host + "/db", "postgres://u:" + canary + "@" + host + "x/db", "postgres://u:" + canary + "@[::1/db",
		"postgres://u:" + canary + "@h:" + canary + "/db", "postgres//u:" + canary + "@h/db", "canary://u:" + canary + "@h/db", canary,
		"mysql://u:" + canary + "@h/db", "postgres://u:" + canary + "/x@" + host + "/db", "postgres://u:" + canary + "@/db",
		"postgres://u:" + canary + "@nowhere.invalid/db", "postgres://u:" + canary + "@" + host + "/nowhere", "postgres://u:" + canary + "@" + host + "/db?sslmode=disable&x=" + canary,
		"postgres://u:" + canary + "@127.0.0.1:1/db", "postgres://u:" + canary + "\n@h/db", "host=h password=" + canary, "${" + canary + "}",
		"postgres://u:" + canary + "@" + host + "/db?sslmode=" + canary, "postgres://u:" + canary + "@" + host + "/db?sslmode=verify-full",
		"postgres://u:" + canary + "@" + host + "/db?sslmode=require&sslrootcert=/" + canary,
	}
	for _, url := range urls {
		t.Run(url, func(t *testing.T) {
			_, _, err := run(t.Context(), openPool(t, url, 1), newQuery(t, "SELECT 1"))
			wantError(t, err, Connect, "")
			for e := err; e != nil; e = errors.Unwrap(e) {
				if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, canary) {
					t.Errorf("%T shows the secret: %s", e, text)
				}
			}
		})
	}
}

// TestKilledBackend counts the executions of a query whose backend is killed.
func TestKilledBackend(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, "ALTER DATABASE "+asAdmin(t, url, "SELECT quote_ident(current_database())")+" SET log_statement = 'all'")
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
			eventually(t, "the query runs", func() bool { return asAdmin(t, url, "SELECT count(*) "+running) == "1" })
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
	eventually(t, "the query runs", func() bool { return asAdmin(t, url, "SELECT count(*) "+running) == "1" })
	server.Exec(t, url, "SELECT pg_cancel_backend(pid) "+running)
	wantError(t, <-done, Timeout, "canceling statement due to user request")
}

func TestCallerStopsALongQueryAtOnce(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	for _, parameter := range withAndWithoutParameter {
		tooMany := errors.New("too many rows")
		n, stopped := 0, time.Time{}
		q := newQuery(t, "SELECT x, repeat('x', 100)"+parameter+" FROM generate_series(1, 5000) AS s (x), generate_series(1, 10000)")
		err := p.Run(t.Context(), q, func([]Column) (func([]Value) error, error) {
			return func([]Value) error {
				n++
				if n > 1000 {
					stopped = time.Now()
					return tooMany
				}
				return nil
			}, nil
		})
		if !errors.Is(err, tooMany) {
			t.Errorf("error %v, want the caller's own", err)
		}
		if took := time.Since(stopped); took > 5*time.Second { // Reading the rest takes ten.
			t.Errorf("stopping took %s", took)
		}
		eventually(t, "the query has ended on the server", func() bool {
			return asAdmin(t, url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%repeat(''x'', 100)%' AND state = 'active' AND pid <> pg_backend_pid()") == "0"
		})
	}
	badColumns := errors.New("bad columns")
	err := p.Run(t.Context(), newQuery(t, "SELECT 1"), func([]Column) (func([]Value) error, error) { return nil, badColumns })
	if !errors.Is(err, badColumns) {
		t.Errorf("error %v, want the caller's own", err)
	}
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestCallerCancels(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	for _, parameter := range withAndWithoutParameter {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, _, err := run(ctx, p, newQuery(t, "SELECT 'shutdown', pg_sleep(30)"+parameter))
			done <- err
		}()
		const running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%SELECT ''shutdown'', pg_sleep(30)%' AND wait_event = 'PgSleep'"
		eventually(t, "the query runs", func() bool { return asAdmin(t, url, running) == "1" })
		within(t, 2*time.Second, func() {
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		})
		eventually(t, "the query has ended on the server", func() bool { return asAdmin(t, url, running) == "0" })
	}
}

func TestCallersDeadline(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	within(t, 2*time.Second, func() {
		_, _, err := run(ctx, p, newQuery(t, "SELECT pg_sleep(30)"))
		wantError(t, err, Timeout, "the query took longer than its timeout")
	})
}

// TestMemoryIsFlat reads a million rows and looks at the heap on the way.
func TestMemoryIsFlat(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	var least, most uint64
	n := 0
	err := p.Run(t.Context(), newQuery(t, "SELECT 'label ' || x, x * 1.5 FROM generate_series(1, 1000) AS s (x), generate_series(1, 1000)"), func([]Column) (func([]Value) error, error) {
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
