package collector

import (
	"strings"
	"testing"
	"testing/synctest"
)

// stalledAt returns a KPI file over a SQLite file whose data reaches an instant.
func stalledAt(t *testing.T, until, kpis string) (file, url string) {
	t.Helper()
	url = newSQLite(t, "CREATE TABLE loads AS SELECT '"+until+"' AS until")
	return strings.Replace(app(url, kpis), "databases: {app: {", "databases: {app: {data_until: SELECT unixepoch(until) FROM loads, ", 1), url
}

// TestAFailingQuestionIsNotLateData has a load whose table is gone before its data is late: nobody knows how far the data
// reaches, so nothing is said to be late before there is an answer.
func TestAFailingQuestionIsNotLateData(t *testing.T) {
	file, url := stalledAt(t, "1999-12-31 12:00:00", kpi("daily", "SELECT 1 AS value", "period: day\ntarget: {at_least: 1}"))
	cfg := load(t, file)
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		check := func(clock, want string, late int) {
			t.Helper()
			r.at(clock)
			lines := exposed(t, r.Collector)
			if !lines[want] {
				t.Errorf("%s: %s is not exposed", clock, want)
			}
			if n := strings.Count(strings.Join(r.log.lines(t), "\n"), "Data is late"); n != late {
				t.Errorf("%s: %d lines say that the data is late, want %d", clock, n, late)
			}
		}
		check("01T01:00:00", `kpi_data_late{data="app",kpi="daily"} 0`, 0)
		execSQLite(t, url, "ALTER TABLE loads RENAME TO lost")
		check("01T06:00:00", `kpi_data_late{data="app",kpi="daily"} 0`, 0)
		check("01T06:00:00", `kpi_up{kpi="daily"} 0`, 0)
		execSQLite(t, url, "ALTER TABLE lost RENAME TO loads")
		check("01T08:00:00", `kpi_data_late{data="app",kpi="daily"} 1`, 1)
		execSQLite(t, url, "ALTER TABLE loads RENAME TO lost") // What is late stays so until there is an answer.
		check("01T12:00:00", `kpi_data_late{data="app",kpi="daily"} 1`, 1)
		check("01T12:00:00", `kpi_up{kpi="daily"} 0`, 1)
	})
}
