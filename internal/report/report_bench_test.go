package report

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// BenchmarkReport makes the report of ten KPIs with 200 label sets each, whose results are there already, and writes its page.
func BenchmarkReport(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.ExecContext(b.Context(), "CREATE TABLE rows (plan text)"); err != nil {
		b.Fatal(err)
	}
	for i := range 200 {
		if _, err := db.ExecContext(b.Context(), "INSERT INTO rows VALUES (?)", fmt.Sprint("plan ", i)); err != nil {
			b.Fatal(err)
		}
	}
	_ = db.Close()
	text := `databases: {app: {url: "sqlite://` + path + `"}}` + "\nkpis:\n"
	for i := range 10 {
		text += fmt.Sprintf("  k%d: {title: K%d, period: week, labels: [plan], merge: sum, query: \"SELECT plan, %d + unixepoch(:period_end) %% 7 AS value FROM rows\", target: {at_least: 3}}\n", i, i, i)
	}
	file := filepath.Join(dir, "kpi.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg, survey := surveyOf(b, file, asOf, period.Week)
	for b.Loop() {
		r := New(cfg, survey, period.Week)
		if err := r.HTML(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
