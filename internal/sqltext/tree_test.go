package sqltext

import (
	"os"
	"path/filepath"
	"testing"
)

// unclearParts returns the texts of the expressions of a statement that are not understood.
func unclearParts(t *testing.T, sql string) []string {
	t.Helper()
	statement, err := Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	read := statement.tree()
	if read == nil {
		return []string{sql}
	}
	var parts []string
	look := func(e *expr) {
		e.walk(func(e *expr) bool {
			if e.kind == unclear && e.from < e.to && len(read.lexemes) > 0 && !read.isStar(e) {
				parts = append(parts, read.source(e))
			}
			return true
		})
	}
	for _, s := range read.selections {
		for _, c := range s.columns {
			look(c.expr)
		}
		for _, e := range append(append(append([]*expr{s.where, s.having}, s.on...), s.groups...), nil) {
			look(e)
		}
	}
	return parts
}

func (t *tree) isStar(e *expr) bool { return t.lexemes[e.to-1].text == "*" }

// All of what KPIs are written in is understood.
func TestTreeOfExamples(t *testing.T) {
	var files []string
	for _, pattern := range []string{"sql", "sqlite"} {
		found, err := filepath.Glob("../../examples/product/" + pattern + "/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 40 {
		t.Fatalf("only %d files", len(files))
	}
	for _, file := range files {
		if name := filepath.Base(file); name == "schema.sql" || name == "indexes.sql" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if parts := unclearParts(t, string(text)); len(parts) > 0 {
			t.Errorf("%s: %q", file, parts)
		}
	}
}

func TestTreeOfExpressions(t *testing.T) {
	for _, e := range []string{
		"a", "t.a", "s.t.a", `"A b"."c"`, "`a`.b", "t.order", "1", "1.5e3", ".5", "-1", "- -1", "+a", "NOT a", "NOT NOT a", "(a)", "((a))", "(a, b)",
		"'x'", "E'\\n'", "$$x$$", ":as_of", ":as_of::date", "a::numeric(10, 2)", "a::double precision", "a::timestamp(0) with time zone",
		"a::text[]", "a::pg_catalog.int4", "a::interval day to second", "a::character varying(3)", "a[1]", "a[1:2]", "(a).b", "a COLLATE \"C\"",
		"a AT TIME ZONE 'UTC' AT TIME ZONE :timezone", "a AT LOCAL", "a + b * c - d / e % f ^ g", "a || b", "a->'b'->>'c'", "a @> b", "a ~* 'x'",
		"a = b", "a <> b", "a != b", "a <= b AND b >= c OR d", "a IS NULL", "a IS NOT NULL", "a IS TRUE", "a IS DISTINCT FROM b", "a IS NOT DISTINCT FROM b",
		"a ISNULL", "a BETWEEN 1 AND 2", "a NOT BETWEEN SYMMETRIC 1 AND 2 AND b", "a IN (1, 2)", "a NOT IN (SELECT 1)", "a LIKE 'x' ESCAPE '\\'",
		"a NOT ILIKE 'x'", "a SIMILAR TO 'x'", "a GLOB 'x'", "a REGEXP 'x'", "a = ANY (ARRAY[1, 2])", "a = ALL (SELECT 1)", "a > SOME (ARRAY(SELECT 1))",
		"EXISTS (SELECT 1)", "NOT EXISTS (SELECT FROM t)", "(SELECT 1)", "((SELECT 1) + 1)", "((SELECT 1) UNION (SELECT 2))",
		"CASE WHEN a THEN b END", "CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END", "CAST(a AS double precision)", "TRY_CAST(a AS int)",
		"extract(epoch FROM a - b)", "substring(a FROM 1 FOR 2)", "trim(BOTH ' ' FROM a)", "position('a' IN b)", "overlay(a PLACING b FROM 1)",
		"date '2026-01-01'", "timestamp with time zone '2026-01-01Z'", "interval '1 day'", "INTERVAL '1' DAY", "INTERVAL 1 DAY", "interval '1' year to month",
		"now()", "current_date", "current_timestamp(0)", "left(a, 1)", "coalesce(a, 0)", "f(a => 1, b := 2)", "pg_catalog.lower(a)",
		"count(*)", "sum((SELECT 1)) FILTER (WHERE a)", "count(DISTINCT a)", "count(ALL a)", "count(DISTINCT (a, b))", "count(*) FILTER (WHERE a > 1)",
		"string_agg(a, ',' ORDER BY b DESC)", "group_concat(a SEPARATOR ',')", "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)",
		"row_number() OVER (PARTITION BY a ORDER BY b)", "sum(a) OVER w", "sum(sum(a)) OVER ()", "lag(a) IGNORE NULLS OVER (ORDER BY b)",
		"avg(a) FILTER (WHERE b) OVER (ORDER BY c ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)", "(a, b) OVERLAPS (c, d)", "a DIV b", "a MOD b",
		"array[1, 2]", "row(a, b)", "grouping(a)", "true", "null::int", "jsonb_build_object('a', a)", "a ? 'b'", "a ?| b", "a #>> '{b}'", "a <@ b", "a && b",
		"a <-> b", "-a ^ 2", "2*-1", "a=-1", "a<-1", "a::date - b::date", "x.y.z(1)", "a IS JSON", "a XOR b",
	} {
		for _, sql := range []string{
			"SELECT " + e + " AS x FROM t", "SELECT " + e + " FROM t", "SELECT " + e + " x, 1 FROM t", "SELECT 1 FROM t WHERE " + e + " GROUP BY a",
			"SELECT f(" + e + ", 1) FROM a JOIN b ON " + e + " LEFT JOIN c ON true ORDER BY 1 LIMIT 5",
		} {
			if parts := unclearParts(t, sql); len(parts) > 0 {
				t.Errorf("%s: %q", sql, parts)
			}
		}
	}
}

func TestTreeOfSources(t *testing.T) {
	for sql, want := range map[string][]string{
		"SELECT 1 FROM a":                                     {"a"},
		"SELECT 1 FROM s.a AS x, b y":                         {"x", "y"},
		"SELECT 1 FROM a JOIN b USING (id) CROSS JOIN c":      {"a", "b", "c"},
		"SELECT 1 FROM a NATURAL JOIN b WHERE 1 = 1":          {"a", "b"},
		"SELECT 1 FROM a LEFT OUTER JOIN LATERAL f(1) x ON 1": {"a", "x"},
		"SELECT 1 FROM (a JOIN b ON true) LEFT JOIN c ON 1=1": {"a", "b", "c"},
		"SELECT 1 FROM (SELECT 2) x (y), ONLY t":              {"x", "t"},
		"SELECT 1 FROM ((SELECT 2) UNION SELECT 3) AS x":      {"x"},
		"SELECT 1 FROM f(1) WITH ORDINALITY AS x (a, b)":      {"x"},
		"SELECT 1 FROM a TABLESAMPLE SYSTEM (1), b":           {"a", "b"},
		"SELECT 1 FROM (VALUES (1), (2)) v (n) GROUP BY n":    {"v"},
		`SELECT 1 FROM "left" JOIN t ON left(x, 1) = 'a'`:     {"left", "t"},
	} {
		statement, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		read := statement.tree()
		if read == nil {
			t.Errorf("%s: not understood", sql)
			continue
		}
		var names []string
		for _, s := range read.root.parts[0].sources {
			names = append(names, s.name)
		}
		if len(names) != len(want) {
			t.Errorf("%s: %q", sql, names)
			continue
		}
		for i := range want {
			if names[i] != want[i] {
				t.Errorf("%s: %q", sql, names)
			}
		}
	}
}
