package enginetest

import (
	"database/sql"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

func TestPostgres(t *testing.T) {
	Exercise(t, Engine{
		Engine: engine.Postgres{},
		New:    func(t testing.TB, statements ...string) string { return server.NewDatabase(t, statements...) },
		Values: postgresValues(),
		Wide: func(bytes int) string {
			return fmt.Sprintf("SELECT n AS value, repeat('x', %d) AS plan FROM generate_series(1, 3) AS n", bytes)
		},
		Null:       "SELECT NULL",
		Parameters: postgresParameters,
		Columns: Columns{
			`SELECT 1 AS value, 'a' AS "Plan", 2.5 AS value WHERE false`,
			[]database.Column{{Name: "value", Type: "int4"}, {Name: "Plan", Type: "text"}, {Name: "value", Type: "numeric"}},
		},
		Failing:     postgresFailing,
		Numbers:     func(n int) string { return fmt.Sprintf("SELECT n AS value FROM generate_series(1, %d) AS n", n) },
		Endless:     []string{"SELECT pg_sleep(30)", "SELECT pg_sleep(30), :timezone"},
		EndlessRows: []string{endlessRows(""), endlessRows(", :timezone")},

		Schema: []string{
			"CREATE TABLE t (x int)", "INSERT INTO t VALUES (1)", "CREATE SEQUENCE s",
			"CREATE FUNCTION write() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO t VALUES (2) RETURNING x'",
			`CREATE FUNCTION unlock() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
				SET transaction_read_only = off; INSERT INTO t VALUES (3); RETURN 1; END $$`,
		},
		Writes: postgresWrites,
		State: `SELECT concat_ws(' ', (SELECT count(*) FROM t), (SELECT sum(x) FROM t), (SELECT is_called FROM s), current_user,
		current_setting('work_mem'), current_setting('transaction_read_only'), current_setting('TimeZone'),
		(SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()),
		(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), to_regclass('u'))`,
		Leaves: []string{
			"SELECT set_config('work_mem', '123MB', false)",
			"SELECT set_config('role', 'pg_monitor', false)",
			"SELECT set_config('role', 'pg_monitor', false), :as_of",
			"SELECT set_config('statement_timeout', '0', false)",
			"SELECT pg_advisory_lock(1)",
		},

		Zoned: "SELECT extract(epoch FROM (date '2026-03-30')::timestamptz - (date '2026-03-29')::timestamptz) / 3600",
		Zones: map[string]float64{"Europe/Berlin": 23, "UTC": 24},
		Lock:  Lock{lockPostgres, "SELECT x FROM t", "waited too long for a lock"},
		Conflict: Conflict{
			Schema: []string{conflict},
			Once:   "SELECT conflict(1)",
			Always: "SELECT conflict(9)",
		},
		Rights:   postgresRights(),
		Standby:  postgresStandby(),
		Password: postgresPassword,
		Running: func(t testing.TB, url string) int {
			return postgresConnections(t, url, "state = 'active' AND query NOT LIKE '%BEGIN ISOLATION LEVEL%'")
		},
		Busy:   func(t testing.TB, url string) int { return postgresConnections(t, url, "state <> 'idle'") },
		Server: func(string) string { return server.Addr() },
		Explain: Explain{
			Query:   "SELECT x AS value, (SELECT pg_sleep(20)) AS nap FROM t, generate_series(1, 9)",
			Columns: []database.Column{{Name: "value", Type: "int4"}, {Name: "nap", Type: "void"}},
			HasCost: true,
			Failing: map[string]string{"SELECT 1,\n missing FROM t": `line 2: column "missing" does not exist`},
		},

		Unreachable: map[string]string{
			"postgres://u@127.0.0.1:1/db?sslmode=disable": "cannot connect: dial tcp 127.0.0.1:1: connect: connection refused",
			"postgres://u@nowhere.invalid/db":             "cannot connect: dial tcp: lookup nowhere.invalid",
			server.URL("nowhere"):                         `cannot connect: database "nowhere" does not exist (3D000)`,
		},
		Broken: func(secret string) []string { return brokenPostgres(secret, server.Addr()) },
	})
}

func postgresRights() Rights {
	return Rights{
		All: []string{"is a superuser"},
		Reader: func(t testing.TB, url string) (reader, role string) {
			reader = server.NewReader(t, url)
			return reader, pgtest.Ask[string](t, reader, "SELECT current_user")
		},
		Grant: func(t testing.TB, url, role, statement string) {
			server.Exec(t, url, strings.ReplaceAll(statement, "reader", role))
		},
		Grants: map[string][]string{
			"GRANT INSERT ON t TO reader":              {"may write to 1 table (public.t)"},
			"GRANT UPDATE (x) ON t TO reader":          {"may write to 1 table (public.t)"},
			"GRANT TRUNCATE ON t TO reader":            {"may write to 1 table (public.t)"},
			"GRANT TRIGGER, REFERENCES ON t TO reader": nil,
			`CREATE SCHEMA "Of 1"; CREATE TABLE "Of 1".a (x int); CREATE VIEW "Of 1".b AS SELECT; CREATE TABLE "Of 1".c (); CREATE TABLE "Of 1".d ();
			GRANT DELETE ON "Of 1".a, "Of 1".b, "Of 1".c, "Of 1".d TO reader; GRANT CREATE ON SCHEMA "Of 1" TO reader`: {
				`may write to 4 tables ("Of 1".a, "Of 1".b, "Of 1".c, …)`, `may create tables in 1 schema ("Of 1")`,
			},
			"CREATE SCHEMA hidden; CREATE TABLE hidden.t (); REVOKE pg_read_all_data FROM reader; GRANT DELETE ON hidden.t TO reader": nil,
			"GRANT pg_signal_backend TO reader; GRANT pg_monitor TO reader":                                                           {"is a member of pg_signal_backend"},
			"GRANT pg_execute_server_program, pg_read_server_files TO reader":                                                         {"is a member of pg_execute_server_program, pg_read_server_files"},
			"GRANT postgres TO reader":                 {"is a member of the superuser postgres"},
			"ALTER ROLE reader CREATEROLE REPLICATION": {"has CREATEROLE, REPLICATION"},
			// Without the REVOKE everybody may.
			`CREATE SCHEMA links; CREATE EXTENSION dblink SCHEMA links; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA links FROM PUBLIC;
			GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA links TO reader`: {"may act outside the transaction with links.dblink, links.dblink_connect, links.dblink_connect_u, …"},
			// Citus has them there. Without the REVOKE everybody may.
			`CREATE FUNCTION pg_catalog.run_command_on_shards(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
			CREATE FUNCTION pg_catalog.master_run_on_worker(text[], text[]) RETURNS text[] LANGUAGE sql AS 'SELECT $2';
			REVOKE EXECUTE ON FUNCTION run_command_on_shards, master_run_on_worker FROM PUBLIC;
			GRANT EXECUTE ON FUNCTION run_command_on_shards, master_run_on_worker TO reader`: {
				"may act outside the transaction with pg_catalog.master_run_on_worker, pg_catalog.run_command_on_shards",
			},
			"GRANT EXECUTE ON FUNCTION pg_read_file(text), pg_reload_conf() TO reader": {
				"may act outside the transaction with pg_catalog.pg_read_file, pg_catalog.pg_reload_conf",
			},
			// A role that it does not inherit from is one that a query can become.
			"CREATE ROLE reader_writer; GRANT INSERT ON t TO reader_writer; ALTER ROLE reader NOINHERIT; GRANT reader_writer TO reader": {
				"may write to 1 table (public.t)",
			},
		},
	}
}

func postgresStandby() Standby {
	write := func(t testing.TB, primary string) { server.Exec(t, primary, "INSERT INTO t VALUES (9)") }
	return Standby{
		New: func(t testing.TB, url string) string {
			return strings.Replace(url, server.Addr(), server.NewStandby(t, "").Addr(), 1)
		},
		Pause: func(t testing.TB, primary, standby string) {
			server.Exec(t, standby, "SELECT pg_wal_replay_pause()")
			write(t, primary)
		},
		Resume: func(t testing.TB, _, standby string) { server.Exec(t, standby, "SELECT pg_wal_replay_resume()") },
		Cut: func(t testing.TB, primary, standby string) {
			server.Exec(t, standby, "ALTER SYSTEM SET primary_conninfo = ''")
			server.Exec(t, standby, "SELECT pg_reload_conf()")
			write(t, primary)
		},
	}
}

func endlessRows(parameter string) string {
	return "SELECT x, repeat('x', 100)" + parameter + " FROM generate_series(1, 5000) AS s (x), generate_series(1, 10000)"
}

// postgresConnections counts our connections to the database for which the condition holds.
func postgresConnections(t testing.TB, url, condition string) int {
	t.Helper()
	n, err := strconv.Atoi(pgtest.Ask[string](t, url, `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'kpi_exporter' AND `+condition))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func lockPostgres(t testing.TB, url string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = tx.Rollback() // The end of the test's context has rolled it back.
		db.Close()
	})
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
}

// conflict makes a function that fails the first times that it is called.
const conflict = pgtest.Calls + `;
	CREATE FUNCTION conflict(times int) RETURNS int LANGUAGE plpgsql AS $$
	DECLARE calls int := call();
	BEGIN
		IF calls <= times THEN
			RAISE EXCEPTION 'no' USING ERRCODE = '40001';
		END IF;
		RETURN calls;
	END $$`

// postgresPassword makes the server ask a role for its password.
func postgresPassword(t *testing.T) Password {
	t.Helper()
	url := server.URL("postgres")
	server.Exec(t, url, "CREATE ROLE careful LOGIN")
	path := pgtest.Ask[string](t, url, "SELECT current_setting('hba_file')")
	hba := pgtest.Ask[string](t, url, "SELECT pg_read_file(current_setting('hba_file'))")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		server.Exec(t, url, "SELECT pg_reload_conf()")
	}
	write("host all careful 127.0.0.1/32 scram-sha-256\n" + hba)
	careful := strings.Replace(server.NewDatabase(t), "postgres@", "careful@", 1)
	t.Cleanup(func() {
		write(hba)
		server.Exec(t, url, "DROP ROLE careful")
	})
	eventually(t, "the server asks for the password", func() bool {
		db, err := sql.Open("postgres", careful)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		return db.PingContext(t.Context()) != nil
	})
	return Password{
		URL: careful,
		Set: func(t testing.TB, password string) {
			server.Exec(t, url, fmt.Sprintf("ALTER ROLE careful PASSWORD '%s'", strings.ReplaceAll(password, "'", "''")))
		},
		User: "SELECT current_user = 'careful'",
		Says: `cannot connect: password authentication failed for user "careful" (28P01)`,
		Echo: func(text string) string { return "SELECT '" + text + "'::int" },
	}
}

var postgresParameters = map[string]string{
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

var postgresFailing = map[string]string{
	"SELECT 1,\n  missing,\n  2": `line 2: column "missing" does not exist (42703)`,
	"SELEC":                      "a query begins with SELECT",
	"SELECT 1/0":                 "division by zero (22012)",
	"SELECT 'alice'::int":        `invalid input syntax for type integer: "alice"`,
	"SELECT namee FROM (SELECT 1 AS name) AS t":          `does not exist (42703); hint: Perhaps you meant to reference the column "t.name".`,
	"SELECT * FROM nowhere":                              `line 1: relation "nowhere" does not exist (42P01)`,
	"SELECT :as_of, 'é',\n\nwrong(1)":                    "line 3: function wrong(integer) does not exist",
	"SELECT 1/(3-x) FROM generate_series(1, 5) AS s (x)": "division by zero",
	"EXPLAIN ANALYZE INSERT INTO t VALUES (2)":           "a query begins with SELECT",
}

var postgresWrites = []string{
	"INSERT INTO t VALUES (2)",
	"INSERT INTO t VALUES (2) RETURNING x",
	"UPDATE t SET x = 5",
	"DELETE FROM t",
	"TRUNCATE t",
	"DROP TABLE t",
	"CREATE TEMP TABLE u (x int)",
	"MERGE INTO t USING t AS u ON false WHEN NOT MATCHED THEN INSERT VALUES (9)",
	"WITH w AS (INSERT INTO t VALUES (2) RETURNING x) SELECT x FROM w",
	"WITH w AS (DELETE FROM t RETURNING x) SELECT count(*) FROM w",
	"WITH w AS (INSERT INTO t VALUES (2) RETURNING x) SELECT x, :as_of FROM w",
	"SELECT nextval('s')",
	"SELECT nextval('s'), :as_of",
	"SELECT write()",
	"SELECT unlock()",
	"SELECT set_config('transaction_read_only', 'off', true)",
	"SELECT x INTO u FROM t",
	"SELECT x FROM t FOR UPDATE",
	"COMMIT",
	"ROLLBACK",
	"END",
	"/* SELECT */ COMMIT AND CHAIN",
	"SET ROLE pg_monitor",
	"SET TRANSACTION READ WRITE",
	"SET statement_timeout = 0",
	"PREPARE leak AS SELECT 1",
	"COPY t TO STDOUT",
	"COPY t FROM STDIN",
	"LISTEN x",
	"DO 'BEGIN END'",
	"CALL x()",
	"LOCK TABLE t",
	"DISCARD ALL",
}

func brokenPostgres(secret, host string) []string {
	return []string{
		"postgres://u:" + secret + "%zz@" + host + "/db", "postgres://u:" + secret + "@" + host + "x/db", "postgres://u:" + secret + "@[::1/db",
		"postgres://u:" + secret + "@h:" + secret + "/db", "postgres//u:" + secret + "@h/db", "canary://u:" + secret + "@h/db", secret,
		"mysql://u:" + secret + "@h/db", "postgres://u:" + secret + "/x@" + host + "/db", "postgres://u:" + secret + "@/db",
		"postgres://u:" + secret + "@nowhere.invalid/db", "postgres://u:" + secret + "@" + host + "/nowhere", "postgres://u:" + secret + "@" + host + "/db?sslmode=disable&x=" + secret,
		"postgres://u:" + secret + "@127.0.0.1:1/db", "postgres://u:" + secret + "\n@h/db", "host=h password=" + secret, "${" + secret + "}",
		"postgres://u:" + secret + "@" + host + "/db?sslmode=" + secret, "postgres://u:" + secret + "@" + host + "/db?sslmode=verify-full",
		"postgres://u:" + secret + "@" + host + "/db?sslmode=require&sslrootcert=/" + secret,
	}
}

// postgresValues returns every value with a parameter beside it, and without: lib/pq asks for some types in binary form when a
// query has no parameter, and for text when it has one.
func postgresValues() []Value {
	nan := math.NaN()
	var values []Value
	for _, v := range []struct {
		sql    string
		number float64
		err    string
	}{
		{"1::smallint", 1, ""},
		{"-2::int", -2, ""},
		{"9007199254740993::bigint", 9007199254740992, ""}, // More than a float64 can tell apart.
		{"1.5::real", 1.5, ""},
		{"0.1::double precision", 0.1, ""},
		{"'NaN'::double precision", nan, ""},
		{"'Infinity'::double precision", 0, "infinite"},
		{"'-Infinity'::real", 0, "infinite"},
		{"123.45::numeric(12,2)", 123.45, ""},
		{"'NaN'::numeric", nan, ""},
		{"'Infinity'::numeric", 0, "infinite"},
		{"1e400::numeric", 0, "overflows"},
		{"sum(x) FROM generate_series(1, 3) AS s (x)", 6, ""},
		{"avg(x) FROM generate_series(1, 4) AS s (x)", 2.5, ""},
		{"true", 1, ""},
		{"false", 0, ""},
		{"NULL::int", nan, ""},
		{"NULL::numeric", nan, ""},
		{"NULL", nan, ""},
		{"interval '90 minutes'", 5400, ""},
		{"interval '-1 day 00:00:01.5'", -86398.5, ""},
		{"interval '-00:00:00.25'", -0.25, ""},
		{"interval '1 year 2 mons 3 days 04:05:06.789'", 365.25*86400 + 60*86400 + 3*86400 + 4*3600 + 5*60 + 6.789, ""},
		{"interval '0'", 0, ""},
		{"timestamptz '2026-04-01 00:00:00+02'", 1774994400, ""},
		{"timestamptz '2026-04-01 00:00:00.123456+00'", 1775001600.123456, ""},
		{"timestamp '2026-04-01 00:00:00'", 1774994400, ""},
		{"date '2026-04-01'", 1774994400, ""},
		{"'infinity'::timestamptz", 0, "infinite"},
		{"'-infinity'::date", 0, "infinite"},
		{"'12'::text", 0, `column "x": text is not a number: write x::numeric`},
		{"'12'::varchar(3)", 0, "varchar is not a number: write x::numeric"},
		{"'12'::char(3)", 0, "bpchar is not a number: write x::numeric"},
		{"12::money", 0, "money is not a number: write x::numeric"},
		{`'{"a": 1}'::jsonb`, 0, "jsonb is not a number: write (x->>'key')::numeric"},
		{"'1'::json", 0, "json is not a number: write (x->>'key')::numeric"},
		{"ARRAY[1, 2]", 0, "an array of int4 is not a number: write cardinality(x)"},
		{"ARRAY['a']", 0, "an array of text is not a number"},
		{`'\x01'::bytea`, 0, "bytea is not a number"},
		{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", 0, "uuid is not a number"},
		{"time '12:00'", 0, "time is not a number: write extract(epoch FROM x)"},
		{"timetz '12:00+02'", 0, "timetz is not a number"},
		{"inet '127.0.0.1'", 0, "inet is not a number"},
		{"1::oid", 0, "oid is not a number"},
		{"point '(1,2)'", 0, "point is not a number"},
	} {
		value, from, found := strings.Cut(v.sql, " FROM ")
		if found && from != "" {
			from = " FROM " + from
		}
		for _, parameter := range []string{"", ", :timezone"} {
			query := fmt.Sprintf("SELECT %s AS x, (%s)::text AS said%s%s", value, value, parameter, from)
			text := ""
			if strings.HasPrefix(value, "inet") {
				text = "127.0.0.1" // To which a cast to text adds the length of the network.
			}
			values = append(values, Value{Query: query, Number: v.number, Err: v.err, Text: text})
		}
	}
	return values
}
