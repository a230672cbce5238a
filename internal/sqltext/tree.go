package sqltext

import (
	"slices"
	"strings"
)

// tree is a statement as far as it is understood: which SELECTs it consists of, what they read and what they compute. It
// knows the parts of SQL that the engines have in common. Of what it does not know it says nothing, so whoever asks it
// must take an answer for one only where there is one.
type tree struct {
	text       string
	lexemes    []lexeme
	match      []int // For each bracket the one that closes or opens it.
	root       *query
	selections []*selection // All of them, at any depth.
}

// query gives rows: one SELECT, or several that are put together by UNION and the like.
type query struct {
	parts []*selection
}

// selection is one SELECT, or the rows of VALUES.
type selection struct {
	at       int // The word SELECT.
	values   bool
	distinct bool
	columns  []column
	sources  []*source
	where    *expr
	on       []*expr // Conditions of joins.
	groupAt  int     // The word GROUP; 0 without one.
	groups   []*expr
	having   *expr
	limited  bool // LIMIT, OFFSET and the like may leave rows out.
}

// column is an item of a SELECT's list.
type column struct {
	name  string // "" if it has none that is known.
	expr  *expr
	star  bool   // All columns, of one source if it says which.
	table string // Of a star.
}

// source is what a SELECT reads rows from.
type source struct {
	name    string   // By which its columns are named.
	query   *query   // Nil for a table, a view, or a function.
	columns []string // New names for its columns, nil if it has none.
	join    string   // "" of the first one and after a comma; inner, left, right, full or cross.
}

// exprKind says what an expression is.
type exprKind uint8

const (
	unclear   exprKind = iota // Not understood.
	literal                   // A constant.
	argument                  // A parameter of the statement.
	reference                 // A column.
	star
	call
	operator // Also AND, OR, NOT, BETWEEN, IN, IS.
	choice   // CASE.
	cast
	subquery
	list // Of several expressions in brackets.
)

// expr is an expression.
type expr struct {
	kind     exprKind
	text     string // Name of a parameter, column or function; the operator.
	table    string // Before the name of a column.
	args     []*expr
	when     []*expr // Conditions of a CASE, one for each of its args.
	other    *expr   // What follows ELSE.
	at       int     // The lexeme that stands for it: a function's name, an operator.
	from, to int     // Its lexemes, to excluded.
	query    *query  // Of a subquery, also below EXISTS and IN.
	distinct bool    // Of a call: count(DISTINCT x).
	windowed bool    // Of a call: it has OVER.
	framed   bool    // Of a call: its OVER says which rows around its own it takes in.
	filter   *expr   // Of a call.
}

// maxTreeSize is how many lexemes a statement may have to be read as a tree.
const maxTreeSize = 100_000

// tree reads the statement as a tree; it returns nil where the text is not one SELECT, or too deep.
func (s *Statement) tree() *tree {
	list, match, ok := lexemes(s.text)
	if !ok || len(list) > maxTreeSize {
		return nil
	}
	r := &treeReader{tree: &tree{text: s.text, lexemes: list, match: match}}
	if r.root = r.query(0, len(list)); r.root == nil {
		return nil
	}
	return r.tree
}

// word returns a lexeme with its place.
func (t *tree) word(at int) Word {
	p := place{line: 1, column: 1}
	p.advance(t.text, t.lexemes[at].start)
	return Word{t.text[t.lexemes[at].start:t.lexemes[at].end], p.line, p.column}
}

// source returns the text of an expression, on one line.
func (t *tree) source(e *expr) string {
	if e.to <= e.from {
		return ""
	}
	return strings.Join(strings.Fields(t.text[t.lexemes[e.from].start:t.lexemes[e.to-1].end]), " ")
}

// walk calls visit for an expression and those within it until visit returns false; it does not enter subqueries.
func (e *expr) walk(visit func(*expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, part := range slices.Concat(e.args, e.when) {
		part.walk(visit)
	}
	e.other.walk(visit)
	e.filter.walk(visit)
}

// contains reports whether an expression or one within it is as asked.
func (e *expr) contains(is func(*expr) bool) bool {
	found := false
	e.walk(func(part *expr) bool {
		found = found || is(part)
		return !found
	})
	return found
}

// aggregates reports whether a SELECT has aggregate functions, so that its rows stand for groups.
func (s *selection) aggregates() bool {
	for _, c := range s.columns {
		if c.expr.contains(func(e *expr) bool { return e.isAggregate() }) {
			return true
		}
	}
	return s.having.contains(func(e *expr) bool { return e.isAggregate() })
}
