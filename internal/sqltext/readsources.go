package sqltext

import "strings"

// sources reads a FROM clause.
func (r *treeReader) sources(s *selection, from, to int) {
	if r.depth++; r.depth > maxTreeDepth {
		s.sources = append(s.sources, &source{})
		return
	}
	defer func() { r.depth-- }()
	for join := ""; from < to; {
		from = r.source(s, join, from, to)
		next := r.find(from, to, func(at int) bool { return r.isJoin(at) || r.is(at, ",") })
		if r.is(from, "on") {
			s.on = append(s.on, r.whole(from+1, next))
		}
		join, from = r.join(next, to)
	}
}

// isJoin reports whether a join begins here. LEFT and RIGHT are also functions.
func (r *treeReader) isJoin(at int) bool {
	return r.is(at, "join", "inner", "cross", "natural", "straight_join") ||
		r.is(at, "left", "right", "full") && (r.is(at+1, "join") || r.is(at+1, "outer", "lateral", "semi", "anti"))
}

// join reads the words before the next source, and returns where the source begins.
func (r *treeReader) join(at, to int) (how string, from int) {
	if r.is(at, ",") {
		return "", at + 1
	}
	how = "inner"
	for ; at < to && r.is(at, "natural", "inner", "left", "right", "full", "cross", "outer", "straight_join", "join"); at++ {
		if r.is(at, "left", "right", "full", "cross") {
			how = r.lexemes[at].text
		}
	}
	return how, at
}

// source reads one source, and returns where it ends.
func (r *treeReader) source(s *selection, join string, from, to int) int {
	for r.is(from, "lateral", "only") {
		from++
	}
	t := &source{join: join}
	switch {
	case r.is(from, "(") && r.isQuery(from+1, r.match[from]):
		t.query = r.query(r.inside(from))
		from = r.match[from] + 1
	case r.is(from, "("): // Joins in brackets.
		before := len(s.sources)
		start, end := r.inside(from)
		r.sources(s, start, end)
		if len(s.sources) > before && join != "" {
			s.sources[before].join = join
		}
		return r.match[from] + 1
	default:
		from = r.table(t, from, to)
	}
	if r.is(from, "with") && r.is(from+1, "ordinality") {
		from += 2
	}
	if r.is(from, "as") {
		from++
	}
	if name := r.name(from, to); name != "" && !r.isJoin(from) {
		t.name = name
		if from++; from < to && r.is(from, "(") {
			t.columns = nil
			r.split(from+1, r.match[from], func(at, end int) { t.columns = append(t.columns, r.name(at, end)) })
			from = r.match[from] + 1
		}
	}
	s.sources = append(s.sources, t)
	return from
}

// table reads the name of a table or of a query from WITH, or a function call.
func (r *treeReader) table(t *source, from, to int) int {
	plain, start := true, from
	for from < to {
		t.name = r.name(from, to)
		if from++; !r.is(from, ".") {
			break
		}
		plain = false
		from++
	}
	if from < to && r.is(from, "(") {
		t.call = r.whole(start, r.match[from]+1)
		return r.match[from] + 1
	}
	for i := len(r.tables) - 1; i >= 0 && plain; i-- {
		if strings.EqualFold(r.tables[i].name, t.name) {
			t.query, t.columns = r.tables[i].query, r.tables[i].columns
			break
		}
	}
	return from
}

// reserved are the words that can be neither columns nor aliases.
const reserved = "all and any array as asc between by case cast cross desc distinct else end except exists fetch for from full " +
	"group having in inner intersect is join lateral left like limit natural not offset on or order outer qualify right select set " +
	"similar some tablesample then to union using values when where window with"

func isReserved(word string) bool {
	for text := range strings.FieldsSeq(reserved) {
		if text == word {
			return true
		}
	}
	return false
}
