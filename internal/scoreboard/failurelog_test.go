package scoreboard

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// TestOneLineWhereDatabasesAreNotReached has KPIs fail in the background: those whose database is not reached have one line together,
// and the others one each.
func TestOneLineWhereDatabasesAreNotReached(t *testing.T) {
	var text strings.Builder
	fmt.Fprintf(&text, "timezone: UTC\ndatabases: {app: {url: %q}, down: {url: \"postgres://app@127.0.0.1:1/app?sslmode=disable\"}}\nkpis:\n", server.NewDatabase(t))
	for i := range 5 {
		fmt.Fprintf(&text, "  away%d: {title: Away, database: down, period: instant, query: SELECT %d AS value}\n", i, i)
		fmt.Fprintf(&text, "  broken%d: {title: Broken, database: app, period: instant, query: SELECT %d AS number}\n", i, i)
	}
	cfg := load(t, text.String())
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	now := time.Now()
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: now}
	}
	results := e.Evaluate(t.Context(), requests)
	var log bytes.Buffer
	failures := newFailureLog(slog.New(slog.NewTextHandler(&log, nil)))
	lines := func(after time.Duration) (connect, others int) {
		log.Reset()
		for i := range results {
			failures.add(requests[i], results[i].Failure, now.Add(after))
		}
		all := strings.Count(log.String(), "An earlier period could not be evaluated")
		connect = strings.Count(log.String(), "reason=connect")
		return connect, all - connect
	}
	for _, tc := range []struct {
		after           time.Duration
		connect, others int
	}{{0, 1, 5}, {time.Hour, 0, 0}, {25 * time.Hour, 1, 5}} {
		if connect, others := lines(tc.after); connect != tc.connect || others != tc.others {
			t.Errorf("after %s %d lines about the database and %d about KPIs, want %d and %d, in:\n%s", tc.after, connect, others, tc.connect, tc.others, log.String())
		}
	}
}
