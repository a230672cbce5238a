package database

import (
	"strings"
	"testing"
)

// TestMySQLGrouping inspects a query, and leaves the session as it was.
func TestMySQLGrouping(t *testing.T) {
	p := openPool(t, mariadb.NewDatabase(t, "CREATE TABLE t (x INT, plan VARCHAR(9)); INSERT INTO t VALUES (1, 'a'), (2, 'b')"), 2)
	for _, test := range []struct{ sql, says string }{
		{"SELECT plan, count(*), @@sql_mode FROM t", "no GROUP BY clause (1140)"},
		{"SELECT x, max(plan), @@sql_mode FROM t\nGROUP BY plan", "t.x' isn't in GROUP BY (1055)"},
		{"SELECT plan, count(*), @@sql_mode FROM t WHERE :as_of > '' GROUP BY plan", ""},
		{"SELECT missing FROM t", ""},
	} {
		q := newMySQLQuery(t, test.sql)
		for range 2 {
			advice, err := p.InspectQuery(t.Context(), q)
			if err != nil || !strings.HasSuffix(advice.NotGrouped, test.says) || (test.says == "") != (advice.NotGrouped == "") {
				t.Errorf("%s: %q, %v, want …%s", test.sql, advice.NotGrouped, err, test.says)
			}
		}
		_, rows, err := run(t.Context(), p, q)
		if err != nil && !strings.Contains(err.Error(), "Unknown column") {
			t.Error(err)
		}
		for _, row := range rows {
			if mode := row[2].Text; !strings.Contains(mode, "STRICT_TRANS_TABLES") || strings.Contains(mode, onlyFullGroupBy) {
				t.Errorf("%s: afterwards sql_mode is %s", test.sql, mode)
			}
		}
	}
}
