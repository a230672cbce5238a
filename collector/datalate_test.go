package collector

import (
	"fmt"
	"slices"
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

// TestDataOfOneName has several answers under one name: of one database in two session zones, and of several databases to one
// query. A KPI that needs them waits for the least of them, and exposes one series.
func TestDataOfOneName(t *testing.T) {
	const value = "SELECT 1 AS value"
	loads := func(until string) string {
		return newSQLite(t, "CREATE TABLE loads AS SELECT '"+until+"' AS until")
	}
	early, late := loads("1999-12-31 12:00:00"), loads("1999-12-20 00:00:00")
	const until = "data_until: SELECT unixepoch(until) FROM loads"
	for _, tc := range []struct {
		name, file string
		want       []string
	}{
		{
			"two session zones", fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q, %s}}\nkpis:\n", late, until) +
				indent(2, kpi("berlin", value, "period: day\ntimezone: Europe/Berlin")+kpi("utc", value, "period: day")+
					"both:\n  title: Both\n  formula: berlin + utc\n"),
			[]string{`kpi_data_late{data="app",kpi="berlin"} 1`, `kpi_data_late{data="app",kpi="both"} 1`, `kpi_data_late{data="app",kpi="utc"} 1`},
		},
		{
			"a query over two databases", fmt.Sprintf("timezone: UTC\ndatabases: {eu: {url: %q}, us: {url: %q}}\n", early, late) +
				"queries: {loaded: {period: day, " + until + ", query: " + value + "}}\nkpis:\n" +
				indent(2, "apart:\n  title: Apart\n  from: loaded\n  databases: [eu, us]\nmerged:\n  title: Merged\n  from: loaded\n  databases: [us, eu]\n  merge: sum\nalone:\n  title: Alone\n  from: loaded\n  database: eu\n"),
			[]string{`kpi_data_late{data="loaded",kpi="alone"} 0`, `kpi_data_late{data="loaded",kpi="apart"} 1`, `kpi_data_late{data="loaded",kpi="merged"} 1`},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, tc.file)
			synctest.Test(t, func(t *testing.T) {
				r := launch(t, cfg)
				r.at("01T01:00:00")
				var got []string
				for line := range exposed(t, r.Collector) { // Fails if a series is there twice.
					if strings.HasPrefix(line, "kpi_data_late") {
						got = append(got, line)
					}
				}
				slices.Sort(got)
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

// TestLateDataIsLoggedOnce counts the KPIs that wait, evaluated already or not, and reloads the file while the data is late.
func TestLateDataIsLoggedOnce(t *testing.T) {
	var kpis strings.Builder
	for i := range 11 {
		kpis.WriteString(kpi(fmt.Sprintf("k%02d", i), "SELECT 1 AS value", "period: day"))
	}
	file, _ := stalledAt(t, "1999-12-20 00:00:00", kpis.String())
	cfg, other := load(t, file), load(t, strings.ReplaceAll(file, "period: day", "period: day\n    every: 10m"))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T01:00:00")
		if err := r.Reload(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		r.at("01T02:00:00")
		r.log.mu.Lock()
		defer r.log.mu.Unlock()
		if text := r.log.text.String(); strings.Count(text, "late") != 1 || !strings.Contains(text, `"kpis":11`) {
			t.Errorf("want one line that counts 11 KPIs, in:\n%s", text)
		}
	})
}
