package sqltext

import (
	"slices"
	"strconv"
	"strings"
)

// maxTreeDepth is how deep a statement may be nested to be read as a tree.
const maxTreeDepth = 100

// treeReader reads a tree from lexemes.
type treeReader struct {
	*tree
	pos, end int       // Where expression reads, and where it must stop.
	depth    int       // How deep brackets and the like are nested.
	tables   []*source // What WITH has named, the innermost last.
}

// is reports whether a bare word or a symbol stands at a place.
func (r *treeReader) is(at int, texts ...string) bool {
	return at >= 0 && at < len(r.lexemes) && !r.lexemes[at].named && r.lexemes[at].kind != quoted && slices.Contains(texts, r.lexemes[at].text)
}

// name returns the name at a place before end, "" if none is there.
func (r *treeReader) name(at, end int) string {
	if at >= end || r.lexemes[at].kind != word || !r.lexemes[at].named && isReserved(r.lexemes[at].text) {
		return ""
	}
	return r.lexemes[at].text
}

// find returns the first place between from and to, outside brackets, for which found returns true; to if there is none.
func (r *treeReader) find(from, to int, found func(at int) bool) int {
	for at := from; at < to; at++ {
		if found(at) {
			return at
		}
		if r.match[at] > at {
			at = r.match[at]
		}
	}
	return min(max(from, to), to)
}

// split calls yield for each part between commas.
func (r *treeReader) split(from, to int, yield func(from, to int)) {
	for from < to {
		comma := r.find(from, to, func(at int) bool { return r.is(at, ",") })
		yield(from, comma)
		from = comma + 1
	}
}

// inside returns what stands within the brackets that begin at a place.
func (r *treeReader) inside(at int) (from, to int) { return at + 1, r.match[at] }

// isQuery reports whether the lexemes are a query, which may have brackets of its own.
func (r *treeReader) isQuery(from, to int) bool {
	for from < to && r.is(from, "(") {
		if end := r.match[from]; end < to-1 && !r.is(end+1, "union", "intersect", "except", "order", "limit", "offset", "fetch") {
			return false
		}
		from, to = r.inside(from)
	}
	return from < to && r.is(from, "select", "with", "values")
}

// query reads a query; it returns nil if it is not understood.
func (r *treeReader) query(from, to int) *query {
	if r.depth++; r.depth > maxTreeDepth {
		return nil
	}
	tables := len(r.tables)
	defer func() { r.depth--; r.tables = r.tables[:tables] }()
	if r.is(from, "with") {
		if from = r.with(from+1, to); from < 0 {
			return nil
		}
	}
	q := &query{}
	for from < to {
		stop := r.find(from, to, func(at int) bool { return r.is(at, "union", "intersect", "except") && !r.is(at-1, ".", "as") })
		parts := r.unionPart(from, stop)
		if parts == nil {
			return nil
		}
		q.parts = append(q.parts, parts...)
		if from = stop + 1; r.is(from, "all", "distinct") {
			from++
		}
	}
	if len(q.parts) == 0 {
		return nil
	}
	return q
}

// with reads the queries of a WITH clause, and returns where the main query begins; -1 if the clause is not understood.
func (r *treeReader) with(from, to int) int {
	if r.is(from, "recursive") {
		from++
	}
	for {
		t := &source{name: r.name(from, to)}
		if t.name == "" {
			return -1
		}
		if from++; r.is(from, "(") {
			r.split(from+1, r.match[from], func(at, end int) { t.columns = append(t.columns, r.name(at, end)) })
			from = r.match[from] + 1
		}
		if from = r.find(from, to, func(at int) bool { return r.is(at, "(") }); from == to {
			return -1
		}
		t.query = r.query(r.inside(from))
		r.tables = append(r.tables, t)
		if from = r.searched(r.match[from]+1, to); !r.is(from, ",") {
			return from
		}
		from++
	}
}

// searched moves over the SEARCH and CYCLE clauses of a recursive query.
func (r *treeReader) searched(from, to int) int {
	for r.is(from, "search", "cycle") {
		from = r.find(from, to, func(at int) bool { return r.is(at, "set") }) + 2
		for r.is(from, "to", "default", "using") {
			from += 2
		}
	}
	return from
}

// unionPart reads one unionPart of a UNION and the like.
func (r *treeReader) unionPart(from, to int) []*selection {
	switch {
	case from >= to:
		return nil
	case r.is(from, "("):
		q := r.query(r.inside(from))
		if q == nil {
			return nil
		}
		if r.match[from] < to-1 { // What follows may be a LIMIT.
			for _, s := range q.parts {
				s.limited, s.skipping = true, true
			}
		}
		return q.parts
	case r.is(from, "values"):
		return []*selection{r.values(from, to)}
	case r.is(from, "select"):
		s := r.selection(from, to)
		r.selections = append(r.selections, s)
		return []*selection{s}
	}
	return nil
}

// values reads VALUES. The columns of one row are known; several rows have no expression in common.
func (r *treeReader) values(from, to int) *selection {
	s := &selection{at: from, values: true}
	var rows [][2]int
	r.split(from+1, r.find(from+1, to, func(at int) bool { return r.is(at, "order", "limit", "offset", "fetch") }), func(from, to int) {
		rows = append(rows, [2]int{from, to})
	})
	if len(rows) != 1 || !r.is(rows[0][0], "(") || r.match[rows[0][0]] != rows[0][1]-1 {
		return s
	}
	start, end := r.inside(rows[0][0])
	r.split(start, end, func(from, to int) {
		s.columns = append(s.columns, column{name: "column" + strconv.Itoa(len(s.columns)+1), expr: r.whole(from, to)})
	})
	return s
}

// clause returns which clause of a SELECT begins at a place, 0 if none does. Clauses stand in the order of their numbers.
func (r *treeReader) clause(at int) int {
	if r.is(at-1, ".", "as") {
		return 0
	}
	switch {
	case r.is(at, "from") && !(r.is(at-1, "distinct") && r.is(at-2, "is", "not")):
		return 1
	case r.is(at, "where"):
		return 2
	case r.is(at, "group") && r.is(at+1, "by"):
		return 3
	case r.is(at, "having"):
		return 4
	case r.is(at, "window", "qualify"):
		return 5
	case r.is(at, "order") && r.is(at+1, "by"):
		return 6
	case r.is(at, "limit", "offset", "fetch"):
		return 7
	case r.is(at, "for") && r.is(at+1, "update", "share", "no", "key"):
		return 8
	}
	return 0
}

// selection reads a SELECT.
func (r *treeReader) selection(from, to int) *selection {
	s := &selection{at: from}
	switch from++; {
	case r.is(from, "all"):
		from++
	case r.is(from, "distinct"):
		s.distinct = true
		if from++; r.is(from, "on") && r.is(from+1, "(") {
			from = r.match[from+1] + 1
		}
	}
	for clause := 0; from < to; {
		next := 0
		stop := r.find(from, to, func(at int) bool {
			next = r.clause(at)
			return next > clause
		})
		r.readClause(s, clause, from, stop)
		if from = stop + 1; next == 3 || next == 6 {
			from++ // BY.
		}
		clause = next
	}
	return s
}

func (r *treeReader) readClause(s *selection, clause, from, to int) {
	switch clause {
	case 0:
		r.split(from, to, func(from, to int) { s.columns = append(s.columns, r.column(from, to)) })
	case 1:
		s.read = [2]int{from, to}
		r.sources(s, from, to)
	case 2:
		s.where = r.whole(from, to)
	case 3:
		s.groupAt = from - 2
		r.split(from, to, func(from, to int) { s.groups = append(s.groups, r.whole(from, to)) })
	case 4:
		s.having = r.whole(from, to)
	case 7:
		s.limited = true
		s.skipping = !(to-from == 1 && r.is(from-1, "limit") && r.lexemes[from].kind == number && strings.Trim(r.lexemes[from].text, "0") != "")
	}
}

// column reads an item of a SELECT's list.
func (r *treeReader) column(from, to int) column {
	switch {
	case r.is(to-1, "*") && to-from == 1:
		return column{star: true, expr: &expr{from: from, to: to}}
	case r.is(to-1, "*") && r.is(to-2, "."): // All columns of a source, or of a value: (address).*
		return column{star: true, table: r.lexemes[to-3].text, expr: &expr{from: from, to: to}}
	}
	e := r.expression(from, to)
	switch rest := to - r.pos; {
	case e.kind == unclear && !r.is(to-2, "as"):
	case rest == 0 && e.kind != unclear:
		return column{name: e.name(), expr: e}
	case rest == 1 && r.lexemes[to-1].kind == word:
		return column{name: r.lexemes[to-1].text, expr: e}
	case r.is(to-2, "as") && r.lexemes[to-1].kind == word:
		if rest != 2 {
			e = &expr{from: from, to: to - 2, at: from}
		}
		return column{name: r.lexemes[to-1].text, expr: e}
	}
	return column{expr: &expr{from: from, to: to, at: from}}
}

// name returns what PostgreSQL calls a column that has no name of its own.
func (e *expr) name() string {
	switch e.kind {
	case reference, call:
		return e.text
	case cast:
		return e.args[0].name()
	case choice:
		return "case"
	}
	return ""
}
