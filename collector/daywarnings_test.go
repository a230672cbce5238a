package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// daysOf returns a database in which each day from 1 January 2025 to 1 May 2026 has two rows, half an hour after it began in the zone and half
// an hour before it ended: 1 for the last day of March 2026, the 31st, and 1000 for all others.
func daysOf(t *testing.T, zone *time.Location) string {
	t.Helper()
	var rows []string
	for day := time.Date(2025, 1, 1, 0, 0, 0, 0, zone); day.Before(time.Date(2026, 5, 1, 0, 0, 0, 0, zone)); day = day.AddDate(0, 0, 1) {
		n := 1000
		if day.Month() == time.March && day.Day() == 31 && day.Year() == 2026 {
			n = 1
		}
		for _, at := range []time.Time{day.Add(30 * time.Minute), day.AddDate(0, 0, 1).Add(-30 * time.Minute)} {
			utc := at.UTC().Format(time.DateTime)
			rows = append(rows, fmt.Sprintf("('%s', '%s', '%s', '%s', %d)", day.Format(time.DateOnly), utc, utc, at.Format(time.DateTime), n))
		}
	}
	return mariadb.NewDatabase(t, "CREATE TABLE t (d DATE, ts TIMESTAMP NULL, utc DATETIME, wall DATETIME, n INT)",
		"CREATE VIEW v AS SELECT d AS day, ts AS made, n FROM t", "INSERT INTO t VALUES "+strings.Join(rows, ", "))
}

// TestDayWarnings compares days with the bounds of 31 March 2026, for which a right query gives 2. What the warning says to write gives 2, and is
// not warned of; where nothing is said, the query is right.
func TestDayWarnings(t *testing.T) {
	const (
		newYork, berlin, kolkata, auckland, london = "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "Europe/London"
		start, end                                 = "CONVERT_TZ(:period_start, 'UTC', :timezone)", "CONVERT_TZ(:period_end, 'UTC', :timezone)"
		compared                                   = "date_column: a date (%s) is compared with %s in UTC, not in the KPI's time zone, %s"
		isUTC                                      = "date_column: %s is the date in UTC, not in the KPI's time zone, %s"
		itself                                     = "compare the instant itself: ts >= :period_start AND ts < :period_end"
		window                                     = "ts >= :period_start AND ts < :period_end"
	)
	mariadb.LoadZones(t, "UTC", newYork, berlin, kolkata, auckland, london)
	urls := map[string]string{}
	for _, name := range []string{"UTC", newYork, berlin, kolkata, auckland, london} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		urls[name] = daysOf(t, zone)
	}
	for _, test := range []struct{ name, zone, where, warning, hint, right string }{
		// Dates.
		{
			"a date", newYork, "d >= :period_start AND d < :period_end", fmt.Sprintf(compared, "d", ":period_start, :period_end", newYork),
			"write d >= DATE(" + start + "), and likewise for :period_end", "d >= DATE(" + start + ") AND d < DATE(" + end + ")",
		},
		{"a date, local midnights", newYork, "d >= " + start + " AND d < " + end, "", "", ""},
		{"a date, local midnights of a name", newYork, "d >= CONVERT_TZ(:period_start, 'UTC', 'America/New_York') AND d < CONVERT_TZ(:period_end, 'UTC', 'America/New_York')", "", "", ""},
		{"a date in UTC", "UTC", "d >= :period_start AND d < :period_end", "", "", ""},
		{"a date east of UTC", berlin, "d >= :period_start AND d < :period_end", "", "", ""},
		{"a date far east of UTC", auckland, "d >= :period_start AND d < :period_end", "", "", ""},
		{
			"a date east of UTC that is equal", kolkata, "d = :period_start", fmt.Sprintf(compared, "d", ":period_start", kolkata),
			"write d = DATE(" + start + ")", "d = DATE(" + start + ")",
		},
		{
			"a date in summer only", london, "d <= :period_start AND d > :previous_start", fmt.Sprintf(compared, "d", ":period_start, :previous_start", london),
			"write d <= DATE(" + start + "), and likewise for :previous_start", "d <= DATE(" + start + ") AND d > DATE(CONVERT_TZ(:previous_start, 'UTC', :timezone))",
		},
		{
			"a date on the right", newYork, ":period_start <= d AND :period_end > d", fmt.Sprintf(compared, "d", ":period_start, :period_end", newYork),
			"write DATE(" + start + ") in place of :period_start, and likewise for :period_end", "DATE(" + start + ") <= d AND DATE(" + end + ") > d",
		},
		{
			"a date of UTC, east of it", berlin, "d = DATE(:period_start)", fmt.Sprintf(compared, "d", "DATE(:period_start)", berlin),
			"write d = DATE(" + start + ")", "d = DATE(" + start + ")",
		},
		{"a date of UTC, west of it", newYork, "d = DATE(:period_start)", "", "", ""},
		{
			"a date, cast", berlin, "d > CAST(:previous_start AS DATE) AND d <= CAST(:period_start AS DATE)", fmt.Sprintf(compared, "d", "CAST(:previous_start AS DATE), CAST(:period_start AS DATE)", berlin),
			"write d > CAST(CONVERT_TZ(:previous_start, 'UTC', :timezone) AS DATE), and likewise for :period_start", "d > CAST(CONVERT_TZ(:previous_start, 'UTC', :timezone) AS DATE) AND d <= CAST(" + start + " AS DATE)",
		},
		{
			"a date some days before", newYork, "d >= :period_end - INTERVAL 1 DAY AND d < :period_end", fmt.Sprintf(compared, "d", ":period_end - INTERVAL 1 DAY, :period_end", newYork),
			"write d >= DATE(" + end + " - INTERVAL 1 DAY)", "d >= DATE(" + end + " - INTERVAL 1 DAY) AND d < DATE(" + end + ")",
		},
		{"half a day later, UTC has the same date", berlin, "d = DATE(:period_start + INTERVAL 13 HOUR)", "", "", ""},
		{
			"a month of UTC", berlin, "DATE_FORMAT(d, '%Y-%m') = DATE_FORMAT(:period_start, '%Y-%m') AND DAY(d) = 31", fmt.Sprintf(compared, "DATE_FORMAT(d, '%Y-%m')", "DATE_FORMAT(:period_start, '%Y-%m')", berlin),
			"write DATE_FORMAT(d, '%Y-%m') = DATE_FORMAT(" + start + ", '%Y-%m')", "DATE_FORMAT(d, '%Y-%m') = DATE_FORMAT(" + start + ", '%Y-%m') AND DAY(d) = 31",
		},
		{
			"a date through a view", newYork, "d IN (SELECT day FROM v WHERE day >= :period_start AND day < :period_end)", fmt.Sprintf(compared, "day", ":period_start, :period_end", newYork),
			"write day >= DATE(" + start + "), and likewise for :period_end", "d IN (SELECT day FROM v WHERE day >= DATE(" + start + ") AND day < DATE(" + end + "))",
		},
		{
			"a bound of FROM", newYork, "d IN (SELECT t.d FROM t, (SELECT :period_start AS b, :period_end AS e) AS p WHERE t.d >= p.b AND t.d < p.e)", fmt.Sprintf(compared, "t.d", "p.b, p.e", newYork),
			"write t.d >= DATE(CONVERT_TZ(p.b, 'UTC', :timezone)), and likewise for :period_end", "d IN (SELECT t.d FROM t, (SELECT :period_start AS b, :period_end AS e) AS p WHERE t.d >= DATE(CONVERT_TZ(p.b, 'UTC', :timezone)) AND t.d < DATE(CONVERT_TZ(p.e, 'UTC', :timezone)))",
		},

		// Days that are made of instants.
		{"an instant", newYork, window, "", "", ""},
		{"an instant moved", newYork, "ts + INTERVAL 1 DAY >= :period_end AND ts - INTERVAL 1 DAY < :period_start", "", "", ""},
		{"a date of UTC made of an instant", newYork, "DATE(ts) = DATE(:period_start)", fmt.Sprintf(isUTC, "DATE(ts)", newYork), itself, window},
		{"a date of UTC made of an instant, compared with instants", berlin, "DATE(ts) >= :period_start AND DATE(ts) < :period_end", fmt.Sprintf(isUTC, "DATE(ts)", berlin), itself + ", and likewise for :period_end", window},
		{"a date of UTC written from an instant", kolkata, "DATE_FORMAT(ts, '%Y-%m-%d') = DATE_FORMAT(:period_start, '%Y-%m-%d')", fmt.Sprintf(isUTC, "DATE_FORMAT(ts, '%Y-%m-%d')", kolkata), itself, window},
		{"a local date made of an instant", berlin, "DATE(CONVERT_TZ(ts, 'UTC', :timezone)) = DATE(" + start + ")", "", "", ""},
		{
			"a local date made of an instant, compared with one of UTC", berlin, "DATE(CONVERT_TZ(ts, 'UTC', :timezone)) = DATE(:period_start)", fmt.Sprintf(compared, "DATE(CONVERT_TZ(ts, 'UTC', :timezone))", "DATE(:period_start)", berlin),
			"write DATE(CONVERT_TZ(ts, 'UTC', :timezone)) = DATE(" + start + ")", "DATE(CONVERT_TZ(ts, 'UTC', :timezone)) = DATE(" + start + ")",
		},
		{"seconds of an instant", newYork, "UNIX_TIMESTAMP(ts) >= UNIX_TIMESTAMP(:period_start) AND UNIX_TIMESTAMP(ts) < UNIX_TIMESTAMP(:period_end)", "", "", ""},
		{
			"an instant after a date of UTC", berlin, "ts >= DATE(:period_start) AND ts < DATE(:period_end)", fmt.Sprintf(isUTC, "DATE(:period_start), DATE(:period_end)", berlin),
			"compare ts with :period_start itself, and likewise for :period_end", window,
		},
		{"a DATETIME in UTC", newYork, "utc >= :period_start AND utc < :period_end", "", "", ""},
		{"a DATETIME in local time", newYork, "DATE(wall) = DATE(" + start + ")", "", "", ""},
		{
			"a date of UTC made of a DATETIME", newYork, "DATE(utc) = DATE(:period_start)", fmt.Sprintf(isUTC, "DATE(utc)", newYork),
			"compare the instant itself: utc >= :period_start AND utc < :period_end", "utc >= :period_start AND utc < :period_end",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			const sum = "SELECT IFNULL(SUM(n), 0) AS value FROM t WHERE "
			warnings, hints, value := formsAt(t, "2026-04-01T08:00:00Z", urls[test.zone], test.zone, "day", sum+test.where)
			if strings.Join(warnings, "\n") != test.warning || strings.Join(hints, "\n") != test.hint {
				t.Errorf("got  %s\n(%s)\nwant %s\n(%s)", strings.Join(warnings, "\n"), strings.Join(hints, "\n"), test.warning, test.hint)
			}
			if test.warning == "" && value != 2 {
				t.Errorf("the value is %v, and nothing is said", value)
			}
			if test.right != "" {
				if warnings, _, value := formsAt(t, "2026-04-01T08:00:00Z", urls[test.zone], test.zone, "day", sum+test.right); value != 2 || len(warnings) > 0 {
					t.Errorf("with the hint the value is %v, warnings %v", value, warnings)
				}
			}
		})
	}
}
