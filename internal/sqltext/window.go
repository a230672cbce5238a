package sqltext

import (
	"maps"
	"slices"
	"strings"
)

// windowParameters are the parameters at which a window begins or ends.
const windowParameters = "period_start period_end previous_start previous_end"

// NotHalfOpen is a condition that does not select a window with >= its start and < its end.
type NotHalfOpen struct {
	Word             // What is wrong: BETWEEN, <=, >, or a function such as tstzrange.
	Parameter string // With its colon: the end that is included, or the start that is left out.
	TakesIn   bool   // The end is included.
	Instead   string // What to write.
}

// NotHalfOpen returns the conditions that include the end of a window or leave out its start, in order. A column that is
// compared with only one side of a window is fine: it asks for the state at that instant.
func (s *Statement) NotHalfOpen() []NotHalfOpen {
	t := s.tree()
	if t == nil {
		return nil
	}
	r := &windowReader{analysis: analysis{tree: t}, found: map[int]NotHalfOpen{}}
	for _, r.in = range t.selections {
		rows := append([]*expr{r.in.where}, r.in.on...)
		known := r.hold(rows, nil)
		r.hold([]*expr{r.in.having}, known)
		for _, c := range r.in.columns {
			r.within(c.expr, known)
		}
		for _, g := range r.in.groups {
			r.within(g, known)
		}
	}
	list := make([]NotHalfOpen, 0, len(r.found))
	for _, at := range slices.Sorted(maps.Keys(r.found)) {
		list = append(list, r.found[at])
	}
	return list
}

type windowReader struct {
	analysis
	in    *selection
	found map[int]NotHalfOpen // By the lexeme that is wrong.
}

// comparison compares a column with a parameter of a window.
type comparison struct {
	column *expr
	sign   string // <, <=, > or >=, with the column on its left.
	bound  *expr
	at     int
}

// fact is a condition that holds, or whose negation does.
type fact struct {
	*expr
	negated bool
}

// hold checks conditions that hold together, and together with the comparisons known already. It returns all comparisons that then hold.
func (r *windowReader) hold(conditions []*expr, known []comparison) []comparison {
	var facts, others []fact
	for _, c := range conditions {
		facts = r.flatten(facts, fact{expr: c})
	}
	known = slices.Clip(known)
	for _, f := range facts {
		if c, ok := r.comparison(f); ok {
			for _, other := range known {
				if r.over() {
					break
				}
				r.pair(c, other)
				r.pair(other, c)
			}
			known = append(known, c)
		}
		others = append(others, f)
	}
	for _, f := range others {
		r.alternatives(f, known)
	}
	return known
}

// flatten splits a condition at its ANDs.
func (r *windowReader) flatten(into []fact, f fact) []fact {
	switch {
	case f.expr == nil || r.over():
		return into
	case f.kind == operator && f.text == "not":
		return r.flatten(into, fact{f.args[0], !f.negated})
	case f.kind == operator && (f.text == "and" && !f.negated || f.text == "or" && f.negated):
		return r.flatten(r.flatten(into, fact{f.args[0], f.negated}), fact{f.args[1], f.negated})
	}
	return append(into, f)
}

// alternatives checks the two sides of an OR, each by itself.
func (r *windowReader) alternatives(f fact, known []comparison) {
	if f.kind != operator || !isOneOf(f.text, "and or") {
		r.within(f.expr, known)
		return
	}
	for _, arg := range f.args {
		if f.negated {
			arg = &expr{kind: operator, text: "not", args: []*expr{arg}}
		}
		r.hold([]*expr{arg}, known)
	}
}

// within looks for conditions inside an expression.
func (r *windowReader) within(e *expr, known []comparison) {
	switch {
	case e == nil || r.over():
		return
	case e.kind == operator && isOneOf(e.text, "and or not"):
		r.hold([]*expr{e}, known)
		return
	case e.kind == operator && e.text == "between":
		r.between(e)
	case e.kind == choice:
		for i, when := range e.when {
			r.within(e.args[i], r.hold([]*expr{when}, known))
		}
		r.within(e.other, known)
		return
	case e.kind == call:
		known = r.hold([]*expr{e.filter}, known)
		r.ranged(e)
	}
	for _, arg := range e.args {
		r.within(arg, known)
	}
}

// comparison reads a condition that compares a column with a parameter of a window.
func (r *windowReader) comparison(f fact) (comparison, bool) {
	if f.kind != operator || !isOneOf(f.text, "< <= > >=") || len(f.args) != 2 {
		return comparison{}, false
	}
	c := comparison{column: f.args[0], sign: f.text, bound: f.args[1], at: f.at}
	if len(r.mentioned(c.column)) > 0 {
		c.column, c.bound = c.bound, c.column
		c.sign = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[c.sign]
	}
	if f.negated {
		c.sign = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[c.sign]
	}
	return c, r.isColumn(c.column) && len(r.mentioned(c.bound)) > 0
}

// isColumn reports whether an expression is computed from columns, and from no parameter of a window.
func (r *windowReader) isColumn(e *expr) bool {
	return len(r.mentioned(e)) == 0 && e.contains(func(part *expr) bool { return part.kind == reference || part.kind == star })
}

// pair checks two comparisons as the lower and the upper side of a window.
func (r *windowReader) pair(lower, upper comparison) {
	if lower.sign[0] != '>' || upper.sign[0] != '<' || !r.same(lower.column, upper.column) {
		return
	}
	end := r.parameter(upper.bound, r.in)
	if !opens(r.mentioned(lower.bound), end) {
		return
	}
	instead := r.halfOpen(lower.column, lower.bound, upper.bound)
	start := r.parameter(lower.bound, r.in)
	switch {
	case upper.sign == "<=":
		r.found[upper.at] = NotHalfOpen{r.word(upper.at), ":" + end, true, instead}
	case lower.sign == ">" && start != "":
		r.found[lower.at] = NotHalfOpen{r.word(lower.at), ":" + start, false, instead}
	}
}

// between checks a BETWEEN.
func (r *windowReader) between(e *expr) {
	end := r.parameter(e.args[2], r.in)
	if r.isColumn(e.args[0]) && opens(r.mentioned(e.args[1]), end) {
		r.found[e.at] = NotHalfOpen{r.word(e.at), ":" + end, true, r.halfOpen(e.args[0], e.args[1], e.args[2])}
	}
}

// ranged checks a range of PostgreSQL, which is half open unless its third argument includes the end.
func (r *windowReader) ranged(e *expr) {
	if !isOneOf(e.text, "tstzrange tsrange daterange") || len(e.args) != 3 || e.args[2].kind != literal || !strings.HasSuffix(e.args[2].text, "]'") {
		return
	}
	if end := r.parameter(e.args[1], r.in); opens(r.mentioned(e.args[0]), end) {
		instead := e.text + "(" + r.source(e.args[0]) + ", " + r.source(e.args[1]) + ")"
		r.found[e.at] = NotHalfOpen{r.word(e.at), ":" + end, true, instead}
	}
}

// opens reports whether one of several parameters begins a window that ends at another.
func opens(starts []string, end string) bool {
	return slices.ContainsFunc(starts, func(start string) bool {
		switch end {
		case "period_end":
			return isOneOf(start, "period_start previous_start previous_end")
		case "previous_end", "period_start":
			return start == "previous_start"
		}
		return false
	})
}

func (r *windowReader) halfOpen(column, lower, upper *expr) string {
	name := r.source(column)
	return name + " >= " + r.source(lower) + " AND " + name + " < " + r.source(upper)
}

// mentioned returns the parameters of a window that an expression is computed from.
func (r *windowReader) mentioned(e *expr) []string {
	var names []string
	e.walk(func(part *expr) bool {
		if part.kind == argument || part.kind == reference || part.kind == subquery {
			if name := r.parameter(part, r.in); isOneOf(name, windowParameters) {
				names = append(names, name)
			}
		}
		return !r.over()
	})
	return names
}

// parameter returns the name of the parameter that an expression is, in any type and zone; "" if it is something else, such
// as an instant some time before the parameter.
func (r *windowReader) parameter(e *expr, in *selection) string {
	var items []item
	switch e = bare(e); e.kind {
	case argument:
		return e.text
	case reference:
		_, items = r.origin(e, in)
	case subquery:
		for _, s := range e.query.parts {
			if list, known := r.columns(s); known && len(list) == 1 {
				items = append(items, item{list[0].expr, s})
			}
		}
	}
	if len(items) != 1 || r.over() {
		return ""
	}
	return r.parameter(items[0].expr, items[0].in)
}

// bare strips what changes only the type, the zone or the precision of an expression.
func bare(e *expr) *expr {
	for {
		var inner *expr
		switch {
		case e.kind == cast, e.kind == list && len(e.args) == 1, e.kind == operator && e.text == "at time zone":
			inner = e.args[0]
		case e.kind == call && !e.windowed && !e.isAggregate() && !isOneOf(e.text, "least greatest min max"):
			for _, arg := range e.args {
				if isManner(arg) {
					continue
				}
				if inner != nil {
					return e
				}
				inner = arg
			}
		}
		if inner == nil {
			return e
		}
		e = inner
	}
}

// isManner reports whether an argument only says how a function reads its other argument: a format, a zone, a unit. A number,
// or a text that begins like one, may move an instant.
func isManner(e *expr) bool {
	switch e.kind {
	case argument:
		return e.text == "timezone"
	case reference:
		return isOneOf(e.text, units)
	case literal:
		text := strings.TrimLeft(strings.Trim(e.text, "'"), " ")
		return strings.HasPrefix(e.text, "'") && (text == "" || strings.IndexByte("+-0123456789", text[0]) < 0)
	}
	return false
}

// same reports whether two expressions are the same column, as far as the statement tells.
func (r *windowReader) same(a, b *expr) bool {
	a, b = bare(a), bare(b)
	if a.kind == reference && b.kind == reference {
		return strings.EqualFold(a.text, b.text) && (a.table == "" || b.table == "" || strings.EqualFold(a.table, b.table))
	}
	return a.kind == b.kind && r.plain(a) == r.plain(b)
}

// plain returns the lexemes of an expression, so that it can be compared with another.
func (r *windowReader) plain(e *expr) string {
	var b strings.Builder
	for _, l := range r.lexemes[e.from:e.to] {
		b.WriteString(l.text + " ")
	}
	return b.String()
}
