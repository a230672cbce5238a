package collector

import (
	"fmt"
	"strings"
	"testing"
)

// TestTimeHints gives each query the right value, and no warning, when it says what the hints of its warnings say.
func TestTimeHints(t *testing.T) {
	url := server.NewDatabase(t,
		"CREATE TABLE tz AS SELECT at FROM generate_series(timestamptz '2026-02-20 00:00Z', '2026-04-01 00:00Z', interval '1 hour') AS at",
		"CREATE TABLE nv AS SELECT at AT TIME ZONE 'UTC' AS at FROM tz",
		"CREATE TABLE dt AS SELECT day::date AS day, extract(day FROM day)::int AS n FROM generate_series(timestamp '2026-03-01', '2026-03-31', interval '1 day') AS day",
		"CREATE TABLE months (month text, n int)", "INSERT INTO months VALUES ('2026-02', 2), ('2026-03', 3)")
	const newYork, berlin = "America/New_York", "Europe/Berlin"
	for _, test := range []struct {
		name, zone, session, period string
		sql, hint                   string  // The hint of the first warning; none if it is "".
		right                       string  // What replaces the condition by the hints.
		want                        float64 // The right value.
	}{
		{
			"trunc and trunc", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE date_trunc('day', at) = date_trunc('day', :period_start)",
			"write date_trunc('day', at AT TIME ZONE :timezone) = date_trunc('day', :period_start AT TIME ZONE :timezone)",
			"SELECT count(*) AS value FROM tz WHERE date_trunc('day', at AT TIME ZONE :timezone) = date_trunc('day', :period_start AT TIME ZONE :timezone)", 24,
		},
		{
			"date and date", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE at::date >= :period_start::date AND at::date < :period_end::date",
			"write (at AT TIME ZONE :timezone)::date >= (:period_start AT TIME ZONE :timezone)::date, and likewise for :period_end",
			"SELECT count(*) AS value FROM tz WHERE (at AT TIME ZONE :timezone)::date >= (:period_start AT TIME ZONE :timezone)::date AND (at AT TIME ZONE :timezone)::date < (:period_end AT TIME ZONE :timezone)::date", 24,
		},
		{
			"date and date between", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE CAST(at AS date) BETWEEN date(:period_start) AND date(:period_end) - 1",
			"write CAST((at AT TIME ZONE :timezone) AS date) BETWEEN date(:period_start AT TIME ZONE :timezone) AND date(:period_end AT TIME ZONE :timezone) - 1",
			"SELECT count(*) AS value FROM tz WHERE CAST((at AT TIME ZONE :timezone) AS date) BETWEEN date(:period_start AT TIME ZONE :timezone) AND date(:period_end AT TIME ZONE :timezone) - 1", 24,
		},
		{
			"text and text", newYork, "UTC", "month", "SELECT count(*) AS value FROM tz WHERE to_char(at, 'YYYY-MM') = to_char(:period_start, 'YYYY-MM') AND at >= '2026-02-28 12:00Z'",
			"write to_char(at AT TIME ZONE :timezone, 'YYYY-MM') = to_char(:period_start AT TIME ZONE :timezone, 'YYYY-MM')",
			"SELECT count(*) AS value FROM tz WHERE to_char(at AT TIME ZONE :timezone, 'YYYY-MM') = to_char(:period_start AT TIME ZONE :timezone, 'YYYY-MM') AND at >= '2026-02-28 12:00Z'", 17,
		},
		{
			"field and field", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE extract(doy FROM at)::int = extract(doy FROM :period_start)::int",
			"write extract(doy FROM (at AT TIME ZONE :timezone))::int = extract(doy FROM (:period_start AT TIME ZONE :timezone))::int",
			"SELECT count(*) AS value FROM tz WHERE extract(doy FROM (at AT TIME ZONE :timezone))::int = extract(doy FROM (:period_start AT TIME ZONE :timezone))::int", 24,
		},
		{
			"a date column and trunc", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE day = date_trunc('day', :period_start)",
			"write date_trunc('day', :period_start AT TIME ZONE :timezone)", "SELECT sum(n) AS value FROM dt WHERE day = date_trunc('day', :period_start AT TIME ZONE :timezone)", 14,
		},
		{
			"a column of instants and a date", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE at >= :period_start::date AND at < :period_end::date",
			"write date_trunc('day', :period_start, :timezone)", "SELECT count(*) AS value FROM tz WHERE at >= date_trunc('day', :period_start, :timezone) AND at < date_trunc('day', :period_end, :timezone)", 24,
		},
		{
			"a column of instants and a week", newYork, "UTC", "week", "SELECT count(*) AS value FROM tz WHERE at >= date_trunc('week', :period_start) AND at < :period_end",
			"give date_trunc a third argument, :timezone", "SELECT count(*) AS value FROM tz WHERE at >= date_trunc('week', :period_start, :timezone) AND at < :period_end", 167,
		}, // With a change of clocks.
		{
			"a session day beside a local day", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE at::date = (:period_start AT TIME ZONE :timezone)::date",
			"write (at AT TIME ZONE :timezone)::date", "SELECT count(*) AS value FROM tz WHERE (at AT TIME ZONE :timezone)::date = (:period_start AT TIME ZONE :timezone)::date", 24,
		},
		{
			"a session day from the start", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE at::date >= :period_start AND at::date < :period_end",
			"compare the timestamp itself, without making a date of it", "SELECT count(*) AS value FROM tz WHERE at >= :period_start AND at < :period_end", 24,
		},
		{
			"a session day at the start", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE date_trunc('day', at) = :period_start",
			"write date_trunc('day', at AT TIME ZONE :timezone) = (:period_start AT TIME ZONE :timezone)",
			"SELECT count(*) AS value FROM tz WHERE date_trunc('day', at AT TIME ZONE :timezone) = (:period_start AT TIME ZONE :timezone)", 24,
		},
		{
			"trunc in a range", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE date_trunc('day', at) >= :period_start AND date_trunc('day', at) < :period_end",
			"compare the timestamp itself, without making a date of it", "SELECT count(*) AS value FROM tz WHERE at >= :period_start AND at < :period_end", 24,
		},
		{
			"an instant of a date", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE day::timestamptz >= :period_start AND day::timestamptz < :period_end",
			"write (CAST(day AS timestamp) AT TIME ZONE :timezone)", "SELECT sum(n) AS value FROM dt WHERE (CAST(day AS timestamp) AT TIME ZONE :timezone) >= :period_start AND (CAST(day AS timestamp) AT TIME ZONE :timezone) < :period_end", 14,
		},
		{
			"a range of instants and a date", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE tstzrange(:period_start, :period_end) @> day::timestamptz",
			"write (CAST(day AS timestamp) AT TIME ZONE :timezone)", "SELECT sum(n) AS value FROM dt WHERE tstzrange(:period_start, :period_end) @> (CAST(day AS timestamp) AT TIME ZONE :timezone)", 14,
		},
		{
			"a range of instants and a naive column", berlin, "", "day", "SELECT count(*) AS value FROM nv WHERE at::timestamptz <@ tstzrange(:period_start, :period_end) AND at < '2026-03-14 22:30'",
			`if it holds UTC, add session_timezone: UTC to database "app", or write (at AT TIME ZONE 'UTC'); if it holds local time, write (at AT TIME ZONE :timezone)`,
			"SELECT count(*) AS value FROM nv WHERE (at AT TIME ZONE 'UTC') <@ tstzrange(:period_start, :period_end) AND at < '2026-03-14 22:30'", 24,
		},
		{
			"VALUES", newYork, "UTC", "day", "WITH w (s, e) AS (VALUES (:period_start, :period_end)) SELECT sum(n) AS value FROM dt, w WHERE day >= w.s AND day < w.e",
			"write (:period_start AT TIME ZONE :timezone)::date", "WITH w (s, e) AS (VALUES ((:period_start AT TIME ZONE :timezone)::date, (:period_end AT TIME ZONE :timezone)::date)) SELECT sum(n) AS value FROM dt, w WHERE day >= w.s AND day < w.e", 14,
		},
		{
			"VALUES and a naive column", berlin, "", "day", "WITH w (s, e) AS (VALUES (:period_start, :period_end)) SELECT count(*) AS value FROM nv, w WHERE at >= w.s AND at < w.e",
			`if it holds UTC, add session_timezone: UTC to database "app", or write (:period_start AT TIME ZONE 'UTC'); if it holds local time, write (:period_start AT TIME ZONE :timezone)`,
			"WITH w (s, e) AS (VALUES (:period_start AT TIME ZONE 'UTC', :period_end AT TIME ZONE 'UTC')) SELECT count(*) AS value FROM nv, w WHERE at >= w.s AND at < w.e", 24,
		},
		{
			"a spine of days", berlin, "UTC", "{days: 7}", "SELECT sum(n) AS value FROM generate_series(:period_start, :period_end - interval '1 day', interval '1 day') AS g JOIN dt ON dt.day = g::date",
			"write (g AT TIME ZONE :timezone)::date", "SELECT sum(n) AS value FROM generate_series(:period_start, :period_end - interval '1 day', interval '1 day') AS g JOIN dt ON dt.day = (g AT TIME ZONE :timezone)::date", 77,
		},
		{
			"a list", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE day IN (:period_start, :previous_start)",
			"write (:period_start AT TIME ZONE :timezone)::date", "SELECT sum(n) AS value FROM dt WHERE day IN ((:period_start AT TIME ZONE :timezone)::date, (:previous_start AT TIME ZONE :timezone)::date)", 27,
		},
		{
			"a list of one", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE day IN (:period_start)",
			"write (:period_start AT TIME ZONE :timezone)::date", "SELECT sum(n) AS value FROM dt WHERE day IN ((:period_start AT TIME ZONE :timezone)::date)", 14,
		},
		{
			"an array", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE day = ANY (ARRAY[:period_start, :previous_start])",
			"write (:period_start AT TIME ZONE :timezone)::date", "SELECT sum(n) AS value FROM dt WHERE day = ANY (ARRAY[(:period_start AT TIME ZONE :timezone)::date, (:previous_start AT TIME ZONE :timezone)::date])", 27,
		},
		{
			"the text of a naive column", berlin, "", "month", "SELECT count(*) AS value FROM nv WHERE to_char(at, 'YYYY-MM') = to_char(:period_start, 'YYYY-MM') AND at >= '2026-02-28 12:00'",
			`if it holds UTC, add session_timezone: UTC to database "app", or write (:period_start AT TIME ZONE 'UTC'); if it holds local time, write (:period_start AT TIME ZONE :timezone)`,
			"SELECT count(*) AS value FROM nv WHERE at >= (:period_start AT TIME ZONE 'UTC') AND at < (:period_end AT TIME ZONE 'UTC') AND at >= '2026-02-28 12:00'", 11,
		},
		{
			"the text of a naive column in UTC", newYork, "UTC", "month", "SELECT count(*) AS value FROM nv WHERE to_char(at, 'YYYY-MM') = to_char(:period_start, 'YYYY-MM') AND at >= '2026-02-28 12:00'",
			"write to_char(at::timestamptz AT TIME ZONE :timezone, 'YYYY-MM') = to_char(:period_start AT TIME ZONE :timezone, 'YYYY-MM')",
			"SELECT count(*) AS value FROM nv WHERE to_char(at::timestamptz AT TIME ZONE :timezone, 'YYYY-MM') = to_char(:period_start AT TIME ZONE :timezone, 'YYYY-MM') AND at >= '2026-02-28 12:00'", 17,
		},
		{
			"days that are counted", newYork, "UTC", "day", "SELECT count(DISTINCT at::date) AS value FROM tz WHERE at >= :period_start AND at < :period_end",
			"write (at AT TIME ZONE :timezone)::date", "SELECT count(DISTINCT (at AT TIME ZONE :timezone)::date) AS value FROM tz WHERE at >= :period_start AND at < :period_end", 1,
		},
		{
			"days that rows are grouped by", newYork, "UTC", "day", "SELECT count(*) AS value FROM (SELECT date_trunc('day', at) AS d FROM tz WHERE at >= :period_start AND at < :period_end GROUP BY date_trunc('day', at)) AS days",
			"write date_trunc('day', at AT TIME ZONE :timezone)", "SELECT count(*) AS value FROM (SELECT date_trunc('day', at AT TIME ZONE :timezone) AS d FROM tz WHERE at >= :period_start AND at < :period_end GROUP BY date_trunc('day', at AT TIME ZONE :timezone)) AS days", 1,
		},
		{
			"the text of months", newYork, "UTC", "month", "SELECT sum(n) AS value FROM months WHERE month = to_char(:period_start, 'YYYY-MM')",
			"write (:period_start AT TIME ZONE :timezone)", "SELECT sum(n) AS value FROM months WHERE month = to_char((:period_start AT TIME ZONE :timezone), 'YYYY-MM')", 2,
		},

		// Nothing to say.
		{"days in the session's zone", newYork, "", "day", "SELECT count(DISTINCT at::date) AS value FROM tz WHERE date_trunc('day', at) = date_trunc('day', :period_start)", "", "", 1},
		{"hours", newYork, "UTC", "day", "SELECT count(DISTINCT date_trunc('hour', at)) AS value FROM tz WHERE at >= :period_start AND at < :period_end", "", "", 24},
		{"seconds", newYork, "UTC", "day", "SELECT count(DISTINCT extract(epoch FROM at)) AS value FROM tz WHERE at >= :period_start AND at < :period_end", "", "", 24},
		{"a list of instants", newYork, "UTC", "day", "SELECT count(*) AS value FROM tz WHERE at IN (:period_start, :previous_start)", "", "", 2},
		{"local days of instants", newYork, "UTC", "day", "SELECT count(DISTINCT date_trunc('day', at, :timezone)) AS value FROM tz WHERE at >= :period_start AND at < :period_end", "", "", 1},
		{"days of a naive column", newYork, "UTC", "day", "SELECT count(DISTINCT day::timestamp) AS value FROM dt WHERE day = (:period_start AT TIME ZONE :timezone)::date", "", "", 1},
		{"a local instant of a date", newYork, "UTC", "day", "SELECT sum(n) AS value FROM dt WHERE (day::timestamp AT TIME ZONE :timezone) >= :period_start AND (day::timestamp AT TIME ZONE :timezone) < :period_end", "", "", 14},
		{"a naive column in its session", newYork, "UTC", "day", "SELECT count(*) AS value FROM nv WHERE at::timestamptz <@ tstzrange(:period_start, :period_end) AND at < '2026-03-15 03:30'", "", "", 24},
	} {
		t.Run(test.name, func(t *testing.T) {
			if warned := warningsOf(t, url, test.zone, test.session, test.period, test.sql); test.hint == "" && warned != "" ||
				!strings.HasSuffix(strings.Split(warned, "\n")[0], "("+test.hint+")") && test.hint != "" {
				t.Errorf("got  %s\nwant (%s)", warned, test.hint)
			}
			right := test.right
			if test.hint == "" {
				right = test.sql
			} else if hint, ok := strings.CutPrefix(test.hint, "write "); ok {
				if hint, _, _ = strings.Cut(hint, ", and likewise"); !strings.Contains(right, hint) {
					t.Errorf("%s is not what the hint says", right)
				}
			}
			if warned := warningsOf(t, url, test.zone, test.session, test.period, right); warned != "" {
				t.Errorf("what the hint says is warned of: %s", warned)
			}
			if got := valueOf(t, url, test.zone, test.session, test.period, right); got != test.want {
				t.Errorf("%s is %v, want %v", right, got, test.want)
			}
		})
	}
}

// valueOf returns the value of a query as of 15 March 2026 in a time zone.
func valueOf(t *testing.T, url, zone, session, period, sql string) float64 {
	t.Helper()
	cfg := load(t, kpiFile(url, zone, session, period, sql))
	r := evaluate(t, cfg, at(t, "2026-03-15T12:00:00Z"))[0]
	if r.Failure != nil || len(r.Samples) != 1 || r.Samples[0].Value == nil {
		t.Fatalf("%s: %v, %v", sql, r.Samples, r.Failure)
	}
	return *r.Samples[0].Value
}

// kpiFile returns a KPI file with one KPI, in which the query begins on line 7.
func kpiFile(url, zone, session, period, sql string) string {
	said := ""
	if session != "" {
		said = ", session_timezone: " + session
	}
	return fmt.Sprintf("timezone: %s\ndatabases: {app: {url: %q%s}}\nkpis:\n  it:\n    title: It\n    period: %s\n    query: %q\n", zone, url, said, period, sql)
}
