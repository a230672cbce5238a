package examples

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq"  // Registers the driver "postgres".
	_ "modernc.org/sqlite" // Registers the driver "sqlite".

	"github.com/kpi-exporter/kpi_exporter/internal/demo"
)

// TestEnginesAgree evaluates every KPI over the rows of the demo on all engines, with texts that are nearly the same.
func TestEnginesAgree(t *testing.T) {
	now := time.Date(2026, 11, 19, 14, 23, 57, 0, time.UTC)
	dir := t.TempDir()
	if err := demo.Write(t.Context(), dir, now); err != nil {
		t.Fatal(err)
	}
	vary(t, filepath.Join(dir, "product.db"))
	url := server.NewDatabase(t, read(t, "product/schema.sql"))
	copyRows(t, filepath.Join(dir, "product.db"), url)
	mariadb.LoadZones(t, "UTC")
	onMariaDB := mariadb.NewDatabase(t, "ALTER DATABASE CHARACTER SET latin1", read(t, "product/mysql/schema.sql"))
	insertRows(t, filepath.Join(dir, "product.db"), mariadb.Open(t, onMariaDB))
	forMySQL := onMySQL(t)
	for _, at := range []time.Time{
		now,
		time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC),
		time.Date(2025, 8, 11, 9, 0, 0, 0, time.UTC),
	} {
		t.Run(at.Format(time.DateOnly), func(t *testing.T) {
			want := evaluate(t, url, at)
			if diff := gocmp.Diff(want, evaluateFile(t, filepath.Join(dir, demo.KPIFile), at)); diff != "" {
				t.Errorf("(-PostgreSQL +SQLite):\n%s", diff)
			}
			t.Setenv("KPI_DATABASE_URL", onMariaDB)
			if diff := gocmp.Diff(want, evaluateFile(t, filepath.Join(forMySQL, demo.KPIFile), at)); diff != "" {
				t.Errorf("(-PostgreSQL +MariaDB):\n%s", diff)
			}
		})
	}
}

// vary changes texts so that they differ from others only in what a collation may leave out: case, accents, blanks at the end, and
// characters that it does not know.
func vary(t *testing.T, file string) {
	t.Helper()
	db := open(t, "sqlite", file)
	for column, id := range map[string]string{
		"accounts.segment": "account_id", "accounts.country": "account_id", "subscriptions.plan": "subscription_id", "events.name": "event_id",
		"work_items.team": "item_id", "employees.team": "employee_id", "sprints.team": "sprint_id", "deploys.service": "deploy_id", "deploys.environment": "deploy_id",
	} {
		table, column, _ := strings.Cut(column, ".")
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf(`UPDATE %s SET %[2]s = CASE %s %% 23
			WHEN 1 THEN upper(%[2]s) WHEN 2 THEN %[2]s || ' ' WHEN 3 THEN 'prö' WHEN 4 THEN 'pro' WHEN 5 THEN '🚀' WHEN 6 THEN '🎉' ELSE %[2]s END`, table, column, id)); err != nil {
			t.Fatal(err)
		}
	}
}

// copyRows copies every table of a SQLite file to the PostgreSQL that has the same tables.
func copyRows(t *testing.T, file, url string) {
	t.Helper()
	from := open(t, "sqlite", file)
	tx, err := open(t, "postgres", url).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SET LOCAL TIME ZONE 'UTC'"); err != nil {
		t.Fatal(err)
	}
	for _, table := range productTables() {
		copyTable(t, from, tx, table)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// productTables returns the tables, each after those that it refers to.
func productTables() []string {
	return []string{
		"accounts", "users", "subscriptions", "invoices", "payments", "costs", "features", "sessions", "events", "employees",
		"survey_responses", "sprints", "work_items", "deploys", "changes",
	}
}

// insertRows copies every table of a SQLite file to the MariaDB that has the same tables, and closes it.
func insertRows(t *testing.T, file string, to *sql.DB) {
	t.Helper()
	defer to.Close()
	from := open(t, "sqlite", file)
	for _, table := range productTables() {
		insertTable(t, from, to, table)
	}
}

func insertTable(t *testing.T, from, to *sql.DB, table string) {
	t.Helper()
	rows, err := from.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	row := "(" + strings.Repeat(", ?", len(columns))[2:] + ")"
	const most = 1000 // Rows a message.
	var values []any
	flush := func() {
		if n := len(values) / len(columns); n > 0 {
			if _, err := to.ExecContext(t.Context(), "INSERT INTO "+table+" VALUES "+row+strings.Repeat(", "+row, n-1), values...); err != nil {
				t.Fatal(table, err)
			}
		}
		values = nil
	}
	for rows.Next() {
		one, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range one {
			into[i] = &one[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		if values = append(values, one...); len(values) >= most*len(columns) {
			flush()
		}
	}
	flush()
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// onMySQL returns a folder with the example and its tests for MySQL and MariaDB: what differs is in a folder of its own.
func onMySQL(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, pattern := range []string{"*.yaml", "sql/*.sql", "tests/*.yml"} {
		files, err := filepath.Glob(filepath.Join("product", pattern))
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(filepath.Join("product", "mysql", filepath.Base(file)))
			if err != nil {
				text = []byte(read(t, file))
			}
			to, _ := filepath.Rel("product", file)
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(to)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, to), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "schema.sql"), []byte(read(t, "product/mysql/schema.sql")), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyTable(t *testing.T, from *sql.DB, to *sql.Tx, table string) {
	t.Helper()
	rows, err := from.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	in, err := to.PrepareContext(t.Context(), "COPY "+table+" FROM STDIN")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		if _, err := in.ExecContext(t.Context(), values...); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.ExecContext(t.Context()); err != nil { // It sends what is left.
		t.Fatal(table, err)
	}
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
