package sqltext

import (
	"cmp"
	"slices"
	"strings"
)

// Instant is a use of a parameter that stands for an instant, which is every parameter but :timezone. A column or a subquery
// that is nothing but such a parameter under another name is one, too.
type Instant struct {
	Parameter
	Compared string // What it is compared with, as it is written; "" where that is not known.
	// Conversion makes something of it that depends on the session's time zone: the function, or the type of a cast. It is ""
	// where there is none.
	Conversion string

	InZone   string // It with all that moves or converts it, in the KPI's time zone; "" where its surroundings are not known.
	Operator string // Between Compared and the instant, in this order; "" in the other one, and of BETWEEN and the like.

	compared extent   // The whole comparison; nothing where that is not known.
	zoned    bool     // AT TIME ZONE takes it to a time zone.
	spans    []extent // What stands for an instant or a date that is made from it, the widest first and at last itself.
}

// extent is the text from a byte up to another.
type extent struct{ from, to int }

// Widths returns how many texts around the instant can be replaced.
func (i Instant) Widths() int { return len(i.spans) }

// Replace returns the edit that puts a text in place of the instant. Width 0 takes with it all that only moves or converts it:
// of (:as_of - interval '1 day')::date, everything; the last width takes the parameter alone.
func (i Instant) Replace(width int, text string) Edit { return Edit{i.spans[width], text} }

// Edit puts another text in place of a part of a statement.
type Edit struct {
	extent
	text string
}

// RenderEdited returns the SQL with each parameter replaced by its placeholder, and with the edits. Parameters in what an edit
// replaces are gone. Where edits overlap, the first one counts.
func (s *Statement) RenderEdited(edits []Edit, placeholder func(name string) string) string {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	copied, next := 0, 0
	put := func(at extent, text func() string) {
		if at.from < copied {
			return
		}
		b.WriteString(s.text[copied:at.from])
		b.WriteString(text())
		copied = at.to
	}
	for _, u := range s.uses {
		for ; next < len(edits) && edits[next].from <= u.start; next++ {
			put(edits[next].extent, func() string { return edits[next].text })
		}
		put(extent{u.start, u.end}, func() string { return placeholder(s.names[u.ordinal-1]) })
	}
	for ; next < len(edits); next++ {
		put(edits[next].extent, func() string { return edits[next].text })
	}
	b.WriteString(s.text[copied:])
	return b.String()
}

// Instants returns the instants of the statement, in order.
func (s *Statement) Instants() []Instant {
	byStart := map[int]Instant{}
	for _, u := range s.uses {
		if name := s.names[u.ordinal-1]; name != "timezone" {
			byStart[u.start] = Instant{Parameter: Parameter{name, u.line, u.column}, spans: []extent{{u.start, u.end}}}
		}
	}
	if t := s.tree(); t != nil {
		a := &analysis{tree: t}
		t.visit(func(e *expr, around []*expr, in *selection) {
			if e.kind != argument && e.kind != reference && e.kind != subquery || a.over() {
				return
			}
			if name := a.standsFor(e, in); name != "" && name != "timezone" {
				at := e.from
				if e.kind == argument {
					at = e.at // Behind brackets.
				}
				w := t.word(at)
				i := Instant{Parameter: Parameter{name, w.Line, w.Column}}
				a.surroundings(&i, e, around)
				i.InZone = t.excerpt(i.spans[0], []Edit{i.inZone(t)})
				byStart[t.lexemes[at].start] = i
			}
		})
	}
	list := make([]Instant, 0, len(byStart))
	for _, i := range byStart {
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b Instant) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return list
}

// visit calls f for every expression of the statement with those around it, the innermost last.
func (t *tree) visit(f func(e *expr, around []*expr, in *selection)) {
	for _, s := range t.selections {
		var walk func(e *expr, around []*expr)
		walk = func(e *expr, around []*expr) {
			if e == nil {
				return
			}
			f(e, around, s)
			around = append(slices.Clip(around), e)
			for _, part := range slices.Concat(e.args, e.when, []*expr{e.other, e.filter}) {
				walk(part, around)
			}
		}
		for _, c := range s.columns {
			walk(c.expr, nil)
		}
		for _, e := range slices.Concat([]*expr{s.where, s.having}, s.on, s.groups) {
			walk(e, nil)
		}
	}
}

// extent returns where the text of an expression stands.
func (t *tree) extent(e *expr) extent { return extent{t.lexemes[e.from].start, t.lexemes[e.to-1].end} }

// standsFor returns the parameter that an expression is, whatever it is called there.
func (a *analysis) standsFor(e *expr, in *selection) string {
	if a.over() {
		return ""
	}
	switch e.kind {
	case argument:
		return e.text
	case cast:
		if kind := a.castType(e); kind == "timestamptz" || kind == "timestamp" {
			return a.standsFor(e.args[0], in)
		}
	}
	if i, ok := a.definition(e, in); ok {
		return a.standsFor(i.expr, i.in)
	}
	return ""
}

// definition returns the only expression that a column of a subquery, or a subquery of one column, stands for.
func (a *analysis) definition(e *expr, in *selection) (item, bool) {
	var items []item
	switch e.kind {
	case reference:
		_, items = a.origin(e, in)
	case subquery:
		if len(e.query.parts) == 1 {
			if list, known := a.columns(e.query.parts[0]); known && len(list) == 1 {
				items = append(items, item{list[0].expr, e.query.parts[0]})
			}
		}
	}
	if len(items) != 1 {
		return item{}, false
	}
	return items[0], true
}

// instantIn returns the first instant of the parameters in an expression, or in what it stands for, and the part that has it.
func (a *analysis) instantIn(e *expr, in *selection) (name string, at *expr) {
	e.walk(func(part *expr) bool {
		if name != "" || a.over() {
			return false
		}
		if name = a.standsFor(part, in); name == "timezone" {
			name = ""
		}
		if i, ok := a.definition(part, in); name == "" && ok {
			name, _ = a.instantIn(i.expr, i.in)
		}
		at = part
		return name == ""
	})
	return name, at
}

// surroundings reads what is made from an instant, and what that is compared with.
func (a *analysis) surroundings(i *Instant, e *expr, around []*expr) {
	i.spans = []extent{a.extent(e)}
	for n, outer := range slices.Backward(around) {
		if outer.kind == list && n > 0 && isMember(around[n-1]) {
			i.spans = slices.Insert(i.spans, 0, a.members(outer))
			e = outer
			continue
		}
		if outer.kind == call && isMember(outer) {
			e = outer
			continue
		}
		moved, conversion := a.made(outer, e)
		i.Conversion = cmp.Or(i.Conversion, conversion)
		switch {
		case moved:
			i.spans = slices.Insert(i.spans, 0, a.extent(outer))
			e = outer
			continue
		case conversion != "":
			a.compares(i, around[:n], outer)
		case a.isComparison(outer):
			i.Compared = a.against(outer, e)
			a.compares(i, around[:n+1], e)
		}
		i.zoned = outer.kind == operator && outer.text == "at time zone"
		return
	}
}

// isMember reports whether an expression is IN, ANY and the like, which compare with each member of a list.
func isMember(e *expr) bool {
	return e.kind == operator && e.text == "in" || e.kind == call && isOneOf(e.text, "any some all")
}

// members returns where a list stands: within its brackets, or as a whole if it is an array.
func (a *analysis) members(e *expr) extent {
	if a.lexemes[e.from].text != "(" {
		return a.extent(e)
	}
	return extent{a.lexemes[e.from].end, a.lexemes[e.to-1].start}
}

// compares says which comparison an operand is part of; what it converts in between does not matter.
func (a *analysis) compares(i *Instant, around []*expr, operand *expr) {
	for _, outer := range slices.Backward(around) {
		if outer.kind == operator && isOneOf(outer.text, "and or not") {
			return
		}
		if a.isComparison(outer) {
			i.compared = a.extent(outer)
			if outer.args[0] != operand {
				i.Operator = outer.text
			}
			return
		}
		operand = outer
	}
}

// isComparison reports whether an expression compares its operands.
func (a *analysis) isComparison(e *expr) bool {
	return e.kind == operator && isOneOf(e.text, "= == <> != < <= > >= is between in -")
}

// made reports whether an expression is an instant or a date that is made from the instant in it, and what it takes from the
// session's time zone.
func (a *analysis) made(outer, inner *expr) (moved bool, conversion string) {
	switch {
	case outer.kind == operator && len(outer.args) == 2 && (outer.text == "+" || outer.text == "-"):
		return outer.args[0] == inner && a.isInterval(outer.args[1]) || outer.text == "+" && a.isInterval(outer.args[0]), ""
	case outer.kind == cast:
		switch kind := a.castType(outer); kind {
		case "timestamp", "timestamptz":
			return true, ""
		case "date":
			return true, kind
		case "time", "text", "varchar":
			return false, kind
		}
	case outer.kind != call || outer.windowed:
	case outer.text == "date" && len(outer.args) == 1:
		return true, "date"
	case outer.text == "date_trunc" && len(outer.args) == 2 && outer.args[1] == inner:
		if isOneOf(strings.Trim(outer.args[0].text, "'"), "microseconds milliseconds second minute hour") {
			return true, ""
		}
		return true, "date_trunc"
	case outer.text == "date_trunc" && len(outer.args) == 3:
		return true, ""
	case outer.text == "to_char", outer.text == "date_part" && outer.args[0].text != "'epoch'",
		outer.text == "extract" && a.lexemes[min(outer.at+2, len(a.lexemes)-1)].text != "epoch":
		return false, outer.text
	}
	return false, ""
}

// isInterval reports whether an expression is a length of time.
func (a *analysis) isInterval(e *expr) bool {
	if e.kind == operator && e.text == "-" && len(e.args) == 2 && e.args[0].kind == argument && e.args[1].kind == argument {
		return true
	}
	constant := true
	length := e.contains(func(part *expr) bool {
		constant = constant && part.kind != reference && part.kind != argument && part.kind != subquery && part.kind != unclear
		return part.kind == literal && part.text == "interval" || part.kind == call && part.text == "make_interval" ||
			part.kind == cast && a.castType(part) == "interval"
	})
	return length || constant
}

// against returns what a comparison compares one of its operands with; "" if it is none.
func (a *analysis) against(comparison, operand *expr) string {
	if !a.isComparison(comparison) {
		return ""
	}
	others := comparison.args
	if comparison.text == "between" && comparison.args[0] != operand {
		others = comparison.args[:1]
	}
	for _, e := range others {
		if e != operand && e.contains(func(part *expr) bool { return part.kind == reference }) {
			return a.source(e)
		}
	}
	return ""
}

// castType returns the type of a cast in one word: timestamp with time zone is timestamptz, character varying varchar.
func (t *tree) castType(e *expr) string {
	from, to := e.typed[0], e.typed[1]
	if from >= to {
		return ""
	}
	if from+2 < to && t.lexemes[from+1].text == "." {
		from += 2
	}
	kind := t.lexemes[from].text
	for at := from + 1; at < to; at++ {
		switch t.lexemes[at].text {
		case "with":
			return kind + "tz"
		case "varying":
			return "varchar"
		case "[":
			return ""
		}
	}
	return kind
}

// Conversion is what makes another type of an expression in which there is no instant of the parameters.
type Conversion struct {
	To   string // The type; timestamp for AT TIME ZONE.
	Zone string // For AT TIME ZONE: the parameter with its colon, or the name. "" for a cast.

	cuts []Edit
}

// Conversions returns the casts to date, timestamp and timestamptz and the uses of AT TIME ZONE.
func (s *Statement) Conversions() []Conversion {
	t := s.tree()
	if t == nil {
		return nil
	}
	a := &analysis{tree: t}
	var list []Conversion
	t.visit(func(e *expr, _ []*expr, in *selection) {
		if c, ok := a.conversion(e); ok && !e.args[0].contains(func(part *expr) bool { return a.standsFor(part, in) != "" }) {
			list = append(list, c)
		}
	})
	return list
}

func (a *analysis) conversion(e *expr) (Conversion, bool) {
	cut := func(from, to int) Edit { return Edit{extent: extent{a.lexemes[from].start, a.lexemes[to-1].end}} }
	switch {
	case e.kind == operator && e.text == "at time zone" && len(e.args) == 2:
		zone := e.args[1]
		name := strings.Trim(zone.text, "'")
		switch zone.kind {
		case argument:
			name = ":" + name
		case literal:
		default:
			return Conversion{}, false
		}
		return Conversion{To: "timestamp", Zone: name, cuts: []Edit{cut(e.at, zone.to)}}, true
	case e.kind == cast && isOneOf(a.castType(e), "date timestamp timestamptz"):
		c := Conversion{To: a.castType(e)}
		if a.lexemes[e.at].text == "::" {
			c.cuts = []Edit{cut(e.at, e.typed[1])}
		} else { // CAST(x AS date) becomes (x).
			c.cuts = []Edit{cut(e.at, e.at+1), cut(e.typed[0]-1, e.typed[1])}
		}
		return c, true
	case e.kind == call && e.text == "date" && len(e.args) == 1 && !e.windowed:
		return Conversion{To: "date", cuts: []Edit{cut(e.at, e.at+1)}}, true
	}
	return Conversion{}, false
}

// LeaveOut returns the edits that leave the conversion out.
func (c Conversion) LeaveOut() []Edit { return c.cuts }
