package formula

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// maxPeriods is how many periods mean and pooled may cover.
const maxPeriods = 366

const functions = "previous last_year mean pooled positive zero"

// The operators of nodes that are neither + - * / nor a function.
const (
	Number = "number"
	KPI    = "read"   // Node.Name is a KPI.
	Column = "column" // Node.Column of the query that is the only one of Node.Args.
)

// Node is a part of a formula.
type Node struct {
	Operator string // + - * /, a function, or one of the constants.
	Number   float64
	Name     string // The name of a KPI or a query.
	Column   string
	Periods  int     // For mean and pooled.
	Args     []*Node // What the operator is applied to; nil where something is wrong, which has been reported.
	Text     string  // For functions: the call as it is written, on one line.

	at int // Its first letter in the formula.
}

func (f *Text) refuse(n ast.Node, hint, format string, args ...any) *Node {
	f.failAt(n.Location().From, hint, fmt.Sprintf(format, args...))
	return nil
}

// node returns nil when there is something wrong with the part itself, which has been reported.
func (f *Text) node(n ast.Node) *Node {
	at := n.Location().From
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return f.number(n)
	case *ast.IdentifierNode:
		return &Node{Operator: KPI, Name: n.Value, at: at}
	case *ast.MemberNode:
		return f.column(n)
	case *ast.UnaryNode:
		if n.Operator == "-" || n.Operator == "+" {
			return &Node{Operator: n.Operator, Args: []*Node{{Operator: Number}, f.node(n.Node)}, at: at}
		}
	case *ast.BinaryNode:
		if !document.IsOneOf(n.Operator, "+ - * /") {
			return f.refuse(n, Grammar, "%s has no meaning in a formula", document.Quote(n.Operator))
		}
		return &Node{Operator: n.Operator, Args: []*Node{f.node(n.Left), f.node(n.Right)}, at: at}
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			return f.call(n, name.Value, n.Arguments)
		}
	case *ast.BuiltinNode:
		return f.call(n, n.Name, n.Arguments)
	}
	return f.refuse(n, Grammar, "this has no meaning in a formula")
}

// number reads a number in the forms of the rest of the file; the library's language has more: 0x1F, 1_000, 010.
func (f *Text) number(n ast.Node) *Node {
	at := n.Location()
	text := string([]rune(f.value.Value)[at.From:at.To])
	v, problem, hint := quantity.Parse(text, quantity.Plain)
	if problem != "" {
		hint, _, _ = strings.Cut(hint, " or ") // 1k is for other numbers.
		return f.refuse(n, hint, "%s", problem)
	}
	if _, same := quantity.ThousandsDot(text); same != "" {
		whole, _, _ := strings.Cut(text, ".")
		f.file.WarnIn("thousands_dot", f.position(at.From), "write "+whole+"000, or "+same+" if that is meant", "the dot in "+document.Quote(text)+" is a decimal point")
	}
	return &Node{Operator: Number, Number: v, at: at.From}
}

func (f *Text) column(n *ast.MemberNode) *Node {
	name, isName := n.Node.(*ast.IdentifierNode)
	column, isColumn := n.Property.(*ast.StringNode)
	if !isName || !isColumn {
		return f.refuse(n, Grammar, "this has no meaning in a formula")
	}
	query := &Node{Operator: KPI, Name: name.Value, at: name.Location().From}
	return &Node{Operator: Column, Column: column.Value, Args: []*Node{query}, at: n.Location().From}
}

// call reads the use of a function.
func (f *Text) call(n ast.Node, name string, arguments []ast.Node) *Node {
	if !document.IsOneOf(name, functions) {
		hint := document.DidYouMean(name, functions, "functions are")
		if document.IsOneOf(strings.ToLower(name), "coalesce ifnull isnull nvl default fill or") {
			hint = "zero(x) is x, or 0 where x has no row"
		}
		return f.refuse(n, hint, "unknown function %s", document.Quote(name))
	}
	form, want := name+"(x)", 1
	if name == "mean" || name == "pooled" {
		form, want = name+"(x, n)", 2
	}
	if len(arguments) != want {
		return f.refuse(n, "", "%s is written %s", name, form)
	}
	call := &Node{Operator: name, Args: []*Node{f.node(arguments[0])}, Text: f.written(n.Location().From), at: n.Location().From}
	if want == 2 && call.Args[0] != nil {
		count, ok := arguments[1].(*ast.IntegerNode)
		if !ok || count.Value < 1 || count.Value > maxPeriods {
			return f.refuse(arguments[1], "", "the second of %s(x, n) is a whole number of periods from 1 to %d", name, maxPeriods)
		}
		call.Periods = count.Value
	}
	return call
}
