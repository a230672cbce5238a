package collector

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// describe writes a result as a person would tell it, a sample a line; a failure is its reason and its message.
func describe(r Result) string {
	if r.Failure != nil {
		return fmt.Sprintf("%s: %s", r.Failure.Reason, r.Failure)
	}
	var b strings.Builder
	names := r.KPI.LabelNames()
	for i := range r.Samples {
		b.WriteString(describeSample(&r.Samples[i], names) + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

func describeSample(s *Sample, names []string) string {
	number := func(f *float64) string {
		if f == nil {
			return "none"
		}
		return strconv.FormatFloat(*f, 'g', -1, 64)
	}
	var words []string
	for i, name := range names {
		words = append(words, fmt.Sprintf("%s=%q", name, s.Labels[i]))
	}
	words = append(words, number(s.Value))
	if s.SampleSize != nil {
		words = append(words, "of "+number(s.SampleSize))
	}
	words = append(words, string(s.Status))
	if s.Reason != "" {
		words = append(words, "("+string(s.Reason)+")")
	}
	if s.Details().Attainment != nil {
		words = append(words, "attainment "+number(s.Details().Attainment))
	}
	if s.Details().Target != nil {
		words = append(words, "by "+number(s.Details().Target))
	}
	if s.Details().Pace != nil || s.Details().Forecast != nil {
		words = append(words, "pace "+number(s.Details().Pace), "forecast "+number(s.Details().Forecast))
	}
	for _, p := range s.Details().Previous {
		words = append(words, p.ComparedWith+" "+number(&p.Value))
	}
	for _, b := range s.Details().Bounds {
		words = append(words, fmt.Sprintf("%s.%s=%s", b.Tier, b.Side, number(&b.Value)))
		if b.Source != "fixed" {
			words = append(words, "("+b.Source+")")
		}
	}
	return strings.Join(words, " ")
}

// contract is one KPI over one query, and what comes of it.
type contract struct {
	name string
	sql  string
	more string // What the KPI says beside its query, one key per line.
	want string // As describe writes it.
}

func testContracts(t *testing.T, url string, tests []contract) {
	t.Helper()
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, app(url, kpi("it", tc.sql, tc.more)))
			got := describe(evaluate(t, cfg, at(t, "2026-05-05T12:00:00Z"))[0])
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\ngot:\n%s", diff, got)
			}
		})
	}
}

func TestValues(t *testing.T) {
	const tooLarge = `value: kpi "it": row 1: column "value": the value is too large: it overflows a float64`
	testContracts(t, server.NewDatabase(t), []contract{
		{name: "int", sql: "SELECT 42 AS value", want: "42 no_target"},
		{name: "negative", sql: "SELECT -42 AS value", want: "-42 no_target"},
		{name: "bigint up to 2^53 is exact", sql: "SELECT 9007199254740992 AS value", want: "9.007199254740992e+15 no_target"},
		{name: "bigint beyond is the nearest float", sql: "SELECT 9007199254740993 AS value", want: "9.007199254740992e+15 no_target"},
		{name: "numeric", sql: "SELECT 0.1::numeric + 0.2 AS value", want: "0.3 no_target"},
		{name: "numeric of many digits", sql: "SELECT 3.14159265358979323846::numeric AS value", want: "3.141592653589793 no_target"},
		{name: "float", sql: "SELECT 0.1::float8 + 0.2 AS value", want: "0.30000000000000004 no_target"},
		{name: "real", sql: "SELECT 0.5::real AS value", want: "0.5 no_target"},
		{name: "true", sql: "SELECT true AS value", want: "1 no_target"},
		{name: "false", sql: "SELECT false AS value", want: "0 no_target"},
		{name: "interval", sql: "SELECT interval '1 day 02:03:04.5' AS value", want: "93784.5 no_target"},
		{name: "negative interval", sql: "SELECT interval '-00:00:00.25' AS value", want: "-0.25 no_target"},
		{name: "timestamptz", sql: "SELECT timestamptz '2026-03-29 03:00:00+02' AS value", want: "1.774746e+09 no_target"},
		{name: "timestamp in the KPI's zone", sql: "SELECT timestamp '2026-03-29 03:00:00' AS value", more: "timezone: Europe/Berlin", want: "1.774746e+09 no_target"},
		{name: "timestamp in UTC", sql: "SELECT timestamp '2026-03-29 01:00:00' AS value", want: "1.774746e+09 no_target"},
		{name: "date in the KPI's zone", sql: "SELECT date '2026-03-30' AS value", more: "timezone: Europe/Berlin", want: "1.7748216e+09 no_target"},
		{name: "NULL is no value", sql: "SELECT NULL::int AS value", want: "none no_target"},
		{name: "float NaN is no value", sql: "SELECT 'NaN'::float8 AS value", want: "none no_target"},
		{name: "numeric NaN is no value", sql: "SELECT 'NaN'::numeric AS value", want: "none no_target"},
		{name: "infinity", sql: "SELECT 'Infinity'::float8 AS value", want: `value: kpi "it": row 1: column "value": the value is infinite`},
		{name: "negative infinity", sql: "SELECT '-Infinity'::numeric AS value", want: `value: kpi "it": row 1: column "value": the value is infinite`},
		{name: "infinite timestamp", sql: "SELECT timestamptz 'infinity' AS value", want: `value: kpi "it": row 1: column "value": the value is infinite`},
		{name: "1e400", sql: "SELECT 1e400 AS value", want: tooLarge},
		{name: "-1e400", sql: "SELECT -1e400 AS value", want: tooLarge},
		{name: "text", sql: "SELECT '12'::text AS value", want: `value: kpi "it": row 1: column "value": text is not a number: write value::numeric if its text is one`},
		{
			name: "1e400 in a later row", sql: "VALUES (1, 'a'), (1e400, 'b')", more: "value: column1\nlabels: [column2]",
			want: `value: kpi "it": row 2: column "column1": the value is too large: it overflows a float64`,
		},
		{name: "money", sql: "SELECT 12::money AS value", want: `value: kpi "it": row 1: column "value": money is not a number: write value::numeric`},
		{name: "array", sql: "SELECT ARRAY[1,2] AS value", want: `value: kpi "it": row 1: column "value": an array of int4 is not a number: write cardinality(value), or an element of it`},
		{name: "json", sql: "SELECT json '{\"a\": 1}' AS value", want: `value: kpi "it": row 1: column "value": json is not a number: write (value->>'key')::numeric`},
		{name: "uuid", sql: "SELECT gen_random_uuid() AS value", want: `value: kpi "it": row 1: column "value": uuid is not a number: did you mean count(value)?`},
		{name: "an error of the database", sql: "SELECT 1/0 AS value", want: `query: kpi "it": division by zero (22012)`},
		{name: "a table that is not there", sql: "SELECT 1 AS value\nFROM nowhere", want: `query: kpi "it": line 2: relation "nowhere" does not exist (42P01)`},
		{
			name: "a write", sql: "WITH w AS (DELETE FROM pg_class RETURNING 1) SELECT count(*) AS value FROM w",
			want: `write: kpi "it": the query tries to change something: cannot execute SELECT in a read-only transaction (25006)`,
		},
	})
}

func TestColumns(t *testing.T) {
	testContracts(t, server.NewDatabase(t), []contract{
		{
			name: "missing", sql: "SELECT 1 AS amount, 'a' AS day", more: "value: amont\nlabels: [day]",
			want: `column: kpi "it": column "amont" is not in the result (has: amount, day)`,
		},
		{
			name: "without a name", sql: "SELECT 1",
			want: `column: kpi "it": column "value" is not in the result (has: ?column?)`,
		},
		{
			name: "miscased", sql: `SELECT 1 AS "Value"`,
			want: `column: kpi "it": column "value" is not in the result (has: Value); did you mean "Value"? names are case sensitive`,
		},
		{name: "mixed case as it is", sql: `SELECT 1 AS "Value"`, more: "value: Value", want: "1 no_target"},
		{
			name: "missing label", sql: "SELECT 1 AS value", more: "labels: [plan]",
			want: `column: kpi "it": column "plan" is not in the result (has: value)`,
		},
		{
			name: "extra", sql: "SELECT 1 AS value, 'a' AS plan",
			want: `column: kpi "it": column "plan" of the result is used by no KPI: make it a label or leave it out`,
		},
		{
			name: "twice", sql: "SELECT 1 AS value, 2 AS value",
			want: `column: kpi "it": column "value" is in the result twice`,
		},
		{
			name: "without rows too", sql: "SELECT 1 AS amount WHERE false",
			want: `column: kpi "it": column "value" is not in the result (has: amount)`,
		},
		{name: "in another order", sql: "SELECT 30 AS n, 'pro' AS plan, 7 AS value", more: "labels: [plan]\nsample_size: n", want: `plan="pro" 7 of 30 no_target`},
		{name: "a ratio", sql: "SELECT 3 AS good, 4 AS all_of_them", more: "numerator: good\ndenominator: all_of_them", want: "0.75 of 4 no_target"},
		{name: "a ratio of nothing", sql: "SELECT 0 AS good, 0 AS all_of_them", more: "numerator: good\ndenominator: all_of_them", want: "none of 0 no_target"},
		{name: "a ratio of NULL", sql: "SELECT NULL::int AS good, 4 AS all_of_them", more: "numerator: good\ndenominator: all_of_them", want: "none of 4 no_target"},
		{
			name: "a ratio that overflows", sql: "SELECT 1e300 AS good, 1e-300 AS all_of_them", more: "numerator: good\ndenominator: all_of_them",
			want: `value: kpi "it": row 1: 1e+300 / 1e-300 overflows`,
		},
		{name: "a ratio with its value", sql: "SELECT 3 AS good, 4 AS all_of_them, 0.7 AS value", more: "numerator: good\ndenominator: all_of_them", want: "0.7 of 4 no_target"},
		{
			name: "a ratio with its value and a zero divisor", sql: "SELECT 0 AS good, 0 AS all_of_them, 1 AS value", more: "numerator: good\ndenominator: all_of_them",
			want: "1 of 0 no_target",
		},
		{
			name: "a ratio with its own sample size", sql: "SELECT 3 AS good, 4 AS all_of_them, 9 AS n", more: "numerator: good\ndenominator: all_of_them\nsample_size: n",
			want: "0.75 of 9 no_target",
		},
		{
			name: "a ratio that is not a number", sql: "SELECT 'x' AS good, 4 AS all_of_them", more: "numerator: good\ndenominator: all_of_them",
			want: `value: kpi "it": row 1: column "good": text is not a number: write good::numeric if its text is one`,
		},
		{name: "a ratio by the names of its columns", sql: "SELECT 3 AS numerator, 4 AS denominator", want: "0.75 of 4 no_target"},
		{name: "a value beside the columns of its ratio", sql: "SELECT 0.7 AS value, 3 AS numerator, 4 AS denominator", want: "0.7 of 4 no_target"},
		{name: "a sample size by its name", sql: "SELECT 1 AS value, 7 AS sample_size", want: "1 of 7 no_target"},
		{name: "a denominator by its name", sql: "SELECT 1 AS value, 7 AS denominator", want: "1 of 7 no_target"},
		{
			name: "a minimum for a sample size by its name", sql: "SELECT 5 AS value, 7 AS sample_size", more: "target: {at_least: 3, min_sample: 30}",
			want: "5 of 7 unknown (small_sample) attainment 1.6666666666666665 by 3 target.lower=3",
		},
		{name: "a label called denominator", sql: "SELECT 1 AS value, 'x' AS denominator", more: "labels: [denominator]", want: `denominator="x" 1 no_target`},
		{
			name: "a numerator alone", sql: "SELECT 3 AS numerator, 1 AS value",
			want: `column: kpi "it": column "numerator" of the result is used by no KPI: make it a label or leave it out`,
		},
		{name: "a sample size of NULL", sql: "SELECT 3 AS value, NULL::int AS n", more: "sample_size: n", want: "3 no_target"},
		{
			name: "a sample size that is not a number", sql: "SELECT 3 AS value, 'x' AS n", more: "sample_size: n",
			want: `value: kpi "it": row 1: column "n": text is not a number: write n::numeric if its text is one`,
		},
	})
}

func TestRows(t *testing.T) {
	testContracts(t, server.NewDatabase(t), []contract{
		{name: "none", sql: "SELECT 1 AS value WHERE false", want: ""},
		{name: "none with a target", sql: "SELECT 1 AS value WHERE false", more: "target: {at_least: 1}", want: ""},
		{
			name: "none means zero", sql: "SELECT 1 AS value WHERE false", more: "on_empty: zero\ntarget: {at_least: 2}",
			want: "0 off_target attainment 0 by 2 target.lower=2",
		},
		{name: "none means zero of zero samples", sql: "SELECT 1 AS value, 1 AS n WHERE false", more: "on_empty: zero\nsample_size: n", want: "0 of 0 no_target"},
		{name: "NULL does not mean zero", sql: "SELECT sum(1) AS value WHERE false", more: "on_empty: zero", want: "none no_target"},
		{
			name: "several without labels", sql: "SELECT generate_series(1, 3) AS value",
			want: `duplicate: kpi "it": the result has more than one row, and the KPI has no labels to tell them apart`,
		},
		{
			name: "sorted by their labels", sql: "VALUES (1, 'b', 'x'), (2, 'a', 'y'), (3, 'a', 'x')", more: "value: column1\nlabels: [column2, column3]",
			want: "column2=\"a\" column3=\"x\" 3 no_target\ncolumn2=\"a\" column3=\"y\" 2 no_target\ncolumn2=\"b\" column3=\"x\" 1 no_target",
		},
		{
			name: "duplicates", sql: "VALUES (1, 'a', 'x'), (2, 'b', 'x'), (3, 'a', 'x')", more: "value: column1\nlabels: [column2, column3]",
			want: `duplicate: kpi "it": row 3 has the same labels as an earlier one: column2="a", column3="x"`,
		},
		{
			name: "labels that only look the same when joined", sql: "VALUES (1, 'ab', 'c'), (2, 'a', 'bc')", more: "value: column1\nlabels: [column2, column3]",
			want: "column2=\"a\" column3=\"bc\" 2 no_target\ncolumn2=\"ab\" column3=\"c\" 1 no_target",
		},
		{
			name: "closed labels fill up with zero", sql: "VALUES (1, 'pro', 'eu'), (NULL, 'basic', 'us')",
			more: "value: column1\nlabels: {column2: [basic, pro], column3: [eu, us]}\non_empty: zero",
			want: "column2=\"basic\" column3=\"eu\" 0 no_target\ncolumn2=\"basic\" column3=\"us\" none no_target\n" +
				"column2=\"pro\" column3=\"eu\" 1 no_target\ncolumn2=\"pro\" column3=\"us\" 0 no_target",
		},
		{name: "closed labels without on_empty", sql: "SELECT 1 AS value, 'pro' AS plan", more: "labels: {plan: [basic, pro]}", want: `plan="pro" 1 no_target`},
		{
			name: "outside a closed list", sql: "SELECT 1 AS value, 'gold' AS plan", more: "labels: {plan: [basic, pro]}\non_empty: zero",
			want: `label: kpi "it": label "plan" is "gold" in row 1, which is not in its list (basic, pro)`,
		},
		{
			name: "as many as max_series", sql: "SELECT n AS value, n::text AS n FROM generate_series(1, 2) AS n", more: "value: value\nlabels: [n]\nmax_series: 2",
			want: "n=\"1\" 1 no_target\nn=\"2\" 2 no_target",
		},
		{
			name: "more than max_series", sql: "SELECT n AS value, n::text AS n FROM generate_series(1, 3) AS n", more: "labels: [n]\nmax_series: 2",
			want: `too_many_series: kpi "it": the result has more than 2 rows (max_series)`,
		},
		{
			name: "two without labels and a max_series of one", sql: "SELECT generate_series(1, 2) AS value", more: "max_series: 1",
			want: `too_many_series: kpi "it": the result has more than 1 rows (max_series)`,
		},
	})
}

func TestLabels(t *testing.T) {
	label := func(sql string) string { return "SELECT 1 AS value, " + sql + " AS plan" }
	testContracts(t, server.NewDatabase(t), []contract{
		{name: "text", sql: label("'pro'"), more: "labels: [plan]", want: `plan="pro" 1 no_target`},
		{name: "empty", sql: label("''"), more: "labels: [plan]", want: `plan="" 1 no_target`},
		{name: "number", sql: label("7"), more: "labels: [plan]", want: `plan="7" 1 no_target`},
		{name: "numeric", sql: label("1.50"), more: "labels: [plan]", want: `plan="1.50" 1 no_target`},
		{name: "bool", sql: label("true"), more: "labels: [plan]", want: `plan="true" 1 no_target`},
		{name: "date", sql: label("date '2026-03-29'"), more: "labels: [plan]", want: `plan="2026-03-29" 1 no_target`},
		{name: "newline, quote, backslash", sql: label(`E'a\nb"c\\d'`), more: "labels: [plan]", want: `plan="a\nb\"c\\d" 1 no_target`},
		{name: "emoji", sql: label("'🚀 é'"), more: "labels: [plan]", want: `plan="🚀 é" 1 no_target`},
		{name: "the longest", sql: label("repeat('x', 1024)"), more: "labels: [plan]", want: `plan="` + strings.Repeat("x", 1024) + `" 1 no_target`},
		{
			name: "10 KB", sql: label("repeat('x', 10240)"), more: "labels: [plan]",
			want: `label: kpi "it": label "plan" has 10240 bytes in row 1, more than 1024`,
		},
		{
			name: "NULL", sql: label("NULL::text"), more: "labels: [plan]",
			want: `label: kpi "it": label "plan" is NULL in row 1: select coalesce(plan, …) or set null_label`,
		},
		{name: "NULL with null_label", sql: label("NULL::text"), more: "labels: [plan]\nnull_label: (none)", want: `plan="(none)" 1 no_target`},
		{
			name: "NULL beside what it becomes", sql: "VALUES (1, NULL), (2, '-')", more: "value: column1\nlabels: [column2]\nnull_label: \"-\"",
			want: `duplicate: kpi "it": row 2 has the same labels as an earlier one: column2="-"`,
		},
		{
			name: "bytes that are no UTF-8", sql: label(`convert_from('\xe9'::bytea, 'UTF8')`), more: "labels: [plan]",
			want: `query: kpi "it": invalid byte sequence for encoding "UTF8": 0xe9 (22021)`,
		},
	})
}

// TestLabelThatIsNoText holds that bytes which are no UTF-8 never get as far as the page.
func TestLabelThatIsNoText(t *testing.T) {
	testContracts(t, server.NewEncodedDatabase(t, "SQL_ASCII"), []contract{
		{
			name: "PostgreSQL", sql: `SELECT 1 AS value, E'caf\xe9' AS plan`, more: "labels: [plan]",
			want: `plan="caf\\xE9" 1 no_target`,
		},
	})
	testContracts(t, newSQLite(t), []contract{
		{
			name: "SQLite", sql: `SELECT 1 AS value, CAST(x'636166e9' AS TEXT) AS plan`, more: "labels: [plan]",
			want: `plan="caf\\xE9" 1 no_target`,
		},
	})
}
