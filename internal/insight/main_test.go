package insight

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// product is a KPI file over a SQLite database with rows.
type product struct {
	*config.Config
	*Reader
}

// row is a row of the table rows: what one segment measured in the period that begins at a time. Of NULL columns n and d it has none.
type row struct {
	at       time.Time
	a, b     string // Two labels.
	v        any
	n, d, sz any
}

// open returns a product whose KPI file has these lines below kpis:, with the named query rows: its columns are a, b, v, n, d, sz.
func open(t testing.TB, top, kpis string, rows []row) product {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE rows (at text, a text, b text, v real, n real, d real, sz real)"); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		at := r.at.UTC().Format(time.DateTime)
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", at, r.a, r.b, r.v, r.n, r.d, r.sz); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kpi.yaml")
	databases := fmt.Sprintf("app: {url: \"sqlite://%s\"}", path)
	if strings.Contains(kpis, "other") {
		databases += fmt.Sprintf(", other: {url: \"sqlite://%s\"}", path)
	}
	text := fmt.Sprintf("%s\ndatabases: {%s}\nkpis:\n%s", top, databases, kpis)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
	e := collector.NewEvaluator(cfg)
	t.Cleanup(e.Close)
	return product{cfg, NewReader(cfg, e)}
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// inPeriod is the condition of queries over rows.
const inPeriod = "at >= :period_start AND at < :period_end"

// days returns a row per value, a day each, up to the day before a time; NaN leaves one out.
func days(until time.Time, step int, values ...float64) []row {
	rows := make([]row, 0, len(values))
	for i, v := range values {
		if v == v {
			rows = append(rows, row{at: until.AddDate(0, 0, -step*(len(values)-i)), v: v})
		}
	}
	return rows
}
