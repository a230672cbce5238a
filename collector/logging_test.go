package collector

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// TestOneLogLineForMissingValues has an earlier value whose query fails while the present one is fine.
func TestOneLogLineForMissingValues(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 'x' AS n")
	cfg := load(t, app(url, kpi("it", "SELECT CASE WHEN :as_of < '2000-01-01' THEN n ELSE 1 END AS value FROM t",
		"every: 5m\ntarget: {at_least: {a_year_ago: +0%}}")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T01:00:00")
		if s := r.kpi("it"); s.Last.Failure != nil || s.Last.Missing == nil || len(s.Failures) > 0 {
			t.Errorf("failure %v, missing %v, failures %v", s.Last.Failure, s.Last.Missing, s.Failures)
		}
		execSQLite(t, url, "UPDATE t SET n = 1")
		r.at("01T02:00:00")
		lines := r.log.lines(t)
		for i, want := range []string{
			`WARN Earlier values are unavailable: bounds and comparisons that need them are unknown: it (value: kpi "it": its value as of 1999-`,
			`INFO Earlier values are available again: it`,
		} {
			if len(lines) != 2 || !strings.HasPrefix(lines[i], want) {
				t.Fatalf("log:\n%s\nwant a line that begins with %s", strings.Join(lines, "\n"), want)
			}
		}
	})
}

func TestOneLogLineForEachState(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 1 AS n, 'a' AS plan")
	cfg := load(t, app(url, kpi("it", "SELECT n AS value, plan FROM t", "every: 5m\nlabels: [plan]")+kpi("healthy", asOf, "every: 5m")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:10:00")
		execSQLite(t, url, "UPDATE t SET n = 'x'")
		r.at("01T01:00:00")
		execSQLite(t, url, "UPDATE t SET plan = NULL")
		r.at("01T02:00:00")
		execSQLite(t, url, "UPDATE t SET n = 3, plan = 'b'")
		r.at("01T03:00:00")
		want := []string{
			`ERROR KPI evaluation failed: it (value: kpi "it": row 1: column "value": text is not a number: write CAST(value AS REAL), which makes 0 of what is not one, or unixepoch(value) for a time)`,
			`WARN KPI went stale: it`,
			`ERROR KPI evaluation failed: it (label: kpi "it": label "plan" is NULL in row 1: select coalesce(plan, …) or set null_label)`,
			`INFO KPI evaluation succeeds again: it`,
		}
		if diff := cmp.Diff(want, r.log.lines(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}
