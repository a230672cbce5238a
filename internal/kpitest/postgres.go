package kpitest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// postgres is a place of a test's own on a server that somebody named for it: a database, where the role may create one,
// else a schema, outside of which nothing is found by its name, since search_path holds no other.
type postgres struct {
	admin    *sql.DB // In the database that was named.
	name     string  // The name of the database or schema that is dropped after the test.
	schema   string  // The same name, if it is a schema; else "".
	password string
}

func newPostgres(ctx context.Context, d *config.Database) (*fixtureDB, error) {
	address, err := d.Address()
	if err != nil {
		return nil, err
	}
	u, ok := address.(engine.PostgresURL)
	if !ok {
		return nil, fmt.Errorf("database %q: it must be a PostgreSQL server: write postgres://user@host:5432/name", d.Name)
	}
	id := make([]byte, 6)
	_, _ = rand.Read(id) // It never fails.
	p := &postgres{name: fmt.Sprintf("%s%d_%s", placePrefix(time.Now()), os.Getpid(), hex.EncodeToString(id)), password: u.Password()}
	if p.admin, err = p.open(with(u, "client_min_messages", "warning")); err != nil {
		return nil, err
	}
	// As long as this lock is held, its test is alive.
	if _, err := p.admin.ExecContext(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", p.name); err != nil {
		_ = p.admin.Close()
		return nil, fmt.Errorf("database %q: %s", d.Name, p.explain("", err))
	}
	p.removeLeftovers(ctx)
	s, err := p.place(ctx, u)
	if err != nil {
		_ = p.admin.Close()
		return nil, fmt.Errorf("database %q: %s", d.Name, p.explain("", err))
	}
	return s, nil
}

// place makes the database or, where the role may not or a pooler does not lead there, the schema.
func (p *postgres) place(ctx context.Context, u engine.PostgresURL) (*fixtureDB, error) {
	if _, err := p.admin.ExecContext(ctx, "CREATE DATABASE "+p.name+" TEMPLATE template0"); err == nil {
		own := u.In(p.name)
		db, err := p.open(with(own, "TimeZone", "UTC")) // A time without an offset is one of UTC.
		if err != nil {
			return nil, err
		}
		if err = db.PingContext(ctx); err == nil {
			return &fixtureDB{dialect: p, db: db, url: own.Reveal()}, nil
		}
		_ = db.Close()
		p.drop(ctx, "DATABASE", p.name)
	}
	p.schema = p.name
	inside := with(u, "search_path", p.schema)
	db, err := p.open(with(inside, "TimeZone", "UTC"))
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+p.schema); err != nil {
		_ = db.Close()
		return nil, err
	}
	return &fixtureDB{dialect: p, db: db, url: inside.Reveal()}, nil
}

// placePrefix returns how the names of places of that time begin. They sort by time.
func placePrefix(t time.Time) string { return "kpi_test_" + t.UTC().Format("20060102150405") + "_" }

// placePattern matches the names of places.
const placePattern = "^kpi_test_[0-9]{14}_([0-9]+_)?[0-9a-f]{12}$"

// removeLeftovers drops the databases and schemas of tests that were killed. Whose test is alive holds a lock; a name without a
// process is of an older version, and dropped a day later. One that cannot be dropped stays.
func (p *postgres) removeLeftovers(ctx context.Context) {
	leftovers, _ := collect(ctx, p.admin, `
		WITH places AS (
			SELECT 'DATABASE' AS kind, datname AS name FROM pg_database
			UNION ALL
			SELECT 'SCHEMA', nspname FROM pg_namespace
		), alone AS MATERIALIZED (
			SELECT kind, name FROM places
			WHERE name ~ '`+placePattern+`' AND name <> `+pq.QuoteLiteral(p.name)+`
			  AND (name ~ '^kpi_test_[0-9]{14}_[0-9]+_' OR name < `+pq.QuoteLiteral(placePrefix(time.Now().AddDate(0, 0, -1)))+`)
		)
		SELECT kind || ' ' || name FROM alone WHERE pg_try_advisory_lock(hashtextextended(name, 0))`, scanName)
	for _, leftover := range leftovers {
		kind, name, _ := strings.Cut(leftover, " ")
		p.drop(ctx, kind, name) // What it ran may run on until the server notices.
		_, _ = p.admin.ExecContext(ctx, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
	}
}

// drop drops a DATABASE, whose sessions it ends, or a SCHEMA. If the server is gone, there is nothing to report.
func (p *postgres) drop(ctx context.Context, kind, name string) {
	how := " WITH (FORCE)"
	if kind == "SCHEMA" {
		how = " CASCADE"
	}
	_, _ = p.admin.ExecContext(ctx, "DROP "+kind+" "+name+how)
}

// with returns the URL with one more parameter.
func with(u engine.PostgresURL, key, value string) engine.PostgresURL {
	if _, ok := u.Parameters()["connect_timeout"]; !ok {
		u = u.With("connect_timeout", "10")
	}
	return u.With(key, value)
}

// open takes the settings from the URL alone, as the exporter does.
func (p *postgres) open(u engine.PostgresURL) (*sql.DB, error) {
	connector, err := pq.NewConnectorConfig(database.PostgresConfig(u))
	if err != nil {
		return nil, errors.New(p.explain("", err))
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}

func (p *postgres) parameter(n int) string { return "$" + strconv.Itoa(n) }

func (p *postgres) emptyRow() string { return "DEFAULT VALUES" }

func (p *postgres) quote(name string) string { return pq.QuoteIdentifier(name) }

// table takes a name with a schema, too.
func (p *postgres) table(name string) string {
	if schema, table, ok := strings.Cut(name, "."); ok {
		return p.quote(schema) + "." + p.quote(table)
	}
	return p.quote(name)
}

// own is a condition of the relations c that are the test's.
func (p *postgres) own() string {
	if p.schema == "" {
		return "c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')"
	}
	return "c.relnamespace = to_regnamespace(current_schema())"
}

// nameOf is the name of a relation as a test says it: with its schema, unless that is the one where names are found.
func nameOf(relation string) string {
	return strings.ReplaceAll(`CASE WHEN x.relnamespace IS DISTINCT FROM to_regnamespace(current_schema())
		THEN (SELECT nspname FROM pg_namespace WHERE oid = x.relnamespace) || '.' ELSE '' END || x.relname`, "x.", relation+".")
}

// cell gives the text alone: the server knows the type of the column.
func (p *postgres) cell(c Cell) any { return c.Text }

// bits finds nothing: the text of a bit string is its bits.
func (p *postgres) bits(context.Context, session) ([]string, error) { return nil, nil }

func (p *postgres) literal(t time.Time) string {
	return "timestamptz '" + t.UTC().Format("2006-01-02 15:04:05.999999Z07:00") + "'"
}

func (p *postgres) tables() string {
	return `SELECT ` + nameOf("c") + ` FROM pg_class c WHERE ` + p.own() + ` AND relkind IN ('r', 'p', 'v') ORDER BY 1`
}

// settle ends what a file of SQL has set for its session.
func (p *postgres) settle(ctx context.Context, db *sql.DB) error {
	const inTransaction = "25001"
	_, err := db.ExecContext(ctx, "DISCARD ALL") // pg_dump, for one, empties search_path.
	if refused, ok := errors.AsType[*pq.Error](err); ok && refused.SQLState() == inTransaction {
		return errOpenTransaction
	}
	if err != nil {
		return errors.New(p.explain("", err))
	}
	return nil
}

// check finds nothing: columns have types.
func (p *postgres) check(context.Context, *sql.DB) error { return nil }

func (p *postgres) explain(text string, err error) string {
	sentence := err.Error()
	refused, isRefused := errors.AsType[*pq.Error](err)
	if isRefused {
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
	clean, isWithheld := secret.Redact(sentence, p.password)
	if isRefused && isWithheld {
		clean += " (" + refused.SQLState() + ")"
	}
	return clean
}

// timeColumns takes dates and times alike, except those that the database computes itself. A partition has the rows of its table.
func (p *postgres) timeColumns(ctx context.Context, db *sql.DB) ([]timeColumn, error) {
	return collect(ctx, db, `
		SELECT `+nameOf("c")+`, a.attname, a.attnotnull
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE `+p.own()+` AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		  AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
		ORDER BY 1, a.attnum`, func(row *sql.Rows) (c timeColumn, err error) {
		return c, row.Scan(&c.table, &c.name, &c.required)
	})
}

func (p *postgres) foreignKeys(ctx context.Context, db *sql.DB) ([]reference, error) {
	return collect(ctx, db, `
		SELECT `+nameOf("c")+`, `+nameOf("p")+`,
		       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k (num, n)
		             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.n),
		       ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k (num, n)
		             JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num ORDER BY k.n),
		       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k (num, n)
		             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num AND NOT a.attnotnull ORDER BY k.n)
		FROM pg_constraint o
		JOIN pg_class c ON c.oid = o.conrelid
		JOIN pg_class p ON p.oid = o.confrelid
		WHERE `+p.own()+` AND o.contype = 'f' AND o.conparentid = 0 AND o.coninhcount = 0
		ORDER BY 1, o.conname`, func(row *sql.Rows) (r reference, err error) {
		return r, row.Scan(&r.table, &r.parent, pq.Array(&r.columns), pq.Array(&r.parentColumns), pq.Array(&r.optional))
	})
}

func (p *postgres) free(ctx context.Context, db *sql.DB) error {
	statements, err := collect(ctx, db, `
		SELECT `+nameOf("c")+`, 'DROP CONSTRAINT ' || quote_ident(o.conname)
		FROM pg_constraint o
		JOIN pg_class c ON c.oid = o.conrelid
		WHERE `+p.own()+` AND o.contype IN ('f', 'c') AND o.conparentid = 0 AND o.coninhcount = 0
		UNION
		SELECT `+nameOf("c")+`, 'DISABLE TRIGGER USER'
		FROM pg_trigger t
		JOIN pg_class c ON c.oid = t.tgrelid
		WHERE `+p.own()+` AND NOT t.tgisinternal
		ORDER BY 1, 2`, func(row *sql.Rows) (string, error) {
		var table, change string
		err := row.Scan(&table, &change)
		return "ALTER TABLE " + p.table(table) + " " + change, err
	})
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// refresh computes materialized views again, in the order in which they were made.
func (p *postgres) refresh(ctx context.Context, db session) error {
	views, err := collect(ctx, db, `
		SELECT `+nameOf("c")+` FROM pg_class c
		WHERE `+p.own()+` AND relkind = 'm' AND relispopulated
		ORDER BY oid`, scanName)
	if err != nil {
		return err
	}
	for _, name := range views {
		if _, err := db.ExecContext(ctx, "REFRESH MATERIALIZED VIEW "+p.table(name)); err != nil {
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

// session is a database or a transaction in it.
type session interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// collect returns what scan returns for every row.
func collect[T any](ctx context.Context, db session, query string, scan func(*sql.Rows) (T, error)) ([]T, error) {
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

// remove drops the database or the schema from a connection outside of it, which then gives back the lock.
func (p *postgres) remove(ctx context.Context) {
	kind := "DATABASE"
	if p.schema != "" {
		kind = "SCHEMA"
	}
	p.drop(ctx, kind, p.name)
	_ = p.admin.Close()
}
