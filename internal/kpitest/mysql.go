package kpitest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// mysql is a database of a test's own on a server of MySQL or MariaDB that somebody named for it.
type mysql struct {
	admin     *sql.DB // In the database that was named.
	name      string  // The database, which is dropped after the test.
	password  string
	isMariaDB bool
}

const (
	mysqlTime = "2006-01-02 15:04:05.999999"
	// mysqlSession begins a session: a time without an offset is one of UTC.
	mysqlSession = "SET SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'," +
		" SESSION foreign_key_checks = 1, SESSION unique_checks = 1, SESSION autocommit = 1, NAMES utf8mb4"
)

func newMySQL(ctx context.Context, d *config.Database) (*fixtureDB, error) {
	address, err := d.Address()
	if err != nil {
		return nil, err
	}
	u, ok := address.(engine.MySQLURL)
	if !ok {
		return nil, fmt.Errorf("database %q: it must be a server of MySQL or MariaDB: write mysql://user@host:3306/name", d.Name)
	}
	id := make([]byte, 6)
	_, _ = rand.Read(id) // It never fails.
	m := &mysql{name: fmt.Sprintf("%s%d_%s", placePrefix(time.Now()), os.Getpid(), hex.EncodeToString(id)), password: u.Password()}
	if m.admin, err = m.open(u); err != nil {
		return nil, err
	}
	db, err := m.place(ctx, u)
	if err != nil {
		_ = m.admin.Close()
		return nil, fmt.Errorf("database %q: %s", d.Name, m.explain("", err))
	}
	return &fixtureDB{dialect: m, db: db, url: u.In(m.name).Reveal()}, nil
}

// place makes the database, and removes those of tests that were killed: as long as a lock of its name is held, a test is alive.
func (m *mysql) place(ctx context.Context, u engine.MySQLURL) (*sql.DB, error) {
	if err := m.admin.QueryRowContext(ctx, "SELECT VERSION() LIKE '%MariaDB%' FROM (SELECT GET_LOCK(?, 0)) AS held", m.name).Scan(&m.isMariaDB); err != nil {
		return nil, err
	}
	leftovers, _ := collect(ctx, m.admin, `
		SELECT schema_name FROM information_schema.schemata
		WHERE schema_name REGEXP '`+placePattern+`' AND schema_name <> '`+m.name+`' AND GET_LOCK(schema_name, 0) = 1`, scanName)
	for _, name := range leftovers {
		m.drop(ctx, name)
		_, _ = m.admin.ExecContext(ctx, "DO RELEASE_LOCK(?)", name)
	}
	if _, err := m.admin.ExecContext(ctx, "CREATE DATABASE "+m.name+" CHARACTER SET utf8mb4"); err != nil {
		return nil, err
	}
	db, err := m.open(u.In(m.name))
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, mysqlSession); err != nil {
		_ = db.Close()
		m.drop(ctx, m.name)
		return nil, err
	}
	return db, nil
}

func (m *mysql) drop(ctx context.Context, name string) {
	_, _ = m.admin.ExecContext(ctx, "DROP DATABASE "+name)
}

// open takes the settings from the URL alone, as the exporter does.
func (m *mysql) open(u engine.MySQLURL) (*sql.DB, error) {
	cfg, err := database.MySQLConfig(u)
	if err != nil {
		return nil, errors.New(m.explain("", err))
	}
	cfg.MultiStatements = true
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, errors.New(m.explain("", err))
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}

func (m *mysql) quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func (m *mysql) table(name string) string { return m.quote(name) }

func (m *mysql) parameter(int) string { return "?" }

func (m *mysql) emptyRow() string { return "() VALUES ()" }

// cell turns a truth value into 0 or 1, and a time into one of UTC without an offset.
func (m *mysql) cell(c Cell) any {
	t, isInstant := parseInstant(c.Text)
	switch {
	case isInstant && (c.Plain || len(c.Text) > len(time.DateOnly)):
		return t.UTC().Format(mysqlTime)
	case c.Plain && strings.EqualFold(c.Text, "true"):
		return 1
	case c.Plain && strings.EqualFold(c.Text, "false"):
		return 0
	}
	return c.Text
}

// bits finds those of BIT, to which a text is its bytes.
func (m *mysql) bits(ctx context.Context, db session) ([]string, error) {
	return collect(ctx, db, `
		SELECT LOWER(CONCAT(table_name, '.', column_name)) FROM information_schema.columns
		WHERE table_schema = DATABASE() AND data_type = 'bit'`, scanName)
}

func (m *mysql) literal(t time.Time) string { return "TIMESTAMP'" + t.UTC().Format(mysqlTime) + "'" }

func (m *mysql) tables() string {
	return "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
}

func (m *mysql) commit(_ context.Context, tx *sql.Tx) error { return tx.Commit() }

// check finds nothing: columns have types.
func (m *mysql) check(context.Context, *sql.DB) error { return nil }

func (m *mysql) explain(_ string, err error) string {
	sentence := err.Error()
	if refused, ok := errors.AsType[*driver.MySQLError](err); ok {
		sentence = fmt.Sprintf("%s (%d)", refused.Message, refused.Number)
	}
	sentence, _ = secret.Redact(sentence, m.password)
	return sentence
}

func (m *mysql) timeColumns(ctx context.Context, db *sql.DB) ([]timeColumn, error) {
	return collect(ctx, db, `
		SELECT c.table_name, c.column_name, c.is_nullable = 'NO'
		FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)
		WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
		  AND c.data_type IN ('date', 'datetime', 'timestamp') AND c.extra NOT LIKE '%GENERATED%'
		ORDER BY c.table_name, c.ordinal_position`, func(row *sql.Rows) (c timeColumn, err error) {
		return c, row.Scan(&c.table, &c.name, &c.required)
	})
}

func (m *mysql) foreignKeys(ctx context.Context, db *sql.DB) ([]reference, error) {
	type key struct {
		name, table, parent, from, to string
		optional                      bool
	}
	found, err := collect(ctx, db, `
		SELECT k.constraint_name, k.table_name, k.referenced_table_name, k.column_name, k.referenced_column_name, c.is_nullable = 'YES'
		FROM information_schema.key_column_usage AS k JOIN information_schema.columns AS c USING (table_schema, table_name, column_name)
		WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE()
		ORDER BY k.table_name, k.constraint_name, k.ordinal_position`, func(row *sql.Rows) (k key, err error) {
		return k, row.Scan(&k.name, &k.table, &k.parent, &k.from, &k.to, &k.optional)
	})
	if err != nil {
		return nil, err
	}
	var references []reference
	last := ""
	for _, k := range found {
		if id := k.table + "\x00" + k.name; id != last {
			last = id
			references = append(references, reference{table: k.table, parent: k.parent})
		}
		r := &references[len(references)-1]
		r.columns, r.parentColumns = append(r.columns, k.from), append(r.parentColumns, k.to)
		if k.optional {
			r.optional = append(r.optional, k.from)
		}
	}
	return references, nil
}

// free has the session enforce neither foreign keys nor, on MariaDB, the conditions of columns; MySQL drops those.
func (m *mysql) free(ctx context.Context, db *sql.DB) error {
	statements := []string{"SET SESSION foreign_key_checks = 0"}
	triggers, err := collect(ctx, db, "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1", scanName)
	if err != nil {
		return err
	}
	for _, name := range triggers {
		statements = append(statements, "DROP TRIGGER "+m.quote(name))
	}
	if m.isMariaDB {
		statements = append(statements, "SET SESSION check_constraint_checks = 0")
	} else {
		checks, err := collect(ctx, db, `
			SELECT table_name, constraint_name FROM information_schema.table_constraints
			WHERE table_schema = DATABASE() AND constraint_type = 'CHECK' ORDER BY 1, 2`, func(row *sql.Rows) (string, error) {
			var table, name string
			err := row.Scan(&table, &name)
			return "ALTER TABLE " + m.quote(table) + " DROP CONSTRAINT " + m.quote(name), err
		})
		if err != nil {
			return err
		}
		statements = append(statements, checks...)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// refresh has nothing to do: there are only rows.
func (m *mysql) refresh(context.Context, session) error { return nil }

// remove drops the database from a connection outside of it, whose end gives back the lock.
func (m *mysql) remove(ctx context.Context) {
	m.drop(ctx, m.name)
	_ = m.admin.Close()
}
