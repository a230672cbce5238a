package kpitest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
)

func newMariaDBPlace(t *testing.T) *fixtureDB {
	t.Helper()
	s, err := newMySQL(t.Context(), config.NewDatabase("test", mariadb.NewDatabase(t), ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.remove(t.Context()) })
	return s
}

// TestMySQLTruncateAfter does what TestTruncateAfter does.
func TestMySQLTruncateAfter(t *testing.T) {
	parents, rest, _ := strings.Cut(tricky, ";")
	schema := strings.NewReplacer(`"odd ""name"""`, "`odd \"name\"`", `"at time"`, "`at time`", "TIMESTAMP", "DATETIME").Replace(parents + ";" + owned + rest)
	const guard = "CREATE TRIGGER guard BEFORE DELETE ON maybe FOR EACH ROW BEGIN SIGNAL SQLSTATE '45000'; END"
	s := newMariaDBPlace(t)
	if err := s.run(t.Context(), []FixtureFile{{Name: "schema.sql", Text: schema}, {Name: "guard.sql", Text: guard}}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ at, want string }{
		{"2026-03-01 00:00:00", "parents 1 children 1,2,3 without b 2 owned 1 grandchildren 1 maybe 1,3 without end 2 odd 1 timeless 1 dated 1"},
		{"2026-01-01 00:00:00", "parents 0 children 1,2,3 without b 3 owned  grandchildren  maybe  without end 0 odd  timeless 1 dated "},
	} {
		at, err := time.Parse(time.DateTime, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.truncateAfter(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		const ids = "(SELECT coalesce(group_concat(id ORDER BY id), '') FROM "
		var got string
		if err := s.db.QueryRowContext(t.Context(), "SELECT concat('parents ', (SELECT count(*) FROM parents), ' children ', "+ids+`children),
			' without b ', (SELECT count(*) FROM children WHERE b IS NULL), ' owned ', `+ids+"owned), ' grandchildren ', "+ids+`grandchildren),
			' maybe ', `+ids+"maybe), ' without end ', (SELECT count(*) FROM maybe WHERE ended_at IS NULL), ' odd ', "+ids+"`odd \"name\"`), ' timeless ', "+ids+`timeless),
			' dated ', `+ids+"dated))").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("as of %s (-want +got):\n%s", tc.at, diff)
		}
	}
}

// TestMySQLScripts runs files of SQL as people and mysqldump write them.
func TestMySQLScripts(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE a (x INT);\n-- one; two\nINSERT INTO a VALUES (1), (2); # three;\nINSERT INTO a SELECT 3":                             "",
		"/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+03:00' */;\nCREATE TABLE a (x INT) /*!50100 COMMENT 'c' */;\n;":           "",
		"CREATE TABLE a (x INT);\nCREATE FUNCTION f() RETURNS INT BEGIN DECLARE y INT; SET y = 1; RETURN y; END;\nINSERT INTO a SELECT f()": "",
		"CREATE TABLE a (x INT);\n\nINSERT INTO b VALUES (1);":                                                                              "line 3: Table '",
		"BEGIN; CREATE TABLE a (x INT); START TRANSACTION; INSERT INTO a VALUES (1)":                                                        "it leaves a transaction open: end it with COMMIT",
		"CREATE TABLE a (x INT);\nUSE other":             "line 2: USE OTHER changes what all databases of the server share, which a test must not do",
		"CREATE DATABASE other":                          "line 1: CREATE DATABASE changes what all",
		"GRANT ALL ON *.* TO a":                          "line 1: GRANT ALL changes what all",
		"SET GLOBAL max_connections = 1":                 "line 1: SET GLOBAL changes what all",
		"DELIMITER //\nCREATE PROCEDURE p() SELECT 1 //": "line 1: DELIMITER is for the client, not the server",
		"LOAD DATA INFILE '/etc/passwd' INTO TABLE a":    "line 1: LOAD DATA reads a file: write the rows in the test",
	} {
		t.Run(text, func(t *testing.T) {
			s := newMariaDBPlace(t)
			err := s.exec(t.Context(), s.db, text)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%v, want …%s…", err, want)
			}
			var zone string
			if err := s.db.QueryRowContext(t.Context(), "SELECT @@time_zone").Scan(&zone); err != nil || want == "" && zone != "+00:00" {
				t.Errorf("the next file begins in %s, %v", zone, err)
			}
		})
	}
}

// TestMySQLLeftovers holds that a place is gone after its test, and one whose test was killed at the next test.
func TestMySQLLeftovers(t *testing.T) {
	url := mariadb.NewDatabase(t)
	left := placePrefix(time.Now().Add(-time.Hour)) + "1_0123456789ab"
	mariadb.Exec(t, url, "CREATE DATABASE "+left)
	alive := newMariaDBPlace(t)
	places := func() string {
		return mariadbtest.Ask[string](t, &mariadb, url, `SELECT IFNULL(GROUP_CONCAT(schema_name), '') FROM information_schema.schemata WHERE schema_name LIKE 'kpi\\_test\\_%'`)
	}
	if got, want := places(), alive.dialect.(*mysql).name; got != want {
		t.Errorf("places %s, want %s", got, want)
	}
	other := newMariaDBPlace(t)
	if got := places(); !strings.Contains(got, alive.dialect.(*mysql).name) {
		t.Errorf("a test took the place of another one that is alive: %s", got)
	}
	other.remove(t.Context())
	alive.remove(t.Context())
	if got := places(); got != "" {
		t.Errorf("left: %s", got)
	}
}

// TestMySQLRows inserts values as people write them.
func TestMySQLRows(t *testing.T) {
	s := newMariaDBPlace(t)
	if err := s.exec(t.Context(), s.db, "CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, ok BOOLEAN, at DATETIME(6), note TEXT, n DECIMAL(9,2))"); err != nil {
		t.Fatal(err)
	}
	row := func(columns string, cells ...Cell) FixtureRow {
		return FixtureRow{Columns: strings.Fields(columns), Cells: cells}
	}
	fx := &Fixtures{Tables: []FixtureTable{{Name: "a", Rows: []FixtureRow{
		row("ok at note n", Cell{Text: "true", Plain: true}, Cell{Text: "2026-03-01T01:00:00+01:00", Plain: true}, Cell{Text: "2026-03-01"}, Cell{Text: "1.50", Plain: true}),
		row("ok at", Cell{Text: "false", Plain: true}, Cell{Null: true}),
		row(""),
	}}}}
	if err := s.insert(t.Context(), fx); err != nil {
		t.Fatal(err)
	}
	var got string
	const all = "SELECT GROUP_CONCAT(CONCAT_WS(' ', id, IFNULL(ok, '-'), IFNULL(at, '-'), IFNULL(note, '-'), IFNULL(n, '-')) ORDER BY id SEPARATOR '; ') FROM a"
	if err := s.db.QueryRowContext(t.Context(), all).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "1 1 2026-03-01 00:00:00.000000 2026-03-01 1.50; 2 0 - - -; 3 - - - -"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	fx.Tables[0].Rows = []FixtureRow{row("missing", Cell{Text: "1"})}
	if err := s.insert(t.Context(), fx); err == nil || !strings.Contains(err.Error(), "its columns are: id, ok, at, note, n") {
		t.Errorf("%v", err)
	}
}

// TestMySQLTypes inserts the same cell in columns of types that take a text of digits for different things, from YAML with and without
// quotes and from CSV.
func TestMySQLTypes(t *testing.T) {
	s := newMariaDBPlace(t)
	for _, test := range []struct{ kind, cell, want string }{
		{"BIT(8)", "5", "5"},
		{"BIT(8)", "15", "15"},
		{"BIT(8)", "255", "255"},
		{"BIT(1)", "1", "1"},
		{"BIT(1)", "0", "0"},
		{"BIT", "true", "1"},
		{"BIT", "false", "0"},
		{"BIT(64)", "18446744073709551615", "18446744073709551615"},
		{"BIT(8) NULL", "", "-"},
		{"BIT(8)", "256", "Data too long for column 'X'"},
		{"BIT(8)", "-1", "Data too long for column 'X'"},
		{"BIT(24)", "abc", "6382179"}, // The bytes of the text, as the server has it.
		{"BOOLEAN", "1", "1"},
		{"TINYINT", "5", "5"},
		{"DECIMAL(9,2)", "1.50", "1.50"},
		{"DOUBLE", "1e3", "1000"},
		{"VARCHAR(9)", "007", "007"},
		{"VARCHAR(9)", "1.50", "1.50"},
		{"CHAR(1)", "5", "5"},
		{"BINARY(1)", "5", "5"},
		{"ENUM('0', '1')", "1", "1"},
		{"ENUM('2', '1')", "1", "1"},
		{"SET('1', '2')", "2", "2"},
		{"JSON", "5", "5"},
		{"YEAR", "2026", "2026"},
	} {
		x := "X"
		if strings.HasPrefix(test.kind, "BIT") {
			x = "X + 0" // Its bytes are not digits.
		}
		for form, cell := range map[string]Cell{"plain": {Text: test.cell, Plain: true, Null: test.cell == ""}, "quoted": {Text: test.cell, Null: test.cell == ""}} {
			if form == "quoted" && (test.cell == "true" || test.cell == "false") {
				continue // It is a text.
			}
			t.Run(test.kind+" "+form+" "+test.cell, func(t *testing.T) {
				if err := s.exec(t.Context(), s.db, "CREATE OR REPLACE TABLE `Odd name` (`The x` INT, X "+test.kind+")"); err != nil {
					t.Fatal(err)
				}
				err := s.insert(t.Context(), &Fixtures{Tables: []FixtureTable{{Name: "Odd name", Rows: []FixtureRow{{Columns: []string{"x"}, Cells: []Cell{cell}}}}}})
				var got string
				if err != nil {
					got = err.Error()
				} else if err := s.db.QueryRowContext(t.Context(), "SELECT IFNULL(CAST("+x+" AS CHAR), '-') FROM `Odd name`").Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != test.want && !(err != nil && strings.Contains(got, test.want)) {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		}
	}
}
