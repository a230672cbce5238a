package collector

import (
	"fmt"
	"strings"
	"testing"
)

// formsOf returns what planning warns of on SQLite, for people in Berlin on 30 March 2026, and the value: the rules with their
// messages, and the hints.
func formsOf(t *testing.T, url, zone, period, sql string) (warnings, hints []string, value float64) {
	t.Helper()
	return formsAt(t, "2026-03-30T10:00:00Z", url, zone, period, sql)
}

// formsAt does that at an instant.
func formsAt(t *testing.T, asOf, url, zone, period, sql string) (warnings, hints []string, value float64) {
	t.Helper()
	cfg := load(t, fmt.Sprintf("timezone: %s\ndatabases: {app: {url: %q}}\nkpis:\n  it: {title: It, period: %s, query: %q}\n", zone, url, period, sql))
	e := NewEvaluator(cfg)
	defer e.Close()
	all := requests(cfg, at(t, asOf))
	for _, p := range e.Explain(t.Context(), all) {
		if p.Failure != nil {
			t.Fatalf("%s: %v", sql, p.Failure)
		}
		for _, w := range p.Warnings {
			warnings = append(warnings, w.Check+": "+strings.TrimPrefix(w.Message, `KPI "it": `))
			hints = append(hints, w.Hint)
		}
	}
	r := e.Evaluate(t.Context(), all)[0]
	if r.Failure != nil || len(r.Samples) != 1 || r.Samples[0].Value == nil {
		t.Fatalf("%s: %v, %v", sql, r.Samples, r.Failure)
	}
	return warnings, hints, *r.Samples[0].Value
}

// TestTimeFormWarnings has a row at noon of 29 March, which a right query counts. What the warning says to write counts it, and is
// not warned of.
func TestTimeFormWarnings(t *testing.T) {
	url := newSQLite(t,
		"CREATE TABLE t (at TEXT, iso TEXT, day TEXT, month TEXT, epoch INTEGER, ms INTEGER, julian REAL, ymd INTEGER, ymd_text TEXT, digits TEXT, j TEXT)",
		`INSERT INTO t VALUES ('2026-03-29 10:00:00', '2026-03-29T10:00:00Z', '2026-03-29', '2026-03', 1774778400, 1774778400000, 2461128.9166667, 20260329, '20260329', '20260329100000', '{"at": "2026-03-29T10:00:00Z"}')`)
	const berlin, count = "Europe/Berlin", "SELECT count(*) AS value FROM t WHERE "
	for _, test := range []struct{ name, zone, period, where, warning, hint, right string }{
		// Numbers and texts.
		{
			"a number that is computed", berlin, "day", "ms / 1000 >= strftime('%s', :period_start) AND ms / 1000 < strftime('%s', :period_end)",
			"sqlite_time_form: ms / 1000 is a number, and strftime('%s', :period_start), strftime('%s', :period_end) is not: to SQLite every number is less than every text",
			"write ms / 1000 >= unixepoch(:period_start), and likewise for :period_end", "ms / 1000 >= unixepoch(:period_start) AND ms / 1000 < unixepoch(:period_end)",
		},
		{
			"a number plus 0", berlin, "day", "epoch + 0 >= strftime('%s', :period_start)",
			"sqlite_time_form: epoch + 0 is a number, and strftime('%s', :period_start) is not: to SQLite every number is less than every text",
			"write epoch + 0 >= unixepoch(:period_start)", "epoch + 0 >= unixepoch(:period_start)",
		},
		{
			"a number and another text", berlin, "day", "epoch / 1 >= '' || unixepoch(:period_start)",
			"sqlite_time_form: epoch / 1 is a number, and '' || unixepoch(:period_start) is not: to SQLite every number is less than every text",
			"write epoch / 1 >= CAST('' || unixepoch(:period_start) AS INTEGER)", "epoch / 1 >= CAST('' || unixepoch(:period_start) AS INTEGER)",
		},
		{
			"a text that is computed", berlin, "day", "'' || epoch < unixepoch(:period_end)",
			"sqlite_time_form: '' || epoch is a text, and unixepoch(:period_end) is not: to SQLite every number is less than every text",
			"write CAST('' || epoch AS INTEGER) < unixepoch(:period_end)", "CAST('' || epoch AS INTEGER) < unixepoch(:period_end)",
		},
		{"a column of numbers converts the text", berlin, "day", "epoch >= strftime('%s', :period_start) AND epoch < strftime('%s', :period_end)", "", "", ""},
		{"a column of text converts the number", berlin, "day", "CAST(epoch AS TEXT) >= unixepoch(:period_start)", "", "", ""},
		{"a cast converts the text", berlin, "day", "CAST(epoch + 0 AS INTEGER) >= strftime('%s', :period_start)", "", "", ""},
		{
			"NULL", berlin, "day", "julianday(epoch) >= julianday(:period_start) AND julianday(epoch) < julianday(:period_end)",
			"sqlite_time_form: julianday(epoch) is NULL, so that its comparison with julianday(:period_start), julianday(:period_end) never holds: epoch holds Unix seconds",
			"write datetime(epoch, 'unixepoch') >= :period_start, and likewise for :period_end", "datetime(epoch, 'unixepoch') >= :period_start AND datetime(epoch, 'unixepoch') < :period_end",
		},
		{"not NULL", berlin, "day", "julianday(epoch, 'unixepoch') >= julianday(:period_start)", "", "", ""},

		// Local dates.
		{
			"a date made by strftime", berlin, "day", "day = strftime('%Y-%m-%d', :period_start)",
			"date_column: strftime('%Y-%m-%d', :period_start) is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write day = strftime('%Y-%m-%d', :period_start, '+13 hours')", "day = strftime('%Y-%m-%d', :period_start, '+13 hours')",
		},
		{
			"a date made by substr", berlin, "day", "day = substr(:period_start, 1, 10)",
			"date_column: substr(:period_start, 1, 10) is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write day = substr(datetime(:period_start, '+13 hours'), 1, 10)", "day = substr(datetime(:period_start, '+13 hours'), 1, 10)",
		},
		{
			"a date before the end", berlin, "day", "day = date(:period_end, '-1 day')",
			"date_column: date(:period_end, '-1 day') is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write day = date(datetime(:period_end, '+13 hours'), '-1 day')", "day = date(datetime(:period_end, '+13 hours'), '-1 day')",
		},
		{"a date before the end, west of UTC", "America/New_York", "day", "day = date(:period_end, '-1 day')", "", "", ""},
		{
			"a date in summer only", "Europe/London", "day", "day = date(:period_start)",
			"date_column: date(:period_start) is the date in UTC, not in the KPI's time zone, Europe/London",
			"write day = date(:period_start, '+13 hours')", "day = date(:period_start, '+13 hours')",
		},
		{
			"a list of dates", berlin, "day", "day IN (date(:period_start), date(:previous_start))",
			"date_column: date(:period_start), date(:previous_start) is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write date(:period_start, '+13 hours') in place of date(:period_start), and likewise for :previous_start", "day IN (date(:period_start, '+13 hours'), date(:previous_start, '+13 hours'))",
		},
		{
			"a date of a subquery", berlin, "day", "day = (SELECT date(:period_start))", "date_column: (SELECT date(:period_start)) is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write day = (SELECT date(datetime(:period_start, '+13 hours')))", "day = (SELECT date(datetime(:period_start, '+13 hours')))",
		},
		{
			"a date of FROM", berlin, "day", "day IN (SELECT day FROM t, (SELECT date(:period_start) AS d) AS p WHERE day = p.d)", "date_column: p.d is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write day = date(:period_start, '+13 hours')", "day = date(:period_start, '+13 hours')",
		},
		{"a date in UTC", "UTC", "day", "day = strftime('%Y-%m-%d', :period_start)", "", "", ""},
		{
			"the date of now", berlin, "day", "day <= date(:as_of)", "date_column: date(:as_of) is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"SQLite has no time zones, so it cannot tell the local date of :as_of: keep instants beside the dates, as 2026-03-29 22:00:00 in UTC", "",
		},
		{
			"a month", berlin, "{to_date: month}", "month = strftime('%Y-%m', :period_start)",
			"date_column: strftime('%Y-%m', :period_start) is the month in UTC, not in the KPI's time zone, Europe/Berlin",
			"write month = strftime('%Y-%m', :period_start, '+13 hours')", "month = strftime('%Y-%m', :period_start, '+13 hours')",
		},
		{
			"a month and an instant", berlin, "{to_date: month}", "month = :period_start",
			"sqlite_time_form: month holds a month such as 2026-03, and is compared with :period_start, which is text in UTC such as 2026-03-29 22:00:00",
			"write month = strftime('%Y-%m', :period_start, '+13 hours')", "month = strftime('%Y-%m', :period_start, '+13 hours')",
		},
		{
			"a month made of instants", berlin, "{to_date: month}", "strftime('%Y-%m', at) = strftime('%Y-%m', :period_start)",
			"date_column: strftime('%Y-%m', at) is the month in UTC, not in the KPI's time zone, Europe/Berlin",
			"compare the instant itself: at >= :period_start AND at < :period_end", "at >= :period_start AND at < :period_end",
		},
		{
			"a year made of instants", "America/New_York", "{to_date: year}", "strftime('%Y', epoch, 'unixepoch') = strftime('%Y', :period_start)",
			"date_column: strftime('%Y', epoch, 'unixepoch') is the year in UTC, not in the KPI's time zone, America/New_York",
			"compare the instant itself: datetime(epoch, 'unixepoch') >= :period_start AND datetime(epoch, 'unixepoch') < :period_end",
			"datetime(epoch, 'unixepoch') >= :period_start AND datetime(epoch, 'unixepoch') < :period_end",
		},
		{
			"a day made of instants", "America/New_York", "day", "date(at) >= date(:period_start) AND date(at) < date(:period_end)",
			"date_column: date(at) is the date in UTC, not in the KPI's time zone, America/New_York",
			"compare the instant itself: at >= :period_start AND at < :period_end, and likewise for :period_end", "at >= :period_start AND at < :period_end",
		},
		{"a day made of instants in a zone without summer time", "Asia/Kolkata", "day", "date(iso, '+330 minutes') = date(:period_start, '+330 minutes')", "", "", ""},
		{"a month made of instants, in UTC", "UTC", "{to_date: month}", "strftime('%Y-%m', at) = strftime('%Y-%m', :period_start)", "", "", ""},

		// Digits.
		{
			"digits of a date", berlin, "day", "ymd >= :period_start AND ymd < :period_end",
			"sqlite_time_form: ymd holds a date such as 20260329, and is compared with :period_start, :period_end, which is text in UTC such as 2026-03-29 22:00:00",
			"write ymd >= strftime('%Y%m%d', :period_start, '+13 hours'), and likewise for :period_end",
			"ymd >= strftime('%Y%m%d', :period_start, '+13 hours') AND ymd < strftime('%Y%m%d', :period_end, '+13 hours')",
		},
		{
			"computed digits of a date", berlin, "day", "ymd + 0 = strftime('%Y%m%d', :period_start, '+13 hours')",
			"sqlite_time_form: ymd + 0 is a number, and strftime('%Y%m%d', :period_start, '+13 hours') is not: to SQLite every number is less than every text",
			"write ymd + 0 = CAST(strftime('%Y%m%d', :period_start, '+13 hours') AS INTEGER)", "ymd + 0 = CAST(strftime('%Y%m%d', :period_start, '+13 hours') AS INTEGER)",
		},
		{
			"digits of a date as text", berlin, "day", "ymd_text = strftime('%Y%m%d', :period_start)",
			"date_column: strftime('%Y%m%d', :period_start) is the date in UTC, not in the KPI's time zone, Europe/Berlin",
			"write ymd_text = strftime('%Y%m%d', :period_start, '+13 hours')", "ymd_text = strftime('%Y%m%d', :period_start, '+13 hours')",
		},
		{
			"digits of an instant", berlin, "day", "digits >= :period_start",
			"sqlite_time_form: digits holds digits such as 20260329220000, and is compared with :period_start, which is text in UTC such as 2026-03-29 22:00:00",
			"write digits >= strftime('%Y%m%d%H%M%S', :period_start), if it holds UTC", "digits >= strftime('%Y%m%d%H%M%S', :period_start)",
		},

		// Said once.
		{
			"blanks", berlin, "day", "j->>'at' >= :period_start AND j ->> 'at' < :period_end",
			"sqlite_time_form: j->>'at' holds text with a T or a time zone such as 2026-03-29T22:00:00Z, and is compared with :period_start, :period_end, which is text in UTC such as 2026-03-29 22:00:00",
			"write datetime(j->>'at') >= :period_start, and likewise for :period_end", "datetime(j->>'at') >= :period_start AND datetime(j->>'at') < :period_end",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			warnings, hints, value := formsOf(t, url, test.zone, test.period, count+test.where)
			if strings.Join(warnings, "\n") != test.warning || strings.Join(hints, "\n") != test.hint {
				t.Errorf("got  %s\n(%s)\nwant %s\n(%s)", strings.Join(warnings, "\n"), strings.Join(hints, "\n"), test.warning, test.hint)
			}
			switch {
			case test.warning == "" && value != 1:
				t.Errorf("the value is %v, and nothing is said", value)
			case test.right != "":
				if warnings, _, value := formsOf(t, url, test.zone, test.period, count+test.right); value != 1 || len(warnings) > 0 {
					t.Errorf("with the hint the value is %v, warnings %v", value, warnings)
				}
			}
		})
	}
}
