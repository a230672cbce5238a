package sqltext

import "strings"

// primary reads an operand without operators.
func (r *treeReader) primary() *expr {
	from := r.pos
	if from >= r.end {
		return r.unclear(from)
	}
	l := r.lexemes[from]
	switch {
	case l.kind == number, l.kind == quoted:
		r.pos++
		return &expr{kind: literal, text: l.text, at: from, from: from, to: r.pos}
	case l.kind == parameter:
		r.pos++
		return &expr{kind: argument, text: l.text[1:], at: from, from: from, to: r.pos}
	case r.here("(", "*", "."):
		return r.symbolOperand()
	case l.kind != word:
		return r.unclear(from)
	case l.named:
		return r.named()
	case r.here("case"):
		return r.choice()
	case r.here("exists") && r.is(from+1, "("):
		r.pos++
		e := r.brackets()
		return &expr{kind: operator, text: "exists", args: []*expr{e}, at: from, from: from, to: r.pos}
	case r.here("array") && r.is(from+1, "("):
		r.pos++
		e := r.brackets()
		return &expr{kind: list, args: []*expr{e, e}, at: from, from: from, to: r.pos}
	case r.here("row", "array") && r.is(from+1, "(", "["):
		e := &expr{kind: list, at: from, from: from}
		start, end := r.inside(from + 1)
		r.split(start, end, func(from, to int) { e.args = append(e.args, r.whole(from, to)) })
		r.pos = end + 1
		e.to = r.pos
		return e
	}
	if e := r.constant(); e != nil {
		return e
	}
	return r.named()
}

// symbolOperand reads what stands in brackets, a star, or a number such as .5.
func (r *treeReader) symbolOperand() *expr {
	from := r.pos
	switch {
	case r.here("("):
		return r.brackets()
	case r.accept("*"):
		return &expr{kind: star, at: from, from: from, to: r.pos}
	case r.pos+1 < r.end && r.lexemes[r.pos+1].kind == number:
		r.pos += 2
		return &expr{kind: literal, text: "." + r.lexemes[from+1].text, at: from, from: from, to: r.pos}
	}
	return r.unclear(from)
}

// brackets reads what stands in brackets: a query, an expression, or several.
func (r *treeReader) brackets() *expr {
	open := r.pos
	from, to := r.inside(open)
	e := &expr{kind: list, at: open}
	if r.isQuery(from, to) {
		e.kind, e.query = subquery, r.query(from, to)
		if e.query == nil {
			e.kind = unclear
		}
	} else {
		r.split(from, to, func(from, to int) { e.args = append(e.args, r.whole(from, to)) })
		if len(e.args) == 1 {
			e = e.args[0]
		}
	}
	r.pos = r.match[open] + 1
	e.from, e.to = open, r.pos
	return e
}

// units are the units of intervals.
const units = "microsecond millisecond second minute hour day week month quarter year"

// constant reads a constant that begins with a word; it returns nil if there is none.
func (r *treeReader) constant() *expr {
	from := r.pos
	constant := func() *expr { return &expr{kind: literal, text: r.lexemes[from].text, at: from, from: from, to: r.pos} }
	isString := func(at int) bool { return at < r.end && r.lexemes[at].kind == quoted }
	switch {
	case r.here("null", "true", "false", "default"):
		r.pos++
		return constant()
	case r.isClock(from):
		r.pos++
		return constant()
	case isString(from + 1): // date '2026-01-01', interval '1' day
		r.pos += 2
		for r.here(append(strings.Fields(units), "to")...) {
			r.pos++
		}
		return constant()
	case r.here("time", "timestamp") && r.is(from+1, "with", "without") && isString(from+4):
		r.pos += 5
		return constant()
	case r.here("interval"): // interval 1 day, of MySQL
		at := from + 1
		if r.is(at, "-") {
			at++
		}
		if at+1 < r.end && (r.lexemes[at].kind == number || r.lexemes[at].kind == parameter) && r.is(at+1, strings.Fields(units)...) {
			r.pos = at + 2
			return constant()
		}
	}
	return nil
}

// isClock reports whether a word by itself is the present.
func (r *treeReader) isClock(at int) bool {
	isClock := isClockWord
	if r.statement.mysql {
		isClock = isMySQLClockWord
	}
	return isClock(r.lexemes[at].text) && !r.is(at+1, "(", ".")
}

// choice reads a CASE.
func (r *treeReader) choice() *expr {
	e := &expr{kind: choice, at: r.pos, from: r.pos}
	r.pos++
	if !r.here("when") {
		r.operation(0)
	}
	for r.accept("when") {
		e.when = append(e.when, r.operation(0))
		if !r.accept("then") {
			return r.unclear(e.from)
		}
		e.args = append(e.args, r.operation(0))
	}
	if r.accept("else") {
		e.other = r.operation(0)
	}
	if len(e.args) == 0 || !r.accept("end") {
		return r.unclear(e.from)
	}
	e.to = r.pos
	return e
}

// named reads a column or the call of a function.
func (r *treeReader) named() *expr {
	e := &expr{kind: reference, at: r.pos, from: r.pos}
	for {
		l := r.lexemes[r.pos]
		if l.kind != word || r.pos == e.from && !l.named && isReserved(l.text) && !r.is(r.pos+1, "(") {
			return r.unclear(e.from)
		}
		e.table, e.text, e.at = e.text, l.text, r.pos
		if r.pos++; r.pos+1 >= r.end || !r.is(r.pos, ".") {
			break
		}
		if r.pos++; r.is(r.pos, "*") {
			r.pos++
			return &expr{kind: star, at: e.at, from: e.from, to: r.pos}
		}
	}
	if r.here("(") {
		r.call(e)
	}
	e.to = r.pos
	return e
}
