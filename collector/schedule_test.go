package collector

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// newKPI returns a KPI as the loader would make it, over one database named app.
func newKPI(t *testing.T, name, sql string, change ...func(*config.KPI)) *config.KPI {
	t.Helper()
	statement, err := sqltext.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	k := &config.KPI{
		Name: name, Title: name, Level: "team", Unit: "count",
		Databases: []*config.Database{{Name: "app", MaxConnections: 2}},
		Query:     &config.Query{Statement: statement, Columns: []string{"value"}},
		Period:    period.Period{Kind: period.Last, Unit: period.Day, N: 1},
		Calendar:  period.Calendar{Location: time.UTC, WeekStart: time.Monday, YearStart: time.January},
		Columns:   config.Columns{Value: "value"},
		MaxSeries: 1000, Every: time.Hour, Timeout: 30 * time.Second, StaleAfter: 3 * time.Hour,
	}
	for _, c := range change {
		c(k)
	}
	return k
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func cron(t *testing.T, expr string) func(*config.KPI) {
	t.Helper()
	c, err := period.ParseCron(expr)
	if err != nil {
		t.Fatal(err)
	}
	return func(k *config.KPI) { k.Cron, k.Every, k.StaleAfter = &c, 0, 0 }
}

func zone(t *testing.T, name string) func(*config.KPI) {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(k *config.KPI) { k.Calendar.Location = loc }
}

func TestNextRunIsOnTheGridOrSoonAfterThePeriodCloses(t *testing.T) {
	k := newKPI(t, "dau", "SELECT 1 AS value", zone(t, "Europe/Berlin"))
	midnight := at(t, "2026-03-30T00:00:00+02:00") // The night after a day of 23 hours.
	soon := 0
	for now := midnight.Add(-26 * time.Hour); now.Before(midnight.Add(26 * time.Hour)); {
		next := nextRun(k, now, now)
		if !next.After(now) || next.Sub(now) > time.Hour+closeSpread {
			t.Fatalf("after %s the next run is at %s", now, next)
		}
		if next.Nanosecond() != 0 {
			t.Fatalf("%s is not a whole second", next)
		}
		if wait := next.Sub(midnight); wait >= closeDelay && wait <= closeDelay+closeSpread {
			soon++
		}
		now = next
	}
	if soon == 0 {
		t.Error("no run soon after midnight")
	}
}

func TestNextRunOfAnIntervalIsTheSameForAllKPIsOfAQuery(t *testing.T) {
	a := newKPI(t, "a", "SELECT 1 AS value")
	b := newKPI(t, "b", "SELECT 1 AS value")
	now := at(t, "2026-05-05T05:05:05Z")
	if x, y := nextRun(a, now, now), nextRun(b, now, now.Add(3*time.Second)); !x.Equal(y) {
		t.Errorf("due at %s and at %s", x, y)
	}
	// A run that was late does not shift the grid.
	due := nextRun(a, now, now)
	if x, y := nextRun(a, due, due), nextRun(a, due, due.Add(time.Minute)); !x.Equal(y) {
		t.Errorf("due at %s, after a late run at %s", x, y)
	}
}

func TestCronRunsOnlyThen(t *testing.T) {
	k := newKPI(t, "dau", "SELECT 1 AS value", zone(t, "Europe/Berlin"), cron(t, "0 6 * * 1-5"))
	for _, tc := range []struct{ name, now, first, next string }{
		{"between", "2026-05-05T09:00:00+02:00", "2026-05-05T06:00:00+02:00", "2026-05-06T06:00:00+02:00"},
		{"at a firing", "2026-05-05T06:00:00+02:00", "2026-05-05T06:00:00+02:00", "2026-05-06T06:00:00+02:00"},
		{"over a weekend", "2026-05-10T23:00:00+02:00", "2026-05-08T06:00:00+02:00", "2026-05-11T06:00:00+02:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := at(t, tc.now)
			if got := lastFiring(*k.Cron, now, k.Calendar.Location); !got.Equal(at(t, tc.first)) {
				t.Errorf("at start as of %s, want %s", got, tc.first)
			}
			if got := nextRun(k, now, now); !got.Equal(at(t, tc.next)) {
				t.Errorf("next run at %s, want %s", got, tc.next)
			}
		})
	}
	for firing, want := range map[string]time.Duration{
		"2026-05-05T06:00:00+02:00": 24 * time.Hour,
		"2026-05-08T06:00:00+02:00": 72 * time.Hour, // A Friday.
	} {
		if got := interval(k, at(t, firing)); got != want {
			t.Errorf("interval after %s: %s, want %s", firing, got, want)
		}
	}
	if got, want := staleAfter(k, 72*time.Hour), 144*time.Hour; got != want {
		t.Errorf("stale after %s, want %s", got, want)
	}
}

func TestRareCronFindsItsLastFiring(t *testing.T) {
	k := newKPI(t, "leap", "SELECT 1 AS value", cron(t, "30 4 29 2 *"))
	if got, want := lastFiring(*k.Cron, at(t, "2026-05-05T00:00:00Z"), time.UTC), at(t, "2024-02-29T04:30:00Z"); !got.Equal(want) {
		t.Errorf("last firing %s, want %s", got, want)
	}
}

func TestRetryDoublesUpToTheInterval(t *testing.T) {
	k := newKPI(t, "dau", "SELECT 1 AS value", func(k *config.KPI) { k.Every = time.Minute; k.Period = period.Period{} })
	start := at(t, "2026-05-05T05:05:05Z")
	now := nextRun(k, start, start) // On the grid, so that the next run is a whole interval away.
	for i, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
		got, again := retryRun(k, now, now, i+1).Sub(now), retryRun(k, now, now, i+1).Sub(now)
		if got < want || got > min(want*3/2, time.Minute) || again != got {
			t.Errorf("after failure %d again in %s and %s, want %s and up to half as much again", i+1, got, again, want)
		}
	}
	waits := map[time.Duration]bool{} // Of many queries that failed together.
	for i := range 100 {
		other := newKPI(t, "other", fmt.Sprintf("SELECT %d AS value", i), func(k *config.KPI) { k.Every = time.Hour })
		waits[retryRun(other, now, now, 1).Sub(now)] = true
	}
	if len(waits) != 5 {
		t.Errorf("100 queries are tried again after %v, want 10 to 14 s", waits)
	}
	// A regular run comes first where it is nearer.
	if got := retryRun(k, now, now.Add(55*time.Second), 1).Sub(now); got != time.Minute {
		t.Errorf("retry %s after the last regular run, want a minute", got)
	}
	daily := newKPI(t, "daily", "SELECT 1 AS value", cron(t, "0 6 * * *"))
	if got := retryRun(daily, at(t, "2026-05-05T06:00:00Z"), at(t, "2026-05-05T06:00:00Z"), 30).Sub(at(t, "2026-05-05T06:00:00Z")); got != maxCronBackoff {
		t.Errorf("cron tried again after %s, want %s", got, maxCronBackoff)
	}
}

func TestWhatCameDueDuringARunIsNotForgotten(t *testing.T) {
	k := newKPI(t, "mau", "SELECT 1 AS value", func(k *config.KPI) {
		k.Period, k.Every = period.Period{Kind: period.Last, Unit: period.Month, N: 1}, 6*time.Hour
	})
	month := at(t, "2026-05-01T00:00:00Z")
	due := nextRun(k, month.Add(-time.Second), month.Add(-time.Second))
	if wait := due.Sub(month); wait < closeDelay || wait > closeDelay+closeSpread {
		t.Fatalf("due %s after the month", wait)
	}
	if got := nextRun(k, month.Add(-time.Second), due.Add(time.Minute)); !got.Equal(due) {
		t.Errorf("a run that ended a minute too late is followed at %s, want %s", got, due)
	}
	if got := nextRun(k, due, due.Add(time.Minute)); !got.After(due.Add(time.Minute)) {
		t.Errorf("the month was measured, and again at %s", got)
	}
}
