package scoreboard

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// TestBoardAtToDate compares running periods of the past with evaluations as of the same midnights.
func TestBoardAtToDate(t *testing.T) {
	cfg := load(t, `databases: {app: {url: "`+newRows(t, 300)+`"}}
timezone: America/New_York
kpis:
  month: {title: Month, period: {to_date: month}, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {at_least: 3k, pace: linear}}
  year: {title: Year, period: {to_date: year}, year_start: july, settle: 1d, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end}
`)
	_, k := serve(t, cfg)
	eventually(t, "all is read", k.whole)
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	now := time.Now().In(cfg.Calendar.Location)
	midnight := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()-days, 0, 0, 0, 0, now.Location())
	}
	for _, test := range []struct {
		name        string
		asOf, shown time.Time
	}{
		{"yesterday", midnight(1), midnight(1)},
		{"in the morning of a day last week", midnight(6).Add(9*time.Hour + 30*time.Minute), midnight(6)},
		{"three weeks ago", midnight(21), midnight(21)},
	} {
		b, err := k.BoardAt(t.Context(), test.asOf)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.KPIs {
			got := &b.KPIs[i]
			want := e.Evaluate(t.Context(), []collector.Request{{KPI: got.Surveyed.KPI, AsOf: test.shown}})[0]
			if got.State != Current || got.Now.Window != want.Window {
				t.Errorf("%s, %s: %s of %v, want %s of %v", test.name, got.Surveyed.KPI.Name, got.State, got.Now.Window, Current, want.Window)
			}
			if diff := cmp.Diff(valuesOf(want.Samples), valuesOf(got.Now.Samples)); diff != "" {
				t.Errorf("%s, %s (-evaluated +board):\n%s", test.name, got.Surveyed.KPI.Name, diff)
			}
		}
	}
	b, err := k.BoardAt(t.Context(), midnight(150))
	if err != nil {
		t.Fatal(err)
	}
	if month := b.KPI("month"); month.State != Current || month.Now.Window.End.After(midnight(150)) {
		t.Errorf("five months ago: %s of %v, want the last whole month", month.State, month.Now.Window)
	}
	for days, want := range map[int]Reason{150: Ended, 0: ""} {
		if b, err = k.BoardAt(t.Context(), midnight(days).Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
		month := b.KPI("month")
		if days == 0 && month.ForecastReason() == TooEarly { // In the first days of a month.
			continue
		}
		if s := &month.Now.Samples[0]; (s.Details().Forecast == nil) != (want == Ended) || month.ForecastReason() != want {
			t.Errorf("%d days ago: the forecast is %v, none for the reason %q, want %q", days, s.Details().Forecast, month.ForecastReason(), want)
		}
	}
}

// TestAnyInstantToDate has a running period evaluated as of the very instant that is asked for.
func TestAnyInstantToDate(t *testing.T) {
	c := collector.New(load(t, `databases: {app: {url: "`+newRows(t, 1)+`"}}
history: 0
timezone: UTC
kpis:
  month: {title: Month, period: {to_date: month}, query: SELECT unixepoch(:period_end) - unixepoch(:period_start) AS value}
`), discard())
	k := New(c, discard())
	k.AllowAnyInstant()
	start(t, c.Run, k.Run)
	eventually(t, "the KPI is evaluated", func() bool { return c.Snapshot().KPIs[0].Good != nil })
	b, err := k.BoardAt(t.Context(), time.Date(2021, 3, 2, 1, 0, 7, 0, time.UTC))
	if err != nil || b.KPIs[0].State != Current || *b.KPIs[0].Now.Samples[0].Value != 86400+3600+7 {
		t.Errorf("%v: %+v", err, b)
	}
}
