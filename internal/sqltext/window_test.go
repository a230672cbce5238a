package sqltext

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotHalfOpen(t *testing.T) {
	const from = "SELECT count(*) FROM t WHERE "
	for _, test := range []struct {
		sql  string
		want string // What is wrong and its parameter, one after the other.
	}{
		// BETWEEN, however it is written.
		{from + "at BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{from + "at between :period_start\n\tand -- to\n :period_end", "between :period_end"},
		{from + "t.at BETWEEN :period_start::date AND :period_end::date", "BETWEEN :period_end"},
		{from + `"T"."At" BETWEEN CAST(:period_start AS date) AND CAST(:period_end AS date)`, "BETWEEN :period_end"},
		{from + "date(at) BETWEEN date(:period_start) AND date(:period_end)", "BETWEEN :period_end"},
		{from + "date_trunc('day', at) BETWEEN date_trunc('day', :period_start) AND date_trunc('day', :period_end)", "BETWEEN :period_end"},
		{from + "(at) BETWEEN (:period_start) AND (:period_end)", "BETWEEN :period_end"},
		{from + "(at BETWEEN :period_start AND :period_end)", "BETWEEN :period_end"},
		{from + "live AND at BETWEEN :period_start AND :period_end AND NOT internal", "BETWEEN :period_end"},
		{from + "live OR at BETWEEN SYMMETRIC :period_start AND :period_end", "BETWEEN :period_end"},
		{from + "NOT at BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{from + "at NOT BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{from + "at BETWEEN :previous_start AND :previous_end", "BETWEEN :previous_end"},
		{from + "at BETWEEN :previous_start AND :period_end", "BETWEEN :period_end"},
		{from + "at BETWEEN :previous_start AND :period_start", "BETWEEN :period_start"},
		{from + "at BETWEEN :period_start - interval '30 days' AND :period_end", "BETWEEN :period_end"},
		{from + "at AT TIME ZONE :timezone BETWEEN :period_start AT TIME ZONE :timezone AND :period_end AT TIME ZONE :timezone", "BETWEEN :period_end"},
		{from + "strftime('%s', at) BETWEEN strftime('%s', :period_start) AND strftime('%s', :period_end)", "BETWEEN :period_end"},
		{from + "at BETWEEN unixepoch(:period_start) AND unixepoch(:period_end)", "BETWEEN :period_end"},
		{from + "at BETWEEN extract(epoch FROM :period_start) AND extract(epoch FROM :period_end)", "BETWEEN :period_end"},
		{from + "date(at, 'localtime') BETWEEN date(:period_start, 'localtime') AND date(:period_end, 'localtime')", "BETWEEN :period_end"},
		{"SELECT sum(CASE WHEN at BETWEEN :period_start AND :period_end THEN amount ELSE 0 END) FROM t", "BETWEEN :period_end"},
		{"SELECT count(*) FILTER (WHERE at BETWEEN :period_start AND :period_end) FROM t", "BETWEEN :period_end"},
		{"SELECT sum((at BETWEEN :period_start AND :period_end)::int) FROM t", "BETWEEN :period_end"},
		{"SELECT count(*) FROM a JOIN t ON a.id = t.id AND t.at BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{"SELECT count(*) FROM a LEFT JOIN t ON t.at BETWEEN :period_start AND :period_end WHERE a.live", "BETWEEN :period_end"},
		{"SELECT id FROM t GROUP BY id HAVING min(at) BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{"WITH x AS (SELECT id FROM t WHERE at BETWEEN :period_start AND :period_end) SELECT count(*) FROM x", "BETWEEN :period_end"},
		{"SELECT count(*) FROM (SELECT id FROM t WHERE at BETWEEN :period_start AND :period_end) x", "BETWEEN :period_end"},
		{"SELECT (SELECT count(*) FROM t WHERE at BETWEEN :period_start AND :period_end) AS value", "BETWEEN :period_end"},
		{"SELECT count(*) FROM a WHERE EXISTS (SELECT FROM t WHERE t.id = a.id AND at BETWEEN :period_start AND :period_end)", "BETWEEN :period_end"},
		{"SELECT count(*) FROM a WHERE id IN (SELECT id FROM t WHERE at BETWEEN :period_start AND :period_end)", "BETWEEN :period_end"},
		{"SELECT 1 FROM a WHERE x UNION ALL (SELECT 2 FROM t WHERE at BETWEEN :period_start AND :period_end)", "BETWEEN :period_end"},
		{from + "id = ANY (ARRAY(SELECT id FROM o WHERE at BETWEEN :period_start AND :period_end))", "BETWEEN :period_end"},
		{from + "(data->>'at')::timestamptz BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{from + "coalesce(paid_at, at) >= :period_start AND coalesce(paid_at, at) <= :period_end", "<= :period_end"},
		{"SELECT count(*) FROM a, LATERAL (SELECT 1 FROM t WHERE t.id = a.id AND at BETWEEN :period_start AND :period_end) x", "BETWEEN :period_end"},
		{"WITH p AS (SELECT :period_start AS s, :period_end AS e) SELECT count(*) FROM t, p WHERE at BETWEEN p.s AND p.e", "BETWEEN :period_end"},
		{"WITH p (s, e) AS (SELECT :period_start::date, :period_end::date) SELECT count(*) FROM t CROSS JOIN p WHERE at BETWEEN s AND e", "BETWEEN :period_end"},
		{"WITH p (s, e) AS (VALUES (:period_start, :period_end)) SELECT count(*) FROM t, p WHERE at BETWEEN s AND e", "BETWEEN :period_end"},
		{"SELECT count(*) FROM t, (VALUES (:period_start, :period_end)) p WHERE at >= column1 AND at <= p.column2", "<= :period_end"},
		{from + "at OPERATOR(pg_catalog.>=) :period_start AND at OPERATOR(pg_catalog.<=) :period_end", "<= :period_end"},
		{"SELECT (r).*, 1 FROM t r WHERE at BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},
		{"WITH RECURSIVE x AS (SELECT id FROM t UNION ALL SELECT t.id FROM t JOIN x ON t.up = x.id) SEARCH DEPTH FIRST BY id SET place CYCLE id SET again USING path " +
			"SELECT count(*) FROM t WHERE at BETWEEN :period_start AND :period_end", "BETWEEN :period_end"},

		// One side in a subquery.
		{"WITH x AS (SELECT id, at FROM t WHERE at >= :period_start) SELECT count(*) FROM x WHERE at <= :period_end", "<= :period_end"},
		{"WITH x AS (SELECT * FROM t WHERE at >= :period_start) SELECT count(*) FROM x WHERE at <= :period_end", "<= :period_end"},
		{"SELECT count(*) FROM (SELECT * FROM t WHERE at >= :period_start) x WHERE x.at <= :period_end", "<= :period_end"},
		{"SELECT count(*) FROM (SELECT at AS paid FROM t WHERE at >= :period_start) x WHERE paid <= :period_end", "<= :period_end"},
		{"WITH x (paid) AS (SELECT at FROM t WHERE at <= :period_end) SELECT count(*) FROM x WHERE paid >= :period_start", "<= :period_end"},
		{"WITH x AS (SELECT * FROM t WHERE at >= :period_start), y AS (SELECT * FROM x) SELECT count(*) FROM y WHERE at <= :period_end", "<= :period_end"},

		// Some time before the end, and days.
		{from + "at BETWEEN :period_end - interval '30 days' AND :period_end", "BETWEEN :period_end"},
		{from + "at >= :period_end::date - 30 AND at <= :period_end", "<= :period_end"},
		{"SELECT count(*) FROM generate_series(:period_start, :period_end, interval '1 day') g JOIN t ON t.day = g::date", "generate_series :period_end"},
		{"SELECT generate_series(:period_start::date, :period_end::date, '1 day')::date AS day", "generate_series :period_end"},
		{from + "at BETWEEN (SELECT :period_start) AND (SELECT :period_end)", "BETWEEN :period_end"},
		{from + "a BETWEEN :period_start AND :period_end OR b BETWEEN :period_start AND :period_end", "BETWEEN :period_end BETWEEN :period_end"},

		// <= on one side, > on the other.
		{from + "at >= :period_start AND at <= :period_end", "<= :period_end"},
		{from + "at > :period_start AND at <= :period_end", "<= :period_end"},
		{from + "at <= :period_end AND at >= :period_start", "<= :period_end"},
		{from + ":period_start <= at AND :period_end >= at", ">= :period_end"},
		{from + "at >= :period_start AND :period_end>=at", ">= :period_end"},
		{from + "t.at >= :period_start AND at <= :period_end", "<= :period_end"},
		{from + `"at" >= :period_start AND t.At <= :period_end`, "<= :period_end"},
		{from + "date(at) >= :period_start::date AND at::date <= :period_end::date", "<= :period_end"},
		{from + "at >= :period_start AND (live AND (at <= :period_end AND paid))", "<= :period_end"},
		{from + "at >= :period_start AND (at <= :period_end OR at IS NULL)", "<= :period_end"},
		{from + "(at <= :period_end OR at IS NULL) AND at >= :period_start", "<= :period_end"},
		{from + "NOT (at < :period_start OR at > :period_end)", "> :period_end"},
		{from + "NOT at < :period_start AND NOT at > :period_end", "> :period_end"},
		{from + "at >= :previous_start AND at <= :previous_end", "<= :previous_end"},
		{from + "at >= :previous_start AND at <= :period_end", "<= :period_end"},
		{from + "at >= :previous_end AND at <= :period_end", "<= :period_end"},
		{from + "at >= :previous_start AND at <= :period_start", "<= :period_start"},
		{from + "at >= :period_start - interval '720 hours' AND at <= :period_end", "<= :period_end"},
		{from + "lower(at) >= :period_start AND lower(at) <= :period_end", "<= :period_end"},
		{from + "at + delay >= :period_start AND at + delay <= :period_end", "<= :period_end"},
		{"SELECT count(*) FILTER (WHERE at <= :period_end) FROM t WHERE at >= :period_start", "<= :period_end"},
		{"SELECT count(CASE WHEN at >= :period_start THEN CASE WHEN at <= :period_end THEN 1 END END) FROM t", "<= :period_end"},
		{"SELECT count(*) FROM a JOIN t ON t.at >= :period_start WHERE t.at <= :period_end", "<= :period_end"},
		{"SELECT id FROM t GROUP BY id HAVING min(at) >= :period_start AND min(at) <= :period_end", "<= :period_end"},
		{from + "at > :period_start AND at < :period_end", "> :period_start"},
		{from + ":period_start < at AND at < :period_end", "< :period_start"},
		{from + "tstzrange(:period_start, :period_end, '[]') @> at", "tstzrange :period_end"},
		{from + "at <@ daterange(:period_start::date, :period_end::date, '[]')", "daterange :period_end"},

		// Half open.
		{from + "at >= :period_start AND at < :period_end", ""},
		{from + ":period_start <= at AND :period_end > at", ""},
		{from + "NOT (at < :period_start OR at >= :period_end)", ""},
		{from + "tstzrange(:period_start, :period_end) @> at", ""},
		{from + "tstzrange(:period_start, :period_end, '[)') @> at", ""},
		{from + "at >= :previous_start AND at < :period_end AND at >= :period_start", ""},

		// Deliberately ended before the end.
		{from + "day BETWEEN :period_start AND :period_end - interval '1 day'", ""},
		{from + "day BETWEEN :period_start::date AND :period_end::date - 1", ""},
		{from + "day::date BETWEEN :period_start::date AND (:period_end - interval '1 day')::date", ""},
		{from + "day BETWEEN :period_start AND (:period_end::date - INTERVAL '1' DAY)", ""},
		{from + "day >= :period_start AND day <= add_months(:period_end, -1)", ""},
		{from + "day >= :period_start AND day <= least(:period_end, :as_of)", ""},
		{from + "day BETWEEN date(:period_start) AND date(:period_end, '-1 day')", ""},
		{from + "day BETWEEN date(:period_start) AND date_sub(:period_end, INTERVAL 1 DAY)", ""},
		{from + "day >= :period_start AND day <= :period_end - interval '1 second'", ""},
		{from + "day >= :period_start AND day <= datetime(:period_end, '-1 seconds')", ""},
		{from + "created_at >= :period_start AND created_at + interval '168 hours' <= :period_end", ""},

		{"WITH p (s, e) AS (VALUES (:period_start, :period_end)) SELECT count(*) FROM t, p WHERE at >= s AND at < e", ""},
		{"WITH p (s, e) AS (VALUES (:period_start, :period_end), (:previous_start, :previous_end)) SELECT count(*) FROM t, p WHERE at >= s AND at < e", ""},

		// Ended by another condition, and other ways in which two sides have nothing to do with each other.
		{from + "at BETWEEN :period_start AND :period_end AND at < :period_end", ""},
		{from + "at BETWEEN :period_start AND :period_end AND at <> :period_end", ""},
		{from + "at != :period_end AND at >= :period_start AND at <= :period_end", ""},
		{"SELECT count(*) FROM generate_series(:period_start, :period_end, interval '1 day') g WHERE g < :period_end", ""},
		{"SELECT count(*) FROM generate_series(:period_start, :period_end - interval '1 day', interval '1 day') g", ""},
		{"SELECT count(*) FROM generate_series(1, 10, 2) g", ""},
		{"WITH x AS (SELECT id, at FROM t WHERE at >= :period_start) SELECT count(*) FROM x WHERE at < :period_end", ""},
		{"WITH x AS (SELECT id, at, paid FROM t WHERE at >= :period_start) SELECT count(*) FROM x WHERE paid <= :period_end", ""},
		{"WITH x AS (SELECT id, due AS at FROM t WHERE at >= :period_start) SELECT count(*) FROM x WHERE at <= :period_end", ""},
		{"WITH x AS (SELECT max(at) AS at FROM t WHERE at >= :period_start) SELECT count(*) FROM x WHERE at <= :period_end", ""},
		{"SELECT count(*) FROM (SELECT * FROM t WHERE at >= :period_start) x, u WHERE u.at <= :period_end", ""},
		{"WITH x AS (SELECT at FROM t WHERE at >= :period_start UNION ALL SELECT at FROM u) SELECT count(*) FROM x WHERE at <= :period_end", ""},
		{from + "at <= :period_end AND at > :period_end", ""},

		// A level, or two columns.
		{from + "hired_at <= :period_end AND left_at > :period_end", ""},
		{from + "hired_at <= :period_end AND (left_at IS NULL OR left_at > :period_end)", ""},
		{from + "hired_at <= :period_end", ""},
		{from + "hired_at <= :as_of", ""},
		{from + "at >= :period_start AND at <= :as_of", ""},
		{from + "started_at <= :period_end AND ended_at >= :period_start", ""},
		{from + "started_at < :period_end AND ended_at > :period_start", ""},
		{from + "a.at >= :period_start AND b.at <= :period_end", ""},
		{from + "at >= :period_start OR at <= :period_end", ""},
		{from + "min(at) >= :period_start AND max(at) <= :period_end", ""},
		{from + "at >= :period_end AND at <= :period_start", ""},
		{from + "at <= :period_start AND at >= :previous_end", ""},
		{from + ":as_of >= :period_start AND :as_of <= :period_end", ""},
		{from + ":period_start BETWEEN valid_from AND valid_to", ""},
		{from + "at BETWEEN valid_from AND :period_end", ""},
		{from + "at BETWEEN '2020-01-01' AND :period_end", ""},
		{"SELECT count(*) FILTER (WHERE hired_at <= :period_end) - count(*) FILTER (WHERE hired_at <= :period_start) FROM t", ""},
		{"SELECT count(*) FILTER (WHERE at >= :period_start), count(*) FILTER (WHERE at <= :period_end) FROM t", ""},
		{"SELECT CASE WHEN at >= :period_start THEN 1 WHEN at <= :period_end THEN 2 END FROM t", ""},
		{"SELECT count(*) FROM a WHERE at >= :period_start AND EXISTS (SELECT FROM t WHERE t.at <= :period_end)", ""},
		{from + "note = 'at BETWEEN :period_start AND :period_end' -- at BETWEEN :period_start AND :period_end", ""},
		{"SELECT count(*) FROM (SELECT FROM WHERE", ""},
		{from + "at ==> :period_start AND at <= :period_end", ""},
	} {
		t.Run(test.sql, func(t *testing.T) {
			statement, err := Parse(test.sql)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range statement.NotHalfOpen() {
				got = append(got, w.Text+" "+w.Parameter)
				if rest := textAt(test.sql, w.Line, w.Column); !strings.HasPrefix(rest, w.Text) {
					t.Errorf("%s is said to be at %q", w.Text, rest)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What to write instead is not found fault with.
func TestNotHalfOpenInstead(t *testing.T) {
	for condition, want := range map[string]string{
		"at BETWEEN :period_start AND :period_end":                                   "at >= :period_start AND at < :period_end",
		"date(o.at) BETWEEN\n  date(:period_start) AND date(:period_end)":            "date(o.at) >= date(:period_start) AND date(o.at) < date(:period_end)",
		":period_end::date >= o.day AND o.day > :period_start::date":                 "o.day >= :period_start::date AND o.day < :period_end::date",
		"at > :previous_start AND at < :previous_end":                                "at >= :previous_start AND at < :previous_end",
		"at <@ tstzrange(:period_start, :period_end, '(]')":                          "tstzrange(:period_start, :period_end)",
		"generate_series(:period_start, :period_end, interval '1 day') = o.at":       "generate_series(:period_start, :period_end - interval '1 day', interval '1 day')",
		"at BETWEEN :period_start - interval '1 hour' AND CAST(:period_end AS text)": "at >= :period_start - interval '1 hour' AND at < CAST(:period_end AS text)",
	} {
		statement, err := Parse("SELECT count(*) FROM orders o WHERE " + condition)
		if err != nil {
			t.Fatal(err)
		}
		found := statement.NotHalfOpen()
		if len(found) != 1 || found[0].Instead != want {
			t.Errorf("%s: %+v, want %s", condition, found, want)
			continue
		}
		if again, err := Parse(fmt.Sprintf("SELECT count(*) FROM orders o WHERE %s", want)); err != nil || len(again.NotHalfOpen()) > 0 {
			t.Errorf("%s: found again (%v)", want, err)
		}
	}
}
