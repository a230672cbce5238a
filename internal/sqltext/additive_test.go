package sqltext

import (
	"strings"
	"testing"
)

func TestSummed(t *testing.T) {
	const by = " FROM orders GROUP BY country"
	for _, test := range []struct {
		sql  string
		want Sums
		text string
	}{
		{"SELECT country, count(*) AS value" + by, Additive, ""},
		{"SELECT country, count(id) AS value" + by, Additive, ""},
		{"SELECT country, sum(amount) AS value" + by, Additive, ""},
		{"SELECT country, coalesce(sum(amount), 0) AS value" + by, Additive, ""},
		{"SELECT country, round(sum(amount) / 100.0, 2)::numeric AS value" + by, Additive, ""},
		{"SELECT country, 100.0 * sum(amount) AS value" + by, Additive, ""},
		{"SELECT country, CAST(sum(amount) AS numeric(10, 2)) value" + by, Additive, ""},
		{"SELECT country, -sum(amount) AS value" + by, Additive, ""},
		{"SELECT country, sum(amount) - sum(refund) AS value" + by, Additive, ""},
		{"SELECT country, sum(amount) FILTER (WHERE paid) AS value" + by, Additive, ""},
		{"SELECT country, count(*) FILTER (WHERE amount / 2 > 5) AS value" + by, Additive, ""},
		{"SELECT country, sum(CASE WHEN paid THEN amount / price ELSE 0 END) AS value" + by, Additive, ""},
		{"SELECT country, sum(amount / rate) AS value" + by, Additive, ""},
		{"SELECT country, sum(max(a, b)) AS value" + by, Additive, ""},
		{"SELECT country, count(*) / extract(day FROM :period_end - :period_start) AS value" + by, Additive, ""},
		{"SELECT country, sum(amount) / fx_rate AS value FROM orders GROUP BY country, fx_rate", Additive, ""},
		{"SELECT country, total(amount) AS value" + by, Additive, ""},
		{"SELECT country, best AS value FROM (SELECT country, sum(best) AS best FROM (SELECT country, customer, max(amount) AS best FROM orders GROUP BY country, customer) x GROUP BY country) y", Additive, ""},
		{"SELECT country, sum(mean) AS value FROM (SELECT country, account, avg(balance) AS mean FROM balances GROUP BY 1, 2) x GROUP BY 1", Additive, ""},
		{"SELECT u.country, count(*) AS value FROM (SELECT user_id FROM events GROUP BY user_id) a JOIN users u USING (user_id) GROUP BY u.country", Additive, ""},
		{"SELECT u.country, count(*) AS value FROM (SELECT DISTINCT user_id, day FROM events) a JOIN users u USING (user_id) GROUP BY u.country", Additive, ""},
		{"SELECT country, count(*) AS value FROM (SELECT country, id, sum(price) AS total FROM items GROUP BY country, id) o GROUP BY country", Additive, ""},
		{"SELECT u.country, sum(n) AS value FROM (SELECT user_id, count(DISTINCT product) AS n FROM events GROUP BY user_id) a JOIN users u USING (user_id) GROUP BY u.country", Additive, ""},
		{"SELECT 'a' AS country, count(*) AS value FROM a UNION ALL SELECT 'b', count(*) FROM b", Additive, ""},

		{"SELECT country, count(DISTINCT customer) AS value" + by, CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT country, COUNT ( distinct (a, b) ) AS \"value\"" + by, CountsDistinct, "COUNT ( distinct (a, b) )"},
		{"SELECT country, count(DISTINCT customer) FILTER (WHERE paid) AS value" + by, CountsDistinct, "count(DISTINCT customer) FILTER (WHERE paid)"},
		{"SELECT country, sum(DISTINCT amount) AS value" + by, CountsDistinct, "sum(DISTINCT amount)"},
		{"SELECT country, approx_count_distinct(customer) AS value" + by, CountsDistinct, "approx_count_distinct(customer)"},
		{"SELECT country, coalesce(count(DISTINCT customer), 0) * 1.0 AS value" + by, CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT country, count(*) - count(DISTINCT customer) AS value" + by, CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT country, count(*) AS value FROM (SELECT DISTINCT country, customer FROM orders) x GROUP BY country", CountsDistinct, "DISTINCT"},
		{"SELECT country, count(customer) AS value FROM (SELECT DISTINCT country, customer FROM orders) x GROUP BY country", CountsDistinct, "DISTINCT"},
		{"SELECT land AS country, count(*) AS value FROM (SELECT country AS land, customer FROM orders GROUP BY country, customer) x GROUP BY 1", CountsDistinct, "GROUP"},
		{"WITH t AS (SELECT DISTINCT country, customer FROM orders), u AS (SELECT * FROM t) SELECT country, sum(1) AS value FROM u GROUP BY country", CountsDistinct, "DISTINCT"},
		{"WITH t AS (SELECT country, count(DISTINCT customer) AS n FROM orders GROUP BY country) SELECT country, n AS value FROM t", CountsDistinct, "count(DISTINCT customer)"},
		{"WITH t (country, n) AS (SELECT country, count(DISTINCT customer) FROM orders GROUP BY country) SELECT t.country, coalesce(t.n, 0) AS value FROM t JOIN countries USING (country)", CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT * FROM (SELECT country, count(DISTINCT customer) AS value" + by + ") x", CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT x.* FROM (SELECT country, count(DISTINCT customer) AS value" + by + ") AS x ORDER BY 1", CountsDistinct, "count(DISTINCT customer)"},
		{"WITH a AS (SELECT country, count(DISTINCT customer) AS n" + by + "), b AS (SELECT country, n + 0 AS m FROM a) SELECT b.country, b.m AS value FROM b", CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT country, sum(dau) AS value FROM (SELECT country, day, count(DISTINCT user_id) AS dau FROM events GROUP BY country, day) d GROUP BY country", CountsDistinct, "count(DISTINCT user_id)"},
		{"SELECT c.country, (SELECT count(DISTINCT customer) FROM orders o WHERE o.country = c.country) AS value FROM countries c", CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT 'a' AS country, count(*) AS value FROM a UNION ALL SELECT 'b', count(DISTINCT c) FROM b", CountsDistinct, "count(DISTINCT c)"},
		{"(SELECT country, count(DISTINCT customer) AS value" + by + ")", CountsDistinct, "count(DISTINCT customer)"},
		{"SELECT country, cardinality(array_agg(DISTINCT customer)) AS value" + by, CountsDistinct, "cardinality(array_agg(DISTINCT customer))"},

		{"SELECT country, avg(amount) AS value" + by, Averages, "avg(amount)"},
		{"SELECT country, round(avg(amount)::numeric, 2) AS value" + by, Averages, "avg(amount)"},
		{"SELECT country, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS value" + by, Averages, "percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)"},
		{"SELECT country, mode() WITHIN GROUP (ORDER BY amount) AS value" + by, Averages, "mode() WITHIN GROUP (ORDER BY amount)"},
		{"SELECT country, median(amount) AS value" + by, Averages, "median(amount)"},
		{"SELECT country, avg(total) AS value FROM (SELECT country, id, sum(price) AS total FROM items GROUP BY 1, 2) o GROUP BY 1", Averages, "avg(total)"},
		{"SELECT country, CASE WHEN count(*) > 5 THEN avg(amount) ELSE 0 END AS value" + by, Averages, "avg(amount)"},
		{"SELECT country, pg_catalog.avg(amount) AS value" + by, Averages, "pg_catalog.avg(amount)"},
		{"SELECT country, stddev_samp(amount) AS value" + by, Spreads, "stddev_samp(amount)"},
		{"SELECT country, max(amount) AS value" + by, Extremes, "max(amount)"},
		{"SELECT country, min(amount) AS value" + by, Extremes, "min(amount)"},
		{"SELECT country, bool_or(paid)::int AS value" + by, Extremes, "bool_or(paid)"},
		{"SELECT country, sum(amount) / count(*) AS value" + by, Quotient, "sum(amount) / count(*)"},
		{"SELECT country, 100.0 * sum(paid) / nullif(count(*), 0) AS value" + by, Quotient, "100.0 * sum(paid) / nullif(count(*), 0)"},
		{"SELECT country, coalesce(sum(a) / sum(b), 0) AS value" + by, Quotient, "sum(a) / sum(b)"},
		{"SELECT country, revenue / customers AS value FROM months", Quotient, "revenue / customers"},
		{"WITH t AS (SELECT country, sum(a) AS a, sum(b) AS b" + by + ") SELECT country, a / b AS value FROM t", Quotient, "a / b"},
		{"SELECT country, safe_divide(sum(a), sum(b)) AS value" + by, Quotient, "safe_divide(sum(a), sum(b))"},
		{"SELECT country, count(*)::float / count(DISTINCT customer) AS value" + by, Quotient, "count(*)::float / count(DISTINCT customer)"},

		// Not known, and not guessed.
		{"SELECT country, value FROM months", Unknown, ""},
		{"SELECT * FROM months", Unknown, ""},
		{"SELECT country, sum(amount) * count(*) AS value" + by, Unknown, ""},
		{"SELECT country, avg(amount) * count(*) AS value" + by, Unknown, ""},
		{"SELECT country, sum(amount) / sum(sum(amount)) OVER () AS value" + by, Unknown, ""},
		{"SELECT country, avg(sum(amount)) OVER (ORDER BY day ROWS 6 PRECEDING) AS value FROM orders GROUP BY country, day", Unknown, ""},
		{"SELECT country, sum(amount) / (SELECT count(*) FROM days) AS value" + by, Unknown, ""},
		{"SELECT country, my_total(amount) AS value" + by, Unknown, ""},
		{"SELECT country, avg(amount) AS other" + by, Unknown, ""},
		{"SELECT country, $$ $$ ? @> value" + by, Unknown, ""},
		{"VALUES (1)", Unknown, ""},
	} {
		t.Run(test.sql, func(t *testing.T) {
			statement, err := Parse(test.sql)
			if err != nil {
				t.Fatal(err)
			}
			got, at, text := statement.Summed("value", []string{"country"})
			if got != test.want || text != test.text {
				t.Errorf("%d %q, want %d %q", got, text, test.want, test.text)
			}
			if rest := textAt(test.sql, max(at.Line, 1), max(at.Column, 1)); !strings.HasPrefix(rest, at.Text) {
				t.Errorf("%s is said to be at %q", at.Text, rest)
			}
		})
	}
}

// A statement that is read over and over again has no end; it is given up.
func TestSummedDoubling(t *testing.T) {
	var b strings.Builder
	b.WriteString("WITH t0 AS (SELECT count(DISTINCT x) AS n FROM t)")
	for i := range 60 {
		name := "t" + strings.Repeat("i", i+1)
		before := "t" + strings.Repeat("i", i)
		if i == 0 {
			before = "t0"
		}
		b.WriteString(", " + name + " AS (SELECT a.n + b.n AS n FROM " + before + " a, " + before + " b)")
	}
	b.WriteString(" SELECT n FROM t" + strings.Repeat("i", 60))
	statement, err := Parse(b.String())
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := statement.Summed("n", nil); got != Unknown {
		t.Errorf("got %d", got)
	}
}
