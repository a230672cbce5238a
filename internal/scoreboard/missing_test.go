package scoreboard

import (
	"testing"
	"time"
)

// TestReasons has KPIs whose past is not there, for each reason.
func TestReasons(t *testing.T) {
	const kpis = `
kpis:
  today: {title: Today, period: instant, query: SELECT count(*) AS value FROM rows}
  failing: {title: Failing, period: day, query: SELECT v AS value FROM rows WHERE at >= :period_start}
  later: {title: Later, period: day, data_from: 2099-01-01, query: SELECT 1 AS value WHERE :period_end > ''}
  none: {title: None, period: day, labels: [plan], query: "SELECT plan, 1 AS value FROM rows WHERE at > :period_end AND at < :period_end"}
  paced: {title: Paced, period: {to_date: month}, query: SELECT count(*) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {at_least: 1, pace: linear}}
`
	url := newRows(t, 300)
	serveIt := func(more string) *Keeper {
		_, k := serve(t, load(t, `databases: {app: {url: "`+url+`"}}`+"\n"+more+kpis))
		return k
	}
	whole, off := serveIt(""), serveIt("history: 0")
	eventually(t, "all is read", whole.whole)
	eventually(t, "all is evaluated", func() bool { return off.Board().KPI("paced").State == Current })
	old, err := whole.BoardAt(t.Context(), time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name                            string
		board                           *Board
		kpi                             string
		history, why, unusual, forecast Reason
	}{
		{"history: 0", off.Board(), "failing", HistoryOff, HistoryOff, HistoryOff, NoPace},
		{"the same as of any instant", whole.Board(), "today", NoPast, NoPast, NoPast, NoPace},
		{"the past fails", whole.Board(), "failing", PastFailed, "", "", NoPace},
		{"before the data", whole.Board(), "later", NoPeriod, "", "", NoPace},
		{"no rows", whole.Board(), "none", "", "", NoValue, NoPace},
		{"years ago", old, "paced", NoneKept, NoneKept, NoneKept, NoneKept},
	} {
		e := test.board.KPI(test.kpi)
		got := [...]Reason{e.HistoryReason(), e.WhyReason(), e.UnusualReason(), e.ForecastReason()}
		if want := [...]Reason{test.history, test.why, test.unusual, test.forecast}; got != want {
			t.Errorf("%s: history, why, unusual, forecast %q, want %q", test.name, got, want)
		}
	}
	_, stopped := serve(t, load(t, "databases: {app: {url: \"postgres://me@localhost:1/x?sslmode=disable\"}}\nkpis:\n  k: {title: K, period: day, query: \"SELECT 1 AS value WHERE :period_end IS NOT NULL\"}\n"))
	if e := stopped.Board().KPIs[0]; e.HistoryReason() != NotRead || e.WhyReason() != NotRead || e.UnusualReason() != NotRead {
		t.Errorf("not read: %q, %q, %q", e.HistoryReason(), e.WhyReason(), e.UnusualReason())
	}
}
