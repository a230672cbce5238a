package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// warningsOf returns what planning warns of, without what names the KPI: rule and message, then the hint.
func warningsOf(t *testing.T, url, zone, session, period, sql string) string {
	t.Helper()
	cfg := load(t, kpiFile(url, zone, session, period, sql))
	e := NewEvaluator(cfg)
	defer e.Close()
	var b strings.Builder
	for _, p := range e.Explain(t.Context(), requests(cfg, at(t, "2026-05-05T12:00:00Z"))) {
		if p.Failure != nil {
			t.Fatalf("%s: %v", sql, p.Failure)
		}
		for _, w := range p.Warnings {
			if !w.Warning {
				t.Errorf("%s is an error", w)
			}
			fmt.Fprintf(&b, "%d:%d %s: %s (%s)\n", w.Line, w.Column, w.Check, strings.TrimPrefix(w.Message, `KPI "it": `), w.Hint)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestTimezoneWarnings(t *testing.T) {
	url := server.NewDatabase(t,
		"CREATE TABLE t (at timestamptz, naive timestamp, day date)",
		"CREATE VIEW v AS SELECT at AS made, naive AS written, day AS of_day FROM t")
	const (
		count    = "SELECT count(*) AS value FROM "
		newYork  = "America/New_York"
		naiveOf  = `7:%d naive_timestamps: a timestamp without time zone (%s) is compared with %s in the session's time zone, and nothing says which zone it holds (if it holds UTC, add session_timezone: UTC to database "app", or write (%s AT TIME ZONE 'UTC'); if it holds local time, write (%[4]s AT TIME ZONE :timezone))`
		dateOf   = `7:%d date_column: a date (%s) is compared with %s in the session's time zone, UTC, not in the KPI's, America/New_York (write (%s AT TIME ZONE :timezone)::date)`
		readWith = `7:%d date_column: %s takes :period_start in the session's time zone, UTC, not in the KPI's, America/New_York (%s)`
	)
	place := func(sql, parameter string) int { return len(`    query: "`) + 1 + strings.Index(sql, parameter) }
	window := func(column string) string {
		return "WHERE " + column + " >= :period_start AND " + column + " < :period_end"
	}
	tests := []struct {
		name, zone, session, sql string
		want                     func(sql string) string // Nil: nothing.
	}{
		{"an instant", newYork, "UTC", count + "t " + window("at"), nil},
		{"an instant, no zone said", newYork, "", count + "t " + window("at"), nil},
		{"a naive column", newYork, "", count + "t " + window("naive"), func(sql string) string {
			return fmt.Sprintf(naiveOf, place(sql, ":"), "naive", ":period_start, :period_end", ":period_start")
		}},
		{"a naive column in UTC", "UTC", "", count + "v " + window("written"), func(sql string) string {
			return fmt.Sprintf(naiveOf, place(sql, ":"), "written", ":period_start, :period_end", ":period_start")
		}},
		{"a naive column whose zone is said", newYork, "UTC", count + "v " + window("written"), nil},
		{"a naive column, converted", newYork, "", count + "t WHERE naive >= (:period_start AT TIME ZONE 'UTC') AND naive < (:period_end AT TIME ZONE 'UTC')", nil},
		{"a naive column, converted itself", newYork, "", count + "t " + window("naive AT TIME ZONE 'UTC'"), nil},
		{"a naive column of local time", newYork, "UTC", count + "t WHERE naive >= (:period_start AT TIME ZONE :timezone)", nil},
		{"a date in the KPI's zone", newYork, "", count + "t " + window("day"), nil},
		{"a date in the KPI's zone, which is said", newYork, newYork, count + "t " + window("day"), nil},
		{"a date in a zone with the same clocks", "Asia/Kolkata", "Asia/Calcutta", count + "t " + window("day"), nil},
		{"a date in a zone with the same days", "Etc/UTC", "UTC", count + "t WHERE day >= :period_start::date", nil},
		{"a date in another zone", newYork, "UTC", count + "t " + window("day"), func(sql string) string {
			return fmt.Sprintf(dateOf, place(sql, ":"), "day", ":period_start, :period_end", ":period_start")
		}},
		{"a date behind a view", newYork, "UTC", count + "v " + window("of_day"), func(sql string) string {
			return fmt.Sprintf(dateOf, place(sql, ":"), "of_day", ":period_start, :period_end", ":period_start")
		}},
		{"a date and an instant", newYork, "UTC", count + "t WHERE made >= :period_start AND of_day < :period_end", func(sql string) string {
			return fmt.Sprintf(dateOf, place(sql, ":period_end"), "of_day", ":period_end", ":period_end")
		}},
		{"a date, converted", newYork, "UTC", count + "t WHERE day >= (:period_start AT TIME ZONE :timezone)::date AND day < (:period_end AT TIME ZONE :timezone)::date", nil},
		{"a date of the session", newYork, "UTC", count + "t WHERE day = :period_start::date", func(sql string) string {
			return fmt.Sprintf(readWith, place(sql, ":"), "the conversion to date", "write (:period_start AT TIME ZONE :timezone)::date")
		}},
		{"a date of the session, cast", newYork, "UTC", count + "t WHERE at >= CAST(:period_start AS date)", func(sql string) string {
			return fmt.Sprintf(readWith, place(sql, ":"), "the conversion to date", "write date_trunc('day', :period_start, :timezone)")
		}},
		{"a date of the session, function", newYork, "UTC", count + "t WHERE day >= date(:period_start - interval '1 day')", func(sql string) string {
			return fmt.Sprintf(readWith, place(sql, ":"), "the conversion to date", "write (:period_start AT TIME ZONE :timezone)::date")
		}},
		{"a week of the session", newYork, "UTC", count + "t WHERE at >= date_trunc('week', :period_start)", func(sql string) string {
			return fmt.Sprintf(readWith, place(sql, ":"), "date_trunc", "give date_trunc a third argument, :timezone")
		}},
		{"a week of the KPI", newYork, "UTC", count + "t WHERE at >= date_trunc('week', :period_start, :timezone)", nil},
		{"a week of the KPI's session", newYork, "", count + "t WHERE day >= date_trunc('week', :period_start)", nil},
		{"a month of the session", newYork, "UTC", count + "t WHERE extract(month FROM day) = extract(month FROM :period_start)", func(sql string) string {
			return fmt.Sprintf(readWith, place(sql, ":"), "extract", "write (:period_start AT TIME ZONE :timezone)")
		}},
		{"a text of the session", newYork, "UTC", count + "t WHERE day::text >= to_char(:period_start, 'YYYY-MM-DD')", func(sql string) string {
			return fmt.Sprintf(readWith, place(sql, ":period"), "to_char", "write (:period_start AT TIME ZONE :timezone)")
		}},
		{"seconds", newYork, "UTC", count + "t WHERE extract(epoch FROM at) >= extract(epoch FROM :period_start)", nil},
		{"a day of the KPI made of an instant", newYork, "", "SELECT count(*) AS value FROM t WHERE date_trunc('day', at AT TIME ZONE :timezone) >= :period_start", nil},
		{"a day of the KPI made of an instant, in another session", newYork, "UTC", "SELECT count(*) AS value FROM t WHERE date_trunc('day', at AT TIME ZONE :timezone) >= :period_start", func(sql string) string {
			return fmt.Sprintf("7:%d naive_timestamps: local time of America/New_York (date_trunc('day', at AT TIME ZONE :timezone)) is compared with :period_start in the session's time zone, UTC (write (:period_start AT TIME ZONE :timezone))", place(sql, ":period"))
		}},
		{"a day of the session made of an instant", newYork, "UTC", count + "t " + window("at::date"), func(sql string) string {
			return fmt.Sprintf("7:%d date_column: a date made in the session's time zone, UTC (at::date) is compared with :period_start, :period_end, though the KPI's time zone is America/New_York (compare the timestamp itself, without making a date of it)", place(sql, ":period"))
		}},
		{"a day of the session made of an instant, in the KPI's session", newYork, "", count + "t " + window("at::date"), nil},
		{"nothing to compare", newYork, "UTC", "SELECT 1 AS value WHERE :period_start < :period_end", nil},
		{"two warnings", newYork, "", count + "t WHERE naive >= :period_start AND day >= :period_start::date", func(sql string) string {
			return fmt.Sprintf(naiveOf, place(sql, ":"), "naive", ":period_start", ":period_start")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sql := strings.ReplaceAll(test.sql, "FROM t WHERE made", "FROM v WHERE made")
			want := ""
			if test.want != nil {
				want = test.want(sql)
			}
			if got := warningsOf(t, url, test.zone, test.session, "day", sql); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestSameDays(t *testing.T) {
	for zones, want := range map[[2]string]bool{
		{"UTC", "UTC"}:                         true,
		{"UTC", "Etc/UTC"}:                     true,
		{"UTC", "Africa/Abidjan"}:              true,
		{"Europe/Berlin", "Europe/Paris"}:      true,
		{"UTC", "Europe/London"}:               false, // The same in winter.
		{"America/New_York", "America/Havana"}: true,  // Clocks change at other hours of the same days.
		{"America/New_York", "America/Panama"}: false,
		{"Asia/Kathmandu", "Asia/Kolkata"}:     false,
	} {
		a, err := time.LoadLocation(zones[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := time.LoadLocation(zones[1])
		if err != nil {
			t.Fatal(err)
		}
		if sameDays(a, b) != want || sameDays(b, a) != want {
			t.Errorf("%v: want %t", zones, want)
		}
	}
}
