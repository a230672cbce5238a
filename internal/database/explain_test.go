package database

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExplain(t *testing.T) {
	url := server.NewDatabase(t,
		"CREATE TABLE sessions (id int, started_at timestamp, ended_at timestamp, seen timestamptz, plan text)",
		"CREATE SCHEMA other", `CREATE TABLE other.events (at timestamp, "when" timestamp) PARTITION BY RANGE (at)`,
		"CREATE TABLE other.events_2026 PARTITION OF other.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
		"CREATE TABLE other.events_2027 PARTITION OF other.events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
	)
	p := openPool(t, url, 1)
	tests := map[string]struct {
		sql      string
		compared string
	}{
		"a column":              {"SELECT plan, count(*) AS value FROM sessions WHERE started_at >= :period_start GROUP BY plan -- ended_at", "period_start started_at naive"},
		"quoted words are data": {`SELECT plan, count(*) AS value FROM sessions WHERE plan = 'started_at' GROUP BY plan`, ""},
		"partitions":            {"SELECT 'x' AS plan, count(*) AS value FROM other.events AS e WHERE e.at < :as_of", "as_of e.at naive"},
		"a join":                {"SELECT plan, count(*) AS value FROM sessions JOIN other.events ON at = STARTED_AT GROUP BY plan", ""},
		"no table":              {"SELECT 'x' AS plan, count(*) AS value", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := p.Explain(t.Context(), newQuery(t, test.sql))
			if err != nil {
				t.Fatal(err)
			}
			if !got.HasCost || got.Cost <= 0 {
				t.Errorf("cost %v, known %v", got.Cost, got.HasCost)
			}
			advice, err := p.InspectQuery(t.Context(), newQuery(t, test.sql))
			if err != nil {
				t.Fatal(err)
			}
			if compared := describe(advice.Compared); compared != test.compared {
				t.Errorf("compared %q, want %q", compared, test.compared)
			}
			want := Explanation{Cost: got.Cost, HasCost: true, Columns: []Column{{"plan", "text"}, {"value", "int8"}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("explanation (-want +got):\n%s", diff)
			}
		})
	}
	for sql, want := range map[string]struct {
		reason FailureReason
		says   string
	}{
		"SELECT 1,\n missing FROM sessions":                       {Refused, `line 2: column "missing" does not exist`},
		"WITH w AS (DELETE FROM sessions RETURNING *) TABLE w":    {Write, "it has an INSERT, UPDATE, DELETE or MERGE in it"},
		"SELECT (SELECT pg_sleep(20)) FROM generate_series(1, 9)": {"", ""}, // Is not executed.
	} {
		_, err := p.Explain(t.Context(), newQuery(t, sql))
		if want.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", sql, err)
			}
			continue
		}
		wantError(t, err, want.reason, want.says)
	}
}

// TestExplainNamesColumns has names that a subquery of SQLite would change: columns are those that Run gives.
func TestExplainNamesColumns(t *testing.T) {
	file := newSQLite(t, "CREATE TABLE t (w text, n int)")
	for engine, url := range map[string]string{"postgres": server.NewDatabase(t, "CREATE TABLE t (w text, n int)"), "sqlite": file} {
		for sql, want := range map[string][]string{
			"SELECT 7 AS v, 8 AS w, 9 AS w":                                          {"v", "w", "w"},
			`SELECT 7 AS v, 8 AS "w:1", 9 AS w`:                                      {"v", "w:1", "w"},
			`SELECT 8 AS w, 9 AS "w:1", 10 AS w`:                                     {"w", "w:1", "w"},
			"SELECT a.w, b.w, a.n AS value FROM t AS a, t AS b":                      {"w", "w", "value"},
			"WITH x AS (SELECT 1 AS a) SELECT a, a FROM x LIMIT 1":                   {"a", "a"},
			"SELECT w FROM t WHERE :as_of < :period_end UNION SELECT 'x' ORDER BY 1": {"w"},
		} {
			p := openPool(t, url, 1)
			explanation, err := p.Explain(t.Context(), newQuery(t, sql))
			var got []string
			for _, c := range explanation.Columns {
				got = append(got, c.Name)
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %s: %v (-want +got):\n%s", engine, sql, err, diff)
			}
		}
	}
}
