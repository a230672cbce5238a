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
	r := &windowReader{analysis: analysis{tree: t}, holds: map[*selection][]comparison{}, found: map[int]NotHalfOpen{}}
	for _, s := range t.selections {
		r.selection(s)
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
	holds map[*selection][]comparison // What holds for the rows of each SELECT that was read.
	found map[int]NotHalfOpen         // By the lexeme that is wrong.
}

// comparison compares a column with a parameter of a window.
type comparison struct {
	column    *expr
	sign      string // <, <=, > or >=, with the column on its left; <> as well.
	bound     *expr
	parameter string   // What the bound is; "" if it is computed from parameters.
	mentioned []string // The parameters that the bound is computed from.
	at        int
}

// selection checks a SELECT, after those that it reads. It returns the comparisons that hold for its rows.
func (r *windowReader) selection(s *selection) []comparison {
	if known, done := r.holds[s]; done || r.over() {
		return known
	}
	r.holds[s] = nil
	var known []comparison
	for _, from := range s.sources {
		known = append(known, r.inherited(from)...)
	}
	defer func(before *selection) { r.in = before }(r.in)
	r.in = s
	known = r.hold(append([]*expr{s.where}, s.on...), known)
	r.holds[s] = known
	r.hold([]*expr{s.having}, known)
	for _, c := range s.columns {
		r.within(c.expr, known)
	}
	for _, g := range s.groups {
		r.within(g, known)
	}
	for _, from := range s.sources {
		r.within(from.call, known)
	}
	return known
}

// inherited returns the comparisons that hold for the rows of a subquery, with its columns by their names outside. Those of an
// outer join's side may be missing, but never compare otherwise.
func (r *windowReader) inherited(from *source) []comparison {
	if from.query == nil || len(from.query.parts) != 1 {
		return nil
	}
	inner := from.query.parts[0]
	known := r.selection(inner)
	if len(known) == 0 || inner.aggregates() && len(inner.groups) == 0 {
		return nil
	}
	columns, all := r.columns(inner)
	var list []comparison
	pass := func(c comparison, name string) {
		c.column = &expr{kind: reference, text: name, table: from.name, at: c.column.at, from: c.column.from, to: c.column.to}
		list = append(list, c)
	}
	for _, c := range known {
		passed := false
		for i, column := range columns {
			if column.expr == nil || !r.same(c.column, column.expr) {
				continue
			}
			if i < len(from.columns) && from.columns[i] != "" {
				column.name = from.columns[i]
			}
			pass(c, column.name)
			passed = true
		}
		if !passed && !all && c.column.kind == reference && from.columns == nil { // SELECT * of a table.
			pass(c, c.column.text)
		}
	}
	return list
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
	var compared []comparison
	for _, f := range facts {
		if c, ok := r.comparison(f); ok {
			known = append(known, c)
			compared = append(compared, c)
		}
		others = append(others, f)
	}
	for _, c := range compared {
		for _, other := range known {
			if r.over() {
				break
			}
			r.pair(c, other, known)
			r.pair(other, c, known)
		}
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
		r.between(e, known)
	case e.kind == choice:
		for i, when := range e.when {
			r.within(e.args[i], r.hold([]*expr{when}, known))
		}
		r.within(e.other, known)
		return
	case e.kind == call:
		known = r.hold([]*expr{e.filter}, known)
		r.ranged(e, known)
	}
	for _, arg := range e.args {
		r.within(arg, known)
	}
}

// comparison reads a condition that compares a column with a parameter of a window.
func (r *windowReader) comparison(f fact) (comparison, bool) {
	if f.kind != operator || !isOneOf(f.text, "< <= > >= <> != =") || len(f.args) != 2 {
		return comparison{}, false
	}
	c := comparison{column: f.args[0], sign: f.text, bound: f.args[1], at: f.at}
	if c.sign == "!=" {
		c.sign = "<>"
	}
	if len(r.mentioned(c.column)) > 0 {
		c.column, c.bound = c.bound, c.column
		c.sign = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "<>": "<>", "=": "="}[c.sign]
	}
	if f.negated {
		c.sign = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<", "<>": "=", "=": "<>"}[c.sign]
	}
	c.parameter, c.mentioned = r.parameter(c.bound, r.in), r.mentioned(c.bound)
	return c, c.sign != "=" && r.isColumn(c.column) && len(c.mentioned) > 0
}

// ended reports whether a comparison that holds leaves out a column's value at a parameter.
func (r *windowReader) ended(column *expr, end string, known []comparison) bool {
	return slices.ContainsFunc(known, func(c comparison) bool {
		return isOneOf(c.sign, "< <>") && c.parameter == end && r.same(c.column, column)
	})
}

// isColumn reports whether an expression is computed from columns, and from no parameter of a window.
func (r *windowReader) isColumn(e *expr) bool {
	return len(r.mentioned(e)) == 0 && e.contains(func(part *expr) bool { return part.kind == reference || part.kind == star })
}

// pair checks two of the comparisons that hold as the lower and the upper side of a window.
func (r *windowReader) pair(lower, upper comparison, known []comparison) {
	if lower.sign[0] != '>' || !isOneOf(upper.sign, "< <=") || !r.same(lower.column, upper.column) ||
		!opens(lower.mentioned, lower.parameter, upper.parameter) {
		return
	}
	instead := r.halfOpen(upper.column, lower.bound, upper.bound)
	switch {
	case upper.sign == "<=":
		if !r.ended(upper.column, upper.parameter, known) {
			r.found[upper.at] = NotHalfOpen{r.word(upper.at), ":" + upper.parameter, true, instead}
		}
	case lower.sign == ">" && lower.parameter != "":
		r.found[lower.at] = NotHalfOpen{r.word(lower.at), ":" + lower.parameter, false, instead}
	}
}

// between checks a BETWEEN.
func (r *windowReader) between(e *expr, known []comparison) {
	end := r.parameter(e.args[2], r.in)
	if r.isColumn(e.args[0]) && r.opens(e.args[1], end) && !r.ended(e.args[0], end, known) {
		r.found[e.at] = NotHalfOpen{r.word(e.at), ":" + end, true, r.halfOpen(e.args[0], e.args[1], e.args[2])}
	}
}

// ranged checks a range of PostgreSQL, which is half open unless its third argument includes the end, and generate_series,
// which includes it.
func (r *windowReader) ranged(e *expr, known []comparison) {
	if len(e.args) != 3 {
		return
	}
	end, start, last := r.parameter(e.args[1], r.in), r.source(e.args[0]), r.source(e.args[1])
	switch {
	case !r.opens(e.args[0], end):
	case isOneOf(e.text, "tstzrange tsrange daterange") && e.args[2].kind == literal && strings.HasSuffix(e.args[2].text, "]'"):
		r.found[e.at] = NotHalfOpen{r.word(e.at), ":" + end, true, e.text + "(" + start + ", " + last + ")"}
	case e.text == "generate_series" && !slices.ContainsFunc(known, func(c comparison) bool { return isOneOf(c.sign, "< <>") && c.parameter == end }):
		step := r.source(e.args[2])
		r.found[e.at] = NotHalfOpen{r.word(e.at), ":" + end, true, "generate_series(" + start + ", " + last + " - " + step + ", " + step + ")"}
	}
}

// opens reports whether an expression begins a window that ends at a parameter.
func (r *windowReader) opens(lower *expr, end string) bool {
	return opens(r.mentioned(lower), r.parameter(lower, r.in), end)
}

// opens reports whether a bound begins a window that ends at a parameter: it is computed from an earlier parameter, or is some
// time before the parameter itself.
func opens(starts []string, parameter, end string) bool {
	return slices.ContainsFunc(starts, func(start string) bool {
		if start == end {
			return parameter == ""
		}
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
