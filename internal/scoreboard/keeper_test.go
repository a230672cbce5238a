package scoreboard

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// busy is a KPI file over a PostgreSQL database whose every query notes who was connected, in a sequence: the most connections at
// once, and how many queries ran.
func busy(url, more, kpis string) string {
	return fmt.Sprintf("timezone: UTC\n%s\ndatabases: {app: {url: %q, max_connections: 1}}\nkpis:\n%s", more, url, kpis)
}

const sleepingQuery = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND state = 'active'"

// TestHistoryDelaysNoSchedule has a past of which every period takes minutes on the only connection, while KPIs are due each second.
func TestHistoryDelaysNoSchedule(t *testing.T) {
	url := server.NewDatabase(t)
	cfg := load(t, busy(url, "", `
  quick: {title: Quick, period: instant, every: 1s, query: SELECT 1 AS value}
  slow:
    title: Slow
    period: day
    every: 1s
    timeout: 20m
    query: SELECT 1 AS value FROM (SELECT CASE WHEN :period_end < date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' THEN pg_sleep(600) END) AS past
`))
	c, k := serve(t, cfg)
	eventually(t, "the past is being read", func() bool { return pgtest.Ask[float64](t, url, sleepingQuery) == 1 })
	for range 2 {
		before := c.Snapshot().KPIs
		eventually(t, "KPIs are evaluated while the past is read", func() bool {
			for i, s := range c.Snapshot().KPIs {
				if s.Evaluations < before[i].Evaluations+2 {
					return false
				}
			}
			return true
		})
		eventually(t, "the past is being read again", func() bool { return pgtest.Ask[float64](t, url, sleepingQuery) == 1 })
	}
	for _, s := range c.Snapshot().KPIs {
		if s.Good == nil || len(s.Failures) > 0 {
			t.Errorf("%s failed: %v", s.KPI.Name, s.Failures)
		}
	}
	if e := k.Board().KPI("slow"); e.State != Current || len(e.Now.Samples) != 1 {
		t.Errorf("%s with %d samples, want %s with one", e.State, len(e.Now.Samples), Current)
	}
}

// TestHistoryWithinConnections has the server count connections while the past of several KPIs is read beside the schedule.
func TestHistoryWithinConnections(t *testing.T) {
	url := server.NewDatabase(t)
	var kpis strings.Builder
	for i := range 6 {
		_, _ = fmt.Fprintf(&kpis, "  k%d: {title: K, period: {days: %d}, every: 1s, query: \"SELECT count(pg_sleep(0.005)) AS value FROM generate_series(1, %d) WHERE :period_end IS NOT NULL\"}\n", i, i+2, i+1)
	}
	_, k := serve(t, load(t, strings.Replace(busy(url, "", kpis.String()), "max_connections: 1", "max_connections: 2", 1)))
	connections := func() float64 {
		return pgtest.Ask[float64](t, url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kpi_exporter'")
	}
	most := 0.0
	eventually(t, "all is read", func() bool {
		now := connections()
		for deadline := time.Now().Add(time.Minute); now > 2 && time.Now().Before(deadline); { // The server takes a moment to end that of an interrupted query.
			now = connections()
		}
		most = max(most, now)
		return k.whole()
	})
	if most < 1 || most > 2 {
		t.Errorf("%g connections at once, want at most 2", most)
	}
	for _, e := range k.Board().KPIs {
		if got, want := len(e.History.Points), insight.MostHistory(e.Surveyed.KPI); got != want {
			t.Errorf("%s: %d periods, want %d", e.Surveyed.KPI.Name, got, want)
		}
	}
}

const weeks = `
  orders:
    title: Orders
    period: week
    every: %s
    query: SELECT sum(v) AS value FROM days WHERE day >= :period_start AND day < :period_end
`

// newDays returns the URL of a database with a value for each of the last 200 weeks.
func newDays(t testing.TB) string {
	t.Helper()
	url := server.NewDatabase(t)
	server.Exec(t, url, "CREATE TABLE days (day date, v numeric); INSERT INTO days SELECT d, extract(doy FROM d) FROM generate_series(now() - interval '1400 days', now(), '1 day') d")
	return url
}

// TestReloadKeepsHistory reloads a file in which only a title has changed, then one that computes something else.
func TestReloadKeepsHistory(t *testing.T) {
	url := newDays(t)
	text := busy(url, "", fmt.Sprintf(weeks, "1h"))
	c, k := serve(t, load(t, text))
	eventually(t, "all is read", k.whole)
	first := k.Board()
	if n := len(first.KPIs[0].History.Points); n != 95 {
		t.Fatalf("%d periods, want 95", n)
	}
	read := func() map[key]time.Time {
		k.kept.mu.Lock()
		defer k.kept.mu.Unlock()
		times := map[key]time.Time{}
		for at, e := range k.kept.entries {
			times[at] = e.readAt
		}
		return times
	}
	reload := func(text string) {
		t.Helper()
		cfg := load(t, text)
		if err := c.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the reload is on the board", func() bool {
			b := k.Board()
			return b.Config == cfg && b.KPIs[0].History.KPI == cfg.KPIs[0] && k.whole()
		})
		if n := len(k.Board().KPIs[0].History.Points); n != 95 {
			t.Errorf("%d periods after the reload, want 95", n)
		}
	}
	before := read()
	reload(strings.ReplaceAll(text, "title: Orders", "title: All orders"))
	if !maps.Equal(before, read()) {
		t.Error("a new title has the past read again")
	}
	reload(strings.ReplaceAll(text, "sum(v)", "sum(2 * v)"))
	for at := range read() {
		if _, ok := before[at]; ok {
			t.Errorf("a result of what was computed before is still kept")
			break
		}
	}
	was, is := first.KPIs[0].History.Points, k.Board().KPIs[0].History.Points
	for i := range was {
		if *is[i].Samples[0].Value != 2**was[i].Samples[0].Value {
			t.Errorf("%v: %v, want twice %v", is[i].Window.End, *is[i].Samples[0].Value, *was[i].Samples[0].Value)
		}
	}
}

// TestLateRows has rows arrive for the newest period: its evaluation sees them, and so does its past.
func TestLateRows(t *testing.T) {
	url := newDays(t)
	_, k := serve(t, load(t, busy(url, "", fmt.Sprintf(weeks, "1s"))))
	eventually(t, "all is read", k.whole)
	server.Exec(t, url, "UPDATE days SET v = v + 1000")
	eventually(t, "what was read has the late rows", func() bool {
		e := k.Board().KPIs[0]
		newest := e.History.Points[len(e.History.Points)-1]
		return *e.Now.Samples[0].Value > 7000 && *newest.Samples[0].Value == *e.Now.Samples[0].Value && *e.Why.To == *e.Now.Samples[0].Value
	})
}

// TestHistoryOff reads no past.
func TestHistoryOff(t *testing.T) {
	url := server.NewDatabase(t)
	c, k := serve(t, load(t, busy(url, "history: 0", "  k: {title: K, period: day, every: 1s, query: \"SELECT 1 AS value WHERE :period_end IS NOT NULL\"}\n")))
	eventually(t, "the KPI is evaluated, and the keeper has looked for something to read since", func() bool { return c.Snapshot().KPIs[0].Evaluations > 4 })
	e := k.Board().KPIs[0]
	if e.Explained || len(e.History.Points) > 0 || k.kept.all() > 0 {
		t.Errorf("%d periods, explained %t, want none", len(e.History.Points), e.Explained)
	}
}

// TestHistoryTakesTurns looks at the past of several KPIs while it is read: of each the newest periods, and of none many more than of
// another.
func TestHistoryTakesTurns(t *testing.T) {
	url := server.NewDatabase(t)
	var kpis strings.Builder
	for i := range 4 {
		_, _ = fmt.Fprintf(&kpis, "  k%d: {title: K, period: day, query: \"SELECT count(pg_sleep(0.02)) + %d AS value WHERE :period_end IS NOT NULL\"}\n", i, i)
	}
	c := collector.New(load(t, busy(url, "", kpis.String())), discard())
	start(t, c.Run)
	eventually(t, "every KPI is evaluated", func() bool { // One that is not yet has no turn.
		return !slices.ContainsFunc(c.Snapshot().KPIs, func(s *collector.KPIState) bool { return s.Last == nil })
	})
	k := New(c, discard())
	start(t, k.Run)
	parts, before := 0, 0 // The most periods of a KPI on the board before: while a board is made, reading continues.
	eventually(t, "all is read", func() bool {
		b := k.Board()
		least, most := len(b.KPIs[0].History.Points), 0
		for i := range b.KPIs {
			e := &b.KPIs[i]
			points := e.History.Points
			least, most = min(least, len(points)), max(most, len(points))
			if len(points) > 0 && !points[len(points)-1].Window.End.Equal(e.Now.Window.End) {
				t.Errorf("%s: the newest period that is read ends at %v, want %v", e.Surveyed.KPI.Name, points[len(points)-1].Window.End, e.Now.Window.End)
			}
		}
		if before-least > perTurn {
			t.Errorf("%d periods of one KPI are read, and then %d of another", before, least)
		}
		before = most
		if least > 0 && least < insight.MostHistory(b.KPIs[0].Surveyed.KPI) {
			parts++
		}
		return t.Failed() || k.whole()
	})
	if parts == 0 {
		t.Error("nothing was seen before all was read")
	}
}
