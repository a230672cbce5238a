package promqltext

import (
	"errors"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// TestKind says what kind of mistake there is, and repeats nothing of the text but the names of existing functions.
func TestKind(t *testing.T) {
	const unclear = "this is not valid PromQL"
	for text, want := range map[string]string{
		"sum(canary":                           "unclosed left parenthesis",
		"up[5m":                                "unclosed left bracket",
		`up{a="canary`:                         "unterminated quoted string",
		"up{a=`canary":                         "unterminated raw string",
		"up{canary":                            "unexpected end of input inside braces",
		"rate(canary)":                         `expected type range vector in call to function "rate", got instant vector`,
		"rate(canary[5m], 1)":                  `expected 1 argument(s) in call to "rate", got 2`,
		"round(canary, 1, 2)":                  `expected at most 2 argument(s) in call to "round", got 3`,
		"sum()":                                "no arguments for aggregate expression provided",
		"topk(canary)":                         "wrong number of arguments for aggregate expression provided, expected 2, got 1",
		"canary[5m] + 1":                       "binary expression must contain only scalar and instant vector types",
		"(canary + 1)[5m]":                     "ranges only allowed for vector selectors",
		`{canary=""}`:                          "vector selector must contain at least one non-empty matcher",
		"canary[5m]":                           "the query gives every sample of a range, and a KPI needs one number: put a function around it, such as increase(…[:period])",
		"'canary'":                             "the query gives a text, and a KPI needs a number",
		"SELECT canary":                        "this is SQL, and a Prometheus reads PromQL",
		"canary(up)":                           "unknown function",
		"up[:canary]":                          "only [:period] is a parameter of PromQL",
		"up > :period_start":                   "only [:period] is a parameter of PromQL",
		"up{canary}":                           unclear,
		"up canary":                            unclear,
		"up{a=canary}":                         unclear,
		`up{a=~"canary("}`:                     unclear,
		`up{a="\canary"}`:                      unclear,
		`canary{__name__="canary"}`:            unclear,
		"up offset canary":                     unclear,
		"sum by (canary(up":                    unclear,
		"a + on (canary) group_left(canary) b": unclear,
		"12canary":                             unclear,
		"0xcanary":                             unclear,
	} {
		_, err := Parse(text)
		wrong, ok := errors.AsType[*sqltext.Error](err)
		if !ok {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := Kind(wrong.Message); got != want || strings.Contains(got, "canary") {
			t.Errorf("%s: %s\nis of the kind %s\nwant           %s", text, wrong.Message, got, want)
		}
	}
}
