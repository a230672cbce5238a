package database

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func TestSQLiteErrors(t *testing.T) {
	url, path := newFile(t)
	p := openPool(t, url, 1)
	missing := filepath.Join(t.TempDir(), "missing.db")
	_, _, err := run(t.Context(), openPool(t, "sqlite://"+missing+"?mode=ro&key=canary", 1), newQuery(t, "SELECT 1"))
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

func TestSQLiteExplain(t *testing.T) {
	url, _ := newFile(t)
	p := openPool(t, url, 1)
	q := newQuery(t, "SELECT plan, x FROM t WHERE at < :period_end -- all")
	got, err := p.Explain(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	advice, err := p.InspectQuery(t.Context(), q)
	if err != nil || len(advice.Forms) != 1 {
		t.Errorf("forms %v, error %v", advice.Forms, err)
	}
	if diff := cmp.Diff(Explanation{Columns: []Column{{"plan", "text"}, {"x", "integer"}}}, got); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
}

// TestSQLiteReplaced puts other files in the place of one, as a nightly copy does: each query reads the one that is there.
func TestSQLiteReplaced(t *testing.T) {
	url, path := newFile(t)
	p := openPool(t, url, 1)
	const query = "SELECT count(*) FROM t"
	if got := one(t, p, query); got != "2" {
		t.Fatalf("%s rows", got)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(content []byte) {
		t.Helper()
		other := filepath.Join(t.TempDir(), "other.db")
		if err := os.WriteFile(other, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(other, path); err != nil {
			t.Fatal(err)
		}
	}
	replace([]byte(strings.Repeat("no database", 100)))
	_, _, err = run(t.Context(), p, newQuery(t, query))
	wantError(t, err, Connect, "not a database")
	replace(good)
	if got := one(t, p, query); got != "2" {
		t.Errorf("%s rows", got)
	}
}

// BenchmarkSQLite runs one small query after another.
func BenchmarkSQLite(b *testing.B) {
	url, _ := newFile(b)
	p := openPool(b, url, 1)
	for b.Loop() {
		one(b, p, "SELECT count(*) FROM t")
	}
}
