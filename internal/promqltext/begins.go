package promqltext

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// recorded is the name of a recorded series as Prometheus recommends it, level:metric:operation. Files of passwords have lines of three
// parts, too: the last is a hash or a password, and no operation.
var recorded = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*:[a-zA-Z0-9_]+:` +
	`((sum|avg|mean|min|max|count|i?rate|increase|i?delta|deriv|ratio|percent|quantile|histogram_quantile|stddev)([0-9]+[smhdwy])*|p[0-9]{2,3})` +
	`(_[a-zA-Z0-9_]+)?$`)

// Begins reports whether a text, right or wrong, begins as PromQL does and hardly anything else: with an aggregation, a function, a
// selector or a number in an expression, behind comments, signs and opening brackets. A recorded series must be right as a whole.
func Begins(text string) bool {
	lexer := parser.Lex(text)
	var first, then parser.Item
	for lexer.NextItem(&first); slices.Contains([]parser.ItemType{parser.COMMENT, parser.LEFT_PAREN, parser.ADD, parser.SUB}, first.Typ); {
		lexer.NextItem(&first)
	}
	lexer.NextItem(&then)
	switch {
	case first.Typ.IsAggregator():
		return then.Typ == parser.LEFT_PAREN || then.Typ == parser.BY || then.Typ == parser.WITHOUT
	case first.Typ == parser.NUMBER:
		return then.Typ.IsOperator()
	case first.Typ != parser.IDENTIFIER && first.Typ != parser.METRIC_IDENTIFIER:
		return false
	}
	if recorded.MatchString(first.Val) && isRight(text) {
		return true
	}
	_, isFunction := parser.Functions[first.Val]
	rest := text[int(first.Pos)+len(first.Val):]
	return isFunction && then.Typ == parser.LEFT_PAREN || strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[")
}

func isRight(text string) bool {
	_, err := Parse(text)
	return err == nil
}
