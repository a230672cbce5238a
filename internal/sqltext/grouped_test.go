package sqltext

import "testing"

func TestSumsPerGroup(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT plan, count(*) AS value FROM t GROUP BY plan":                                                   true,
		"SELECT t.plan, count(*) AS value FROM t GROUP BY 1":                                                    true,
		"SELECT plan, sum(amount) / 100.0 AS value FROM t WHERE live GROUP BY plan ORDER BY 2":                  true,
		"SELECT plan, coalesce(sum(amount), 0) AS value FROM t GROUP BY plan":                                   true,
		"SELECT plan, count(DISTINCT customer) AS value FROM t GROUP BY plan":                                   true,
		"SELECT coalesce(plan, 'none') AS plan, count(*) AS value FROM t GROUP BY 1":                            true,
		"SELECT p.name AS plan, count(*) AS value FROM t JOIN plans p ON p.id = t.plan GROUP BY 1":              true,
		"SELECT p.name AS plan, count(*) AS value FROM t LEFT JOIN plans p ON p.id = t.plan GROUP BY 1":         true,
		"WITH x AS (SELECT plan, count(*) AS n FROM t GROUP BY plan) SELECT plan, n AS value FROM x":            true,
		"SELECT * FROM (SELECT plan, count(*) AS value FROM t GROUP BY plan) x":                                 true,
		"SELECT plan, sum(n) AS value FROM (SELECT plan, day, count(*) AS n FROM t GROUP BY 1, 2) x GROUP BY 1": true,

		"SELECT p.name AS plan, count(t.id) AS value FROM plans p LEFT JOIN t ON p.id = t.plan GROUP BY 1":          false,
		"SELECT p.name AS plan, count(t.id) AS value FROM t RIGHT JOIN plans p ON p.id = t.plan GROUP BY 1":         false,
		"SELECT p.name AS plan, count(t.id) AS value FROM t FULL JOIN plans p ON p.id = t.plan GROUP BY 1":          false,
		"SELECT name AS plan, count(t.id) AS value FROM plans p LEFT JOIN t ON p.id = t.plan GROUP BY 1":            false,
		"SELECT plan, count(t.id) AS value FROM (VALUES ('a'), ('b')) p (plan) LEFT JOIN t USING (plan) GROUP BY 1": false,
		"SELECT plan, avg(amount) AS value FROM t GROUP BY plan":                                                    false,
		"SELECT plan, max(amount) AS value FROM t GROUP BY plan":                                                    false,
		"SELECT plan, sum(a) / sum(b) AS value FROM t GROUP BY plan":                                                false,
		"SELECT plan, count(*) AS value FROM t GROUP BY plan HAVING count(*) > 5":                                   false,
		"SELECT plan, count(*) AS value FROM t GROUP BY plan ORDER BY 2 DESC LIMIT 10":                              false,
		"SELECT plan, value FROM t":                    false,
		"SELECT 'a' AS plan, count(*) AS value FROM t": false,
		"SELECT plan, n AS value FROM (SELECT plan, count(*) AS n FROM t GROUP BY plan) x WHERE n > 5": false,
		"SELECT plan, count(*) AS value FROM t GROUP BY plan UNION ALL SELECT plan, 0 FROM plans":      false,
		"SELECT plan, 1 AS value FROM t GROUP BY plan":                                                 false,
		"SELECT plan, count(*) AS other FROM t GROUP BY plan":                                          false,
		"SELECT p, count(*) AS value FROM t GROUP BY p":                                                false,
		"SELECT plan, mystery(amount) AS value FROM t GROUP BY plan":                                   false,
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		if got := statement.SumsPerGroup("value", []string{"plan"}); got != want {
			t.Errorf("%s: %t", sql, got)
		}
	}
}
