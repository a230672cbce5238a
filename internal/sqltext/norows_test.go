package sqltext

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNullWithoutRows(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT sum(x) AS value FROM t":                                                               "sum(x)",
		"SELECT SUM( x ) value FROM t WHERE at >= :period_start AND at < :period_end":                 "SUM( x )",
		"SELECT sum(x) FILTER (WHERE paid) AS value FROM t":                                           "sum(x) FILTER (WHERE paid)",
		"SELECT sum(CASE WHEN paid THEN x ELSE 0 END) AS value FROM t":                                "sum(CASE WHEN paid THEN x ELSE 0 END)",
		"SELECT sum(coalesce(x, 0)) AS value FROM t":                                                  "sum(coalesce(x, 0))",
		"SELECT sum(x) / 100.0 AS value FROM t":                                                       "sum(x)",
		"SELECT round((sum(x) / 100)::numeric, 2) AS value FROM t":                                    "sum(x)",
		"SELECT CAST(sum(x) AS float) AS value FROM t":                                                "sum(x)",
		"SELECT sum(a) - sum(b) AS value FROM t":                                                      "sum(a) sum(b)",
		"SELECT coalesce(sum(a), 0) - sum(b) AS value FROM t":                                         "sum(b)",
		"SELECT coalesce(sum(a), sum(b)) AS value FROM t":                                             "sum(a) sum(b)",
		"SELECT sum(a) / count(*) AS value FROM t":                                                    "sum(a)",
		"SELECT avg(x) AS value FROM t":                                                               "avg(x)",
		"SELECT min(x) AS value, max(y) AS other FROM t":                                              "min(x)",
		"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS value FROM t":                       "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)",
		"SELECT 'pro' AS plan, sum(x) AS value FROM t":                                                "sum(x)",
		"SELECT 'a' AS plan, sum(x) AS value FROM a UNION ALL SELECT 'b', sum(y) FROM b":              "sum(x) sum(y)",
		"SELECT (SELECT sum(x) FROM t) AS value":                                                      "sum(x)",
		"SELECT (SELECT sum(x) FROM t) - (SELECT coalesce(sum(x), 0) FROM u) AS value":                "sum(x)",
		"WITH a AS (SELECT sum(x) AS s FROM t) SELECT s AS value FROM a":                              "sum(x)",
		"WITH a AS (SELECT sum(x) AS s FROM t), b AS (SELECT 1 AS n) SELECT s / n AS value FROM a, b": "sum(x)",
		"SELECT value FROM (SELECT sum(x) AS value FROM t) a":                                         "sum(x)",
		"SELECT * FROM (SELECT sum(x) AS value FROM t) a":                                             "sum(x)",
		"SELECT sum(n) AS value FROM (SELECT g, count(*) AS n FROM t GROUP BY g) a":                   "sum(n)",
		"SELECT sum(x) AS value FROM t LIMIT 1":                                                       "sum(x)",
		"SELECT sum(x) AS value FROM t GROUP BY ()":                                                   "sum(x)",
		"SELECT CASE WHEN sum(x) > 0 THEN sum(x) END AS value FROM t":                                 "CASE WHEN sum(x) > 0 THEN sum(x) END",
		"SELECT CASE WHEN sum(x) > 0 THEN 1 WHEN min(y) = 0 THEN 2 ELSE NULL END AS value FROM t":     "CASE WHEN sum(x) > 0 THEN 1 WHEN min(y) = 0 THEN 2 ELSE NULL END",
		"SELECT CASE WHEN sum(x) > 0 THEN 1 ELSE max(y) END AS value FROM t":                          "max(y)",
		"SELECT nullif(sum(x), -1) AS value FROM t":                                                   "sum(x)",
		"SELECT greatest(sum(x), max(x)) AS value FROM t":                                             "sum(x) max(x)",
		"SELECT extract(epoch FROM sum(x)) AS value FROM t":                                           "sum(x)",
		"SELECT coalesce(sum(x), 0) / nullif(count(*), 0) AS value FROM t":                            "coalesce(sum(x), 0) / nullif(count(*), 0)",
		"SELECT 100.0 * count(a) / nullif(count(*), 0)::numeric AS value FROM t":                      "100.0 * count(a) / nullif(count(*), 0)::numeric",
		"SELECT count(a) / nullif(coalesce(sum(x), 0), 0.0) AS value FROM t":                          "count(a) / nullif(coalesce(sum(x), 0), 0.0)",

		"SELECT coalesce(count(a) / nullif(count(*), 0), 0) AS value FROM t":       "",
		"SELECT count(a) / nullif(count(*), 1) AS value FROM t":                    "",
		"SELECT sum(x) AS value FROM t LIMIT 0":                                    "",
		"SELECT sum(x) AS value FROM t LIMIT 1 OFFSET 1":                           "",
		"SELECT sum(x) AS value FROM t GROUP BY (), g":                             "",
		"SELECT CASE WHEN sum(x) > 0 THEN sum(x) ELSE 0 END AS value FROM t":       "",
		"SELECT CASE WHEN sum(x) IS NULL THEN 0 ELSE sum(x) END AS value FROM t":   "",
		"SELECT CASE WHEN sum(x) > 0 THEN 1 WHEN true THEN 2 END AS value FROM t":  "",
		"SELECT CASE WHEN count(*) > 0 THEN sum(x) END AS value FROM t":            "",
		"SELECT nullif(coalesce(sum(x), 0), 0) AS value FROM t":                    "",
		"SELECT greatest(sum(x), count(*)) AS value FROM t":                        "",
		"SELECT coalesce(sum(x), 0) AS value FROM t":                               "",
		"SELECT ifnull(sum(x), 0) AS value FROM t":                                 "",
		"SELECT coalesce(sum(a) - sum(b), 0) AS value FROM t":                      "",
		"SELECT coalesce(sum(a), sum(b), 0) AS value FROM t":                       "",
		"SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(x) END AS value FROM t":     "",
		"SELECT count(*) AS value FROM t":                                          "",
		"SELECT count(DISTINCT x) AS value FROM t":                                 "",
		"SELECT total(x) AS value FROM t":                                          "",
		"SELECT greatest(sum(x), 0) AS value FROM t":                               "",
		"SELECT nullif(count(*), 0) AS value FROM t":                               "",
		"SELECT sum(x) AS value FROM t GROUP BY g":                                 "",
		"SELECT sum(x) AS value FROM t HAVING count(*) > 0":                        "",
		"SELECT g AS plan, sum(x) AS value FROM t GROUP BY g":                      "",
		"SELECT x AS value FROM t":                                                 "",
		"SELECT sum(x) OVER () AS value FROM t":                                    "",
		"SELECT sum(x) AS other, count(*) AS value FROM t":                         "",
		"SELECT s AS value FROM (SELECT sum(x) AS s FROM t) a WHERE s IS NOT NULL": "",
		"SELECT s AS value FROM (SELECT sum(x) AS s FROM t) a JOIN b ON true":      "",
		"SELECT s AS value FROM (SELECT sum(x) AS s FROM t GROUP BY g) a":          "",
		"SELECT coalesce(s, 0) AS value FROM (SELECT sum(x) AS s FROM t) a":        "",
		"SELECT (SELECT sum(x) FROM t GROUP BY g) AS value":                        "",
		"SELECT sum(n) AS value FROM (SELECT count(*) AS n FROM t) a":              "",
		"SELECT sum(n) AS value FROM (VALUES (1), (2)) v (n)":                      "",
		"SELECT sum(x) AS value FROM t OFFSET 1":                                   "",
		"SELECT my_sum(x) AS value FROM t":                                         "",
	} {
		t.Run(sql, func(t *testing.T) {
			statement, err := Parse(sql)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range statement.NullWithoutRows("value") {
				got = append(got, c.Text)
				if rest := textAt(sql, c.Line, c.Column); !strings.HasPrefix(rest, c.Word.Text) || !strings.HasPrefix(c.Text, c.Word.Text) {
					t.Errorf("%s is said to be at %q", c.Text, rest)
				}
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
