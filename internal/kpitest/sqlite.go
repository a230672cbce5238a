package kpitest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // Registers the driver "sqlite".

	"github.com/kpi-exporter/kpi_exporter/config"
)

// sqlite is a temporary file.
type sqlite struct {
	folder string
}

const (
	sqliteTime = "2006-01-02 15:04:05" // The one form of instants in SQLite, in UTC.
	sqliteGlob = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'"
)

func newSQLite(ctx context.Context) (*scratch, error) {
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
	if err := db.PingContext(ctx); err != nil { // It makes the file, also for a test without a row.
		return nil, err
	}
	return &scratch{engine: &sqlite{folder: folder}, db: db, url: "sqlite://" + path}, nil
}

func (s *sqlite) quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// cell turns a truth value into 0 or 1 and a time into the one form; the column makes a number of what looks like one.
func (s *sqlite) cell(c config.Cell) any {
	if !c.Plain {
		return c.Text
	}
	switch strings.ToLower(c.Text) {
	case "true":
		return 1
	case "false":
		return 0
	}
	if t, ok := parseInstant(c.Text); ok {
		return t.UTC().Format(sqliteTime)
	}
	return c.Text
}

// parseInstant reads a date, or a date and a time with or without an offset; without one it is of UTC.
func parseInstant(text string) (time.Time, bool) {
	for _, layout := range [...]string{
		"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
		"2006-01-02 15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00",
		"2006-01-02 15:04Z07", "2006-01-02 15:04:05Z07",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (s *sqlite) literal(t time.Time) string { return "'" + t.UTC().Format(sqliteTime) + "'" }

func (s *sqlite) explain(_ string, err error) string { return err.Error() }

func (s *sqlite) inspect(ctx context.Context, db *sql.DB) ([]timeColumn, []reference, error) {
	type column struct {
		timeColumn
		key int // Its place in the primary key, from 1, or 0.
	}
	all, err := collect(ctx, db, `
		SELECT m.name, c.name, c."notnull" OR c.pk > 0, c.pk
		FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY m.name, c.cid`, func(row *sql.Rows) (c column, err error) {
		return c, row.Scan(&c.table, &c.name, &c.required, &c.key)
	})
	if err != nil {
		return nil, nil, err
	}
	optional := map[string]bool{}
	keys := map[string][]string{}
	var times []timeColumn
	for _, c := range all {
		optional[c.table+"\x00"+c.name] = !c.required
		if c.key > 0 { // Keys of several columns are nearly always written in their order.
			keys[c.table] = append(keys[c.table], c.name)
		}
		// There is no type for instants: a column holds them if all that it holds looks like one.
		var holds sql.NullBool
		err := db.QueryRowContext(ctx, "SELECT min("+s.quote(c.name)+" GLOB "+sqliteGlob+") FROM "+s.quote(c.table)).Scan(&holds)
		if err != nil {
			return nil, nil, err
		}
		if holds.Bool {
			times = append(times, c.timeColumn)
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
		return nil, nil, err
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
	_, err = db.ExecContext(ctx, "PRAGMA ignore_check_constraints = 1")
	return times, references, err
}

func (s *sqlite) remove(context.Context) { _ = os.RemoveAll(s.folder) }
