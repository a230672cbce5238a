package promqltext

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

func TestRender(t *testing.T) {
	for text, want := range map[string]string{
		"sum(increase(shop_requests_total[:period]))":           "sum(increase(shop_requests_total[90061s]))",
		"rate(a[ :period ]) / rate(b[:period])":                 "rate(a[ 90061s ]) / rate(b[90061s])",
		"max_over_time(sum(x)[:period:5m])":                     "max_over_time(sum(x)[90061s:5m])",
		"increase(x[:period] offset 1w)":                        "increase(x[90061s] offset 1w)",
		"job:requests:rate5m":                                   "job:requests:rate5m",
		`x{path="/a[:period]", b='[:period]', c="\"[:period]"}`: `x{path="/a[:period]", b='[:period]', c="\"[:period]"}`,
		"x{path=`\\[:period]`}":                                 "x{path=`\\[:period]`}",
		"sum(x) # not [:period]\n + increase(y[:period])":       "sum(x) # not [:period]\n + increase(y[90061s])",
		"rate(x[5m:1m])":                                        "rate(x[5m:1m])",
		`{"a metric:period"}`:                                   `{"a metric:period"}`,
	} {
		q, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := q.Render(25*time.Hour + 61*time.Second)
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
		if q.SQL() != text || q.Uses("period_start") != (got != text) || !q.Uses("period_end") || q.Uses("as_of") {
			t.Errorf("%s: text %s, uses the start: %t", text, q.SQL(), q.Uses("period_start"))
		}
	}
	q, err := Parse("rate(x[:period])")
	if err != nil {
		t.Fatal(err)
	}
	if got := q.Render(1500 * time.Millisecond); got != "rate(x[1500ms])" {
		t.Errorf("got %s", got)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "line 1, column 1: the query is empty",
		"  \n":                           "line 1, column 1: the query is empty",
		"# nothing":                      "line 1, column 1: no expression found in input",
		"increase(x[:perod])":            "line 1, column 12: only [:period] is a parameter of PromQL, not [:perod]",
		"sum(\n  increase(ü[:week]))":    "line 2, column 14: only [:period] is a parameter of PromQL, not [:week]",
		"SELECT count(*) AS value":       "line 1, column 1: this is SQL, and a Prometheus reads PromQL",
		"WITH a AS (SELECT 1) SELECT 1":  "line 1, column 1: this is SQL, and a Prometheus reads PromQL",
		"x[:period]":                     "line 1, column 1: the query gives every sample of a range, and a KPI needs one number: put a function around it, such as increase(…[:period])",
		`"text"`:                         "line 1, column 1: the query gives a text, and a KPI needs a number",
		"sum(x":                          "line 1, column 6: unclosed left parenthesis",
		"sum(x)\n  by (a) by (b)":        "line 2, column 10: unexpected <by>",
		"increase(x)":                    "line 1, column 10: expected type range vector in call to function \"increase\", got instant vector",
		"increse(x[:period])":            "line 1, column 1: unknown function with name \"increse\"",
		"increase(x[:period])[:period])": "line 1, column 21: ranges only allowed for vector selectors",
		"sum(x) > :period":               "line 1, column 10: only [:period] is a parameter of PromQL, which is evaluated as of the end of the period, not :period",
		"x[0s]":                          "line 1, column 3: duration must be greater than 0",
		"\xff":                           "line 1, column 1: the query is not UTF-8",
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestFixedRange(t *testing.T) {
	for text, want := range map[string]string{
		"sum(users)":                                       "",
		"sum(users) / 3":                                   "",
		"sum(increase(x[1d]))":                             "[1d] 1:15",
		"sum(increase(x[ 1d ]))":                           "[ 1d ] 1:15",
		"sum(\n  rate(x{a=\"ü[\"}[5m])\n)":                 "[5m] 2:17",
		"max_over_time(x[7d])":                             "[7d] 1:16",
		"max_over_time(x{a=\"[2h]\"}[7d] offset 1d)":       "[7d] 1:26",
		"max_over_time(sum(x)[1d:5m])":                     "[1d:5m] 1:21",
		"max_over_time(sum(rate(x[5m]))[1w:1h])":           "[1w:1h] 1:31",
		"increase(x[1d] @ end())":                          "[1d] 1:11",
		"sum(users) + sum(increase(x[1d]))":                "[1d] 1:28",
		"sum(increase(x[:period]))":                        "",
		"max_over_time(sum(rate(x[5m]))[:period:5m])":      "",
		"sum(increase(x[:period])) / sum(increase(x[1d]))": "",
		"last_over_time(x[1h])":                            "",
		"sum(last_over_time(x[1h]))":                       "",
		"last_over_time(sum(x)[1h:5m])":                    "",
		"last_over_time(x[1h]) + sum(increase(y[1d]))":     "[1d] 1:39",
		"x offset 1d":                                      "",
	} {
		q, err := Parse(strings.ReplaceAll(text, "\\n", "\n"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := ""
		if found, ok := q.FixedRange(); ok {
			got = fmt.Sprintf("%s %d:%d", found.Text, found.Line, found.Column)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestAsksFor(t *testing.T) {
	for text, want := range map[string]bool{
		"sum(x)":                          false,
		"x":                               false,
		"sum by (plan) (x)":               true,
		"sum(x) by (plan, region)":        true,
		"sum by (region) (x)":             false,
		"sum without (plan) (x)":          false,
		"sum(x{plan=\"pro\"})":            false,
		"sum(plan)":                       false,
		"a / on (plan) b":                 true,
		"a / ignoring (plan) b":           false,
		"a * on (id) group_left (plan) b": true,
		"label_replace(x, \"plan\", \"$1\", \"p\", \"(.*)\")": true,
		"label_replace(x, \"p\", \"$1\", \"plan\", \"(.*)\")": false,
		"label_join(x, \"plan\", \"-\", \"a\", \"b\")":        true,
		"count_values(\"plan\", x)":                           true,
	} {
		q, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := q.AsksFor("plan"); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
}

// TestTooMuch holds that what would take the parser minutes, or all memory, is refused before it is parsed.
func TestTooMuch(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"brackets":                      {strings.Repeat("(", 3_000) + "1" + strings.Repeat(")", 3_000), "line 1, column 101: the query is nested more than 100 deep"},
		"brackets that stay open":       {strings.Repeat("(", 9_000), "line 1, column 101: the query is nested more than 100 deep"},
		"functions":                     {strings.Repeat("abs(", 2_000) + "1", "line 1, column 404: the query is nested more than 100 deep"},
		"signs":                         {strings.Repeat("-", 9_000) + "1", "line 1, column 101: the query is nested more than 100 deep"},
		"signs with blanks between":     {strings.Repeat("- +\n", 2_000) + "1", "line 51, column 1: the query is nested more than 100 deep"},
		"signs with comments between":   {strings.Repeat("-#a\n", 2_000) + "1", "line 101, column 1: the query is nested more than 100 deep"},
		"length":                        {"sum(x)" + strings.Repeat(" + sum(x)", 1_200), "line 1, column 1: the query is longer than 10000 bytes: record a part of it with a rule"},
		"millions":                      {strings.Repeat("(", 15_000_000), "line 1, column 1: the query is longer than 10000 bytes: record a part of it with a rule"},
		"brackets one after another":    {"1" + strings.Repeat("+(1)", 2_000), ""},
		"brackets in texts":             {`x{a="` + strings.Repeat("(", 5_000) + `"}`, ""},
		"signs of a sum":                {"1" + strings.Repeat(" - -1", 1_500), ""},
		"exponents, from right to left": {"1" + strings.Repeat(" ^ -1", 1_500), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(tc.text)
			if got := fmt.Sprint(err); err != nil && got != tc.want || err == nil && tc.want != "" {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	plain := func(text string) string {
		t.Helper()
		q, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return q.Plain()
	}
	same := plain("sum by (a) (increase(x[:period]))")
	for _, text := range []string{"sum  by(a)(increase(x[ :period ]))", "# why\nsum by (a) (\n  increase(x[:period]) # what\n)"} {
		if got := plain(text); got != same {
			t.Errorf("%s: %s, want %s", text, got, same)
		}
	}
	for _, text := range []string{"sum by (a) (increase(x[604800s]))", "sum by (b) (increase(x[:period]))", `sum by (a) (increase(x{b="c  d"}[:period]))`} {
		if got := plain(text); got == same {
			t.Errorf("%s: the same as with [:period]", text)
		}
	}
	if plain(`x{b="c  d"}`) == plain(`x{b="c d"}`) {
		t.Error("blanks in a string do not count")
	}
}

// FuzzParse has whatever is read come out as it went in but for the parameter, and stay readable for Prometheus.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"sum(increase(x[:period]))", "max_over_time(x[:period:5m])", `x{a="[:period]"} # [:period]`, "x{a=`[:period]`}", "x[:week]", "'", "[:", "a[ :period", "\"\\",
	} {
		f.Add(text)
	}
	read := parser.NewParser(parser.Options{EnableExperimentalFunctions: true, ExperimentalDurationExpr: true, EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true})
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			if _, plainErr := read.ParseExpr(text); plainErr == nil && strings.Contains(fmt.Sprint(err), "parameter") {
				t.Errorf("%q: Prometheus reads it, and here it is %v", text, err)
			}
			return
		}
		if expr, err := read.ParseExpr(text); err == nil && (len(q.Parameters()) > 0 || q.Render(time.Hour) != text) {
			t.Errorf("%q: %d parameters in what Prometheus reads as %s", text, len(q.Parameters()), expr)
		}
		rendered := q.Render(time.Hour)
		if _, err := read.ParseExpr(rendered); err != nil {
			t.Errorf("%q: %q: %v", text, rendered, err)
		}
		if strings.Count(rendered, "3600s")-strings.Count(text, "3600s") != len(q.Parameters()) {
			t.Errorf("%q: %d parameters in %q", text, len(q.Parameters()), rendered)
		}
	})
}
