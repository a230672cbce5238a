package collector

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestMaxSeriesOfAll has two KPIs that together may have five rows: one that grows beyond fails and keeps what it had, and the other is not touched.
func TestMaxSeriesOfAll(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 1 AS n", "INSERT INTO t VALUES (2)")
	const rows = "SELECT n AS value, n AS plan FROM t WHERE n <= "
	cfg := load(t, "max_series: 5\n"+app(url, kpi("grows", rows+"9", "every: 5m\nlabels: [plan]")+kpi("stays", rows+"3", "every: 5m\nlabels: [plan]")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		see := func(clock string, grows, stays int, failed bool) {
			t.Helper()
			r.at(clock)
			a, b := r.kpi("grows"), r.kpi("stays")
			if len(a.Good.Samples) != grows || len(b.Good.Samples) != stays || (a.Last.Failure != nil) != failed || b.Last.Failure != nil {
				t.Errorf("%s: %d and %d rows, failures %v and %v", clock, len(a.Good.Samples), len(b.Good.Samples), a.Last.Failure, b.Last.Failure)
			}
		}
		see("01T00:10:00", 2, 2, false)
		execSQLite(t, url, "INSERT INTO t VALUES (7)")
		see("01T00:20:00", 3, 2, false)
		execSQLite(t, url, "INSERT INTO t VALUES (8)")
		see("01T00:30:00", 3, 2, true)
		why := r.kpi("grows").Last.Failure
		if why.Reason != ReasonTooManySeries || !strings.Contains(why.Error(), "with its 4 rows all KPIs would have 6, more than 5 (max_series of the whole file)") {
			t.Errorf("reason %s: %v", why.Reason, why)
		}
		execSQLite(t, url, "DELETE FROM t WHERE n > 1")
		see("01T01:00:00", 1, 1, false)
	})
}
