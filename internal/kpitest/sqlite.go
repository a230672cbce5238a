package kpitest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// sqliteFile is a temporary file.
type sqliteFile struct {
	folder string
}

const (
	sqliteTime = "2006-01-02 15:04:05" // The one form of instants in SQLite, in UTC.
	sqliteDate = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
	sqliteGlob = "'" + sqliteDate + " [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'"
)

// newSQLite needs no server.
func newSQLite(ctx context.Context, _ *config.Database) (*fixtureDB, error) {
	folder, err := os.MkdirTemp("", "kpi_exporter-test-")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, "fixtures.db")
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=journal_mode(off)&_pragma=synchronous(off)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := confine(ctx, db); err != nil {
		_ = db.Close()
		_ = os.RemoveAll(folder)
		return nil, err
	}
	return &fixtureDB{dialect: &sqliteFile{folder: folder}, db: db, url: "sqlite://" + path}, nil
}

// confine makes the file, also for a test without a row, and keeps SQL from attaching another one, such as the product's.
func confine(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = sqlite.Limit(conn, sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	return errors.Join(err, conn.Close())
}

func (s *sqliteFile) parameter(n int) string { return "$" + strconv.Itoa(n) }

func (s *sqliteFile) emptyRow() string { return "DEFAULT VALUES" }

func (s *sqliteFile) table(name string) string { return s.quote(name) }

func (s *sqliteFile) quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// cell turns a truth value into 0 or 1 and a time into the one form; the column makes a number of what looks like one. In
// quotes, a date is a text.
func (s *sqliteFile) cell(c Cell) any {
	t, isInstant := parseInstant(c.Text)
	switch {
	case isInstant && (c.Plain || len(c.Text) > len(time.DateOnly)):
		return t.UTC().Format(sqliteTime)
	case c.Plain && strings.EqualFold(c.Text, "true"):
		return 1
	case c.Plain && strings.EqualFold(c.Text, "false"):
		return 0
	}
	return c.Text
}

// bits finds nothing: the type of a column converts the text.
func (s *sqliteFile) bits(context.Context, session) ([]string, error) { return nil, nil }

// parseInstant reads a date, or a date and a time with or without an offset; without one it is of UTC.
func parseInstant(text string) (time.Time, bool) {
	if text == "" || !unicode.IsDigit(rune(text[0])) {
		return time.Time{}, false // Nearly all texts, and quickly decided.
	}
	text = strings.Replace(strings.ToUpper(text), "T", " ", 1)
	for _, layout := range [...]string{
		"2006-1-2", "2006-1-2 15:04", "2006-1-2 15:04:05",
		"2006-1-2 15:04Z07:00", "2006-1-2 15:04:05Z07:00", "2006-1-2 15:04Z07", "2006-1-2 15:04:05Z07",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (s *sqliteFile) literal(t time.Time) string { return "'" + t.UTC().Format(sqliteTime) + "'" }

func (s *sqliteFile) tables() string {
	return "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
}

func (s *sqliteFile) exec(ctx context.Context, db *sql.DB, text string) error {
	if _, err := db.ExecContext(ctx, text); err != nil { // Without arguments it may be many statements.
		return errors.New(s.explain(text, err))
	}
	if _, err := db.ExecContext(ctx, "BEGIN"); err != nil {
		return errOpenTransaction
	}
	_, err := db.ExecContext(ctx, "COMMIT")
	return err
}

// check finds text where the type of a column requires numbers, and instants in another form than the one that compares.
func (s *sqliteFile) check(ctx context.Context, db *sql.DB) error {
	type column struct{ table, name, kind string }
	columns, err := collect(ctx, db, `
		SELECT m.name, c.name, upper(c.type)
		FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY m.name, c.cid`, func(row *sql.Rows) (c column, err error) {
		return c, row.Scan(&c.table, &c.name, &c.kind)
	})
	if err != nil {
		return err
	}
	number := regexp.MustCompile(`INT(EGER|[248])?\b|REAL|FLOAT|DOUBLE|NUMERIC|DECIMAL|BOOL`)
	for _, c := range columns {
		name := s.quote(c.name)
		wrong, want := "("+name+" GLOB '"+sqliteDate+"[Tt ][0-9][0-9]:*' AND NOT "+name+" GLOB "+sqliteGlob+")", "not an instant: write 2026-03-29 22:00:00, in UTC"
		if number.MatchString(c.kind) {
			wrong, want = "typeof("+name+") = 'text'", "not of type "+strings.ToLower(c.kind)
		}
		var text string
		switch err := db.QueryRowContext(ctx, "SELECT "+name+" || '' FROM "+s.quote(c.table)+" WHERE "+wrong+" LIMIT 1").Scan(&text); {
		case err == nil:
			return fmt.Errorf("table %q: column %q holds %q, which is %s", c.table, c.name, text, want)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
	}
	return nil
}

// commit has nothing to look for: the file is all that a session can write to.
func (s *sqliteFile) commit(_ context.Context, tx *sql.Tx) error { return tx.Commit() }

func (s *sqliteFile) explain(_ string, err error) string { return err.Error() }

// sqliteColumn is a column of a table.
type sqliteColumn struct {
	timeColumn
	key     int  // Its place in the primary key, from 1, or 0.
	isDated bool // Its type is one for dates, or dates and times.
}

func (s *sqliteFile) columns(ctx context.Context, db *sql.DB) ([]sqliteColumn, error) {
	return collect(ctx, db, `
		SELECT m.name, c.name, c."notnull" OR c.pk > 0, c.pk, c.type LIKE '%date%'
		FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY m.name, c.cid`, func(row *sql.Rows) (c sqliteColumn, err error) {
		return c, row.Scan(&c.table, &c.name, &c.required, &c.key, &c.isDated)
	})
}

// timeColumns looks at the values, since there is no type for instants: a column holds them if all that it holds looks like one.
func (s *sqliteFile) timeColumns(ctx context.Context, db *sql.DB) ([]timeColumn, error) {
	columns, err := s.columns(ctx, db)
	if err != nil {
		return nil, err
	}
	var times []timeColumn
	for _, c := range columns {
		name := s.quote(c.name)
		looks := name + " GLOB " + sqliteGlob
		if c.isDated {
			looks += " OR " + name + " GLOB '" + sqliteDate + "'"
		}
		var holds sql.NullBool
		if err := db.QueryRowContext(ctx, "SELECT min("+looks+") FROM "+s.quote(c.table)).Scan(&holds); err != nil {
			return nil, err
		}
		if holds.Bool {
			times = append(times, c.timeColumn)
		}
	}
	return times, nil
}

func (s *sqliteFile) foreignKeys(ctx context.Context, db *sql.DB) ([]reference, error) {
	columns, err := s.columns(ctx, db)
	if err != nil {
		return nil, err
	}
	optional, keys := map[string]bool{}, map[string][]string{}
	for _, c := range columns {
		optional[c.table+"\x00"+c.name] = !c.required
		if c.key > 0 { // Keys of several columns are nearly always written in their order.
			keys[c.table] = append(keys[c.table], c.name)
		}
	}
	type key struct {
		table, parent, from string
		to                  sql.NullString
		id                  int
	}
	found, err := collect(ctx, db, `
		SELECT m.name, f."table", f."from", f."to", f.id
		FROM sqlite_master m, pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table'
		  AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check(m.name) broken WHERE broken.fkid = f.id)
		ORDER BY m.name, f.id, f.seq`, func(row *sql.Rows) (k key, err error) {
		return k, row.Scan(&k.table, &k.parent, &k.from, &k.to, &k.id)
	})
	if err != nil {
		return nil, err
	}
	var references []reference
	last := ""
	for _, k := range found {
		if id := k.table + "\x00" + strconv.Itoa(k.id); id != last {
			last = id
			references = append(references, reference{table: k.table, parent: k.parent})
		}
		r := &references[len(references)-1]
		to := k.to.String
		if !k.to.Valid && len(r.columns) < len(keys[k.parent]) {
			to = keys[k.parent][len(r.columns)]
		}
		r.columns, r.parentColumns = append(r.columns, k.from), append(r.parentColumns, to)
		if optional[k.table+"\x00"+k.from] {
			r.optional = append(r.optional, k.from)
		}
	}
	return references, nil
}

// free leaves foreign keys, which are not enforced, and ignores the conditions of columns, which cannot be dropped.
func (s *sqliteFile) free(ctx context.Context, db *sql.DB) error {
	triggers, err := collect(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name", scanName)
	if err != nil {
		return err
	}
	for _, name := range triggers {
		if _, err := db.ExecContext(ctx, "DROP TRIGGER "+s.quote(name)); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, "PRAGMA ignore_check_constraints = 1")
	return err
}

// refresh has nothing to do: SQLite keeps only rows.
func (s *sqliteFile) refresh(context.Context, session) error { return nil }

func (s *sqliteFile) remove(context.Context) { _ = os.RemoveAll(s.folder) }
