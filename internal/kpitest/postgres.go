package kpitest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// postgres is a schema of its own in a database that somebody named for it. Nothing outside of it is found by its name:
// search_path holds no other schema.
type postgres struct {
	url    string // Without the schema.
	schema string
	secret string
}

func newPostgres(ctx context.Context, d *config.Database) (*scratch, error) {
	resolved, err := d.URL()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(resolved.Reveal())
	if err != nil || u.Scheme != "postgres" { // The error would show the URL.
		return nil, fmt.Errorf("database %q: it must be a PostgreSQL: write postgres://user@host:5432/name", d.Name)
	}
	id := make([]byte, 6)
	_, _ = rand.Read(id) // It never fails.
	password, _ := u.User.Password()
	p := &postgres{url: u.String(), schema: schemaPrefix(time.Now()) + hex.EncodeToString(id), secret: password}
	inside := with(u, "search_path", p.schema)
	db, err := p.open(with(inside, "TimeZone", "UTC")) // A time without an offset is one of UTC.
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+p.schema); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("database %q: %s", d.Name, p.explain("", err))
	}
	p.removeForgotten(ctx, db)
	// In the configuration a space is %20, and a + is a +.
	return &scratch{engine: p, db: db, url: strings.ReplaceAll(inside.String(), "+", "%20")}, nil
}

// schemaPrefix returns how the names of schemas of that time begin. They sort by time.
func schemaPrefix(t time.Time) string { return "kpi_test_" + t.UTC().Format("20060102150405") + "_" }

// removeForgotten drops schemas of tests that were killed a day or more ago. One that cannot be dropped stays.
func (p *postgres) removeForgotten(ctx context.Context, db *sql.DB) {
	forgotten, _ := collect(ctx, db, `
		SELECT nspname FROM pg_namespace
		WHERE nspname ~ '^kpi_test_[0-9]{14}_[0-9a-f]{12}$' AND nspname < '`+schemaPrefix(time.Now().AddDate(0, 0, -1))+"'", scanName)
	for _, schema := range forgotten {
		_, _ = db.ExecContext(ctx, "DROP SCHEMA "+schema+" CASCADE")
	}
}

// with returns the URL with one more parameter.
func with(u *url.URL, key, value string) *url.URL {
	parameters := u.Query()
	parameters.Set(key, value)
	if !parameters.Has("connect_timeout") {
		parameters.Set("connect_timeout", "10")
	}
	changed := *u
	changed.RawQuery = parameters.Encode()
	return &changed
}

func (p *postgres) open(u *url.URL) (*sql.DB, error) {
	connector, err := pq.NewConnector(u.String())
	if err != nil {
		return nil, errors.New(p.explain("", err))
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}

func (p *postgres) quote(name string) string { return pq.QuoteIdentifier(name) }

// cell gives the text alone: the server knows the type of the column.
func (p *postgres) cell(c config.Cell) any { return c.Text }

func (p *postgres) literal(t time.Time) string {
	return "timestamptz '" + t.UTC().Format("2006-01-02 15:04:05.999999Z07:00") + "'"
}

func (p *postgres) tables() string {
	return `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p', 'v') ORDER BY relname`
}

func (p *postgres) settle(ctx context.Context, db *sql.DB) error {
	const inTransaction = "25001"
	_, err := db.ExecContext(ctx, "DISCARD ALL") // pg_dump, for one, empties search_path.
	if refused, ok := errors.AsType[*pq.Error](err); ok && refused.SQLState() == inTransaction {
		return errOpenTransaction
	}
	if err != nil {
		return err
	}
	// Object identifiers are given out in order: what is later than the schema was made by this test, or by another one.
	var name string
	err = db.QueryRowContext(ctx, `
		SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.oid > to_regnamespace(current_schema()) AND c.relkind IN ('r', 'p', 'v', 'm')
		  AND n.nspname !~ '^(kpi_test|pg)_' AND n.nspname <> 'information_schema'
		ORDER BY c.oid
		LIMIT 1`).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%s is outside of the schema that is dropped after the test: write names without a schema", name)
	}
	return err
}

// check finds nothing: columns have types.
func (p *postgres) check(context.Context, *sql.DB) error { return nil }

func (p *postgres) explain(text string, err error) string {
	sentence := err.Error()
	if refused, ok := errors.AsType[*pq.Error](err); ok {
		sentence = refused.Message + " (" + refused.SQLState() + ")"
		if refused.Detail != "" {
			sentence += ": " + refused.Detail
		}
		if at, err := strconv.Atoi(refused.Position); err == nil && text != "" {
			before := []rune(text)
			before = before[:min(max(at-1, 0), len(before))]
			sentence = fmt.Sprintf("line %d: %s", 1+strings.Count(string(before), "\n"), sentence)
		}
	}
	if p.secret != "" {
		sentence = strings.ReplaceAll(sentence, p.secret, "<secret>")
	}
	return sentence
}

func (p *postgres) inspect(ctx context.Context, db *sql.DB) ([]timeColumn, []reference, error) {
	// Of dates and times alike, those that the database computes itself aside. A partition has the rows of its table.
	columns, err := collect(ctx, db, `
		SELECT c.relname, a.attname, a.attnotnull
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		  AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
		ORDER BY c.relname, a.attnum`, func(row *sql.Rows) (c timeColumn, err error) {
		return c, row.Scan(&c.table, &c.name, &c.required)
	})
	if err != nil {
		return nil, nil, err
	}
	type constraint struct {
		reference
		name   string
		isKey  bool
		parent sql.NullString
	}
	constraints, err := collect(ctx, db, `
		SELECT c.relname, o.conname, o.contype = 'f', p.relname,
		       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k (num, n)
		             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.n),
		       ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k (num, n)
		             JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num ORDER BY k.n),
		       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k (num, n)
		             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num AND NOT a.attnotnull ORDER BY k.n)
		FROM pg_constraint o
		JOIN pg_class c ON c.oid = o.conrelid
		LEFT JOIN pg_class p ON p.oid = o.confrelid
		WHERE c.relnamespace = to_regnamespace(current_schema()) AND o.contype IN ('f', 'c') AND o.conparentid = 0 AND o.coninhcount = 0
		ORDER BY c.relname, o.conname`, func(row *sql.Rows) (c constraint, err error) {
		return c, row.Scan(&c.table, &c.name, &c.isKey, &c.parent,
			pq.Array(&c.columns), pq.Array(&c.parentColumns), pq.Array(&c.optional))
	})
	if err != nil {
		return nil, nil, err
	}
	var references []reference
	for _, c := range constraints {
		if c.isKey {
			c.reference.parent = c.parent.String
			references = append(references, c.reference)
		}
		if _, err := db.ExecContext(ctx, "ALTER TABLE "+p.quote(c.table)+" DROP CONSTRAINT "+p.quote(c.name)); err != nil {
			return nil, nil, err
		}
	}
	triggered, err := collect(ctx, db, `
		SELECT DISTINCT c.relname
		FROM pg_trigger t
		JOIN pg_class c ON c.oid = t.tgrelid
		WHERE c.relnamespace = to_regnamespace(current_schema()) AND NOT t.tgisinternal
		ORDER BY c.relname`, scanName)
	if err != nil {
		return nil, nil, err
	}
	for _, table := range triggered {
		if _, err := db.ExecContext(ctx, "ALTER TABLE "+p.quote(table)+" DISABLE TRIGGER USER"); err != nil {
			return nil, nil, err
		}
	}
	return columns, references, nil
}

// refresh computes materialized views again, in the order in which they were made.
func (p *postgres) refresh(ctx context.Context, db *sql.DB) error {
	views, err := collect(ctx, db, `
		SELECT relname FROM pg_class
		WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'm' AND relispopulated
		ORDER BY oid`, scanName)
	if err != nil {
		return err
	}
	for _, name := range views {
		if _, err := db.ExecContext(ctx, "REFRESH MATERIALIZED VIEW "+p.quote(name)); err != nil {
			return err
		}
	}
	return nil
}

// scanName reads a row of one text.
func scanName(row *sql.Rows) (string, error) {
	var name string
	err := row.Scan(&name)
	return name, err
}

// collect returns what scan makes of every row.
func collect[T any](ctx context.Context, db *sql.DB, query string, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// remove needs a connection of its own: the other may be in the middle of something.
func (p *postgres) remove(ctx context.Context) {
	u, err := url.Parse(p.url)
	if err != nil {
		return
	}
	db, err := p.open(with(u, "client_min_messages", "warning"))
	if err != nil {
		return
	}
	defer func() { _ = db.Close() }()
	_, _ = db.ExecContext(ctx, "DROP SCHEMA "+p.schema+" CASCADE") // Where the server is gone there is nobody to tell.
}
