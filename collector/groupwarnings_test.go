package collector

import (
	"strings"
	"testing"
)

// TestGroupWarnings has columns that are taken from any row of a group. What is not warned of, PostgreSQL takes as well, and gives the same value.
func TestGroupWarnings(t *testing.T) {
	schema := []string{
		"CREATE TABLE o (id int PRIMARY KEY, plan varchar(9), amount int, made timestamp NULL)",
		"INSERT INTO o VALUES (1, 'basic', 10, '2026-03-31 10:00:00'), (2, 'pro', 20, '2026-03-31 11:00:00'), (3, 'pro', 30, '2026-03-31 12:00:00')",
	}
	onMariaDB, onPostgres := mariadb.NewDatabase(t, schema...), server.NewDatabase(t, schema...)
	const (
		noGroup = "Mixing of GROUP columns (MIN(),MAX(),COUNT(),...) with no GROUP columns is illegal if there is no GROUP BY clause (1140)"
		open    = "isn't in GROUP BY (1055)"
	)
	for _, test := range []struct{ name, sql, says string }{
		{"without GROUP BY", "SELECT amount AS value, count(*) AS sample_size FROM o", noGroup},
		{"in a subquery", "SELECT count(*) AS value FROM (SELECT plan, count(*) AS n FROM o) AS x WHERE plan > ''", noGroup},
		{"in WITH", "WITH x AS (SELECT plan, count(*) AS n FROM o) SELECT max(n) AS value FROM x WHERE plan > ''", noGroup},
		{"not in GROUP BY", "SELECT amount AS value FROM o WHERE made >= :period_start GROUP BY plan LIMIT 1", open},
		{"in WITH, not in GROUP BY", "WITH x AS (SELECT plan, amount FROM o GROUP BY plan) SELECT sum(amount) AS value FROM x", open},
		{"beside a key", "SELECT sum(n) AS value FROM (SELECT id, amount AS n FROM o GROUP BY id) AS x", open}, // Right, and the hint leaves it so.
		{"beside a key, as the hint says", "SELECT sum(n) AS value FROM (SELECT id, amount AS n FROM o GROUP BY id, amount) AS x", ""},
		{"aggregates only", "SELECT max(amount) AS value, count(*) AS sample_size FROM o WHERE plan = 'pro'", ""},
		{"grouped", "SELECT max(n) AS value FROM (SELECT plan, count(*) AS n FROM o GROUP BY plan) AS x", ""},
		{"grouped by an expression", "SELECT max(n) AS value FROM (SELECT coalesce(plan, '-') AS p, count(*) AS n FROM o GROUP BY coalesce(plan, '-')) AS x", ""},
		{"grouped by a name", "SELECT max(n) AS value FROM (SELECT lower(plan) AS p, count(*) AS n FROM o GROUP BY p) AS x", ""},
		{"constants beside aggregates", "SELECT count(*) AS value, 7 AS sample_size FROM o WHERE made < :period_end", ""},
		{"a correlated subquery", "SELECT sum((SELECT count(*) FROM o AS p WHERE p.plan = o.plan)) AS value FROM o", ""},
		{"no aggregate", "SELECT amount AS value FROM o WHERE id = 2", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			warnings, hints, value := formsAt(t, "2026-04-01T08:00:00Z", onMariaDB, "UTC", "day", test.sql)
			if test.says == "" {
				_, _, want := formsAt(t, "2026-04-01T08:00:00Z", onPostgres, "UTC", "day", test.sql)
				if len(warnings) > 0 || value != want {
					t.Errorf("%v, PostgreSQL %v, warnings %q", value, want, warnings)
				}
				return
			}
			says := "not_grouped: a column is neither in GROUP BY nor within an aggregate function, so that it is the one of an arbitrary row: the server says "
			if len(warnings) != 1 || !strings.HasPrefix(warnings[0], says) || !strings.HasSuffix(warnings[0], test.says) ||
				!strings.HasPrefix(hints[0], "add every column of the SELECT that is not aggregated to GROUP BY") {
				t.Errorf("warnings %q, hints %q, want %s", warnings, hints, test.says)
			}
		})
	}
}
