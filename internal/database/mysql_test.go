package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

func newMySQLQuery(t testing.TB, sql string) Query {
	t.Helper()
	statement, err := sqltext.ParseMySQL(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	q := newQuery(t, "SELECT 1")
	q.Statement = statement
	return q
}

// oneMySQL returns the first cell of a query as text.
func oneMySQL(t testing.TB, p *pool, sql string) string {
	t.Helper()
	_, rows, err := run(t.Context(), p, newMySQLQuery(t, sql))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows[0][0].Text
}

// TestMySQLTLS connects in every way that a URL can say.
func TestMySQLTLS(t *testing.T) {
	own := mariadbtest.Server{TLS: true}
	own.StopAfter(t)
	certificate := url.QueryEscape(own.Certificate(t))
	with := func(host, parameters string) string {
		u := strings.Replace(own.NewDatabase(t), "127.0.0.1", host, 1)
		return strings.Replace(u, "ssl-mode=DISABLED", parameters, 1)
	}
	for address, encrypted := range map[string]bool{
		with("127.0.0.1", ""):                                       true,
		with("127.0.0.1", "ssl-mode=PREFERRED"):                     true,
		with("127.0.0.1", "ssl-mode=VERIFY_CA&ssl-ca="+certificate): true,
		with("localhost", "ssl-ca="+certificate):                    true,
		with("127.0.0.1", "ssl-mode=DISABLED"):                      false,
	} {
		if got := oneMySQL(t, openPool(t, address, 2), "SELECT variable_value <> '' FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"); (got == "1") != encrypted {
			t.Errorf("%s: encrypted: %s", address, got)
		}
	}
	for address, says := range map[string]string{
		with("127.0.0.1", "ssl-ca="+certificate):      "cannot validate certificate for 127.0.0.1",
		with("localhost", "ssl-mode=VERIFY_IDENTITY"): "certificate signed by unknown authority",
		with("127.0.0.1", "ssl-mode=VERIFY_CA"):       "certificate signed by unknown authority",
		with("localhost", "ssl-ca=/nowhere"):          "ssl-ca: cannot open the file: no such file or directory",
		with("localhost", "ssl-ca=%2Fdev%2Fnull"):     "ssl-ca: open /dev/null: it is not a regular file",
	} {
		_, _, err := run(t.Context(), openPool(t, address, 2), newMySQLQuery(t, "SELECT 1"))
		wantError(t, err, Connect, says)
	}
	t.Run("timeout", func(t *testing.T) {
		q := newMySQLQuery(t, "SELECT SLEEP(20)")
		q.Timeout = 2 * time.Second
		_, _, err := run(t.Context(), openPool(t, with("127.0.0.1", ""), 2), q)
		wantError(t, err, Timeout, "the query took longer than its timeout")
	})
	t.Run("too large", func(t *testing.T) {
		p := openPool(t, with("127.0.0.1", ""), 2)
		_, _, err := run(t.Context(), p, newMySQLQuery(t, "SELECT REPEAT('x', 100000000) AS value"))
		wantError(t, err, TooLarge, "the result exceeds 16 MB at row 1")
		if got := oneMySQL(t, p, "SELECT 1"); got != "1" {
			t.Errorf("afterwards: %s", got)
		}
	})
}

func TestMySQLSocket(t *testing.T) {
	u := mariadb.NewDatabase(t, "CREATE TABLE t (x INT); INSERT INTO t VALUES (7)")
	socket := strings.Replace(u, mariadb.Addr(t), "", 1) + "&socket=" + url.QueryEscape(mariadb.Socket(t))
	if got := oneMySQL(t, openPool(t, socket, 2), "SELECT x FROM t"); got != "7" {
		t.Errorf("got %s", got)
	}
}

// TestMySQLReadsAgain has statements that another engine has read come to MySQL, as when only a url_file says which engine it is.
func TestMySQLReadsAgain(t *testing.T) {
	u := mariadb.NewDatabase(t)
	t.Setenv("KPI_MYSQL", u)
	source := openSource(t, config.NewDatabase("app", "${KPI_MYSQL}", ""))
	for text, says := range map[string]string{
		"SELECT 1 /*! INTO OUTFILE '/tmp/kpi_exporter_must_not_write' */":      "the server runs what is in a comment",
		"SELECT 1 /* /* */ INTO OUTFILE '/tmp/kpi_exporter_must_not_write' */": "INTO writes a file or a variable",
		"SELECT $$ INTO OUTFILE '/tmp/kpi_exporter_must_not_write' # $$":       "INTO writes a file or a variable",
	} {
		_, _, err := run(t.Context(), source, newQuery(t, text))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want …%s…", text, err, says)
		}
	}
	_, rows, err := run(t.Context(), source, newQuery(t, "SELECT :timezone"))
	if err != nil || rows[0][0].Text != "Europe/Berlin" {
		t.Errorf("%v, %v", rows, err)
	}
	one := config.NewDatabase("app", "${KPI_MYSQL}", "")
	one.MaxConnections = 1
	_, _, err = run(t.Context(), openSource(t, one), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, `database "app": max_connections is 1, and MySQL needs one connection to cancel queries beside those that run them: write max_connections: 2 or more`)
}

// TestMySQLMessages holds that the server takes one statement a message, and what it may be told in no way: to leave READ ONLY out.
func TestMySQLMessages(t *testing.T) {
	u := mariadb.NewDatabase(t, "CREATE TABLE t (x INT)")
	p := openPool(t, u, 2)
	l, err := begin(t.Context(), p.connections(), p.dialect, nil, settings{timeout: time.Second, bytes: DefaultMaxBytes})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.conn.ExecContext(t.Context(), "SELECT 1; INSERT INTO t VALUES (1)"); err == nil || !strings.Contains(err.Error(), "(1064)") {
		t.Errorf("two statements: %v", err)
	}
	l.end()

	proxy := pgtest.NewProxy(t, mariadb.Addr(t))
	proxy.Rewrite("START TRANSACTION READ ONLY", "START TRANSACTION READ OMLY")
	_, _, err = run(t.Context(), openPool(t, strings.Replace(u, mariadb.Addr(t), proxy.Addr(), 1), 2), newMySQLQuery(t, "SELECT 1"))
	wantError(t, err, Refused, "(1064)")
	if n := mariadbtest.Ask[int](t, &mariadb, u, "SELECT count(*) FROM t"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestMySQLConnections cancels as many queries at once as may run, and holds that no more connections are opened than allowed.
func TestMySQLConnections(t *testing.T) {
	u := mariadb.NewDatabase(t)
	const allowed = 4
	p := openPool(t, u, allowed)
	asks := mariadb.Open(t, u)
	defer asks.Close()
	asks.SetMaxOpenConns(1) // The server may still list one that has just been closed.
	count := func(condition string) (n int) {
		if err := asks.QueryRowContext(t.Context(), "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() AND "+condition).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, _, err := run(ctx, p, newMySQLQuery(t, "SELECT SLEEP(60)")); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	eventually(t, "three queries run", func() bool { return count("info LIKE '%kpi_exporter kpi=%'") == allowed-1 })
	cancel()
	most := 0
	eventually(t, "no query runs", func() bool {
		most = max(most, count("TRUE"))
		return count("info LIKE '%kpi_exporter kpi=%'") == 0
	})
	all.Wait()
	if most > allowed {
		t.Errorf("%d connections, of %d", most, allowed)
	}
}

// TestMySQLKilled has an administrator end sessions, one that is idle and one that runs a query.
func TestMySQLKilled(t *testing.T) {
	u := mariadb.NewDatabase(t)
	p := openPool(t, u, 2)
	id := oneMySQL(t, p, "SELECT CONNECTION_ID()")
	mariadb.Exec(t, u, "KILL "+id)
	if got := oneMySQL(t, p, "SELECT CONNECTION_ID()"); got == id {
		t.Error("it has the same session again")
	}
	ended := make(chan error)
	go func() {
		_, _, err := run(t.Context(), p, newMySQLQuery(t, "SELECT SLEEP(60)"))
		ended <- err
	}()
	const running = "SELECT IFNULL(MAX(id), 0) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '%kpi_exporter kpi=%' AND id <> CONNECTION_ID()"
	eventually(t, "the query runs", func() bool { return mariadbtest.Ask[int](t, &mariadb, u, running) > 0 })
	mariadb.Exec(t, u, fmt.Sprintf("KILL %d", mariadbtest.Ask[int](t, &mariadb, u, running)))
	wantError(t, <-ended, Connect, "the server closed the connection while the query ran")
	if got := oneMySQL(t, p, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestMySQLAccountLimit holds that a smaller time limit of the account counts.
func TestMySQLAccountLimit(t *testing.T) {
	u := mariadb.NewDatabase(t)
	mariadb.Exec(t, u, "CREATE USER hasty@'%' WITH MAX_STATEMENT_TIME 0.5; GRANT SELECT ON *.* TO hasty@'%'")
	t.Cleanup(func() { mariadb.Exec(t, mariadb.URL(t, ""), "DROP USER hasty@'%'") })
	_, _, err := run(t.Context(), openPool(t, strings.Replace(u, "tester@", "hasty@", 1), 2), newMySQLQuery(t, "SELECT SLEEP(60)"))
	wantError(t, err, Timeout, "(max_statement_time exceeded) (1969); hint: the account allows less time than the KPI's timeout: see its MAX_STATEMENT_TIME")
}

// TestMySQLMarks has a comment that the driver does not see hold a question mark.
func TestMySQLMarks(t *testing.T) {
	p := openPool(t, mariadb.NewDatabase(t), 2)
	_, _, err := run(t.Context(), p, newMySQLQuery(t, "SELECT :timezone --\f ?"))
	wantError(t, err, Refused, "the parameters cannot be told from the question marks in its comments: remove those")
	if got := oneMySQL(t, p, "SELECT :timezone -- ?"); got != "Europe/Berlin" {
		t.Errorf("got %s", got)
	}
}

// TestMySQLUnknownZone has a server without zone tables give NULL.
func TestMySQLUnknownZone(t *testing.T) {
	p := openPool(t, mariadb.NewDatabase(t), 2)
	for text, at := range map[string]string{
		"SELECT 1,\n CONVERT_TZ(:as_of, 'UTC', :timezone)":                                                                       "UTC 2:21, Europe/Berlin 2:28",
		"SELECT\nconvert_tz(:as_of, '+00:00', \"Europe/Berlin\")":                                                                "Europe/Berlin 2:30",
		"SELECT CONVERT_TZ(:as_of, '+00:00', 'MET')":                                                                             "MET 1:37",
		"SELECT CONVERT_TZ(CONVERT_TZ(:as_of, '+00:00', 'Asia/Tokyo'), '+09:00', 'Europe/Paris')":                                "Asia/Tokyo 1:48, Europe/Paris 1:73",
		"SELECT CONVERT_TZ(:as_of, '+00:00', 'Europe/Berlin'), CONVERT_TZ(:as_of, '+00:00', :timezone)":                          "Europe/Berlin 1:37",
		"SELECT CONVERT_TZ(:as_of, '+00:00', p.z) FROM (SELECT :timezone AS z) AS p":                                             "Europe/Berlin 1:55",
		"SELECT CONVERT_TZ(:as_of, '+00:00', '+25:00')":                                                                          "+25:00 1:37",
		"SELECT CONVERT_TZ(:as_of, '+00:00', '+01:00'), CONVERT_TZ(:as_of, 'SYSTEM', '+00:00')":                                  "",
		"SELECT CONCAT(:as_of, 'UTC', 'Europe/Paris'), IF(CONVERT_TZ('2026-01-01', '+00:00', '+01:00') > '', 'a', 'b') -- 'MET'": "",
		"SELECT :as_of": "",
	} {
		advice, err := p.InspectQuery(t.Context(), newMySQLQuery(t, text))
		var zones []string
		for _, z := range advice.UnknownZones {
			zones = append(zones, fmt.Sprintf("%s %d:%d", z.Name, z.Line, z.Column))
		}
		if got := strings.Join(zones, ", "); err != nil || got != at {
			t.Errorf("%q: %q, %v, want %q", text, got, err, at)
		}
	}
	mariadb.LoadZones(t, "UTC", "Europe/Berlin")
	for text, known := range map[string]bool{
		"SELECT CONVERT_TZ(:as_of, 'UTC', :timezone)":       true,
		"SELECT CONVERT_TZ(:as_of, 'UTC', 'Europe/Berlin')": true,
		"SELECT CONVERT_TZ(:as_of, 'UTC', 'Europe/Paris')":  false, // Though the KPI's is known.
	} {
		advice, err := p.InspectQuery(t.Context(), newMySQLQuery(t, text))
		if err != nil || known != (len(advice.UnknownZones) == 0) {
			t.Errorf("%s: %+v, %v", text, advice, err)
		}
	}
}

// TestLimitedMySQL holds where the hint of MySQL goes. No MySQL is at hand to read it.
func TestLimitedMySQL(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT x FROM t":                      "SELECT /*+ MAX_EXECUTION_TIME(1501) */ x FROM t",
		"/* kpi=a */\nselect x":                "/* kpi=a */\nselect /*+ MAX_EXECUTION_TIME(1501) */ x",
		"WITH w AS (SELECT 1) SELECT * FROM w": "WITH w AS (SELECT 1) SELECT /*+ MAX_EXECUTION_TIME(1501) */ * FROM w",
		"SELECT /*+ NO_ICP(t) */ x FROM t":     "SELECT /*+ MAX_EXECUTION_TIME(1501)  NO_ICP(t) */ x FROM t",
		"(SELECT 1) UNION (SELECT 2)":          "(SELECT /*+ MAX_EXECUTION_TIME(1501) */ 1) UNION (SELECT 2)",
		"EXPLAIN FORMAT=JSON SELECT 1":         "EXPLAIN FORMAT=JSON SELECT /*+ MAX_EXECUTION_TIME(1501) */ 1",
		"VALUES ROW(1)":                        "VALUES ROW(1)",
	} {
		if got := limitedMySQL(query, 1500*time.Millisecond); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// TestMySQLColumns asks for the columns of queries of every form.
func TestMySQLColumns(t *testing.T) {
	p := openPool(t, mariadb.NewDatabase(t, "CREATE TABLE t (x INT)"), 2)
	for text, want := range map[string]string{
		"SELECT x AS a, x AS b FROM t LIMIT 5 -- five":                                                                  "a b",
		"SELECT x AS a, x AS a FROM t":                                                                                  "a a",
		"WITH w AS (SELECT x FROM t) SELECT x AS a, :as_of AS b FROM w # all":                                           "a b",
		"WITH w AS (SELECT x FROM t) (SELECT x AS a FROM w)":                                                            "a",
		"/* one */ WITH RECURSIVE c (x) AS (SELECT 1 UNION SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM c ORDER BY x": "x",
		"(SELECT x FROM t) UNION (SELECT 2) ORDER BY x LIMIT 1":                                                         "x",
		"VALUES (1, 2)": "1 2",
	} {
		got, err := p.Explain(t.Context(), newMySQLQuery(t, text))
		var names []string
		for _, c := range got.Columns {
			names = append(names, c.Name)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%s: %q, %v, want %q", text, names, err, want)
		}
	}
}

// TestMySQLViews explains and inspects queries of views as an account that may read them and no more.
func TestMySQLViews(t *testing.T) {
	u := mariadb.NewDatabase(t, "CREATE TABLE t (at TIMESTAMP)", "CREATE VIEW v AS SELECT at, DATE(at) AS day FROM t", "CREATE VIEW w AS SELECT day FROM v")
	reader, _ := mariadb.NewReader(t, u)
	p := openPool(t, reader, 2)
	for _, test := range []struct{ name, sql, columns, says string }{
		{"a view", "SELECT count(*) AS value FROM v", "value bigint", ""},
		{"a view of a view", "SELECT max(day) AS value, count(*) AS n FROM w", "value date, n bigint", ""},
		{"a view in WITH", "WITH x AS (SELECT day FROM v) SELECT day FROM x", "day date", ""},
		{"its missing column", "SELECT missing FROM w", "", "Unknown column 'missing'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := p.Explain(t.Context(), newMySQLQuery(t, test.sql))
			if test.says != "" {
				wantError(t, err, Refused, test.says)
				return
			}
			var columns []string
			for _, c := range got.Columns {
				columns = append(columns, c.Name+" "+c.Type)
			}
			if err != nil || strings.Join(columns, ", ") != test.columns {
				t.Errorf("%v, %v, want %s", columns, err, test.columns)
			}
		})
	}
	advice, err := p.InspectQuery(t.Context(), newMySQLQuery(t, "SELECT count(*) AS value FROM w WHERE day >= :period_start AND day < :period_end"))
	if err != nil || len(advice.Days) != 2 {
		t.Errorf("days: %+v, %v, want both bounds", advice, err)
	}
}

// TestMySQLCost reads the plans of MySQL and of MariaDB.
func TestMySQLCost(t *testing.T) {
	for plan, want := range map[string]Explanation{
		`{"query_block": {"select_id": 1, "cost_info": {"query_cost": "12.50"}}}`: {Cost: 12.5, HasCost: true},
		`{"query_block": {"select_id": 1, "cost": 0.25}}`:                         {Cost: 0.25, HasCost: true},
		`{"query_block": {"select_id": 1}}`:                                       {},
		`-> Table scan`:                                                           {},
	} {
		if got := mysqlCost(plan); got.Cost != want.Cost || got.HasCost != want.HasCost {
			t.Errorf("%s: %+v, want %+v", plan, got, want)
		}
	}
}

// TestMySQLSettings has a function of one query change what later queries in the same session would see, and the server's administrator do so
// for all sessions.
func TestMySQLSettings(t *testing.T) {
	for _, test := range []struct{ name, set, query, want string }{
		{"rows", "sql_select_limit = 1", "SELECT x FROM t", "1 2"},
		{"concatenated text", "group_concat_max_len = 4", "SELECT GROUP_CONCAT(note ORDER BY x) FROM t", strings.Repeat("a", 2000) + "," + strings.Repeat("b", 2000)},
		{"weeks", "default_week_format = 1", "SELECT WEEK(DATE'2026-01-01')", "0"},
		{"names of days", "lc_time_names = 'de_DE'", "SELECT DAYNAME(DATE'2026-01-01')", "Thursday"},
		{"earlier rows", "system_versioning_asof = '2020-01-01'", "SELECT count(*) FROM versioned", "1"},
		{"rows of a recursion", "max_recursive_iterations = 2", "WITH RECURSIVE c (n) AS (SELECT 1 UNION SELECT n + 1 FROM c WHERE n < 9) SELECT count(*) FROM c", "9"},
		{"dates of times", "old_mode = 'ZERO_DATE_TIME_CAST'", "SELECT CAST(TIME'10:00:00' AS DATETIME) > DATE'2000-01-01'", "1"},
		{"the division", "div_precision_increment = 0", "SELECT 1 / 4", "0.2500000000000000"},
		{"the mode", "sql_mode = 'PIPES_AS_CONCAT'", "SELECT 0 || 1", "1"},
		{"the time zone", "time_zone = '+05:00'", "SELECT UNIX_TIMESTAMP('1970-01-01')", "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := mariadb.NewDatabase(t, "CREATE TABLE t (x INT, note TEXT); INSERT INTO t VALUES (1, REPEAT('a', 2000)), (2, REPEAT('b', 2000))",
				"CREATE TABLE versioned (x INT) WITH SYSTEM VERSIONING; INSERT INTO versioned VALUES (1)",
				"CREATE FUNCTION settle() RETURNS INT BEGIN SET SESSION "+test.set+"; RETURN 1; END")
			p := openPool(t, u, 2)
			for _, text := range []string{test.query, "SELECT settle()", test.query} {
				_, rows, err := run(t.Context(), p, newMySQLQuery(t, text))
				if err != nil {
					t.Fatal(text, err)
				}
				var got []string
				for _, row := range rows {
					got = append(got, row[0].Text)
				}
				if text == test.query && strings.Join(got, " ") != test.want {
					t.Errorf("got %.60q, want %.60q", got, test.want)
				}
			}
		})
	}
	t.Run("of the server", func(t *testing.T) {
		u := mariadb.NewDatabase(t, "CREATE TABLE t (x INT, note TEXT); INSERT INTO t VALUES (1, 'abc'), (2, 'def')")
		mariadb.Exec(t, u, "SET GLOBAL sql_select_limit = 1, GLOBAL group_concat_max_len = 4")
		defer mariadb.Exec(t, u, "SET GLOBAL sql_select_limit = DEFAULT, GLOBAL group_concat_max_len = DEFAULT")
		p := openPool(t, u, 2)
		if _, rows, err := run(t.Context(), p, newMySQLQuery(t, "SELECT x FROM t")); err != nil || len(rows) != 2 {
			t.Errorf("%v, %v", rows, err)
		}
		if got := oneMySQL(t, p, "SELECT GROUP_CONCAT(note ORDER BY x) FROM t"); got != "abc,def" {
			t.Errorf("got %s", got)
		}
	})
}

// TestMySQLRights says once what the account and everybody may do.
func TestMySQLRights(t *testing.T) {
	got := mysqlRights([]string{"GRANT INSERT ON `d`.* TO `reader`@`%`", "GRANT SELECT, INSERT ON `d`.* TO PUBLIC", "GRANT DELETE ON `d`.* TO PUBLIC"})
	if want := "has INSERT on `d`.*; has DELETE on `d`.*"; strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}
