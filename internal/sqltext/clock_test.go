package sqltext

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func clocksOf(s *Statement) (texts []string) {
	for _, w := range s.Clocks() {
		texts = append(texts, w.Text)
	}
	return texts
}

func TestClocks(t *testing.T) {
	for sql, want := range map[string][]string{
		"SELECT now(), NOW ( )":                               {"now", "NOW"},
		"SELECT pg_catalog.now()":                             {"now"},
		"SELECT CURRENT_DATE, current_timestamp(0)":           {"CURRENT_DATE", "current_timestamp"},
		"SELECT clock_timestamp() - timeofday()::timestamp":   {"clock_timestamp", "timeofday"},
		"SELECT localtimestamp, sysdate, getdate()":           {"localtimestamp", "sysdate", "getdate"},
		"SELECT 'today'::date, ' NOW '::timestamptz":          {"'today'", "' NOW '"},
		"SELECT date 'today', timestamp with time zone 'now'": {"'today'", "'now'"},
		"SELECT CAST('yesterday' AS date)":                    {"'yesterday'"},
		"SELECT datetime('now', '-1 day')":                    {"'now'"},
		"SELECT strftime('%s', 'now'), julianday('now')":      {"'now'", "'now'"},
		"SELECT strftime('%s'), unixepoch()":                  {"strftime", "unixepoch"},
		"SELECT date(), datetime ( ), date((:as_of))":         {"date", "datetime"},
		"SELECT age(max(created_at, 1))":                      {"age"},
		"SELECT age(:as_of, created_at), age('a', f(1, 2))":   nil,
		"SELECT date(:as_of), strftime('%s', :as_of)":         nil,
		"SELECT count(now), t.now, t.current_date FROM t":     nil,
		"SELECT 'now', \"now\", x = 'today' -- now()":         nil,
		"SELECT count(*) FROM t WHERE state IN ('now')":       nil,
		"SELECT age, date, current_date_x FROM t":             nil,
		"SELECT utc_date, utc_timestamp, curdate FROM t":      nil, // Columns, except on MySQL.
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, clocksOf(statement)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
	statement, err := Parse("SELECT 'ü',\n  'now'::date")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Word{{"'now'", 2, 3}}, statement.Clocks()); diff != "" {
		t.Errorf("place (-want +got):\n%s", diff)
	}
}

// TestMySQLClocks has every function, word and variable of MySQL and MariaDB that reads the clock, and what only looks like one.
func TestMySQLClocks(t *testing.T) {
	for _, test := range []struct{ name, sql, want string }{
		{"functions", "SELECT NOW(), CURDATE(), CURTIME(), SYSDATE()", "NOW CURDATE CURTIME SYSDATE"},
		{"functions in lower case, with blanks", "SELECT now ( ), curdate /* today */ ()", "now curdate"},
		{"a precision", "SELECT NOW(6), CURTIME(3), SYSDATE(2), UTC_TIMESTAMP(6), utc_time(1)", "NOW CURTIME SYSDATE UTC_TIMESTAMP utc_time"},
		{"words", "SELECT CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP", "CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP"},
		{"words as functions", "SELECT CURRENT_DATE(), CURRENT_TIME(3), CURRENT_TIMESTAMP(), LOCALTIME(6), LOCALTIMESTAMP()", "CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP"},
		{"words of UTC", "SELECT UTC_DATE, UTC_TIME, UTC_TIMESTAMP", "UTC_DATE UTC_TIME UTC_TIMESTAMP"},
		{"words of UTC as functions", "SELECT UTC_DATE(), UTC_TIME(), UTC_TIMESTAMP()", "UTC_DATE UTC_TIME UTC_TIMESTAMP"},
		{"seconds", "SELECT UNIX_TIMESTAMP(), unix_timestamp ( )", "UNIX_TIMESTAMP unix_timestamp"},
		{"in an expression", "SELECT count(*) AS value FROM t WHERE ts >= CURDATE() - INTERVAL 1 DAY AND ts < TIMESTAMPADD(DAY, 1, UTC_DATE)", "CURDATE UTC_DATE"},
		{"a variable", "SELECT @@timestamp, @@session.timestamp, @@LOCAL.`timestamp`", "timestamp timestamp `timestamp`"},

		{"seconds of an instant", "SELECT UNIX_TIMESTAMP(ts), UNIX_TIMESTAMP(MAX(ts)), UNIX_TIMESTAMP('2026-01-01')", ""},
		{"columns that are not reserved", "SELECT now, curdate, curtime, sysdate, unix_timestamp, t.utc_date, t.current_date FROM t", ""},
		{"columns in backticks", "SELECT `utc_date`, `current_date`, `timestamp`, t.`timestamp` FROM t", ""},
		{"a type", "SELECT TIMESTAMP '2026-01-01', timestamp(d), CAST(x AS DATE), t.timestamp, timestamp FROM t", ""},
		{"functions and variables of one's own", "SELECT shop.now(), @now, @utc_date, @timestamp, session.timestamp FROM session", ""},
		{"strings and comments", "SELECT 'now', DATE('today'), \"UTC_DATE\", date \"now\" # CURDATE()\n -- NOW()", ""},
		{"what reads a parameter", "SELECT DATE(:as_of), TIME(:as_of), LAST_DAY(:as_of), TIMESTAMPDIFF(DAY, ts, :as_of), age(ts)", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			statement, err := ParseMySQL(test.sql)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(clocksOf(statement), " "); got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.sql, got, test.want)
			}
		})
	}
}
