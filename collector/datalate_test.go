package collector

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
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

// TestLateDataAskedForByHand has a load that stalled at noon of 1 April. What is measured up to there is judged as the
// exporter does it: until the data is late.
func TestLateDataAskedForByHand(t *testing.T) {
	const hours = "SELECT (unixepoch(:as_of) - unixepoch('2026-04-01 00:00:00')) / 3600 AS value"
	file, _ := stalledAt(t, "2026-04-01 12:00:00", kpi("level", hours, "target: {at_least: 12}")+
		kpi("patient", hours, "stale_after: 3d\ntarget: {at_least: 12}")+
		kpi("settled", hours, "settle: 6h\ntarget: {at_least: 12}")+
		kpi("today", hours, "period: {to_date: day}\ntarget: {at_least: 24, pace: linear}")+
		kpi("untargeted", hours, "period: {trailing: 1h}")+
		kpi("daily", "SELECT 1 AS value", "period: day\ntarget: {at_least: 1}")+
		"half:\n  title: Half\n  formula: level / 2\n  target: {at_least: 6}\n")
	cfg := load(t, file)
	const late = "unknown (data_late)"
	for _, tc := range []struct {
		asOf string
		want []string
	}{
		{"2026-04-01T12:00:00Z", []string{"12 on_target", "12 on_target", "6 off_target", "12 on_target", "12 no_target", "1 on_target", "6 on_target"}},
		{"2026-04-02T00:10:00Z", []string{"12 on_target", "12 on_target", "12 on_target", "12 on_target", "12 no_target", "1 " + late, "6 on_target"}},
		{"2026-04-02T00:15:00Z", []string{"12 " + late, "12 on_target", "12 on_target", "12 " + late, "12 no_target", "1 " + late, "6 " + late}},
		{"2026-04-02T06:15:00Z", []string{"12 " + late, "12 on_target", "12 " + late, "12 " + late, "12 no_target", "1 " + late, "6 " + late}},
		{"2026-04-05T00:00:00Z", []string{"12 " + late, "12 " + late, "12 " + late, "12 " + late, "12 no_target", "1 " + late, "6 " + late}},
	} {
		var got []string
		for _, r := range evaluate(t, cfg, at(t, tc.asOf)) {
			text, _, _ := strings.Cut(describe(r), " attainment")
			got = append(got, text)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.asOf, diff)
		}
	}
}
