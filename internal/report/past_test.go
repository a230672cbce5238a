package report

import (
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// The past of a total reaches to now, as that of a single value does.
func TestPastOfTotal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kpi.yaml")
	text := `databases: {app: {url: "sqlite://` + filepath.Join(dir, "rows.db") + `"}}
queries: {level: {period: instant, query: "SELECT plan, unixepoch(:as_of) / 86400 AS value FROM (SELECT 'a' AS plan UNION SELECT 'b')", labels: [plan]}}
kpis:
  by_plan: {title: By plan, from: level, merge: sum}
  apart: {title: Apart, from: level, merge: none}
  only: {title: Only, from: level, labels: [], merge: sum}
`
	for path, content := range map[string]string{file: text, filepath.Join(dir, "rows.db"): ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, survey := surveyOf(t, file, asOf, period.Week)
	day := float64(asOf.Unix() / 86400)
	for i, want := range []float64{2 * day, day, 2 * day} {
		s := &survey.KPIs[i]
		series, _ := s.History.Series()
		var labels []string
		if s.KPI.Name == "apart" {
			labels = []string{"a"}
		}
		past := PastOf(s, series, labels, s.KPI.Name == "by_plan")
		last := len(past.Values) - 1
		if last < 10 {
			t.Fatalf("%s: %d values: %v", s.KPI.Name, last+1, s.Now.Failure)
		}
		if past.Values[last] == nil || *past.Values[last] != want || !past.Windows[last].End.Equal(asOf) {
			t.Errorf("%s: %d values to %v, want %v at the end", s.KPI.Name, last+1, past.Windows[last], want)
		}
	}
}
