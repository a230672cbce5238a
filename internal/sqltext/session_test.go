package sqltext

import (
	"strings"
	"testing"
)

func TestSessionConversions(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT at::date, CAST(t.at AS timestamp with time zone), date(at) FROM t":                                          "date of at: (at AT TIME ZONE :timezone)::date; timestamptz of t.at: CAST((t.at AT TIME ZONE :timezone) AS timestamp with time zone); date of at: date(at AT TIME ZONE :timezone)",
		"SELECT date_trunc('week', at), date_trunc('hour', at), date_trunc('day', at, 'UTC') FROM t":                        "date_trunc of at: date_trunc('week', at AT TIME ZONE :timezone)",
		"SELECT extract(year FROM at), extract(epoch FROM at), date_part('dow', at) FROM t":                                 "extract of at: extract(year FROM (at AT TIME ZONE :timezone)); date_part of at: date_part('dow', at AT TIME ZONE :timezone)",
		"SELECT 1 FROM t GROUP BY to_char(at + d, 'YYYY') HAVING max(at)::date > x":                                         "date of max(at): (max(at) AT TIME ZONE :timezone)::date; to_char of (at + d): to_char((at + d) AT TIME ZONE :timezone, 'YYYY')",
		"WITH p AS (SELECT :as_of AS s) SELECT :as_of::date, p.s::date, at::text, at::timestamp, '2026-01-01'::date FROM p": "",
		"SELECT 1::date": "",
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range statement.SessionConversions() {
			got = append(got, c.To+" of "+c.Operand+": "+c.InZone)
			if !strings.HasSuffix(c.Values.SQL(), "SELECT "+strings.Trim(c.Operand, "()")+" AS value FROM t") && c.Operand != "max(at)" {
				t.Errorf("%s: %s", sql, c.Values.SQL())
			}
		}
		if all := strings.Join(got, "; "); all != want {
			t.Errorf("%s\n got %s\nwant %s", sql, all, want)
		}
	}
}

func TestBothInZone(t *testing.T) {
	for condition, want := range map[string]string{
		"at::date NOT BETWEEN :period_start AND date(:period_end)":     "(at AT TIME ZONE :timezone)::date NOT BETWEEN (:period_start AT TIME ZONE :timezone) AND date(:period_end AT TIME ZONE :timezone)",
		"to_char(:as_of, 'YYYY') || '' = to_char(at, 'YYYY')":          "to_char(:as_of AT TIME ZONE :timezone, 'YYYY') || '' = to_char(at AT TIME ZONE :timezone, 'YYYY')",
		"at::date = (:as_of AT TIME ZONE :timezone)::date":             "",
		"at::date IN (:period_start, :previous_start) AND at < :as_of": "(at AT TIME ZONE :timezone)::date IN (:period_start AT TIME ZONE :timezone, :previous_start AT TIME ZONE :timezone)",
	} {
		statement, err := Parse("SELECT 1 FROM t WHERE " + condition)
		if err != nil {
			t.Fatal(err)
		}
		i, conversions := statement.Instants()[0], statement.SessionConversions()
		if len(conversions) != 1 || i.IsBeside(conversions[0]) != (want != "") {
			t.Errorf("%s: %+v", condition, conversions)
		}
		if want == "" {
			continue
		}
		if got := i.BothInZone(statement, conversions, nil); got != want {
			t.Errorf("%s\n got %s\nwant %s", condition, got, want)
		}
	}
}

// FuzzTimes has instants, conversions and comparisons read from any text, and rewritten: an edit stays within the statement.
func FuzzTimes(f *testing.F) {
	for _, text := range []string{
		"SELECT 1 FROM t WHERE at::date NOT IN (:a, :b - interval '1 day') AND to_char(at + d, 'YYYY') = to_char((:c), 'YYYY')",
		"WITH w (s, e) AS (VALUES (:a, :b)) SELECT sum(n) FROM dt AS d, w WHERE d.day = ANY (ARRAY[w.s, date_trunc('day', w.e)]) OR (d.day, 1) > (:a, 2)",
		"SELECT extract(year FROM max(at)) FROM t GROUP BY ROW(at, :a) HAVING count(*) FILTER (WHERE at BETWEEN :a AND :b) > 1",
		"SELECT 1 FROM t WHERE strftime('%s', at, :timezone) >= (SELECT date(:a) AS x) AND (at) < :b AT TIME ZONE 'UTC'",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		statement, err := Parse(text)
		if err != nil {
			return
		}
		conversions := statement.SessionConversions()
		for _, i := range statement.Instants() {
			i.BothInZone(statement, conversions, nil)
			for width := range i.Widths() {
				statement.RenderEdited([]Edit{i.Replace(width, "($1)")}, func(string) string { return "?" })
			}
		}
		for _, c := range statement.Comparisons() {
			if c.Read == "" {
				continue
			}
			if _, err := c.MadeOf("(1)"); err != nil {
				t.Errorf("%s of %s: %v", c.Value, text, err)
			}
		}
	})
}
