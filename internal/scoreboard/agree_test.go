package scoreboard

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// closedPeriods are KPIs whose values do not depend on the time of day, in the ways that findings come about.
const closedPeriods = `
queries:
  sales:
    period: week
    labels: [plan]
    query: SELECT plan, sum(v) AS value, sum(n) AS numerator, sum(d) AS denominator FROM rows WHERE at >= :period_start AND at < :period_end GROUP BY plan
kpis:
  revenue: {title: Revenue, from: sales, value: value, merge: sum, target: {at_least: {previous_period: +0%}}}
  all_revenue: {title: All revenue, from: sales, value: value, labels: [], merge: sum, target: {at_least: 1k}}
  rate: {title: Rate, from: sales, numerator: numerator, denominator: denominator, unit: ratio, labels: [], merge: ratio, target: {at_most: 5%}}
  per_case: {title: Per case, formula: all_revenue / cases}
  cases: {title: Cases, from: sales, value: denominator, labels: [], merge: sum}
  daily: {title: Daily, period: day, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {at_least: 100, tolerance: 50%}}
  month: {title: Month, period: {days: 28}, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {at_least: 3k}}
  failing: {title: Failing, period: day, query: SELECT v AS value FROM rows WHERE at >= :period_start AND at < :period_end}
`

// newRows returns the URL of a SQLite file with three rows for each of the last days.
func newRows(t testing.TB, days int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec(t, db, "CREATE TABLE rows (at text, plan text, v real, n real, d real)")
	for i := range days {
		at := time.Now().UTC().AddDate(0, 0, -i).Format(time.DateOnly) + " 00:00:00"
		for j, plan := range []string{"basic", "pro", "team"} {
			exec(t, db, "INSERT INTO rows VALUES (?, ?, ?, ?, ?)", at, plan, 20+(i*(7+j))%13, (i+j)%4, 30+i%(5+j))
		}
	}
	return "sqlite://" + path
}

func exec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// TestBoardAgreesWithCommands compares what a board says with what the commands report and query say as of the same instant.
func TestBoardAgreesWithCommands(t *testing.T) {
	cfg := load(t, `databases: {app: {url: "`+newRows(t, 500)+`"}}`+closedPeriods)
	_, k := serve(t, cfg)
	eventually(t, "all is read", k.whole)
	b := k.Board()

	e := collector.NewEvaluator(cfg)
	defer e.Close()
	reader := insight.NewReader(cfg, e)
	for _, unit := range []period.Unit{period.Day, period.Week, period.Month, period.Quarter} {
		draft := report.Begin(cfg, b.AsOf, unit)
		for one := range reader.Survey(t.Context(), cfg.KPIs, b.AsOf, report.Before(b.AsOf, unit, cfg.Calendar), nil) {
			draft.Add(&one)
		}
		want := draft.Report()
		got := report.New(cfg, b.Survey(unit), unit)
		if diff := cmp.Diff(reportJSON(t, &want), reportJSON(t, &got)); diff != "" {
			t.Errorf("%v: the report of the board differs from the command (-command +board):\n%s", unit, diff)
		}
		if diff := cmp.Diff(got.Counts, countsOf(b)); diff != "" {
			t.Errorf("%v: the board counts otherwise than its report (-report +board):\n%s", unit, diff)
		}
	}
	for i := range b.KPIs {
		e := &b.KPIs[i]
		if e.Surveyed.KPI.Name == "failing" {
			if e.State != Failing || e.Now.Failure.Reason != collector.ReasonDuplicate || len(e.History.Points) != 0 {
				t.Errorf("failing: %s, %v, %d periods", e.State, e.Now.Failure, len(e.History.Points))
			}
			continue
		}
		if got, want := len(e.History.Points), insight.MostHistory(e.Surveyed.KPI); e.State != Current || got != want {
			t.Errorf("%s: %s with %d periods, want %s with %d", e.Surveyed.KPI.Name, e.State, got, Current, want)
		}
		for _, why := range []struct {
			lastYear bool
			got      insight.Explanation
		}{{false, e.Why}, {true, e.LastYear}} {
			request := insight.Request{KPI: e.Surveyed.KPI, AsOf: why.got.AsOf, LastYear: why.lastYear}
			want := reader.Explain(t.Context(), []insight.Request{request})[0]
			if diff := cmp.Diff(explained(t, &want), explained(t, &why.got)); diff != "" {
				t.Errorf("%s (-command +board):\n%s", e.Surveyed.KPI.Name, diff)
			}
		}
	}
}

// countsOf counts the KPIs of a board by their status.
func countsOf(b *Board) report.Counts {
	n := map[status.Status]int{}
	for i := range b.KPIs {
		n[b.KPIs[i].Verdict().Status]++
	}
	return report.Counts{Off: n[status.OffTarget], AtRisk: n[status.AtRisk], On: n[status.OnTarget], Unknown: n[status.Unknown], NoTarget: n[status.NoTarget]}
}

func reportJSON(t testing.TB, r *report.Report) string {
	t.Helper()
	var text bytes.Buffer
	if err := r.JSON(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func explained(t testing.TB, x *insight.Explanation) string {
	t.Helper()
	text, err := x.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
