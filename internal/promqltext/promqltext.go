// Package promqltext reads a user's PromQL with Prometheus's own parser, and finds the one parameter that it may have: [:period],
// which stands for a range as long as the period that is measured. It promises to change nothing but that parameter.
package promqltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Parameter is the name of the parameter, as it is written behind the bracket and a colon.
const Parameter = "period"

const onlyPeriod = "only [:" + Parameter + "] is a parameter of PromQL"

// asRange has the length of :period, so that a place in the one is the same in the other.
const asRange = "604800s"

// Query is PromQL. It does not change and may be shared between goroutines.
type Query struct {
	text   string
	ranges []int // Where each :period begins.
	plain  string
	hasEnd bool // It has a comment, which ends with its line.
	fixed  Range
	asked  []string // Labels.
}

// Parse reads PromQL that gives numbers, as Prometheus does with all that an option of its own may allow. The error is always a
// *sqltext.Error.
func Parse(text string) (*Query, error) {
	if !utf8.ValidString(text) {
		return nil, &sqltext.Error{Line: 1, Column: 1, Message: "the query is not UTF-8"}
	}
	q := &Query{text: text}
	if err := q.find(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, &sqltext.Error{Line: 1, Column: 1, Message: "the query is empty"}
	}
	readable := q.replace(asRange)
	expr, err := parser.NewParser(parser.Options{
		EnableExperimentalFunctions: true, ExperimentalDurationExpr: true, EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true,
	}).ParseExpr(readable)
	if err != nil {
		return nil, q.explain(err)
	}
	if err := q.noParameterOfSQL(expr); err != nil {
		return nil, err
	}
	switch expr.Type() {
	case parser.ValueTypeMatrix:
		return nil, errorAt(text, 0, "the query gives every sample of a range, and a KPI needs one number: put a function around it, such as increase(…[:period])")
	case parser.ValueTypeString:
		return nil, errorAt(text, 0, "the query gives a text, and a KPI needs a number")
	}
	q.plain, q.hasEnd = q.tokens(readable)
	q.read(expr)
	return q, nil
}

// IsSQL reports whether a text begins as SQL does, and PromQL does not.
func IsSQL(text string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n("), " ")
	word, _, _ = strings.Cut(word, "\n")
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "select", "with", "values", "table":
		return true
	}
	return strings.HasPrefix(word, "--") || strings.HasPrefix(word, "/*")
}

// noParameterOfSQL refuses what is a parameter in SQL, and to Prometheus the name of a metric that nobody has.
func (q *Query) noParameterOfSQL(expr parser.Expr) (err error) {
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok || err != nil {
			return err
		}
		switch selector.Name {
		case ":as_of", ":timezone", ":period", ":period_start", ":period_end", ":previous_start", ":previous_end":
			err = errorAt(q.text, int(selector.PosRange.Start), onlyPeriod+", which is evaluated as of the end of the period, not "+selector.Name)
		}
		return nil
	})
	return err
}

// explain puts the error of the parser at its place.
func (q *Query) explain(err error) error {
	if IsSQL(q.text) {
		return errorAt(q.text, 0, "this is SQL, and a Prometheus reads PromQL")
	}
	list, ok := errors.AsType[parser.ParseErrors](err)
	if !ok || len(list) == 0 {
		return errorAt(q.text, 0, err.Error())
	}
	return errorAt(q.text, int(list[0].PositionRange.Start), strings.ReplaceAll(list[0].Err.Error(), asRange, ":"+Parameter))
}

func errorAt(text string, at int, message string) *sqltext.Error {
	line, column := place(text, at)
	return &sqltext.Error{Line: line, Column: column, Message: message}
}

// place returns the line and the column of a byte of a text.
func place(text string, at int) (line, column int) {
	before := text[:max(0, min(at, len(text)))]
	last := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[last:])
}

// replace returns the text with something in place of each :period.
func (q *Query) replace(by string) string {
	var b strings.Builder
	from := 0
	for _, at := range q.ranges {
		b.WriteString(q.text[from:at])
		b.WriteString(by)
		from = at + len(asRange)
	}
	b.WriteString(q.text[from:])
	return b.String()
}

// tokens returns the text without comments and layout, and whether it has a comment.
func (q *Query) tokens(readable string) (plain string, comment bool) {
	lexer := parser.Lex(readable)
	var words []string
	for item := (parser.Item{}); ; {
		lexer.NextItem(&item)
		switch {
		case item.Typ == parser.EOF || item.Typ == parser.ERROR:
			return strings.Join(words, " "), comment
		case item.Typ == parser.COMMENT:
			comment = true
		case slices.Contains(q.ranges, int(item.Pos)):
			words = append(words, ":"+Parameter)
		default:
			words = append(words, item.Val)
		}
	}
}

// SQL returns the text as it was given: PromQL.
func (q *Query) SQL() string { return q.text }

// Plain returns the PromQL without comments and layout.
func (q *Query) Plain() string { return q.plain }

// LineComment returns # if there is a comment in PromQL, which ends with its line; "" if there is none, or the PromQL is wrong.
func LineComment(text string) string {
	if q, err := Parse(text); err != nil || !q.hasEnd {
		return ""
	}
	return "#"
}

// Mentions reports whether the result may have a column that is a number and has this name: only value.
func (q *Query) Mentions(column string) bool { return column == "value" }

// Uses reports whether the result depends on one of the parameters of SQL: always on the end of the period, as of which it is
// evaluated, and with [:period] on its start.
func (q *Query) Uses(parameter string) bool {
	return parameter == "period_end" || parameter == "period_start" && len(q.ranges) > 0
}

// Parameters returns every use of [:period], in order; its place is that of the colon.
func (q *Query) Parameters() []sqltext.Parameter {
	parameters := make([]sqltext.Parameter, len(q.ranges))
	for i, at := range q.ranges {
		line, column := place(q.text, at)
		parameters[i] = sqltext.Parameter{Name: Parameter, Line: line, Column: column}
	}
	return parameters
}

// Render returns the PromQL for a period of a length, which Prometheus knows to the millisecond.
func (q *Query) Render(period time.Duration) string {
	if period%time.Second == 0 {
		return q.replace(fmt.Sprintf("%ds", period/time.Second))
	}
	return q.replace(fmt.Sprintf("%dms", period.Milliseconds()))
}
