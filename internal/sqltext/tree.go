package sqltext

import (
	"slices"
	"strings"
)

// tree is a statement as far as it is understood: its SELECTs, what they read and what they compute. It covers the SQL that
// the engines have in common. Parts that it does not understand are unclear, and callers draw no conclusion from them.
type tree struct {
	statement  *Statement
	text       string // That of the statement.
	lexemes    []lexeme
	match      []int // For each bracket the index of its partner.
	root       *query
	selections []*selection // All of them, at any depth.
}

// query returns rows: one SELECT, or several combined by UNION and the like.
type query struct {
	parts []*selection
}

// selection is one SELECT, or the rows of VALUES.
type selection struct {
	at       int // The word SELECT.
	values   bool
	distinct bool
	columns  []column // For VALUES, only if it is one row.
	sources  []*source
	read     [2]int // The lexemes that name the sources, the second excluded.
	where    *expr
	on       []*expr // Conditions of joins.
	groupAt  int     // The word GROUP; 0 without one.
	groups   []*expr
	having   *expr
	limited  bool // LIMIT, OFFSET and the like may leave rows out.
	skipping bool // They may leave out the only row: all but LIMIT with a number above 0.
}

// column is an item of a SELECT's list.
type column struct {
	name  string // "" if it is not known.
	expr  *expr
	star  bool   // All columns, or all of one source.
	table string // The source that a star names.
}

// source is what a SELECT reads rows from.
type source struct {
	name    string   // What qualifies its columns.
	query   *query   // Nil for a table, a view, or a function.
	call    *expr    // The function; nil for the others.
	columns []string // New names for its columns, nil if it has none.
	join    string   // "" for the first one and after a comma; inner, left, right, full or cross.
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
	list // Several expressions in brackets.
)

// expr is an expression.
type expr struct {
	kind     exprKind
	text     string // Name of a parameter, column or function; the operator.
	table    string // Before the name of a column.
	args     []*expr
	when     []*expr // The conditions of a CASE, one for each of its args.
	other    *expr   // What follows ELSE.
	at       int     // The lexeme that stands for it: a function's name, an operator.
	from, to int     // Its lexemes, without to.
	typed    [2]int  // For a cast: the lexemes of its type, the second excluded.
	query    *query  // For a subquery.
	distinct bool    // For a call: count(DISTINCT x).
	windowed bool    // For a call: it has OVER.
	framed   bool    // For a call: its OVER names the rows of a frame.
	filter   *expr   // For a call.
}

// maxTreeSize is how many lexemes a statement may have to be read as a tree.
const maxTreeSize = 100_000

// tree reads the statement as a tree. It returns nil if the text is not a SELECT, or is too large or too deep.
func (s *Statement) tree() *tree {
	list, match, ok := lexemes(s.scanner())
	if !ok {
		return nil
	}
	r := &treeReader{tree: &tree{statement: s, text: s.text, lexemes: list, match: match}}
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

// contains reports whether is holds for an expression or a part of it.
func (e *expr) contains(is func(*expr) bool) bool {
	found := false
	e.walk(func(part *expr) bool {
		found = found || is(part)
		return !found
	})
	return found
}

// aggregates reports whether a SELECT has aggregate functions, so that its rows are groups.
func (s *selection) aggregates() bool {
	for _, c := range s.columns {
		if c.expr.contains(func(e *expr) bool { return e.isAggregate() }) {
			return true
		}
	}
	return s.having.contains(func(e *expr) bool { return e.isAggregate() })
}
