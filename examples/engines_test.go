package examples

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq"  // Registers the driver "postgres".
	_ "modernc.org/sqlite" // Registers the driver "sqlite".

	"github.com/kpi-exporter/kpi_exporter/internal/demo"
)

// TestEnginesAgree evaluates every KPI over the rows of the demo on both engines.
func TestEnginesAgree(t *testing.T) {
	now := time.Date(2026, 11, 19, 14, 23, 57, 0, time.UTC)
	dir := t.TempDir()
	if err := demo.Write(t.Context(), dir, now); err != nil {
		t.Fatal(err)
	}
	url := server.NewDatabase(t, read(t, "product/schema.sql"))
	copyRows(t, filepath.Join(dir, "product.db"), url)
	for _, at := range []time.Time{
		now,
		time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC),
		time.Date(2025, 8, 11, 9, 0, 0, 0, time.UTC),
	} {
		t.Run(at.Format(time.DateOnly), func(t *testing.T) {
			if diff := gocmp.Diff(evaluate(t, url, at), evaluateFile(t, filepath.Join(dir, demo.KPIFile), at)); diff != "" {
				t.Errorf("(-PostgreSQL +SQLite):\n%s", diff)
			}
		})
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
	for _, table := range []string{ // Each after those that it refers to.
		"accounts", "users", "subscriptions", "invoices", "payments", "costs", "features", "sessions", "events", "employees",
		"survey_responses", "sprints", "work_items", "deploys", "changes",
	} {
		copyTable(t, from, tx, table)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
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
