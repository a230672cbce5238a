package enginetest

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

func TestSQLite(t *testing.T) { Exercise(t, sqliteEngine(t)) }

func sqliteEngine(t *testing.T) Engine {
	t.Helper()
	const endless = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT "
	missing := filepath.Join(t.TempDir(), "missing.db")
	return Engine{
		Engine: engine.SQLite{},
		New:    newFile,
		Values: sqliteValues(),
		Wide: func(bytes int) string {
			return fmt.Sprintf("SELECT column1 AS value, printf('%%.*c', %d, 'x') AS plan FROM (VALUES (1), (2), (3))", bytes)
		},
		Null: "SELECT NULL",
		Parameters: map[string]string{
			"SELECT count(*) FROM (SELECT '2026-04-03 12:00:00' AS at) WHERE at >= :period_start AND at < :period_end": "1",
			"SELECT :as_of || :as_of || :timezone":    "2026-04-05 00:00:002026-04-05 00:00:00Europe/Berlin",
			"SELECT :previous_start || :previous_end": "2026-04-02 00:00:002026-04-03 00:00:00",
			"SELECT date(:as_of, '-1 day') -- :x":     "2026-04-04",
			"SELECT ':as_of'":                         ":as_of",
		},
		Columns: Columns{
			`SELECT x AS value, plan AS "Plan", day AS value FROM (SELECT 1 AS x, 'a' AS plan, 2 AS day) WHERE false`,
			[]database.Column{{Name: "value"}, {Name: "Plan"}, {Name: "value"}},
		},
		Failing: map[string]string{
			"SELECT missing FROM t": "no such column: missing", "SELECT * FROM nowhere": "no such table: nowhere",
			"SELEC": "a query begins with SELECT", "SELECT wrong(1)": "no such function: wrong",
		},
		Numbers: func(n int) string {
			return fmt.Sprintf("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < %d) SELECT x AS value FROM c", n)
		},
		Endless:     []string{endless + "count(*) FROM c", endless + "count(*), :timezone FROM c"},
		EndlessRows: []string{endless + "x FROM c", endless + "x, :timezone FROM c"},

		Schema: sqliteSchema,
		Writes: []string{
			"INSERT INTO t VALUES (3, 'x', NULL, NULL)", "UPDATE t SET x = 5", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (x)", "ATTACH 'other.db' AS o",
			"PRAGMA query_only = 0", "PRAGMA journal_mode = wal", "VACUUM", "VACUUM INTO 'other.db'", "COMMIT", "ROLLBACK", "WITH w AS (SELECT 1) INSERT INTO t (x) SELECT * FROM w", "REINDEX",
		},
		State:  "SELECT count(*) || ' ' || sum(x) FROM t",
		Beside: sqliteFile,
		Lock:   Lock{lockSQLite, "SELECT * FROM t", "the file is locked by a writer"},
		Explain: Explain{
			Query:   "SELECT plan, x FROM t WHERE at < :period_end -- all",
			Columns: []database.Column{{Name: "plan", Type: "text"}, {Name: "x", Type: "integer"}},
			Failing: map[string]string{"SELECT missing FROM t": "no such column: missing"},
		},

		Unreachable: map[string]string{
			"sqlite://" + missing:              missing + ": no such file or directory",
			"sqlite://" + missing + "?mode=ro": missing + "?…: no such file or directory (a SQLite URL has no options: the ? is taken as part of the file name)",
		},
		Broken: func(secret string) []string {
			return []string{"sqlite://" + missing + "?key=" + secret, "sqlite:" + secret}
		},
	}
}

var sqliteSchema = []string{
	"CREATE TABLE t (x INTEGER, plan TEXT, at DATETIME, day DATE)",
	"INSERT INTO t VALUES (1, 'basic', '2026-04-03 12:00:00', '2026-04-03'), (2, 'pro', '2026-04-04 00:00:00', '2026-04-04')",
	"CREATE TABLE instants (day DATE)", "INSERT INTO instants VALUES ('2026-04-03 12:00:00')",
}

// newFile returns the URL of a file whose name is hard to write as a URI.
func newFile(t testing.TB, statements ...string) string {
	t.Helper()
	url := "sqlite://" + filepath.Join(t.TempDir(), "app 100%?#.db")
	db := openFile(t, url)
	defer db.Close()
	for _, s := range append([]string{"PRAGMA user_version = 1"}, statements...) {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return url
}

// openFile opens a file for writing, beside the source.
func openFile(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(strings.TrimPrefix(url, "sqlite://")))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// sqliteFile returns what is in the file, and what lies beside it.
func sqliteFile(t testing.TB, url string) string {
	t.Helper()
	path := strings.TrimPrefix(url, "sqlite://")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x %d files", sha256.Sum256(text), len(files))
}

func lockSQLite(t testing.TB, url string) {
	t.Helper()
	db := openFile(t, url)
	t.Cleanup(func() { db.Close() })
	if _, err := db.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
}

func sqliteValues() []Value {
	var values []Value
	for _, v := range []struct {
		sql    string
		number float64
		err    string
		text   string // "" means: as a cast to text says.
	}{
		{"1", 1, "", ""},
		{"-1.5", -1.5, "", ""},
		{"2.0", 2, "", ""},
		{"1e15", 1e15, "", ""},
		{"1e20", 1e20, "", ""},
		{"1e16", 1e16, "", ""},
		{"1e17", 1e17, "", ""},
		{"12345678901234567.0", 12345678901234568, "", ""},
		{"0.0001", 0.0001, "", ""},
		{"0.00001234", 0.00001234, "", ""},
		{"1.5e300", 1.5e300, "", ""},
		{"-0.0", 0, "", ""},
		{"123456789012345678", 123456789012345680, "", ""},
		{"100000.0", 100000, "", ""},
		{"0.1 + 0.2", 0.30000000000000004, "", ""},
		{"1e-7", 1e-7, "", ""},
		{"9e999", 0, "infinite", ""},
		{"-9e999", 0, "infinite", ""},
		{"1 < 2", 1, "", ""},
		{"'12'", 0, "text is not a number: write CAST(x AS REAL)", ""},
		{"'é'", 0, "text is not a number", ""},
		{"CAST(x'61ff62' AS TEXT)", 0, "text is not a number", `a\xFFb`},
		{"x'6162'", 0, "a blob is not a number", "ab"},
		{"at FROM t WHERE x = 1", 1775217600, "", "2026-04-03 12:00:00"},
		{"day FROM t WHERE x = 1", 1775167200, "", "2026-04-03"},     // In Berlin.
		{"day FROM instants", 1775217600, "", "2026-04-03 12:00:00"}, // A date column that holds an instant, in UTC.
	} {
		value, from, found := strings.Cut(v.sql, " FROM ")
		if found {
			from = " FROM " + from
		}
		for _, parameter := range []string{"", ", :timezone"} {
			query := fmt.Sprintf("SELECT %s AS x, CAST(%s AS TEXT)%s%s", value, value, parameter, from)
			values = append(values, Value{Query: query, Number: v.number, Err: v.err, Text: v.text})
		}
	}
	return values
}
