package promqltext

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Range is a range of a fixed length, such as [1d], at its place in the query.
type Range struct {
	Text         string
	Line, Column int
}

// FixedRange returns the first range of a fixed length. There is none in a query with [:period], whose other ranges are meant so, and
// last_over_time has none that counts: it gives a level.
func (q *Query) FixedRange() (Range, bool) { return q.fixed, q.fixed.Text != "" }

// AsksFor reports whether the query names a label that its result is to have: in by (…), on (…) and group_left (…), or as what
// label_replace, label_join or count_values make.
func (q *Query) AsksFor(label string) bool { return slices.Contains(q.asked, label) }

// read notes what FixedRange and AsksFor return.
func (q *Query) read(expr parser.Expr) {
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.MatrixSelector:
			q.noteRange(n, path)
		case *parser.SubqueryExpr:
			q.noteRange(n, path)
		case *parser.AggregateExpr:
			if !n.Without {
				q.asked = append(q.asked, n.Grouping...)
			}
			if n.Op == parser.COUNT_VALUES {
				q.noteLabel(n.Param)
			}
		case *parser.BinaryExpr:
			if m := n.VectorMatching; m != nil {
				q.asked = append(q.asked, m.Include...)
				if m.On {
					q.asked = append(q.asked, m.MatchingLabels...)
				}
			}
		case *parser.Call:
			if (n.Func.Name == "label_replace" || n.Func.Name == "label_join") && len(n.Args) > 1 {
				q.noteLabel(n.Args[1])
			}
		}
		return nil
	})
}

// noteLabel notes a label whose name is a text in the query.
func (q *Query) noteLabel(name parser.Expr) {
	if text, ok := name.(*parser.StringLiteral); ok {
		q.asked = append(q.asked, text.Val)
	}
}

// noteRange notes the range with which an expression ends, if it is the first.
func (q *Query) noteRange(of parser.Expr, path []parser.Node) {
	for _, above := range path {
		if call, ok := above.(*parser.Call); ok && call.Func.Name == "last_over_time" {
			return
		}
	}
	found := of.PositionRange()
	if q.fixed.Text != "" || len(q.ranges) > 0 || int(found.End) > len(q.text) {
		return
	}
	text := q.text[found.Start:found.End]
	at := strings.LastIndexByte(text, '[')
	end := strings.IndexByte(text[max(at, 0):], ']')
	if at < 0 || end < 0 {
		return
	}
	line, column := place(q.text, int(found.Start)+at)
	q.fixed = Range{text[at : at+end+1], line, column}
}
