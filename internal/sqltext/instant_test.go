package sqltext

import (
	"fmt"
	"strings"
	"testing"
)

// describe says about each instant what is replaced at its widest, what it is compared with, and what converts it.
func describe(s *Statement) string {
	var b strings.Builder
	for _, i := range s.Instants() {
		widest := s.text[i.spans[0].from:i.spans[0].to]
		fmt.Fprintf(&b, "%s:%s", i.Name, strings.Join(strings.Fields(widest), " "))
		if i.Compared != "" {
			b.WriteString(" ~ " + i.Compared)
		}
		if i.Conversion != "" {
			b.WriteString(" [" + i.Conversion + "]")
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestInstants(t *testing.T) {
	const from = "SELECT count(*) FROM t WHERE "
	for sql, want := range map[string]string{
		from + "at >= :period_start AND at < :period_end":                                           "period_start::period_start ~ at; period_end::period_end ~ at",
		from + "t.at BETWEEN :period_start AND :period_end":                                         "period_start::period_start ~ t.at; period_end::period_end ~ t.at",
		from + ":as_of BETWEEN since AND until":                                                     "as_of::as_of ~ since",
		from + "date_trunc('day', at) = :period_start":                                              "period_start::period_start ~ date_trunc('day', at)",
		from + "at >= (:period_start)":                                                              "period_start:(:period_start) ~ at",
		from + "at >= :as_of - interval '720 hours'":                                                "as_of::as_of - interval '720 hours' ~ at",
		from + "at >= :as_of - '7 days'::interval":                                                  "as_of::as_of - '7 days'::interval ~ at",
		from + "at >= :as_of - 3 * interval '1 day'":                                                "as_of::as_of - 3 * interval '1 day' ~ at",
		from + "at >= interval '1 day' + :as_of":                                                    "as_of:interval '1 day' + :as_of ~ at",
		from + "at >= :as_of - make_interval(days => d)":                                            "as_of::as_of - make_interval(days => d) ~ at",
		from + "at >= :period_start - (:period_end - :period_start)":                                "period_start::period_start - (:period_end - :period_start) ~ at; period_end::period_end; period_start::period_start",
		from + "at >= :period_start::timestamptz":                                                   "period_start::period_start::timestamptz ~ at",
		from + "at >= :period_start::timestamp with time zone":                                      "period_start::period_start::timestamp with time zone ~ at",
		from + "day >= :period_start::date":                                                         "period_start::period_start::date ~ day [date]",
		from + "day >= CAST(:period_start AS date) + 1":                                             "period_start:CAST(:period_start AS date) + 1 ~ day [date]",
		from + "day >= date(:period_start)":                                                         "period_start:date(:period_start) ~ day [date]",
		from + "day >= pg_catalog.date(:period_start - interval '1 day')":                           "period_start:pg_catalog.date(:period_start - interval '1 day') ~ day [date]",
		from + "day >= (:period_start AT TIME ZONE :timezone)::date":                                "period_start::period_start",
		from + "at >= :period_start AT TIME ZONE 'UTC'":                                             "period_start::period_start",
		from + "at >= date_trunc('week', :period_start)":                                            "period_start:date_trunc('week', :period_start) ~ at [date_trunc]",
		from + "at >= date_trunc('hour', :period_start)":                                            "period_start:date_trunc('hour', :period_start) ~ at",
		from + "at >= date_trunc('week', :period_start, :timezone)":                                 "period_start:date_trunc('week', :period_start, :timezone) ~ at",
		from + "month = to_char(:period_start, 'YYYY-MM')":                                          "period_start::period_start [to_char]",
		from + "month = extract(month FROM :period_start)":                                          "period_start::period_start [extract]",
		from + "month = date_part('month', :period_start)":                                          "period_start::period_start [date_part]",
		from + "epoch >= extract(epoch FROM :period_start)":                                         "period_start::period_start",
		from + "epoch >= date_part('epoch', :period_start)":                                         "period_start::period_start",
		from + "key = :period_start::text":                                                          "period_start::period_start [text]",
		from + "(at, id) >= (:period_start, 1)":                                                     "period_start::period_start",
		"SELECT extract(epoch FROM :as_of - at) FROM t":                                             "as_of::as_of ~ at",
		"SELECT extract(day FROM :period_end - :period_start)":                                      "period_end::period_end; period_start::period_start",
		"SELECT count(*) FILTER (WHERE at >= :period_start) FROM t":                                 "period_start::period_start ~ at",
		"SELECT sum(CASE WHEN at < :period_end THEN 1 END) FROM t":                                  "period_end::period_end ~ at",
		"SELECT 1 FROM t JOIN u ON u.at < :period_end":                                              "period_end::period_end ~ u.at",
		"SELECT 1 FROM generate_series(:period_start, :period_end, '1 day')":                        "period_start::period_start; period_end::period_end",
		"WITH p AS (SELECT :period_start AS s) SELECT 1 FROM t, p WHERE at >= p.s":                  "period_start::period_start; period_start:p.s ~ at",
		"WITH p (s) AS (SELECT :as_of::timestamptz) SELECT 1 FROM t, p WHERE at < s":                "as_of::as_of::timestamptz; as_of:s ~ at",
		from + "at >= (SELECT :period_start)":                                                       "period_start:(SELECT :period_start) ~ at; period_start::period_start",
		"WITH p AS (SELECT :period_start AT TIME ZONE 'UTC' AS s) SELECT 1 FROM t, p WHERE at >= s": "period_start::period_start",
		"SELECT :timezone":         "",
		"UPDATE t SET at = :as_of": "as_of::as_of",
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(statement); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

func TestConversions(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT at::date FROM t":                                                                "date: SELECT at FROM t",
		"SELECT (at::pg_catalog.date) FROM t":                                                   "date: SELECT (at) FROM t",
		"SELECT CAST(at + x AS timestamp without time zone) FROM t":                             "timestamp: SELECT (at + x ) FROM t",
		"SELECT (CAST(at AS timestamp(0) with time zone)) FROM t":                               "timestamptz: SELECT ((at )) FROM t",
		"SELECT date(at) FROM t":                                                                "date: SELECT (at) FROM t",
		"SELECT date_trunc('day', at AT TIME ZONE :timezone) FROM t":                            "timestamp :timezone: SELECT date_trunc('day', at ) FROM t",
		"SELECT (at AT TIME ZONE ('Europe/Berlin'))::date FROM t":                               "date: SELECT (at AT TIME ZONE ('Europe/Berlin')) FROM t; timestamp europe/berlin: SELECT (at )::date FROM t",
		"SELECT (:as_of AT TIME ZONE :timezone)::date, date(:as_of), :as_of::timestamptz":       "",
		"SELECT (at AT TIME ZONE zone)::text, n::int FROM t":                                    "",
		"WITH p AS (SELECT :as_of AS s) SELECT (p.s AT TIME ZONE 'UTC')::date, at::date FROM p": "date: WITH p AS (SELECT <as_of> AS s) SELECT (p.s AT TIME ZONE 'UTC')::date, at FROM p",
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range statement.Conversions() {
			head := strings.TrimSpace(c.To + " " + c.Zone)
			got = append(got, head+": "+statement.RenderEdited(c.LeaveOut(), func(name string) string { return "<" + name + ">" }))
		}
		if all := strings.Join(got, "; "); all != want {
			t.Errorf("%s\n got %s\nwant %s", sql, all, want)
		}
	}
}

func TestRenderEdited(t *testing.T) {
	statement, err := Parse("SELECT :timezone, at::date FROM t WHERE at >= (:period_start - interval '1 day')::date AND at < :period_end -- :x")
	if err != nil {
		t.Fatal(err)
	}
	i := statement.Instants()[0]
	edits := append([]Edit{i.Replace(0, "$1")}, statement.Conversions()[0].LeaveOut()...)
	const want = "SELECT <timezone>, at FROM t WHERE at >= $1 AND at < <period_end> -- :x"
	if got := statement.RenderEdited(edits, func(name string) string { return "<" + name + ">" }); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	const alone = "SELECT <timezone>, at::date FROM t WHERE at >= ($1 - interval '1 day')::date AND at < <period_end> -- :x"
	if got := statement.RenderEdited([]Edit{i.Replace(i.Widths()-1, "$1")}, func(name string) string { return "<" + name + ">" }); got != alone {
		t.Errorf("got  %s\nwant %s", got, alone)
	}
}
