package sqltext

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range statement.Clocks() {
			got = append(got, w.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
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
