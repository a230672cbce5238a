package database

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPostgresNumberHints runs what the error says instead of a column that is not a number, and gets a number.
func TestPostgresNumberHints(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE TYPE digit AS ENUM ('1', '2')",
		"CREATE TYPE pair AS (a int, b int)", "CREATE TYPE prices AS RANGE (subtype = numeric)", "CREATE DOMAIN bits AS bit(3)")
	p := openPool(t, url, 1)
	tests := []struct{ value, hint, number string }{
		{"'12'::text", "x::numeric", "12"},
		{"'12'::varchar(3)", "x::numeric", "12"},
		{"'12'::char(3)", "x::numeric", "12"},
		{"'12'::name", "x::numeric", "12"},
		{`'7'::"char"`, "x::text::numeric", "7"},
		{"'12.50'::money", "x::numeric", "12.50"},
		{"B'101'", "x::bigint", "5"},
		{"B'101'::bits", "x::bigint", "5"},
		{"B'1'", "x::bigint", "1"},
		{"B'101'::varbit", "lpad(x::text, 64, '0')::bit(64)::bigint", "5"},
		{"'7'::oid", "x::bigint", "7"},
		{"'7'::xid", "x::text::bigint", "7"},
		{"'7'::cid", "x::text::bigint", "7"},
		{"'(0,1)'::tid", "count(x)", "1"},
		{"'pg_type'::regclass", "x::bigint", "1247"},
		{"'int4'::regtype", "x::bigint", "23"},
		{"'now'::regproc", "x::bigint", "1299"},
		{"'sum(int4)'::regprocedure", "x::bigint", "2108"},
		{"'#(int4,int4)'::regoperator", "x::bigint", "1882"},
		{"'postgres'::regrole", "x::bigint", "10"},
		{"'public'::regnamespace", "x::bigint", "2200"},
		{"'simple'::regconfig", "x::bigint", "3748"},
		{"'simple'::regdictionary", "x::bigint", "3765"},
		{"'0/10'::pg_lsn", "x - pg_lsn '0/0'", "16"},
		{"int4range(1, 5)", "upper(x) - lower(x)", "4"},
		{"int8range(1, 5)", "upper(x) - lower(x)", "4"},
		{"numrange(1, 5.5)", "upper(x) - lower(x)", "4.5"},
		{"daterange('2026-01-01', '2026-02-01')", "upper(x) - lower(x)", "31"},
		{"tsrange('2026-01-01', '2026-01-02')", "upper(x) - lower(x)", "86400"},
		{"tstzrange('2026-01-01', '2026-01-02')", "upper(x) - lower(x)", "86400"},
		{"point '(1,2)'", "x[0]", "1"},
		{"lseg '((0,0),(3,4))'", "length(x)", "5"},
		{"path '[(0,0),(3,4)]'", "length(x)", "5"},
		{"box '((0,0),(3,4))'", "area(x)", "12"},
		{"polygon '((0,0),(0,4),(3,0))'", "area(path(x))", "6"},
		{"line '{1,2,3}'", "count(x)", "1"},
		{"circle '<(0,0),0>'", "area(x)", "0"},
		{"inet '10.0.0.1'", "count(x)", "1"},
		{"cidr '10.0.0.0/8'", "count(x)", "1"},
		{"macaddr '08:00:2b:01:02:03'", "count(x)", "1"},
		{"gen_random_uuid()", "count(x)", "1"},
		{`'\x01'::bytea`, "count(x)", "1"},
		{`'{"key": 3}'::json`, "(x->>'key')::numeric", "3"},
		{`'{"key": 3}'::jsonb`, "(x->>'key')::numeric", "3"},
		{"'<a>3</a>'::xml", "(xpath('//text()', x))[1]::text::numeric", "3"},
		{"'a b'::tsvector", "length(x)", "2"},
		{"'a & b'::tsquery", "numnode(x)", "3"},
		{"'3 4'::int2vector", "cardinality(x)", "2"},
		{"'3 4'::oidvector", "cardinality(x)", "2"},
		{"time '01:00'", "extract(epoch FROM x)", "3600"},
		{"timetz '01:00+00'", "extract(epoch FROM x)", "3600"},
		{"ROW(1, 2)", "(x).f1", "1"},
		{"'a'::refcursor", "count(x)", "1"},
		{"'postgres=r/postgres'::aclitem", "count(x)", "1"},
		{"'1:2:'::txid_snapshot", "count(x)", "1"},
		{"pg_sleep(0)", "count(x)", "1"},
		{"ARRAY[1, 2]", "cardinality(x)", "2"},
		{"ARRAY[B'1']", "cardinality(x)", "1"},
		{"ARRAY[inet '10.0.0.1']", "cardinality(x)", "1"},

		// Types of which the driver does not know the name.
		{"'2'::digit", "x::text::numeric", "2"},
		{"'7'::xid8", "x::text::numeric", "7"},
		{"'sad'::mood", "count(x)", "1"},
		{"'(1,2)'::pair", "count(x)", "1"},
		{"prices(1, 5)", "count(x)", "1"},
		{"int4multirange(int4range(1, 5))", "count(x)", "1"},
		{"macaddr8 '08:00:2b:01:02:03:04:05'", "count(x)", "1"},
		{"'$.a'::jsonpath", "count(x)", "1"},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			_, rows, err := run(t.Context(), p, newQuery(t, "SELECT "+test.value+" AS x"))
			if err != nil {
				t.Fatal(err)
			}
			if said := rows[0][0].Err; !strings.Contains(said, test.hint) || !strings.Contains(said, " is not a number") {
				t.Errorf("the error is %q, want the hint %s", said, test.hint)
			}
			_, rows, err = run(t.Context(), p, newQuery(t, fmt.Sprintf("SELECT %s AS x, %s FROM (SELECT %s AS x) AS t", test.hint, test.number, test.value)))
			if err != nil {
				t.Fatalf("%s: %v", test.hint, err)
			}
			if got := rows[0][0]; got.Err != "" || got.Number != rows[0][1].Number {
				t.Errorf("%s is %v %s, want %s", test.hint, got.Number, got.Err, test.number)
			}
		})
	}
}

// TestPostgresNumberHintsOfAllTypes finds no type of the server whose hint the server refuses: it plans what the error says
// for a NULL of each.
func TestPostgresNumberHintsOfAllTypes(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	_, rows, err := run(t.Context(), p, newQuery(t, `SELECT format_type(oid, NULL) FROM pg_type
		WHERE typtype IN ('b', 'r', 'm') AND typnamespace = 'pg_catalog'::regnamespace ORDER BY oid`))
	if err != nil {
		t.Fatal(err)
	}
	hint := regexp.MustCompile(`(?:write (.+?)|mean (.+?))(?: if its text.*|, or an element.*|\?)?$`)
	numbers := strings.Fields("bool int2 int4 int8 float4 float8 numeric date timestamp timestamptz interval")
	refused := 0
	for _, row := range rows {
		null := "CAST(NULL AS " + row[0].Text + ")"
		columns, err := columnsOfQuery(t, p, "SELECT "+null+" AS x")
		if err != nil {
			t.Fatalf("%s: %v", null, err)
		}
		if slices.Contains(numbers, columns[0].Type) {
			continue
		}
		v := Value{cells: postgres{}, column: columns[0], source: "x"}
		found := hint.FindStringSubmatch(mustFail(t, &v))
		if found == nil {
			t.Errorf("%s: the error %q has no hint", null, mustFail(t, &v))
			continue
		}
		refused++
		if _, err := columnsOfQuery(t, p, "SELECT "+cmp.Or(found[1], found[2])+" FROM (SELECT "+null+" AS x) AS t"); err != nil {
			t.Errorf("%s: %v", null, err)
		}
	}
	if refused < 50 {
		t.Errorf("only %d types are not numbers", refused)
	}
}

// TestPostgresNumberHintWords reads the whole error for types whose text may be a number, and for those that the driver does not
// name: they may be built in or not.
func TestPostgresNumberHintWords(t *testing.T) {
	p := openPool(t, server.NewDatabase(t, "CREATE TYPE mood AS ENUM ('sad', 'happy')"), 1)
	const unnamed = `column "x": a type that the driver does not name is not a number: write x::text::numeric if its text is one, an element of it such as (x).id, or count(x)`
	for value, want := range map[string]string{
		"'12'::text":                            `column "x": text is not a number: write x::numeric if its text is one`,
		"'12'::char(3)":                         `column "x": bpchar is not a number: write x::numeric if its text is one`,
		"ROW(1, 2)":                             `column "x": record is not a number: write (x).f1, or another element of it`,
		"int4multirange(int4range(1, 5))":       unnamed,
		"pg_current_snapshot()":                 unnamed,
		"macaddr8 '08:00:2b:01:02:03:04:05'":    unnamed,
		"'sad'::mood":                           unnamed,
		"'12.50'::money":                        `column "x": money is not a number: write x::numeric`,
		"inet '10.0.0.1'":                       `column "x": inet is not a number: did you mean count(x)?`,
		"tstzrange('2026-01-01', '2026-01-02')": `column "x": tstzrange is not a number: write upper(x) - lower(x)`,
	} {
		_, rows, err := run(t.Context(), p, newQuery(t, "SELECT "+value+" AS x"))
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[0][0].Err; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", value, got, want)
		}
	}
}

func columnsOfQuery(t *testing.T, p *pool, sql string) ([]Column, error) {
	columns, _, err := run(t.Context(), p, newQuery(t, sql))
	return columns, err
}

func mustFail(t *testing.T, v *Value) string {
	t.Helper()
	_, err := v.Number()
	if err == nil {
		t.Fatalf("%s is a number", v.column.Type)
	}
	return err.Error()
}

func TestPostgresNumberHintQuotesNames(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	_, rows, err := run(t.Context(), p, newQuery(t, `SELECT B'1' AS "Share of "" it"`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `column "Share of \" it": bit is not a number: write "Share of "" it"::bigint`; rows[0][0].Err != want {
		t.Errorf("got  %s\nwant %s", rows[0][0].Err, want)
	}
}
