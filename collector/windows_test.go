package collector

import (
	"fmt"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestWindows compares what a KPI counts in its window with the same SQL over bounds written by hand, which PostgreSQL
// itself reads in the zone.
func TestWindows(t *testing.T) {
	// An event every ten minutes, so that a window that is an hour off counts differently.
	url := server.NewDatabase(t, `CREATE TABLE events AS
		SELECT at FROM generate_series('2024-12-31 00:00+00'::timestamptz, '2026-12-31 00:00+00', '10 minutes') AS at`)
	const (
		berlin   = "Europe/Berlin"    // Forward on 2026-03-29 at 2:00, back on 2026-10-25 at 3:00.
		santiago = "America/Santiago" // Back on 2026-04-05 at 0:00, forward on 2026-09-06 at 0:00, which there is not.
	)
	for _, tc := range []struct {
		name, zone, period, more, asOf, start, end string
	}{
		{"a day of 23 hours", berlin, "day", "", "2026-03-30T09:00:00+02:00", "2026-03-29 00:00", "2026-03-30 00:00"},
		{"in the hour that is skipped", berlin, "day", "", "2026-03-29T01:30:00Z", "2026-03-28 00:00", "2026-03-29 00:00"},
		{"a day of 25 hours", berlin, "day", "", "2026-10-26T00:00:01+01:00", "2026-10-25 00:00", "2026-10-26 00:00"},
		{"in the hour that comes twice", berlin, "day", "", "2026-10-25T00:30:00Z", "2026-10-24 00:00", "2026-10-25 00:00"},
		{"exactly at midnight closes the day before", berlin, "day", "", "2026-04-01T00:00:00+02:00", "2026-03-31 00:00", "2026-04-01 00:00"},
		{"the day before its last midnight", santiago, "day", "", "2026-04-05T12:00:00Z", "2026-04-04 00:00", "2026-04-05 00:00"},
		{"a day without a midnight", santiago, "day", "", "2026-09-07T12:00:00Z", "2026-09-06 01:00", "2026-09-07 00:00"},
		{"the day before it", santiago, "day", "", "2026-09-06T12:00:00Z", "2026-09-05 00:00", "2026-09-06 01:00"},
		{"days over a change of clocks", berlin, "{days: 30}", "", "2026-04-10T12:00:00+02:00", "2026-03-11 00:00", "2026-04-10 00:00"},
		{"week", berlin, "week", "", "2026-04-01T12:00:00+02:00", "2026-03-23 00:00", "2026-03-30 00:00"},
		{"week from Sunday", berlin, "week", "week_start: sunday", "2026-04-01T12:00:00+02:00", "2026-03-22 00:00", "2026-03-29 00:00"},
		{"weeks", santiago, "{weeks: 4}", "", "2026-09-10T12:00:00Z", "2026-08-10 00:00", "2026-09-07 00:00"},
		{"month", berlin, "month", "", "2026-04-01T00:00:00+02:00", "2026-03-01 00:00", "2026-04-01 00:00"},
		{"month in UTC's evening", santiago, "month", "", "2026-05-01T02:00:00Z", "2026-03-01 00:00", "2026-04-01 00:00"},
		{"months", berlin, "{months: 12}", "", "2026-04-05T00:00:00+02:00", "2025-04-01 00:00", "2026-04-01 00:00"},
		{"quarter", berlin, "quarter", "", "2026-04-05T00:00:00+02:00", "2026-01-01 00:00", "2026-04-01 00:00"},
		{"fiscal year", berlin, "year", "year_start: february", "2026-04-05T00:00:00+02:00", "2025-02-01 00:00", "2026-02-01 00:00"},
		{"trailing days are 24 hours", berlin, "{trailing: 7d}", "", "2026-03-30T12:00:00+02:00", "2026-03-23 11:00", "2026-03-30 12:00"},
		{"trailing months are local", berlin, "{trailing: 12mo}", "", "2026-04-10T12:00:00+02:00", "2025-04-10 12:00", "2026-04-10 12:00"},
		{"the running month", berlin, "{to_date: month}", "", "2026-03-30T12:00:00+02:00", "2026-03-01 00:00", "2026-03-30 12:00"},
		{"settle", berlin, "day", "settle: 2d", "2026-03-31T12:00:00+02:00", "2026-03-28 00:00", "2026-03-29 00:00"},
		{"settle across a change of clocks", berlin, "day", "settle: 1d", "2026-03-30T00:30:00+02:00", "2026-03-27 00:00", "2026-03-28 00:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			query := func(start, end string) string {
				return "SELECT count(*) AS value FROM events WHERE at >= " + start + " AND at < " + end
			}
			cfg := load(t, app(url, kpi("it", query(":period_start", ":period_end"), "timezone: "+tc.zone+"\nperiod: "+tc.period+"\n"+tc.more)))
			result := evaluate(t, cfg, at(t, tc.asOf))[0]
			if result.Failure != nil {
				t.Fatal(result.Failure)
			}
			literal := func(local string) string { return fmt.Sprintf("timestamptz '%s %s'", local, tc.zone) }
			want := pgtest.Ask[float64](t, url, query(literal(tc.start), literal(tc.end)))
			if got := *result.Samples[0].Value; got != want || want == 0 {
				t.Errorf("%v in the window, %v between the bounds by hand", got, want)
			}
			for _, edge := range []struct {
				name string
				got  int64
				want string
			}{{"start", result.Window.Start.Unix(), tc.start}, {"end", result.Window.End.Unix(), tc.end}} {
				if want := pgtest.Ask[float64](t, url, "SELECT extract(epoch FROM "+literal(edge.want)+")"); float64(edge.got) != want {
					t.Errorf("the window's %s is at %d, want %v", edge.name, edge.got, want)
				}
			}
		})
	}
}

// TestParameters holds what each parameter is, and that the session lives in the KPI's zone.
func TestParameters(t *testing.T) {
	url := server.NewDatabase(t)
	zone := "period: month\ntimezone: Europe/Berlin\n"
	testContracts(t, url, []contract{
		{
			name: "previous", sql: "SELECT 0 AS value, :previous_start::text AS a, :previous_end::text AS b, :period_start::text AS c",
			more: zone + "labels: [a, b, c]",
			want: `a="2026-03-01 00:00:00+01" b="2026-04-01 00:00:00+02" c="2026-04-01 00:00:00+02" 0 no_target`,
		},
		{
			name: "as of, after settle", sql: "SELECT 0 AS value, :as_of::text AS a, :timezone AS b", more: zone + "settle: 1d\nlabels: [a, b]",
			want: `a="2026-05-04 14:00:00+02" b="Europe/Berlin" 0 no_target`,
		},
		{name: "instant", sql: "SELECT extract(epoch FROM :as_of) AS value", want: "1.7779824e+09 no_target"},
	})
	utc := load(t, fmt.Sprintf("databases: {app: {url: %q, session_timezone: UTC}}\ntimezone: Europe/Berlin\nkpis:\n%s", url,
		indent(2, kpi("it", "SELECT 0 AS value, current_setting('TimeZone') AS a, :timezone AS b", "labels: [a, b]"))))
	if got, want := describe(evaluate(t, utc, at(t, "2026-05-05T12:00:00Z"))[0]), `a="UTC" b="Europe/Berlin" 0 no_target`; got != want {
		t.Errorf("with session_timezone: %s, want %s", got, want)
	}
}

// TestCorrespondingDays has two events a day, one of them in its last second, and counts to date those of the period and,
// by the query's parameters as by a bound, those of the period before.
func TestCorrespondingDays(t *testing.T) {
	const (
		postgres = "CREATE TABLE events AS SELECT day + time AS at FROM generate_series('2024-01-01 00:00+00'::timestamptz, '2026-12-31 00:00+00', '1 day') AS day, " +
			"(VALUES (interval '09:00'), (interval '23:59:59')) AS v (time)"
		sqlite = "CREATE TABLE events AS WITH RECURSIVE d (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM d WHERE n < 1095) " +
			"SELECT datetime('2024-01-01', '+' || n || ' days', time) AS at FROM d, (SELECT '+9 hours' AS time UNION ALL SELECT '+86399 seconds')"
		counts = "SELECT count(*) FILTER (WHERE at >= :period_start AND at < :period_end) AS now, " +
			"count(*) FILTER (WHERE at >= :previous_start AND at < :previous_end) AS before FROM events"
	)
	for engine, url := range map[string]string{"postgres": server.NewDatabase(t, postgres), "sqlite": newSQLite(t, sqlite)} {
		for _, tc := range []struct {
			unit, asOf  string
			now, before float64
		}{
			{"month", "2026-03-16T00:00:00Z", 30, 30},
			{"month", "2026-03-16T09:00:01Z", 31, 31},
			{"month", "2026-02-16T00:00:00Z", 30, 30},
			{"month", "2026-03-29T00:00:00Z", 56, 56},
			{"month", "2026-03-30T00:00:00Z", 58, 56},
			{"month", "2026-03-31T12:00:00Z", 61, 56},
			{"month", "2026-02-28T12:00:00Z", 55, 55},
			{"quarter", "2026-05-16T00:00:00Z", 90, 92},
			{"quarter", "2026-02-16T00:00:00Z", 92, 92},
			{"week", "2026-04-04T00:00:00Z", 10, 10},
			{"year", "2025-12-31T00:00:00Z", 728, 730},
			{"year", "2025-03-01T00:00:00Z", 118, 120},
		} {
			t.Run(engine+"/"+tc.unit+"/"+tc.asOf, func(t *testing.T) {
				cfg := load(t, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}}\nqueries: {events: {period: {to_date: %s}, query: %q}}\nkpis:\n", url, tc.unit, counts)+
					"  now: {title: Now, from: events, value: now, target: {at_least: {previous_period: +0%}, pace: linear}}\n"+
					"  before: {title: Before, from: events, value: before}\n")
				results := evaluate(t, cfg, at(t, tc.asOf))
				now, before := results[0].Samples[0], results[1].Samples[0]
				if *now.Value != tc.now || *before.Value != tc.before || *now.Details().Target != tc.before {
					t.Errorf("now %v, before %v, by the bound %v; want %v and %v", *now.Value, *before.Value, *now.Details().Target, tc.now, tc.before)
				}
			})
		}
	}
}
