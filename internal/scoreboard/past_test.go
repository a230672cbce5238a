package scoreboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestBoardAt compares boards of the past with evaluations as of the same instants.
func TestBoardAt(t *testing.T) {
	cfg := load(t, `databases: {app: {url: "`+newRows(t, 500)+`"}}`+closedPeriods)
	_, k := serve(t, cfg)
	eventually(t, "all is read", k.whole)
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	now := time.Now()
	for _, test := range []struct {
		name    string
		asOf    time.Time
		notKept map[string]bool
	}{
		{"a minute ago", now.Add(-time.Minute), nil},
		{"eight days ago", now.AddDate(0, 0, -8), map[string]bool{"month": true}},
		{"30 weeks ago", now.AddDate(0, 0, -210), map[string]bool{"daily": true, "month": true}},
		{"30 years ago", now.AddDate(-30, 0, 0), map[string]bool{"revenue": true, "all_revenue": true, "rate": true, "per_case": true, "cases": true, "daily": true, "month": true}},
	} {
		b, err := k.BoardAt(t.Context(), test.asOf)
		if err != nil {
			t.Fatal(err)
		}
		if !b.Past || !b.AsOf.Equal(test.asOf) {
			t.Errorf("%s: past %t, as of %s", test.name, b.Past, b.AsOf)
		}
		for i := range b.KPIs {
			got := &b.KPIs[i]
			name := got.Surveyed.KPI.Name
			if name == "failing" {
				continue
			}
			if test.notKept[name] {
				if got.State != NotKept || got.Now.Failure.Reason != ReasonNotKept || len(got.Now.Samples) > 0 {
					t.Errorf("%s, %s: %s with %d samples, want %s", test.name, name, got.State, len(got.Now.Samples), NotKept)
				}
				continue
			}
			want := e.Evaluate(t.Context(), []collector.Request{{KPI: got.Surveyed.KPI, AsOf: test.asOf}})[0]
			if got.State != Current || got.Now.Window != want.Window {
				t.Errorf("%s, %s: %s of %v, want %s of %v", test.name, name, got.State, got.Now.Window, Current, want.Window)
			}
			if diff := cmp.Diff(valuesOf(want.Samples), valuesOf(got.Now.Samples)); diff != "" {
				t.Errorf("%s, %s (-evaluated +board):\n%s", test.name, name, diff)
			}
			if n := len(got.History.Points); n > 0 && got.History.Points[n-1].Window.End.After(got.Now.Window.End) {
				t.Errorf("%s, %s: the history reaches to %v", test.name, name, got.History.Points[n-1].Window.End)
			}
		}
	}
}

// TestChangesOfThePast asks for a formula of columns: its own values are kept for as long as its trend, those of the columns are not.
func TestChangesOfThePast(t *testing.T) {
	_, k := serve(t, load(t, `databases: {app: {url: "`+newRows(t, 700)+`"}}
queries:
  sales: {period: week, query: "SELECT sum(v) AS v, sum(d) AS d FROM rows WHERE at >= :period_start AND at < :period_end"}
kpis:
  per_case: {title: Per case, formula: sales.v / sales.d}
`))
	eventually(t, "all is read", k.whole)
	for _, test := range []struct {
		name          string
		weeks         int
		lastYear      bool // The change since then is known.
		explained     bool
		why, yearsWhy string
	}{
		{"now", 0, true, true, "", ""},
		{"30 weeks ago", 30, true, true, "not_kept", "not_kept"},
		{"60 weeks ago", 60, false, true, "not_kept", "not_kept"},
		{"94 weeks ago", 94, false, false, "", ""},
	} {
		b, err := k.BoardAt(t.Context(), time.Now().AddDate(0, 0, -7*test.weeks))
		if err != nil {
			t.Fatal(err)
		}
		e := b.KPI("per_case")
		if e.State != Current || e.Explained != test.explained {
			t.Errorf("%s: %s, explained %t", test.name, e.State, e.Explained)
			continue
		}
		if got := e.WhyReason(); (got == NoneKept) == test.explained {
			t.Errorf("%s: why the change is not known: %q", test.name, got)
		}
		if (e.Why.Delta != nil) != test.explained || (e.LastYear.Delta != nil) != test.lastYear || string(e.Why.Reason) != test.why || string(e.LastYear.Reason) != test.yearsWhy {
			t.Errorf("%s: %v (%s) since the week before, %v (%s) since last year", test.name, e.Why.Delta, e.Why.Reason, e.LastYear.Delta, e.LastYear.Reason)
		}
	}
}

func valuesOf(samples []collector.Sample) map[string]any {
	values := map[string]any{}
	for _, s := range samples {
		values[fmt.Sprint(s.Labels)] = []any{s.Value, s.Status, s.Details().Attainment, s.Details().Bounds}
	}
	return values
}

// TestAnyInstant has more people ask for instants that are not kept than may wait.
func TestAnyInstant(t *testing.T) {
	url := server.NewDatabase(t)
	c := collector.New(load(t, busy(url, "history: 0", `
  slow:
    title: Slow
    period: day
    timeout: 20m
    query: SELECT count(pg_sleep(CASE WHEN :period_end < '2020-06-01' THEN 600 ELSE 0 END)) AS value
`)), discard())
	k := New(c, discard())
	k.AllowAnyInstant()
	start(t, c.Run, k.Run)
	eventually(t, "the KPI is evaluated", func() bool { return c.Snapshot().KPIs[0].Good != nil })

	b, err := k.BoardAt(t.Context(), time.Date(2021, 1, 1, 12, 0, 0, 0, time.UTC))
	if err != nil || b.KPIs[0].State != Current || *b.KPIs[0].Now.Samples[0].Value != 1 {
		t.Fatalf("%v: %+v", err, b)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	for i := range 1 + maxWaiting { // One is evaluated.
		for range 3 { // Who asks for the same instant waits with the others.
			all.Go(func() {
				if _, err := k.BoardAt(ctx, time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC)); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want that it was canceled", err)
				}
			})
		}
	}
	eventually(t, "all wait", func() bool { return k.any.waiting.Load() == maxWaiting })
	if _, err := k.BoardAt(ctx, time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, ErrTooMany) {
		t.Errorf("error %v, want %v", err, ErrTooMany)
	}
	eventually(t, "one is evaluated", func() bool { return pgtest.Ask[float64](t, url, sleepingQuery) == 1 })
	if _, err := k.BoardAt(ctx, time.Date(2021, 1, 1, 23, 0, 0, 0, time.UTC)); err != nil {
		t.Errorf("a period that was evaluated before: %v", err)
	}
	cancel()
	all.Wait()
}

// TestAnyInstantFailsOnce asks for an instant that fails, and again when it would succeed.
func TestAnyInstantFailsOnce(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, "CREATE TABLE divisors (n int); INSERT INTO divisors VALUES (0)")
	cfg := load(t, busy(url, "history: 0", "  k: {title: K, period: day, every: 100h, query: \"SELECT CASE WHEN :period_end < '2020-06-01' THEN 1 / (SELECT n FROM divisors) ELSE 1 END AS value\"}\n"))
	var log bytes.Buffer
	c := collector.New(cfg, discard())
	k := New(c, slog.New(slog.NewTextHandler(&log, nil)))
	k.AllowAnyInstant()
	start(t, c.Run, k.Run)
	eventually(t, "the KPI is evaluated", func() bool { return c.Snapshot().KPIs[0].Good != nil })
	for i := range 3 {
		b, err := k.BoardAt(t.Context(), time.Date(2020, 1, 1+i/2, 12, 0, 0, 0, time.UTC))
		if err != nil || b.KPIs[0].State != Failing || b.Version != "" {
			t.Fatalf("%v: %+v, want a board that fails, and is not to be kept", err, b)
		}
	}
	if n := strings.Count(log.String(), "reason=query"); n != 1 || !strings.Contains(log.String(), "kpi=k") || !strings.Contains(log.String(), "division by zero") {
		t.Errorf("the log has %d lines for the failure, want one:\n%s", n, &log)
	}
	server.Exec(t, url, "UPDATE divisors SET n = 1")
	for range 2 {
		b, err := k.BoardAt(t.Context(), time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC))
		if err != nil || b.KPIs[0].State != Current || *b.KPIs[0].Now.Samples[0].Value != 1 || b.Version == "" {
			t.Errorf("%v: %+v, want the value 1", err, b)
		}
	}
}

// TestPastBoardsAreShared asks for the same instant twice.
func TestPastBoardsAreShared(t *testing.T) {
	_, k := serve(t, load(t, "databases: {app: {url: \""+newRows(t, 1)+"\"}}\nhistory: 0\nkpis:\n  k: {title: K, period: day, query: SELECT 1 AS value}\n"))
	eventually(t, "the file is read", func() bool { return k.findings.Load().version == 1 })
	for i := range 2 * maxPastBoards {
		at := time.Date(2020, 1, 1+i, 12, 0, 0, 0, time.UTC)
		b, err := k.BoardAt(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := k.BoardAt(t.Context(), at); again != b {
			t.Fatalf("%v: another board for the same instant", at)
		}
	}
	if n := len(k.past.kept); n != maxPastBoards {
		t.Errorf("%d boards are kept, want %d", n, maxPastBoards)
	}
}

// TestPastBoardBytes keeps boards whose explanations take more than there is room for.
func TestPastBoardBytes(t *testing.T) {
	const segments = 4_000
	board := func(n int) *Board {
		why := insight.Explanation{Attributions: []insight.Attribution{{Segments: make([]insight.Segment, n)}}}
		return &Board{KPIs: []KPI{{Surveyed: insight.Surveyed{Why: why}}}}
	}
	one := board(segments).explained()
	p := pastBoards{kept: map[int64]*Board{}}
	for i := range int64(maxPastBoards) {
		p.keep(i, board(segments))
	}
	if got, want := len(p.kept), maxPastBoardBytes/one; got != want || want >= maxPastBoards {
		t.Errorf("%d boards of %d bytes are kept, want %d", got, one, want)
	}
	if p.keep(99, board(100_000)); p.kept[99] != nil {
		t.Error("a board is kept that is too large")
	}
}

// TestLevelNotKept asks for levels as of a day of which none was read.
func TestLevelNotKept(t *testing.T) {
	_, k := serve(t, load(t, `databases: {app: {url: "`+newRows(t, 300)+`"}}
kpis:
  level: {title: Level, period: instant, query: "SELECT count(*) AS value FROM rows WHERE at < :as_of"}
  trailing: {title: Trailing, period: {trailing: 28d}, query: "SELECT count(*) AS value FROM rows WHERE at >= :period_start AND at < :period_end"}
`))
	eventually(t, "all is read", k.whole)
	now := time.Now().UTC()
	ago := 2
	if now.AddDate(0, 0, -ago).Day() == 1 { // The first of each month is kept.
		ago = 3
	}
	for days, want := range map[int]State{1: Current, ago: NotKept} {
		b, err := k.BoardAt(t.Context(), now.AddDate(0, 0, -days))
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.KPIs {
			if e := &b.KPIs[i]; e.State != want || e.LastKnown == nil || len(e.History.Points) == 0 {
				t.Errorf("%s, %d days ago: %s with %d periods, last known %v, want %s", e.Surveyed.KPI.Name, days, e.State, len(e.History.Points), e.LastKnown, want)
			}
		}
	}
}
