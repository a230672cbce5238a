package collector

import (
	"strings"
	"testing"
)

// TestArithmeticWarnings computes with dates and times, for which PostgreSQL gives lengths of time and MariaDB numbers of digits. What the
// warning says to write is not warned of, and gives the value of PostgreSQL.
func TestArithmeticWarnings(t *testing.T) {
	rows := "INSERT INTO jobs VALUES ('2026-03-31 23:30:00', '2026-04-01 01:00:00', '2026-03-31', '2026-04-02', '01:30:00', 2, 7), ('2026-03-30 10:00:00', '2026-03-30 10:30:00', '2026-03-01', '2026-04-02', '00:30:00', 1, 1)"
	onMariaDB := mariadb.NewDatabase(t, "CREATE TABLE jobs (started TIMESTAMP NULL, ended DATETIME(3), due DATE, done DATE, took TIME, n INT, weight INT)", rows,
		"CREATE VIEW job AS SELECT started AS began, ended FROM jobs")
	onPostgres := server.NewDatabase(t, "CREATE TABLE jobs (started timestamp, ended timestamp, due date, done date, took interval, n int, weight int)", rows,
		"CREATE VIEW job AS SELECT started AS began, ended FROM jobs")
	const (
		from, digits = " AS value FROM jobs", " computes with the digits of a date or a time: 10:00 counts as 100000"
		seconds      = "write TIMESTAMPDIFF(SECOND, started, ended) for the seconds between them"
	)
	for _, test := range []struct{ name, sql, at, hint, right, postgres string }{
		{"a length of time", "SELECT avg(ended - started)" + from, "ended - started", seconds, "SELECT avg(TIMESTAMPDIFF(SECOND, started, ended))" + from, "SELECT avg(ended - started)" + from},
		{
			"the bounds", "SELECT :period_end - :period_start AS value", ":period_end - :period_start", "write TIMESTAMPDIFF(SECOND, :period_start, :period_end) for the seconds between them",
			"SELECT TIMESTAMPDIFF(SECOND, :period_start, :period_end) AS value", "SELECT :period_end - :period_start AS value",
		},
		{
			"extremes", "SELECT max(ended) - min(started)" + from, "max(ended) - min(started)", "write TIMESTAMPDIFF(SECOND, min(started), max(ended)) for the seconds between them",
			"SELECT TIMESTAMPDIFF(SECOND, min(started), max(ended))" + from, "SELECT max(ended) - min(started)" + from,
		},
		{
			"of a view", "SELECT sum(ended - began) AS value FROM job", "ended - began", "write TIMESTAMPDIFF(SECOND, began, ended) for the seconds between them",
			"SELECT sum(TIMESTAMPDIFF(SECOND, began, ended)) AS value FROM job", "SELECT sum(ended - began) AS value FROM job",
		},
		{
			"in WITH", "WITH j AS (SELECT ended AS x, started AS y FROM jobs) SELECT max(x - y) AS value FROM j", "x - y", "write TIMESTAMPDIFF(SECOND, y, x) for the seconds between them",
			"WITH j AS (SELECT ended AS x, started AS y FROM jobs) SELECT max(TIMESTAMPDIFF(SECOND, y, x)) AS value FROM j", "SELECT max(ended - started)" + from,
		},
		{
			"in a condition", "SELECT count(*)" + from + " WHERE ended - started > 3600", "ended - started", seconds,
			"SELECT count(*)" + from + " WHERE TIMESTAMPDIFF(SECOND, started, ended) > 3600", "SELECT count(*)" + from + " WHERE ended - started > interval '1 hour'",
		},
		{"days", "SELECT sum(done - due)" + from, "done - due", "write DATEDIFF(done, due) for the days between them", "SELECT sum(DATEDIFF(done, due))" + from, "SELECT sum(done - due)" + from},
		{"a sum of times", "SELECT sum(took)" + from, "sum(took)", "write TIME_TO_SEC(took) in place of took, for seconds", "SELECT sum(TIME_TO_SEC(took))" + from, "SELECT sum(took)" + from},
		{
			"a difference as a time", "SELECT max(TIMEDIFF(ended, started) / 60)" + from, "TIMEDIFF(ended, started) / 60", "write TIMESTAMPDIFF(SECOND, start, end) in place of TIMEDIFF(ended, started), for seconds",
			"SELECT max(TIMESTAMPDIFF(SECOND, started, ended) / 60)" + from, "SELECT extract(epoch FROM max(ended - started) / 60)" + from,
		},
		{"an average of instants", "SELECT avg(started)" + from, "avg(started)", "write UNIX_TIMESTAMP(started) in place of started, for seconds", "SELECT avg(UNIX_TIMESTAMP(started))" + from, "SELECT avg(extract(epoch FROM started))" + from},
		{
			"an instant and a number", "SELECT count(*)" + from + " WHERE started + 3600 > ended", "started + 3600", "write started + INTERVAL 3600 SECOND, or the unit that is meant",
			"SELECT count(*)" + from + " WHERE started + INTERVAL 3600 SECOND > ended", "SELECT count(*)" + from + " WHERE started + interval '1 hour' > ended",
		},
		{
			"a date and a number", "SELECT count(*)" + from + " WHERE due + 1 < done", "due + 1", "write due + INTERVAL 1 DAY",
			"SELECT count(*)" + from + " WHERE due + INTERVAL 1 DAY < done", "SELECT count(*)" + from + " WHERE due + 1 < done",
		},
		{
			"a number and a date", "SELECT count(*)" + from + " WHERE n + due < done", "n + due", "write due + INTERVAL n DAY",
			"SELECT count(*)" + from + " WHERE due + INTERVAL n DAY < done", "SELECT count(*)" + from + " WHERE n + due < done",
		},
		{
			"an instant and a time", "SELECT count(*)" + from + " WHERE started <= ended - took", "ended - took", "write ended - INTERVAL TIME_TO_SEC(took) SECOND",
			"SELECT count(*)" + from + " WHERE started <= ended - INTERVAL TIME_TO_SEC(took) SECOND", "SELECT count(*)" + from + " WHERE started <= ended - took",
		},
		{
			"an instant and a length in quotes", "SELECT count(*)" + from + " WHERE ended - '1 day' < started", "ended - '1 day'", "write ended - INTERVAL 1 DAY",
			"SELECT count(*)" + from + " WHERE ended - INTERVAL 1 DAY < started", "SELECT count(*)" + from + " WHERE ended - interval '1 day' < started",
		},
		{
			"an instant and hours in quotes", "SELECT count(*)" + from + " WHERE ended - '3 hours' < started", "ended - '3 hours'", "write ended - INTERVAL 3 HOUR",
			"SELECT count(*)" + from + " WHERE ended - INTERVAL 3 HOUR < started", "SELECT count(*)" + from + " WHERE ended - interval '3 hours' < started",
		},
		{
			"an instant and a negative length in quotes", "SELECT count(*)" + from + " WHERE ended + '-1 day' < started", "ended + '-1 day'", "write ended + INTERVAL -1 DAY",
			"SELECT count(*)" + from + " WHERE ended + INTERVAL -1 DAY < started", "SELECT count(*)" + from + " WHERE ended + interval '-1 day' < started",
		},
		{
			"an instant and a time in quotes", "SELECT count(*)" + from + " WHERE ended - '01:00:00' < started", "ended - '01:00:00'", "write ended - INTERVAL TIME_TO_SEC('01:00:00') SECOND",
			"SELECT count(*)" + from + " WHERE ended - INTERVAL TIME_TO_SEC('01:00:00') SECOND < started", "SELECT count(*)" + from + " WHERE ended - interval '01:00:00' < started",
		},
		{
			"an instant in quotes, first", "SELECT max('2026-12-01' - ended)" + from, "'2026-12-01' - ended", "write TIMESTAMPDIFF(SECOND, ended, '2026-12-01') for the seconds between them",
			"SELECT max(TIMESTAMPDIFF(SECOND, ended, '2026-12-01'))" + from, "SELECT max('2026-12-01' - ended)" + from,
		},
		{
			"an instant of digits in quotes", "SELECT max(ended - '20260101')" + from, "ended - '20260101'", "write TIMESTAMPDIFF(SECOND, '20260101', ended) for the seconds between them",
			"SELECT max(TIMESTAMPDIFF(SECOND, '20260101', ended))" + from, "SELECT max(ended - '20260101')" + from,
		},
		{
			"a time and a time in quotes", "SELECT max(took - '00:10:00')" + from, "took - '00:10:00'", "write TIME_TO_SEC(took) in place of took, and TIME_TO_SEC('00:10:00') in place of '00:10:00', for seconds",
			"SELECT max(TIME_TO_SEC(took) - TIME_TO_SEC('00:10:00'))" + from, "SELECT max(took - interval '00:10:00')" + from,
		},
		{
			"an instant in quotes", "SELECT max(ended - '2026-01-01')" + from, "ended - '2026-01-01'", "write TIMESTAMPDIFF(SECOND, '2026-01-01', ended) for the seconds between them",
			"SELECT max(TIMESTAMPDIFF(SECOND, '2026-01-01', ended))" + from, "SELECT max(ended - '2026-01-01')" + from,
		},
		{
			"two times", "SELECT max(took - TIME(started))" + from, "took - TIME(started)", "write TIME_TO_SEC(took) in place of took, and TIME_TO_SEC(TIME(started)) in place of TIME(started), for seconds",
			"SELECT max(TIME_TO_SEC(took) - TIME_TO_SEC(TIME(started)))" + from, "SELECT max(took - started::time)" + from,
		},
		{
			"a time and a number", "SELECT sum(took * n)" + from, "took * n", "write TIME_TO_SEC(took) in place of took, for seconds",
			"SELECT sum(TIME_TO_SEC(took) * n)" + from, "SELECT sum(took * n)" + from,
		},
		{
			"a sum of dates", "SELECT max(due + due)" + from, "due + due", "write UNIX_TIMESTAMP(due) in place of due, for seconds",
			"SELECT max(UNIX_TIMESTAMP(due) + UNIX_TIMESTAMP(due))" + from, "SELECT max(extract(epoch FROM due) * 2)" + from,
		},
		{
			"a number without a date", "SELECT max(7 - due)" + from, "7 - due", "write UNIX_TIMESTAMP(due) in place of due, for seconds",
			"SELECT max(7 - UNIX_TIMESTAMP(due))" + from, "SELECT max(7 - extract(epoch FROM due))" + from,
		},
		{"numbers", "SELECT sum(n * weight) - sum(weight)" + from, "", "", "", ""},
		{"parts of dates", "SELECT sum(EXTRACT(day FROM due) - 1)" + from, "", "", "", ""},
		{"a window", "SELECT sum(n)" + from + " WHERE started >= :period_start AND started < :period_end", "", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := func(url, sql string) ([]string, []string, float64) {
				return formsAt(t, "2026-04-01T08:00:00Z", url, "UTC", "day", sql)
			}
			warnings, hints, value := at(onMariaDB, test.sql)
			if test.at == "" {
				if _, _, want := at(onPostgres, test.sql); value != want || len(warnings) > 0 {
					t.Errorf("%v, PostgreSQL %v, warnings %q", value, want, warnings)
				}
				return
			}
			if strings.Join(warnings, "\n") != "time_arithmetic: "+test.at+digits || strings.Join(hints, "\n") != test.hint {
				t.Errorf("warnings %q, hints %q\nwant     %s, %s", warnings, hints, test.at, test.hint)
			}
			warnings, _, right := at(onMariaDB, test.right)
			if _, _, want := at(onPostgres, test.postgres); right != want || len(warnings) > 0 {
				t.Errorf("as the hint says %v, PostgreSQL %v, warnings %q", right, want, warnings)
			}
		})
	}
}
