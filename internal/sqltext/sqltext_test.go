package sqltext

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func dollar(ordinal int, _ string) string { return fmt.Sprintf("$%d", ordinal) }

func TestRender(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		want  string // "" is in unchanged
		names []string
	}{
		// Parameters.
		{"parameter", "SELECT :x", "SELECT $1", []string{"x"}},
		{"whole text", ":x", "$1", []string{"x"}},
		{"twice", "SELECT :x, :y, :x", "SELECT $1, $2, $1", []string{"x", "y"}},
		{"longest name wins", "SELECT :x, :x_1, :x_1a", "SELECT $1, $2, $3", []string{"x", "x_1", "x_1a"}},
		{"underscore first", "SELECT :_x", "SELECT $1", []string{"_x"}},
		{"upper case is another name", "SELECT :As_Of, :as_of", "SELECT $1, $2", []string{"As_Of", "as_of"}},
		{"no spaces", "SELECT(:x)+:y*-:z", "SELECT($1)+$2*-$3", []string{"x", "y", "z"}},
		{"comparison glued", "WHERE a>=:x AND b<:y", "WHERE a>=$1 AND b<$2", []string{"x", "y"}},
		{"before punctuation", "f(:x,:y);", "f($1,$2)", []string{"x", "y"}},
		{"before an operator", "SELECT :x- interval '720 hours'", "SELECT $1- interval '720 hours'", []string{"x"}},
		{"after a string", "SELECT 'a'||:x||'b'", "SELECT 'a'||$1||'b'", []string{"x"}},
		{"after a comment", "SELECT /* a */:x", "SELECT /* a */$1", []string{"x"}},
		{"between lines", "SELECT\n\t:x\r\n,\f:y", "SELECT\n\t$1\r\n,\f$2", []string{"x", "y"}},

		// Casts.
		{"cast of a call", "SELECT now()::date", "", nil},
		{"cast of a parameter", "SELECT :x::int", "SELECT $1::int", []string{"x"}},
		{"cast after a space", "SELECT :x ::int", "SELECT $1 ::int", []string{"x"}},
		{"cast with spaces", "SELECT :x :: int", "SELECT $1 :: int", []string{"x"}},
		{"cast twice", "SELECT :x::text::int", "SELECT $1::text::int", []string{"x"}},
		{"cast of a string", "SELECT '12:30'::time", "", nil},
		{"cast written out", "SELECT CAST(:x AS int)", "SELECT CAST($1 AS int)", []string{"x"}},
		{"assignment", "SELECT @a:=1, @b :=:x", "SELECT @a:=1, @b :=$1", []string{"x"}},
		{"named argument", "SELECT f(a := :x, b => :y)", "SELECT f(a := $1, b => $2)", []string{"x", "y"}},

		// Strings and quoted identifiers.
		{"string", "SELECT 'a:from b', '12:30'", "", nil},
		{"string with a doubled quote", "SELECT 'it''s :: two', ''':x', :y", "SELECT 'it''s :: two', ''':x', $1", []string{"y"}},
		{"empty strings", "SELECT '', '''', :x", "SELECT '', '''', $1", []string{"x"}},
		{"string over lines", "SELECT 'a\n:x\n', :y", "SELECT 'a\n:x\n', $1", []string{"y"}},
		{"mask", "SELECT to_char(now(),'HH24:MI:SS')", "", nil},
		{"timestamp literal", "SELECT timestamp '2026-01-01 00:00:00'", "", nil},
		{"interval literal", "SELECT interval '1:30' + :x", "SELECT interval '1:30' + $1", []string{"x"}},
		{"plain string ends after a backslash", `SELECT 'C:\', :x`, `SELECT 'C:\', $1`, []string{"x"}},
		{"escape string", `SELECT E'it\'s :a', :x`, `SELECT E'it\'s :a', $1`, []string{"x"}},
		{"escape string, small e", `SELECT e'\\', :x, e'\\\':y'`, `SELECT e'\\', $1, e'\\\':y'`, []string{"x"}},
		{"escape string with a doubled quote", `SELECT E'a'':x\'', :y`, `SELECT E'a'':x\'', $1`, []string{"y"}},
		{"escape string on a second line", "SELECT E'a' -- and\n 'b\\':x', :y", "SELECT E'a' -- and\n 'b\\':x', $1", []string{"y"}},
		{"no second part on the same line", `SELECT E'a' '\', :x`, `SELECT E'a' '\', $1`, []string{"x"}},
		{"name that ends in e", `SELECT date'\', :x`, `SELECT date'\', $1`, []string{"x"}},
		{"national, bit and unicode strings", `SELECT N':a', B'0', X'1F', U&'\0061:a', :x`, `SELECT N':a', B'0', X'1F', U&'\0061:a', $1`, []string{"x"}},
		{"quoted identifier", `SELECT "a:b", "a"":b" FROM "t;"`, "", nil},
		{"alias in quotes", `SELECT :x "a:b"`, `SELECT $1 "a:b"`, []string{"x"}},
		{"backticks", "SELECT `a:b`, `c``:d`, :x", "SELECT `a:b`, `c``:d`, $1", []string{"x"}},
		{"other quotes inside quotes", "SELECT '\"`', \"'`\", `'\"`, :x", "SELECT '\"`', \"'`\", `'\"`, $1", []string{"x"}},
		{"comment inside quotes", `SELECT '--', "/*", :x`, `SELECT '--', "/*", $1`, []string{"x"}},

		// Dollar quotes.
		{"dollar quote", "SELECT $$a :from b; it's$$", "", nil},
		{"tagged dollar quote", "SELECT $tag$ $$ :a $other$ $tag$, :x", "SELECT $tag$ $$ :a $other$ $tag$, $1", []string{"x"}},
		{"non-ASCII tag", "SELECT $é1$:a$é1$, :x", "SELECT $é1$:a$é1$, $1", []string{"x"}},
		{"tags are case sensitive", "SELECT $a$ $A$ :b $a$, :x", "SELECT $a$ $A$ :b $a$, $1", []string{"x"}},
		{"closed by the end of another tag", "SELECT $a$ x $b$a$, :x", "SELECT $a$ x $b$a$, $1", []string{"x"}},
		{"dollars in an identifier", "SELECT a$b$c, :x, d$b$", "SELECT a$b$c, $1, d$b$", []string{"x"}},
		{"dollar alone", "SELECT $ :x, $a :y", "SELECT $ $1, $a $2", []string{"x", "y"}},

		// Comments.
		{"line comment", "SELECT 1 -- note :from it's\n, :x", "SELECT 1 -- note :from it's\n, $1", []string{"x"}},
		{"line comment up to a carriage return", "SELECT 1 -- :a\r, :x", "SELECT 1 -- :a\r, $1", []string{"x"}},
		{"line comment at the end", "SELECT :x -- :y; z", "SELECT $1 -- :y; z", []string{"x"}},
		{"block comment", "SELECT /* http://x :y ' ; */ :x", "SELECT /* http://x :y ' ; */ $1", []string{"x"}},
		{"nested comment", "SELECT /* a /* :b */ :c */ :x", "SELECT /* a /* :b */ :c */ $1", []string{"x"}},
		{"comment like a slash", "SELECT /*/ :a */ :x", "SELECT /*/ :a */ $1", []string{"x"}},
		{"comment after an operator", "SELECT 1 */* :a */ :x ---:b", "SELECT 1 */* :a */ $1 ---:b", []string{"x"}},
		{"optimizer hint", "SELECT /*+ Hint(:a) */ :x", "SELECT /*+ Hint(:a) */ $1", []string{"x"}},
		{"minus and division", "SELECT 1 - :x / :y * :z", "SELECT 1 - $1 / $2 * $3", []string{"x", "y", "z"}},

		// Slices.
		{"slice of numbers", "SELECT arr[1:2]", "", nil},
		{"slice of columns", "SELECT arr[a:b]", "", nil},
		{"slice of columns with spaces", "SELECT arr[a : b], arr[a :b]", "", nil},
		{"slice of a quoted column", `SELECT arr["a":b]`, "", nil},
		{"slice after brackets", "SELECT arr[i[1]:b], arr[f(1):b]", "", nil},
		{"slice up to a column", "SELECT arr[1:größe], arr[:größe]", "", nil},
		{"slice without bounds", "SELECT arr[:], arr[1:], arr[:2]", "", nil},
		{"parameter as index", "SELECT arr[:b]", "SELECT arr[$1]", []string{"b"}},
		{"parameter as lower bound", "SELECT arr[:b:3]", "SELECT arr[$1:3]", []string{"b"}},
		{"parameter as both bounds", "SELECT arr[:a : :b]", "SELECT arr[$1 : $2]", []string{"a", "b"}},
		{"parameter as upper bound", "SELECT arr[1: :b]", "SELECT arr[1: $1]", []string{"b"}},
		{"parameter up to a column", "SELECT arr[:a:b]", "SELECT arr[$1:b]", []string{"a"}},
		{"cast as bound", "SELECT arr[:a::int : b::int]", "SELECT arr[$1::int : b::int]", []string{"a"}},
		{"call inside a slice", "SELECT arr[f(a, :b):c]", "SELECT arr[f(a, $1):c]", []string{"b"}},
		{"parentheses inside a slice", "SELECT arr[(:a):(:b)]", "SELECT arr[($1):($2)]", []string{"a", "b"}},
		{"array", "SELECT ARRAY[:a, 1 + :b, -:c]", "SELECT ARRAY[$1, 1 + $2, -$3]", []string{"a", "b", "c"}},
		{"array of arrays", "SELECT ARRAY[[:a],[:b]]", "SELECT ARRAY[[$1],[$2]]", []string{"a", "b"}},
		{
			"keywords inside brackets", "SELECT ARRAY[CASE WHEN :a THEN :b else :c END, x AT TIME ZONE :d, y AND :e]",
			"SELECT ARRAY[CASE WHEN $1 THEN $2 else $3 END, x AT TIME ZONE $4, y AND $5]",
			[]string{"a", "b", "c", "d", "e"},
		},
		{"colon after closed brackets", "SELECT arr[1], :x", "SELECT arr[1], $1", []string{"x"}},
		{"brackets that never opened", "SELECT 1])] :x", "SELECT 1])] $1", []string{"x"}},

		// Operators.
		{"jsonb question marks", "SELECT data ? 'k', data ?| :x, data ?& :y, data ?:z", "SELECT data ? 'k', data ?| $1, data ?& $2, data ?$3", []string{"x", "y", "z"}},
		{"jsonb containment", "SELECT data @> :x AND :y <@ data", "SELECT data @> $1 AND $2 <@ data", []string{"x", "y"}},
		{"jsonb paths", "SELECT data #>> '{a:b}' -> 'c' ->> :x", "SELECT data #>> '{a:b}' -> 'c' ->> $1", []string{"x"}},
		{"jsonpath", `SELECT data @? '$.a ? (@.b > 1)', data @@ '$.c:d'`, "", nil},
		{"xor", "SELECT 5 # :x", "SELECT 5 # $1", []string{"x"}},
		{"colons alone", "SELECT : 1, :1, :", "", nil},

		// The end.
		{"semicolon", "SELECT :x;", "SELECT $1", []string{"x"}},
		{"semicolon and white space", "SELECT :x \n ; \n\n", "SELECT $1 \n ", []string{"x"}},
		{"semicolon and comments", "SELECT :x; -- done\n/* :y; */ --", "SELECT $1", []string{"x"}},
		{"semicolon inside quotes", "SELECT ';', \";\", `;`, $$;$$, E'\\';' -- ;\n/* ; */", "", nil},
		{"comment first", "-- title\nSELECT :x", "-- title\nSELECT $1", []string{"x"}},
		{"lone commit", "COMMIT", "", nil},
		{"non-ASCII", "SELECT 'größe', größe, 日本, :x, '日本'", "SELECT 'größe', größe, 日本, $1, '日本'", []string{"x"}},
		{"replacement character", "SELECT '\uFFFD', :x", "SELECT '\uFFFD', $1", []string{"x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			statement, err := Parse(tt.in)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.in, err)
			}
			want := tt.want
			if want == "" {
				want = tt.in
			}
			got, names := statement.Render(dollar)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("SQL (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.names, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want string
	}{
		{"empty", "", "line 1, column 1: no statement here: the text is empty or only comments"},
		{"white space", " \n\t", "line 1, column 1: no statement here: the text is empty or only comments"},
		{"only comments", "-- a\n/* b */", "line 1, column 1: no statement here: the text is empty or only comments"},
		{"only a semicolon", " ; -- a", "line 1, column 1: no statement here: the text is empty or only comments"},

		{"second statement", "SELECT 1; SELECT 2", "line 1, column 11: a second statement: a query is one statement, with at most one ; at its end"},
		{"commit and insert", "COMMIT;\nINSERT INTO t VALUES (1)", "line 2, column 1: a second statement: a query is one statement, with at most one ; at its end"},
		{"rollback and begin", "ROLLBACK; DELETE FROM t; BEGIN", "line 1, column 11: a second statement: a query is one statement, with at most one ; at its end"},
		{"second statement after comments", "SELECT 1 /* ; */; -- a\n  /* b */ INSERT", "line 2, column 11: a second statement: a query is one statement, with at most one ; at its end"},
		{"two semicolons", "SELECT 1;;", "line 1, column 10: a second statement: a query is one statement, with at most one ; at its end"},
		{"quote after the semicolon", "SELECT 1; ''", "line 1, column 11: a second statement: a query is one statement, with at most one ; at its end"},
		{"semicolon in parentheses", "SELECT (1; 2)", "line 1, column 12: a second statement: a query is one statement, with at most one ; at its end"},
		{"hidden behind a backslash", `SELECT '\'; DROP TABLE t --'`, "line 1, column 13: a second statement: a query is one statement, with at most one ; at its end"},

		{"string", "SELECT 1,\n  'it", "line 2, column 3: a string that does not end: no closing '"},
		{"string with a doubled quote", "SELECT 'it''", "line 1, column 8: a string that does not end: no closing '"},
		{"escape string behind a number", `SELECT 1e'\'; COMMIT; SELECT 'a'`, "line 1, column 9: write a space between the number and the string"},
		{"escape string", `SELECT E'it\'`, "line 1, column 8: a string that does not end: no closing '"},
		{"escape string, backslash last", `SELECT E'it\`, "line 1, column 8: a string that does not end: no closing '"},
		{"escape string, second part", "SELECT E'a'\n'b\\'", "line 1, column 8: a string that does not end: no closing '"},
		{"identifier", `SELECT "a`, `line 1, column 8: a quoted identifier that does not end: no closing "`},
		{"backtick", "SELECT `a", "line 1, column 8: a quoted identifier that does not end: no closing `"},
		{"dollar quote", "SELECT 1, $$a$", "line 1, column 11: a dollar quote that does not end: no second $$"},
		{"tagged dollar quote", "SELECT $a$ $A$ $$", "line 1, column 8: a dollar quote that does not end: no second $a$"},
		{"comment", "SELECT 1\n/* a", "line 2, column 1: a comment that does not end: no closing */"},
		{"nested comment", "SELECT 1 /* a /* b */ ", "line 1, column 10: a comment that does not end: no closing */"},
		{"comment after the semicolon", "SELECT 1; /*/", "line 1, column 11: a comment that does not end: no closing */"},
		{"comment alone", "/*", "line 1, column 1: a comment that does not end: no closing */"},

		{"positional", "SELECT *\nFROM t WHERE a > $12", "line 2, column 18: positional parameter $12: use names such as :period_start, :period_end and :as_of"},
		{"positional with a question mark", "SELECT ?1", "line 1, column 8: positional parameter ?1: use names such as :period_start, :period_end and :as_of"},
		{"name of another script", "SELECT :日本", `line 1, column 8: ":日本" is not a parameter: names have the characters a to z, 0 to 9 and _`},
		{"name that becomes another script", "SELECT :x日本 + 1", `line 1, column 8: ":x日本" is not a parameter: names have the characters a to z, 0 to 9 and _`},
		{"name with a dollar", "SELECT :x$y", `line 1, column 8: ":x$y" is not a parameter: names have the characters a to z, 0 to 9 and _`},
		{"glued to a keyword", "SELECT:x", "line 1, column 7: a space is missing before the parameter :x"},
		{"glued to a number", "SELECT 12:mi", "line 1, column 10: a space is missing before the parameter :mi"},
		{"glued to a parameter", "SELECT :a:b", "line 1, column 10: a space is missing before the parameter :b"},
		{"backslash for a quote", `SELECT 'it\'s', 'it\'s'`, "line 1, column 20: a backslash outside quotes: in a string write '' for a quote"},
		{"psql command", `SELECT 1 \g`, "line 1, column 10: a backslash outside quotes: in a string write '' for a quote"},

		{"NUL", "SELECT 'a\x00'", "line 1, column 10: a NUL byte"},
		{"invalid UTF-8", "SELECT '\uFFFDé\xff'", "line 1, column 11: the byte 0xff is not valid UTF-8"},
		{"cut character", "SELECT 1 -- \xe6\x97", "line 1, column 13: the byte 0xe6 is not valid UTF-8"},
		{"columns count characters", "SELECT '日本' /* é */ 'x", "line 1, column 21: a string that does not end: no closing '"},
		{"lines with carriage returns", "SELECT\r\n1,\r\n 'x", "line 3, column 2: a string that does not end: no closing '"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			statement, err := Parse(tt.in)
			if err == nil {
				t.Fatalf("Parse(%q) = %q, want the error %q", tt.in, statement.SQL(), tt.want)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !errors.As(err, new(*Error)) {
				t.Errorf("the error is a %T, want an *Error", err)
			}
		})
	}
}

func TestStatement(t *testing.T) {
	const text = "SELECT Größe, date_trunc('day', :as_of), \"now\" -- now\n" +
		"FROM t WHERE é = 'é:x' AND a >= :period_start\n\tAND b < now() AND c <> :as_of::date"
	statement, err := Parse(text + " ; -- done")
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(text+" ", statement.SQL()); diff != "" {
		t.Errorf("SQL (-want +got):\n%s", diff)
	}
	wantParameters := []Parameter{
		{"as_of", 1, 33},
		{"period_start", 2, 33},
		{"as_of", 3, 25},
	}
	if diff := cmp.Diff(wantParameters, statement.Parameters()); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	wantWords := []Word{
		{"SELECT", 1, 1},
		{"Größe", 1, 8},
		{"date_trunc", 1, 15},
		{"FROM", 2, 1},
		{"t", 2, 6},
		{"WHERE", 2, 8},
		{"é", 2, 14},
		{"AND", 2, 24},
		{"a", 2, 28},
		{"AND", 3, 2},
		{"b", 3, 6},
		{"now", 3, 10},
		{"AND", 3, 16},
		{"c", 3, 20},
		{"date", 3, 33},
	}
	if got := statement.FirstWord(); got != wantWords[0] {
		t.Errorf("first word %v, want %v", got, wantWords[0])
	}
	if diff := cmp.Diff(wantWords, statement.Words()); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	for name, want := range map[string]bool{"as_of": true, "period_start": true, "period_end": false, "x": false, "": false} {
		if got := statement.Uses(name); got != want {
			t.Errorf("Uses(%q) = %t, want %t", name, got, want)
		}
	}
}

// A statement is run with more text after it, on a line of its own.
func TestSQLCanBeFollowed(t *testing.T) {
	for _, text := range []string{
		"SELECT :x -- done",
		"SELECT :x; -- done",
		"SELECT :x ;-- done",
		"SELECT :x -- a;\n; /* done */",
		"SELECT :x -;-- done",
		"SELECT :x /;/* done */",
	} {
		statement, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		wrapped, err := Parse("SELECT * FROM (\n" + statement.SQL() + "\n) AS kpi LIMIT :more")
		if err != nil {
			t.Errorf("%q followed by text: %v", text, err)
			continue
		}
		if !wrapped.Uses("x") || !wrapped.Uses("more") {
			t.Errorf("%q followed by text has the parameters %v, want x and more", text, wrapped.Parameters())
		}
	}
}

func TestRenderCallsForEveryUse(t *testing.T) {
	statement, err := Parse("SELECT :b, :a, :b")
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	sql, names := statement.Render(func(ordinal int, name string) string {
		calls = append(calls, fmt.Sprint(ordinal, name))
		return "?"
	})
	if diff := cmp.Diff([]string{"1b", "2a", "1b"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if want := "SELECT ?, ?, ?"; sql != want {
		t.Errorf("SQL is %q, want %q", sql, want)
	}
	names[0] = "changed"
	if !statement.Uses("b") {
		t.Error("a caller that writes to the names changes the statement")
	}
}

// TestLineComment has what begins a comment for all but MySQL and MariaDB, and for these.
func TestLineComment(t *testing.T) {
	for sql, want := range map[string][2]string{
		"SELECT 1":                         {"", ""},
		"SELECT 1 -- one FROM t":           {"--", "--"},
		"--":                               {"--", "--"},
		"SELECT '--' FROM \"--\" /* -- */": {"", ""},
		"SELECT 1 - -1":                    {"", ""},
		"SELECT 'a' -- it's":               {"--", "--"},
		"SELECT 'a -- it":                  {"", ""},
		"SELECT 5--3":                      {"--", ""},
		"SELECT 5---3":                     {"--", ""},
		"SELECT 5--(3)--x":                 {"--", ""},
		"SELECT 5--:as_of":                 {"--", ""},
		"SELECT 5--/* */3":                 {"--", ""},
		"SELECT 5--'3'":                    {"--", ""},
		"SELECT 5--\u00a03":                {"--", ""}, // No white space to a server.
		"SELECT 5-- 3":                     {"--", "--"},
		"SELECT 5--\t3":                    {"--", "--"},
		"SELECT 5--\n3":                    {"--", "--"},
		"SELECT 5--\x013":                  {"--", "--"},
		"SELECT 5--\x7f3":                  {"--", "--"},
		"SELECT 5--":                       {"--", "--"},
		"SELECT 5--3 -- x":                 {"--", "--"},
		"SELECT 5--3 # x -- y":             {"--", "#"},
		"SELECT 5 -- x # y":                {"--", "--"},
		"SELECT `--` # x":                  {"", "#"},
		"SELECT 'it\\'s -- '":              {"--", ""},
		"SELECT (5--3":                     {"--", ""},
	} {
		if got := [2]string{LineComment(sql), MySQLLineComment(sql)}; got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}
