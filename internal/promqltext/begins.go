package promqltext

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Begins reports whether a text, right or wrong, begins as PromQL does and hardly anything else: with an aggregation, a function, a
// selector or a number in an expression, behind comments, signs and opening brackets.
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
	_, isFunction := parser.Functions[first.Val]
	rest := text[int(first.Pos)+len(first.Val):]
	return isFunction && then.Typ == parser.LEFT_PAREN || strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[")
}
