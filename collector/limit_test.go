package collector

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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

// TestLabelBytesOfAResult has label values that are short enough each, and too many together.
func TestLabelBytesOfAResult(t *testing.T) {
	columns, labels := "", ""
	for i := range 15 {
		columns += fmt.Sprintf(", n || replace(hex(zeroblob(495)), '0', 'x') AS l%d", i)
		labels += fmt.Sprintf("l%d, ", i)
	}
	const rows = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000) SELECT n AS value"
	cfg := load(t, app(newSQLite(t), kpi("wide", rows+columns+" FROM c", "labels: ["+labels+"]")))
	e := NewEvaluator(cfg)
	defer e.Close()
	want := `too_large: kpi "wide": the label values have more than 256 kB up to row 18, the longest is label "l0" with 992 bytes in row 10: select shorter ones, such as a name or an ID`
	if got := describe(e.Evaluate(t.Context(), requests(cfg, time.Now()))[0]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestLabelBytesOfAll has KPIs whose label values are together more than the exporter may have: those that come last fail, and the others stay.
func TestLabelBytesOfAll(t *testing.T) {
	const sql = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n AS value, n || replace(hex(zeroblob(395)), '0', 'x') AS plan FROM c"
	cfg := load(t, app(newSQLite(t), kpi("one", sql, "max_series: 100000\nlabels: [plan]")+kpi("two", sql, "max_series: 100000\nlabels: [plan]")))
	r := launch(t, cfg)
	seen := func(s KPIState) bool { return s.Evaluations > 0 }
	r.eventually("one", "the first was read", seen)
	r.eventually("two", "the second was read", seen)
	failed, good := r.kpi("one"), r.kpi("two")
	if good.Last.Failure != nil {
		failed, good = good, failed
	}
	if good.Good == nil || len(good.Good.Samples) != 5000 || good.Last.Failure != nil {
		t.Errorf("none of both has its rows")
	}
	if why := failed.Last.Failure; why == nil || why.Reason != ReasonTooLarge || !strings.Contains(why.Error(), "bytes of label values on /metrics all KPIs would have") {
		t.Errorf("failure %v", why)
	}
}

// TestSizeOf compares what is counted of label values with what the page has of them.
func TestSizeOf(t *testing.T) {
	const long = "0123456789"
	cfg := load(t, app(newSQLite(t), kpi("plain", "SELECT 5 AS value, '"+long+"' AS plan", "labels: [plan]")+
		kpi("judged", "SELECT 5 AS value, 9 AS size, '"+long+"' AS plan", "labels: [plan]\nsample_size: size\ntarget: {between: [2, 8], critical: [1, 9]}")+
		kpi("escaped", "SELECT 5 AS value, '\"\\' || char(10) || '\"' AS plan", "labels: [plan]")))
	r := launch(t, cfg)
	for _, k := range cfg.KPIs {
		r.eventually(k.Name, "it was read", func(s KPIState) bool { return s.Good != nil })
		label := long
		if k.Name == "escaped" {
			label = `\"\\\n\"`
		}
		want := strings.Count(page(t, r.Collector), `kpi="`+k.Name+`",plan="`+label+`"`) * len(label)
		got := sizeOf(r.kpi(k.Name).Good.Samples)
		if got.rows != 1 || got.bytes < want || got.bytes > want+len(label) { // Without a target there is no status.
			t.Errorf("%s: %+v, and the page has %d bytes", k.Name, got, want)
		}
	}
}
