package sqltext

import "testing"

func TestContinuesAfterHash(t *testing.T) {
	for _, test := range []struct {
		sql, after string
		want       bool
	}{
		{"SELECT max(loaded_until) FROM etl_runs WHERE succeeded", " a period is evaluated once the data covers it", false},
		{"SELECT count(*) AS value FROM events", " only live ones (not tests)", false},
		{"SELECT count(*) AS value FROM events", " (UTC)", false},
		{"SELECT count(*) AS value FROM events", "", false},
		{"SELECT count(*) AS value FROM events", "# see the wiki", false},
		{"SELECT count(*) AS value FROM events;", " it's what we count -> the wiki", false},
		{"SELECT * FROM report", " from the warehouse, as agreed", false},
		{"SELECT 1 AS value", " todo", false},
		{"SELECT max(at) FROM loads", " 5 minutes late, at = UTC", false},
		{"SELECT max(at) FROM loads", "UTC", false},
		{"SELECT max(at) FROM loads JOIN runs USING (id)", " a > b", false},
		{"SELECT max(at) FROM loads WHERE ok", " 2 databases", false},
		{"SELECT max(at) FROM loads WHERE ok", "UTC", true},
		{"SELECT max(at) FROM loads WHERE ok", " status = done", false},
		{"SELECT max(at) FROM loads WHERE ok", " status = done, see the wiki", false},
		{"SELECT max(at) FROM loads WHERE ok", " only where more than n > 0", false},
		{"SELECT max(at) FROM loads WHERE ok", " that is x >= y rows", false},
		{"SELECT max(at) FROM loads WHERE ok", " a = 5 minutes", false},
		{"SELECT max(at) FROM loads WHERE ok", " -> the wiki", false},
		{"SELECT max(at) FROM loads WHERE ok", " => the wiki", false},
		{"SELECT max(at) FROM loads WHERE ok", " - todo: a = 1 or not", false},
		{"SELECT max(at) FROM loads WHERE ok", " 'ok' means done", false},
		{"SELECT max(at) FROM loads WHERE ok", " \"ok\" means done", false},
		{"SELECT max(at) FROM loads WHERE ok", " it's ok = 1", false},
		{"SELECT max(at) FROM loads WHERE ok;", " status = 'done'", false},
		{"SELECT a FROM t ORDER BY a DESC", " b = 1", false},
		{"SELECT 1 AS value", " as agreed, from the plan", false},
		{"SELECT a FROM t WHERE a", " b = c AND d", true},
		{"SELECT a FROM t WHERE a", " b = f(c)", true},
		{"SELECT a FROM t WHERE a", " b = :as_of", true},
		{"SELECT a FROM t WHERE a", " b = 'c' OR d", true},
		{"SELECT a FROM t WHERE a", " b.c <> 0", true},
		{"SELECT a FROM t WHERE a", " b >= t.c", true},
		{"SELECT a FROM t WHERE a", " -1", true},
		{"SELECT a FROM t WHERE a", " -b > 0", true},
		{"SELECT x FROM", "tmp", true},
		{"SELECT a FROM t WHERE a", " 4", true},
		{"SELECT a FROM t WHERE a", " 4 AND b", true},
		{"SELECT a", " b AS value FROM t", true},
		{"SELECT a", " b AS value", true},
		{"SELECT a", " 4 AS value FROM t", true},
		{"SELECT a FROM t WHERE a", " 4 > 0", true},
		{"SELECT a FROM t WHERE a", " b > 0", true},
		{"SELECT a FROM t WHERE a", " f(b) != 0", true},
		{"SELECT a FROM t WHERE (a", " b) = 0", true},
		{"SELECT sum(a", " b) AS value FROM t", true},
		{"SELECT a FROM t WHERE a =", " b", true},
		{"SELECT a FROM t WHERE", " b", true},
		{"SELECT data", "> '{count}' AS value FROM t", true},
		{"SELECT data", ">> '{count}' AS value FROM t", true},
		{"SELECT data", "- '{count}' AS value FROM t", true},
		{"SELECT data FROM t WHERE a = 'b", "1'", true},
		{"SELECT a FROM t WHERE a", " :as_of", true},
		{"SELECT a FROM t WHERE a", " 'b'", true},
	} {
		if got := ContinuesAfterHash(test.sql, test.after); got != test.want {
			t.Errorf("%q before #%q: %t", test.sql, test.after, got)
		}
	}
}
