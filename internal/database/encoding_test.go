package database

import (
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestEncodings has databases of every kind of encoding hold text; the same query runs with and without parameters, which
// lib/pq sends in different ways.
func TestEncodings(t *testing.T) {
	type text struct {
		sql, want string
		invalid   bool
	}
	tests := map[string][]text{
		"SQL_ASCII": {
			{`E'caf\xe9'`, `caf\xE9`, true},
			{`E'caf\xc3\xa9'`, "café", false},
			{"'café'", "café", false},
			{`E'\xe4\xf6'`, `\xE4\xF6`, true},
			{`E'\xe4 café \xff'`, `\xE4 café \xFF`, true},
			{`E'\xed\xa0\x80'`, `\xED\xA0\x80`, true},         // Half of a surrogate pair.
			{`E'\xc0\x80'`, `\xC0\x80`, true},                 // More bytes than it needs.
			{`E'\xf4\x90\x80\x80'`, `\xF4\x90\x80\x80`, true}, // Beyond Unicode.
			{`E'\xef\xbf\xbd'`, "\uFFFD", false},
			{`E'\\xE4'`, `\\xE4`, false}, // Not what a byte becomes.
			{`E'\\\\xE4'`, `\\\\xE4`, false},
			{`E'\\xe4 \\d'`, `\xe4 \d`, false},
			{`E'\\d\xe4'`, `\\d\xE4`, true},
			{`E'\x80'::bytea`, `\x80`, false},
			{`CAST(E'\xe4' AS char(3))`, `\xE4`, true},
			{`ARRAY[E'\xe4']`, `{\xE4}`, true},
			{`json_build_object('a', E'\xe4')`, `{"a" : "\xE4"}`, true},
			{`convert_from(convert(convert_to(E'caf\xe9', 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'SQL_ASCII')`, "café", false}, // As documented.
			{"current_setting('client_encoding')", "SQL_ASCII", false},
		},
		"UTF8": {
			{"'café'", "café", false},
			{"current_setting('client_encoding')", "UTF8", false},
		},
		"LATIN1": {
			{`E'caf\xe9'`, "café", false},
			{"'café'", "café", false},
			{"current_setting('client_encoding')", "UTF8", false},
		},
	}
	for encoding, texts := range tests {
		url := server.NewEncodedDatabase(t, encoding)
		for by, url := range map[string]string{"alone": url, "behind PgBouncer": server.NewPgBouncer(t, url, 1)} {
			t.Run(encoding+" "+by, func(t *testing.T) {
				t.Parallel()
				p := openPool(t, url, 2)
				for _, text := range texts {
					for _, parameter := range withAndWithoutParameter {
						_, rows, err := run(t.Context(), p, newQuery(t, "SELECT "+text.sql+parameter))
						if err != nil {
							t.Errorf("%s: %v", text.sql, err)
							continue
						}
						if got := rows[0][0]; got.Text != text.want || got.Invalid != text.invalid {
							t.Errorf("%s is %q (invalid: %t), want %q (%t)", text.sql, got.Text, got.Invalid, text.want, text.invalid)
						}
					}
				}
			})
		}
	}
}

// TestEncodingIsGivenBack has queries that wait for each other take over the connection, and another client of PgBouncer
// find its own encoding there.
func TestEncodingIsGivenBack(t *testing.T) {
	url := server.NewEncodedDatabase(t, "SQL_ASCII")
	bouncer := server.NewPgBouncer(t, url, 1)
	p := openPool(t, bouncer, 1)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, rows, err := run(t.Context(), p, newQuery(t, `SELECT E'\xe4'`))
			if err != nil || rows[0][0].Text != `\xE4` {
				t.Errorf("got %v and %v", rows, err)
			}
		})
		all.Go(func() {
			if got := pgtest.Ask[string](t, bouncer, "SELECT current_setting('client_encoding')"); got != "UTF8" {
				t.Errorf("the encoding of another client is %s", got)
			}
		})
	}
	all.Wait()
}

// TestInvalidBytesInSentences has a database complain of what is not UTF-8, and call a column so.
func TestInvalidBytesInSentences(t *testing.T) {
	ascii := server.NewEncodedDatabase(t, "SQL_ASCII", `DO $$ BEGIN EXECUTE E'CREATE VIEW odd AS SELECT 1 AS "\xe4", 2 AS "\xf6"'; END $$`)
	p := openPool(t, ascii, 1)
	for query, says := range map[string]string{
		`SELECT CAST(E'\xe4' AS numeric)`:                                `invalid input syntax for type numeric: "\xE4" (22P02)`,
		`SELECT nothing FROM odd WHERE CAST(E'caf\xe9 \xff' AS int) = 1`: `column "nothing" does not exist`,
		`SELECT CAST(E'caf\xe9 \xff' AS int)`:                            `line 1: invalid input syntax for type integer: "caf\xE9 \xFF" (22P02)`,
	} {
		_, _, err := run(t.Context(), p, newQuery(t, query))
		wantError(t, err, Refused, says)
		if err != nil && !utf8.ValidString(err.Error()) {
			t.Errorf("%q is not UTF-8", err)
		}
	}
	columns, _, err := run(t.Context(), p, newQuery(t, "SELECT * FROM odd"))
	if err != nil || len(columns) != 2 || columns[0].Name != `\xE4` || columns[1].Name != `\xF6` {
		t.Errorf("columns %v, error %v", columns, err)
	}
	if _, err := p.Explain(t.Context(), newQuery(t, "SELECT * FROM odd")); err != nil {
		t.Error(err)
	}

	path := filepath.Join(t.TempDir(), "app.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE t (\"a\xe4\"); INSERT INTO t VALUES (CAST(x'e4' AS TEXT)), (x'e4ff')"); err != nil {
		t.Fatal(err)
	}
	columns, rows, err := run(t.Context(), openPool(t, "sqlite://"+path, 1), newQuery(t, "SELECT * FROM t"))
	if err != nil || columns[0].Name != `a\xE4` || rows[0][0].Text != `\xE4` || rows[1][0].Text != `\xE4\xFF` || !rows[1][0].Invalid {
		t.Errorf("SQLite: columns %v, rows %v, error %v", columns, rows, err)
	}
	if len(rows) > 0 && !utf8.ValidString(rows[0][0].Err) || !strings.Contains(rows[0][0].Err, "text is not a number") {
		t.Errorf("error %q", rows[0][0].Err)
	}
}

// FuzzText looks for bytes that are not escaped, and for two texts that become the same.
func FuzzText(f *testing.F) {
	f.Add("caf\xe9", "caf\xea")
	f.Add("\xe4\xb8", "\xe4")
	f.Add("M\xe4r", `M\xE4r`)
	f.Add(`\\xE4`, `\xE4`)
	f.Add("\\\xe4", `\\xE4`)
	f.Fuzz(func(t *testing.T, a, b string) {
		read := func(s string) string {
			v := Value{cells: postgres{}, column: Column{Type: "text"}, bytes: []byte(s), isText: true}
			text, valid := v.Text()
			if !utf8.ValidString(text) || valid != utf8.ValidString(s) || valid && !strings.Contains(s, `\`) && text != s {
				t.Errorf("%q becomes %q (%t)", s, text, valid)
			}
			return text
		}
		if x, y := read(a), read(b); a != b && x == y {
			t.Errorf("%q and %q become %q", a, b, x)
		}
	})
}
