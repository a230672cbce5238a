package database

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newFile returns the URL of a SQLite file with a table.
func newFile(t testing.TB) (url, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "app 100%?#.db")
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE t (x INTEGER, plan TEXT, at DATETIME, day DATE);
		INSERT INTO t VALUES (1, 'basic', '2026-04-03 12:00:00', '2026-04-03'), (2, 'pro', '2026-04-04 00:00:00', '2026-04-04')`); err != nil {
		t.Fatal(err)
	}
	return "sqlite://" + path, path
}

func TestSQLiteParameters(t *testing.T) {
	url, _ := newFile(t)
	p := openPool(t, url, 1)
	tests := map[string]string{
		"SELECT count(*) FROM t WHERE at >= :period_start AND at < :period_end": "1",
		"SELECT :as_of || :as_of || :timezone":                                  "2026-04-05 00:00:002026-04-05 00:00:00Europe/Berlin",
		"SELECT date(:as_of, '-1 day') -- :x":                                   "2026-04-04",
		"SELECT ':as_of'":                                                       ":as_of",
	}
	for sql, want := range tests {
		if got := one(t, p, sql); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
}

func TestSQLiteValues(t *testing.T) {
	url, _ := newFile(t)
	p := openPool(t, url, 1)
	tests := []struct {
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
		{"day FROM t WHERE x = 1", 1775174400, "", "2026-04-03"},
	}
	for _, test := range tests {
		t.Run(test.sql, func(t *testing.T) {
			value, from, found := strings.Cut(test.sql, " FROM ")
			if found {
				from = " FROM " + from
			}
			_, rows, err := run(t.Context(), p, newQuery(t, "SELECT "+value+" AS x, CAST("+value+" AS TEXT)"+from))
			if err != nil {
				t.Fatal(err)
			}
			got := rows[0][0]
			if got.Number != test.number || (got.Err == "") != (test.err == "") || !strings.Contains(got.Err, test.err) {
				t.Errorf("got %v, error %q, want %v, error …%s…", got.Number, got.Err, test.number, test.err)
			}
			want := test.text
			if want == "" {
				want = rows[0][1].Text
			}
			if got.Text != want {
				t.Errorf("text %q, want %q", got.Text, want)
			}
		})
	}
	_, rows, err := run(t.Context(), p, newQuery(t, "SELECT NULL"))
	if err != nil || !rows[0][0].Null || !math.IsNaN(rows[0][0].Number) {
		t.Errorf("NULL: %+v, %v", rows, err)
	}
}

func TestSQLiteWritesNothing(t *testing.T) {
	url, path := newFile(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := openPool(t, url, 1)
	other := filepath.Join(filepath.Dir(path), "other.db")
	for _, sql := range []string{
		"INSERT INTO t VALUES (3, 'x', NULL, NULL)", "UPDATE t SET x = 5", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (x)", "ATTACH '" + other + "' AS o",
		"PRAGMA query_only = 0", "PRAGMA journal_mode = wal", "VACUUM", "VACUUM INTO '" + other + "'", "COMMIT", "ROLLBACK", "WITH w AS (SELECT 1) INSERT INTO t (x) SELECT * FROM w", "REINDEX",
	} {
		_, _, err := run(t.Context(), p, newQuery(t, sql))
		wantError(t, err, Write, "")
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file has changed")
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("files %v, %v, want only the database", files, err)
	}
}

func TestSQLiteErrors(t *testing.T) {
	url, path := newFile(t)
	p := openPool(t, url, 1)
	_, _, err := run(t.Context(), p, newQuery(t, "SELECT missing FROM t"))
	wantError(t, err, Refused, "no such column: missing")

	missing := filepath.Join(t.TempDir(), "missing.db")
	_, _, err = run(t.Context(), openPool(t, "sqlite://"+missing, 1), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, missing+": no such file or directory")
	_, _, err = run(t.Context(), openPool(t, "sqlite://"+missing+"?mode=ro&key=canary", 1), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, missing+"?…: no such file or directory (a SQLite URL has no options: the ? is taken as part of the file name)")
	if cause := errors.Unwrap(err); !errors.Is(err, os.ErrNotExist) || strings.Contains(fmt.Sprintf("%v %+v", cause, cause), "canary") {
		t.Errorf("error %+v", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file was created: %v", err)
	}

	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err = run(t.Context(), openPool(t, "sqlite://"+text, 1), newQuery(t, "SELECT * FROM t"))
	wantError(t, err, Connect, "not a database")

	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	_, _, err = run(t.Context(), p, newQuery(t, "SELECT * FROM t"))
	wantError(t, err, Timeout, "the file is locked by a writer")
}

func TestSQLiteTimeout(t *testing.T) {
	url, _ := newFile(t)
	p := openPool(t, url, 1)
	for name, sql := range map[string]string{
		"before the first row": "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
		"between rows":         "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
	} {
		t.Run(name, func(t *testing.T) {
			q := newQuery(t, sql)
			q.Timeout = 200 * time.Millisecond
			within(t, 2*time.Second, func() {
				err := p.Run(t.Context(), q, func([]Column) (func([]Value) error, error) {
					return func([]Value) error { return nil }, nil
				})
				wantError(t, err, Timeout, "the query took longer than its timeout of 200ms")
			})
		})
	}
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestSQLiteExplain(t *testing.T) {
	url, _ := newFile(t)
	p := openPool(t, url, 1)
	q := newQuery(t, "SELECT plan, x FROM t WHERE at < :period_end -- all")
	got, err := p.Explain(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	advice, err := p.Inspect(t.Context(), q)
	if err != nil || len(advice.Forms) != 1 {
		t.Errorf("forms %v, error %v", advice.Forms, err)
	}
	if diff := cmp.Diff(Explanation{Columns: []Column{{"plan", "text"}, {"x", "integer"}}}, got); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
	_, err = p.Explain(t.Context(), newQuery(t, "SELECT missing FROM t"))
	wantError(t, err, Refused, "no such column: missing")
}
