package sqltext

import (
	"fmt"
	"strings"
	"testing"
)

func TestComparisons(t *testing.T) {
	const from = "SELECT count(*) FROM t WHERE "
	values := func(value, bound, rest string) string {
		return fmt.Sprintf("SELECT %s AS value, %s AS bound FROM %s", value, bound, rest)
	}
	for sql, want := range map[string][]string{
		from + "at >= :period_start AND at < :period_end": {
			"period_start: at >= :period_start: " + values("at", ":period_start", "t"),
			"period_end: at < :period_end: " + values("at", ":period_end", "t"),
		},
		from + "at BETWEEN :period_start AND date(:period_end)": {
			"period_start: at  :period_start: " + values("at", ":period_start", "t"),
			"period_end: at  date(:period_end): " + values("at", "date(:period_end)", "t"),
		},
		from + ":as_of <= s.at": {"as_of: s.at  :as_of: " + values("s.at", ":as_of", "t")},
		from + ":as_of BETWEEN since AND until": {
			"as_of: since  :as_of: " + values("since", ":as_of", "t"),
			"as_of: until  :as_of: " + values("until", ":as_of", "t"),
		},
		from + "datetime(at, 'unixepoch') < datetime(:as_of, '-7 days')": {"as_of: datetime(at, 'unixepoch') < datetime(:as_of, '-7 days'): " + values("datetime(at, 'unixepoch')", "datetime(:as_of, '-7 days')", "t") + " (SELECT at AS value FROM t; SELECT datetime(<x>, 'unixepoch') AS value)"},
		from + "day IN (date(:period_start), '2026-01-01', :as_of)": {
			"period_start: day  date(:period_start): " + values("day", "date(:period_start)", "t"),
			"as_of: day  :as_of: " + values("day", ":as_of", "t"),
		},
		from + "coalesce(at, made) < :as_of": {"as_of: coalesce(at, made) < :as_of: " + values("coalesce(at, made)", ":as_of", "t")},
		"SELECT a FROM t LEFT JOIN u ON u.id = t.id AND u.at < :as_of GROUP BY a HAVING max(u.at) > :as_of": {
			"as_of: u.at < :as_of: " + values("u.at", ":as_of", "t LEFT JOIN u ON u.id = t.id AND u.at < :as_of"),
			"as_of: u.at > :as_of: " + values("u.at", ":as_of", "t LEFT JOIN u ON u.id = t.id AND u.at < :as_of"),
		},
		"WITH s AS (SELECT at FROM t -- all\n), p (a) AS (SELECT :period_start) SELECT count(*) FROM s, p WHERE s.at >= p.a ORDER BY 1": {
			"period_start: s.at >= p.a: WITH s AS (SELECT at FROM t -- all\n), p (a) AS (SELECT :period_start)\n" + values("s.at", "p.a", "s, p"),
		},
		"SELECT (SELECT count(*) FROM (SELECT at AS x FROM t) q WHERE x < :as_of) AS value": {"as_of: x < :as_of: " + values("x", ":as_of", "(SELECT at AS x FROM t) q")},
		"SELECT sum(CASE WHEN at < :as_of THEN 1 END) FROM t":                               {"as_of: at < :as_of: " + values("at", ":as_of", "t")},
		from + ":period_start < :period_end AND at < 3 AND sum(at) < :as_of":                nil,
		"SELECT 1 WHERE :as_of > '2026-01-01'":                                              nil,
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range statement.Comparisons() {
			text := fmt.Sprintf("%s: %s %s %s: %s", c.Name, c.Value, c.Operator, c.Bound, c.Values.SQL())
			if c.Read != "" {
				made, err := c.MadeOf("<x>")
				if err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprintf(" (%s; %s)", c.ReadValues.SQL(), made.SQL())
			}
			got = append(got, text)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s\n got %s\nwant %s", sql, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

func TestComparisonKeys(t *testing.T) {
	statement, err := Parse("SELECT 1 FROM t WHERE j->>'at' >= :period_start AND J ->> 'at' < :period_end AND j->>'At' < :as_of")
	if err != nil {
		t.Fatal(err)
	}
	list := statement.Comparisons()
	if len(list) != 3 || list[0].Key != list[1].Key || list[0].Key == list[2].Key {
		t.Errorf("%+v", list)
	}
}
