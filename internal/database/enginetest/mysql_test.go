package enginetest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
)

func TestMariaDB(t *testing.T) {
	addr := mariadb.Addr(t)
	mariadb.LoadZones(t, "UTC", "Europe/Berlin")
	mariadb.Exec(t, mariadb.URL(t, ""), "CREATE DATABASE other")
	Exercise(t, Engine{
		Engine: engine.MySQL{},
		New:    mariadb.NewDatabase,
		Values: mysqlValues(),
		Wide: func(bytes int) string {
			return fmt.Sprintf("SELECT seq AS value, REPEAT('x', %d) AS plan FROM seq_1_to_3", bytes)
		},
		Null:       "SELECT NULL",
		Parameters: mysqlParameters,
		Columns: Columns{
			"SELECT 1 AS value, 'a' AS `Plan`, 2.5 AS value LIMIT 0",
			[]database.Column{{Name: "value", Type: "int"}, {Name: "Plan", Type: "varchar"}, {Name: "value", Type: "decimal"}},
		},
		Failing: mysqlFailing,
		Numbers: func(n int) string {
			return fmt.Sprintf("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < %d) SELECT x AS value FROM c", n)
		},
		Endless:     []string{"SELECT SLEEP(30)", "SELECT SLEEP(30), :timezone"},
		EndlessRows: []string{"SELECT seq, REPEAT('x', 100) FROM seq_1_to_50000000", "SELECT seq, REPEAT('x', 100), :timezone FROM seq_1_to_50000000"},

		Schema: mysqlSchema,
		Writes: mysqlWrites,
		State: `SELECT CONCAT_WS(' ', (SELECT count(*) FROM t), (SELECT sum(x) FROM t), (SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()),
			@@time_zone, @@sql_mode, @@tx_isolation, @@autocommit, @@max_statement_time, @@character_set_client, IFNULL(@x, '-'), IS_FREE_LOCK('kpi'))`,
		Leaves: []string{"SELECT GET_LOCK('kpi', 0)", "SELECT GET_LOCK('kpi', 0), :as_of", "SELECT settle()"},

		Zoned: "SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(), NOW())",
		Zones: map[string]float64{"Europe/Berlin": 0, "UTC": 0},
		Lock:  Lock{lockMySQL, "SELECT x FROM t", "waited too long for a lock"},
		Conflict: Conflict{
			Schema: []string{mysqlConflict},
			Once:   "SELECT conflict(1)",
			Always: "SELECT conflict(9)",
		},
		Rights:   mysqlRights(),
		Password: mysqlPassword,
		Running: func(t testing.TB, url string) int {
			return mysqlConnections(t, url, "command = 'Query' AND info LIKE '%kpi_exporter kpi=%'")
		},
		Busy: func(t testing.TB, url string) int {
			return mysqlConnections(t, url, "(command <> 'Sleep' OR id IN (SELECT trx_mysql_thread_id FROM information_schema.innodb_trx))")
		},
		Server: func(string) string { return addr },
		Explain: Explain{
			Query:   "SELECT x AS value, (SELECT SLEEP(20)) AS nap, x AS value FROM t",
			Columns: []database.Column{{Name: "value", Type: "int"}, {Name: "nap", Type: "int"}, {Name: "value", Type: "int"}},
			Failing: map[string]string{"SELECT 1,\n missing FROM t": "Unknown column 'missing' in 'SELECT' (1054)", "SELECT 1,\n 2 3 4": "at line 2 (1064)"},
		},

		Unreachable: map[string]string{
			"mysql://u@127.0.0.1:1/db?ssl-mode=DISABLED":                           "cannot connect: dial tcp 127.0.0.1:1: connect: connection refused",
			"mariadb://u@nowhere.invalid/db":                                       "cannot connect: dial tcp: lookup nowhere.invalid",
			"mysql://u@/db?socket=/nowhere/mysqld.sock":                            "cannot connect: dial unix /nowhere/mysqld.sock: connect: no such file or directory",
			mariadb.URL(t, "nowhere"):                                              "cannot connect: Unknown database 'nowhere' (1049)",
			strings.Replace(mariadb.URL(t, "nowhere"), "ssl-mode=DISABLED", "", 1): "cannot connect: the server does not offer TLS: if the network to it is safe, set ssl-mode=DISABLED in the url",
		},
		Broken: func(secret string) []string { return brokenMySQL(secret, addr) },
	})
}

func mysqlRights() Rights {
	return Rights{
		All: []string{"has ALL PRIVILEGES on *.*"},
		Reader: func(t testing.TB, url string) (reader, role string) {
			reader, name := mariadb.NewReader(t, url)
			return reader, name + "@%"
		},
		Grant: func(t testing.TB, url, role, statement string) {
			name, _, _ := strings.Cut(role, "@")
			mariadb.Exec(t, url, strings.ReplaceAll(statement, "reader", name))
		},
		Grants: map[string][]string{
			"GRANT SHOW VIEW, EXECUTE ON *.* TO reader@'%'; GRANT PROCESS, BINLOG MONITOR ON *.* TO reader@'%'": nil,
			"GRANT FILE ON *.* TO reader@'%'": {
				"has FILE on *.*",
			},
			"GRANT SUPER, RELOAD, SELECT ON *.* TO reader@'%'": {
				"has RELOAD, SUPER on *.*",
			},
			"GRANT INSERT, CREATE TEMPORARY TABLES ON other.* TO reader@'%'": {
				"has INSERT, CREATE TEMPORARY TABLES on `other`.*",
			},
			"CREATE TABLE other.u (x INT, y INT); GRANT SELECT, UPDATE (x, y), DELETE ON other.u TO reader@'%'; DROP TABLE other.u": {
				"has UPDATE, DELETE on `other`.`u`",
			},
			"CREATE ROLE IF NOT EXISTS writers; GRANT DELETE ON other.* TO writers; GRANT writers TO reader@'%'; SET DEFAULT ROLE writers FOR reader@'%'": {
				"has DELETE on `other`.*",
			},
			"GRANT FILE ON *.* TO reader@'%'; GRANT INSERT ON a.* TO reader@'%'; GRANT INSERT ON b.* TO reader@'%'; GRANT INSERT ON c.* TO reader@'%'; GRANT INSERT ON d.* TO reader@'%'": {
				"has FILE on *.*", "has INSERT on `a`.*", "has INSERT on `b`.*", "has more on 2 other objects",
			},
			"SET PASSWORD FOR reader@'%' = PASSWORD('')": nil,
		},
	}
}

// mysqlConnections counts our connections to the database for which the condition holds.
func mysqlConnections(t testing.TB, url, condition string) int {
	t.Helper()
	return mariadbtest.Ask[int](t, &mariadb, url, `SELECT count(*) FROM information_schema.processlist
		WHERE db = DATABASE() AND id <> CONNECTION_ID() AND `+condition)
}

var mysqlSchema = []string{
	"CREATE TABLE t (x INT, plan VARCHAR(9), at DATETIME(6), ts TIMESTAMP(6) NULL, j JSON, b BIT(12), e ENUM('a', 'b'), big BIGINT UNSIGNED, f FLOAT)",
	"INSERT INTO t VALUES (1, 'basic', '2026-04-03 12:00:00.5', '2026-04-03 12:00:00.5', '{\"a\": 1}', b'100000000001', 'b', 18446744073709551615, 7.89)",
	"CREATE SEQUENCE s",
	"CREATE FUNCTION writes() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO t (x) VALUES (2); RETURN 1; END",
	`CREATE FUNCTION settle() RETURNS INT BEGIN
		SET SESSION time_zone = '+03:00', SESSION sql_mode = 'ANSI_QUOTES', SESSION tx_isolation = 'SERIALIZABLE';
		RETURN 1; END`,
}

var mysqlParameters = map[string]string{
	"SELECT :as_of":        "2026-04-05 00:00:00.000000",
	"SELECT :period_start": "2026-04-03 00:00:00.000000", "SELECT :period_end": "2026-04-04 00:00:00.000000",
	"SELECT :previous_start": "2026-04-02 00:00:00.000000", "SELECT :previous_end": "2026-04-03 00:00:00.000000",
	"SELECT :timezone": "Europe/Berlin",
	"SELECT CONCAT(:as_of, ' ', :timezone, :as_of)":            "2026-04-05 00:00:00.000000 Europe/Berlin2026-04-05 00:00:00.000000",
	"SELECT DATE(:as_of)":                                      "2026-04-05",
	"SELECT :as_of - INTERVAL 720 HOUR":                        "2026-03-06 00:00:00.000000",
	"SELECT CONVERT_TZ(:as_of, 'UTC', :timezone)":              "2026-04-05 02:00:00.000000",
	"SELECT TIMESTAMPDIFF(SECOND, :period_start, :period_end)": "86400",
	"SELECT ':as_of' -- :as_of":                                ":as_of",
	"SELECT 'it\\'s :as_of' # :as_of":                          "it's :as_of",
	"SELECT \":as_of\"":                                        ":as_of",
	"SELECT 1--1":                                              "2",
	"SELECT 5--(3)---1":                                        "7",
	"SELECT 5--:timezone":                                      "5",
	"SELECT 5--\n+ 3":                                          "8",
	"SELECT 5--":                                               "5",
	"SELECT 'a?', :timezone IN ('?') /* ? */":                  "a?",
	"SELECT count(*) FROM (SELECT TIMESTAMP'2026-04-03 12:00:00' AS at) t WHERE at >= :period_start AND at < :period_end": "1",
	"SELECT 1 / 3": "0.3333333333333333",
	"VALUES (1)":   "1",
	"SELECT 1;":    "1",
	"(SELECT 1)":   "1",
	"WITH w AS (SELECT :as_of AS t) SELECT t FROM w": "2026-04-05 00:00:00.000000",
	"SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID()": "SET STATEMENT max_statement_time = IF(@@max_statement_time BETWEEN 0.001 AND 20.001, @@max_statement_time, 20.001)," +
		" lock_wait_timeout = 18, innodb_lock_wait_timeout = 18 FOR /* kpi_exporter kpi=revenue */\nSELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID()",
}

var mysqlFailing = map[string]string{
	"SELECT 1,\n  missing,\n  2":            "Unknown column 'missing' in 'SELECT' (1054)",
	"SELECT 1,\n  2 3,\n  4":                "at line 2 (1064)",
	"SELEC":                                 "a query begins with SELECT",
	"SELECT * FROM nowhere":                 "nowhere' doesn't exist (1146)",
	"SELECT wrong(1)":                       "wrong does not exist (1305)",
	"SELECT (SELECT seq FROM seq_1_to_2)":   "Subquery returns more than 1 row (1242)",
	"EXPLAIN SELECT 1":                      "a query begins with SELECT",
	"SELECT 9223372036854775807 + x FROM t": "BIGINT value is out of range",
}

var mysqlWrites = []string{
	"INSERT INTO t (x) VALUES (2)",
	"UPDATE t SET x = 5",
	"DELETE FROM t",
	"TRUNCATE t",
	"DROP TABLE t",
	"CREATE TABLE u (x INT)",
	"CREATE TEMPORARY TABLE u (x INT)",
	"SELECT 1 INTO OUTFILE '/tmp/kpi_exporter_must_not_write'",
	"SELECT 1 INTO DUMPFILE '/tmp/kpi_exporter_must_not_write'",
	"SELECT 1.into outfile '/tmp/kpi_exporter_must_not_write'",
	"SELECT .5into dumpfile '/tmp/kpi_exporter_must_not_write'",
	"SELECT 1e5into outfile '/tmp/kpi_exporter_must_not_write'",
	"SELECT 1 FROM t INTO @x",
	"SELECT :as_of FROM t LIMIT 1 INTO @x",
	"SELECT @x := 5",
	"SELECT NEXTVAL(s)",
	"SELECT NEXT VALUE FOR s",
	"SELECT SETVAL(s, 9)",
	"SELECT writes()",
	"SELECT writes(), :as_of",
	"SELECT x FROM t FOR UPDATE",
	"SELECT x FROM t LOCK IN SHARE MODE",
	"COMMIT",
	"ROLLBACK",
	"/* SELECT */ COMMIT AND CHAIN",
	"START TRANSACTION READ WRITE",
	"SET SESSION time_zone = '+03:00'",
	"SET STATEMENT sql_mode = '' FOR INSERT INTO t (x) VALUES (2)",
	"PREPARE leak FROM 'SELECT 1'",
	"DO SLEEP(0)",
	"CALL x()",
	"LOCK TABLES t WRITE",
	"LOAD DATA INFILE '/etc/passwd' INTO TABLE t",
	"ANALYZE TABLE t",
}

// mysqlConflict makes a function that fails the first times that the session calls it.
const mysqlConflict = `CREATE FUNCTION conflict(times INT) RETURNS INT BEGIN
	SET @calls = IFNULL(@calls, 0) + 1;
	IF @calls <= times THEN
		SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found';
	END IF;
	RETURN @calls;
END`

func lockMySQL(t testing.TB, url string) {
	t.Helper()
	db := mariadb.Open(t, url)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "LOCK TABLES t WRITE"); err != nil {
		t.Fatal(err)
	}
}

// mysqlPassword makes an account with a password.
func mysqlPassword(t *testing.T) Password {
	t.Helper()
	url := mariadb.NewDatabase(t)
	mariadb.Exec(t, url, "CREATE USER careful@'%'; GRANT SELECT ON *.* TO careful@'%'")
	t.Cleanup(func() { mariadb.Exec(t, mariadb.URL(t, ""), "DROP USER careful@'%'") })
	return Password{
		URL: strings.Replace(url, "tester@", "careful@", 1),
		Set: func(t testing.TB, password string) {
			mariadb.Exec(t, url, fmt.Sprintf("SET PASSWORD FOR careful@'%%' = PASSWORD('%s')", strings.NewReplacer("'", "''", `\`, `\\`).Replace(password)))
		},
		User: "SELECT CURRENT_USER() = 'careful@%'",
		Says: "cannot connect: Access denied for user 'careful'@'127.0.0.1' (using password: YES) (1045)",
		Echo: func(text string) string { return "SELECT EXTRACTVALUE('<a/>', '~" + text + "')" },
	}
}

func brokenMySQL(secret, host string) []string {
	return []string{
		"mysql://u:" + secret + "%zz@" + host + "/db", "mysql://u:" + secret + "@" + host + "x/db", "mariadb://u:" + secret + "@[::1/db",
		"mysql://u:" + secret + "@h:" + secret + "/db", "mysql//u:" + secret + "@h/db", "mysql://u:" + secret + "/x@" + host + "/db", "mysql://u:" + secret + "@/db",
		"mysql://u:" + secret + "@nowhere.invalid/db", "mysql://u:" + secret + "@" + host + "/nowhere?ssl-mode=DISABLED", "mysql://u:" + secret + "@" + host + "/db?x=" + secret,
		"mysql://u:" + secret + "@127.0.0.1:1/db", "u:" + secret + "@tcp(h)/db", "mysql://u:" + secret + "@" + host + "/db?ssl-mode=" + secret,
		"mysql://u:" + secret + "@" + host + "/db?ssl-mode=VERIFY_CA&ssl-ca=/" + secret, "mysql://u:" + secret + "@" + host + "/db?ssl-cert=/x&ssl-key=/" + secret,
	}
}

// mysqlValues returns every value with a parameter beside it, and without.
func mysqlValues() []Value {
	nan := math.NaN()
	var values []Value
	for _, v := range []struct {
		sql    string
		number float64
		err    string
		text   string // "" means: as a cast to text says.
	}{
		{"1", 1, "", ""},
		{"-2", -2, "", ""},
		{"9007199254740993", 9007199254740992, "", ""},
		{"CAST(18446744073709551615 AS UNSIGNED)", 18446744073709551615, "", ""},
		{"big FROM t", 18446744073709551615, "", ""},
		{"1.50", 1.5, "", ""},
		{"12345678901234567890.123456789", 12345678901234567890.123456789, "", ""},
		{"1.5e0", 1.5, "", ""},
		{"0.1e0 + 0.2e0", 0.30000000000000004, "", ""},
		{"1e-7", 1e-7, "", ""},
		{"1e-16", 1e-16, "", ""},
		{"1.25e-20", 1.25e-20, "", ""},
		{"1e15", 1e15, "", ""},
		{"1e14", 1e14, "", ""},
		{"123456789012345680e0", 123456789012345680, "", ""},
		{"-1.5e300", -1.5e300, "", ""},
		{"CAST(1.1 AS FLOAT)", 1.1, "", ""},
		{"CAST(-0.3 AS FLOAT)", -0.3, "", ""},
		{"CAST(1234.5 AS FLOAT)", 1234.5, "", ""},
		{"CAST(1e-7 AS FLOAT)", 1e-7, "", ""},
		{"f FROM t", 7.89, "", ""},
		{"AVG(f) FROM t", float64(float32(7.89)), "", ""}, // The server computes it as a DOUBLE.
		{"0e0", 0, "", "0"},
		{"TRUE", 1, "", ""},
		{"1 > 2", 0, "", ""},
		{"NULL", nan, "", ""},
		{"1 / 0", nan, "", ""},
		{"b FROM t", 2049, "", "2049"},
		{"b'101'", 0, "varbinary is not a number: write CAST(`x` AS DOUBLE)", ""},
		{"TIMESTAMP'2026-04-01 00:00:00'", 1775001600, "", ""},
		{"at FROM t", 1775217600.5, "", ""},
		{"ts FROM t", 1775217600.5, "", ""},
		{"DATE'2026-04-01'", 1774994400, "", ""}, // In Berlin.
		{"YEAR(DATE'2026-04-01')", 2026, "", ""},
		{"CAST('0000-00-00' AS DATE)", 0, "0000-00-00 is a zero date, which is no day: write NULLIF(`x`, '0000-00-00')", ""},
		{"CAST('2026-04-00 12:00:00' AS DATETIME)", 0, "2026-04-00 12:00:00 is a zero date", ""},
		{"'12'", 0, "varchar is not a number: write CAST(`x` AS DOUBLE)", ""},
		{"plan FROM t", 0, "varchar is not a number: write CAST(`x` AS DOUBLE)", ""},
		{"e FROM t", 0, "enum is not a number", ""},
		{"j FROM t", 0, "is not a number: write CAST(", ""},
		{"TIME'12:00:00'", 0, "time is not a number: write TIMESTAMPDIFF(SECOND, …, …), or TIME_TO_SEC(`x`)", ""},
		{"x'FF61'", 0, "varbinary is not a number", `\xFFa`},
	} {
		value, from, found := strings.Cut(v.sql, " FROM ")
		if found {
			from = " FROM " + from
		}
		for _, parameter := range []string{"", ", :timezone"} {
			query := fmt.Sprintf("SELECT %s AS x, CAST(%s AS CHAR) AS said%s%s", value, value, parameter, from)
			values = append(values, Value{Query: query, Number: v.number, Err: v.err, Text: v.text})
		}
	}
	return values
}
