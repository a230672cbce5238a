package sqltext

import (
	"slices"
	"strings"
)

// The precedence of operators, as in PostgreSQL; the other engines differ in nothing that matters here.
const (
	bindOr = iota + 1
	bindAnd
	bindNot
	bindIs
	bindCompare
	bindBetween
	bindOther
	bindAdd
	bindMultiply
	bindPower
	bindZone
	bindSign
)

// whole reads an expression that must span all lexemes from from to to.
func (r *treeReader) whole(from, to int) *expr {
	e := r.expression(from, to)
	if r.pos != to {
		return &expr{from: from, to: to, at: min(from, len(r.lexemes)-1)}
	}
	return e
}

// expression reads the expression that begins at from; pos is where it ends, at to or before.
func (r *treeReader) expression(from, to int) *expr {
	before := r.end
	r.pos, r.end = from, to
	defer func() { r.end = before }()
	return r.operation(0)
}

// unclear skips the rest.
func (r *treeReader) unclear(from int) *expr {
	r.pos = r.end
	return &expr{from: from, to: r.end, at: min(from, len(r.lexemes)-1)}
}

// here reports whether a bare word or a symbol stands next.
func (r *treeReader) here(texts ...string) bool { return r.pos < r.end && r.is(r.pos, texts...) }

// accept moves over the next words, if they are these.
func (r *treeReader) accept(texts ...string) bool {
	for i, text := range texts {
		if r.pos+i >= r.end || !r.is(r.pos+i, text) {
			return false
		}
	}
	r.pos += len(texts)
	return true
}

// operation reads an operand, and the operators after it that bind more tightly than bind.
func (r *treeReader) operation(bind int) *expr {
	if r.depth++; r.depth > maxTreeDepth {
		r.depth--
		return r.unclear(r.pos)
	}
	defer func() { r.depth-- }()
	from := r.pos
	left := r.operand()
	for r.pos < r.end && left.kind != unclear {
		at := r.pos
		next, ok := r.behind(left, bind)
		if !ok {
			break
		}
		next.from, next.to = from, r.pos
		if next.at == 0 {
			next.at = at
		}
		left = next
	}
	return left
}

// operand reads an operand with the signs before it.
func (r *treeReader) operand() *expr {
	at := r.pos
	switch {
	case r.accept("not"):
		return &expr{kind: operator, text: "not", args: []*expr{r.operation(bindNot)}, at: at, from: at, to: r.pos}
	case r.accept("-"), r.accept("+"):
		return &expr{kind: operator, text: r.lexemes[at].text, args: []*expr{r.operation(bindSign)}, at: at, from: at, to: r.pos}
	}
	return r.primary()
}

// behind reads one operator after an operand, with its other operands. It returns false if none binds more tightly than bind.
func (r *treeReader) behind(left *expr, bind int) (*expr, bool) {
	at := r.pos
	binary := func(level int, text string, words ...string) (*expr, bool) {
		if level <= bind || !r.accept(words...) {
			return nil, false
		}
		return &expr{kind: operator, text: text, args: []*expr{left, r.operation(level)}, at: at}, true
	}
	l := r.lexemes[at]
	switch {
	case l.kind == symbol:
		return r.behindSymbol(left, bind)
	case l.kind != word || l.named:
		return nil, false
	case r.here("or", "xor"):
		return binary(bindOr, l.text, l.text)
	case r.here("and"):
		return binary(bindAnd, "and", "and")
	case r.here("div"):
		return binary(bindMultiply, "/", "div")
	case r.here("mod"):
		return binary(bindMultiply, "%", "mod")
	case r.here("operator") && r.is(at+1, "("): // OPERATOR(pg_catalog.=)
		if bind >= bindOther {
			return nil, false
		}
		sign := r.match[at+1] - 1
		r.pos = sign + 2
		return &expr{kind: operator, text: r.lexemes[sign].text, args: []*expr{left, r.operation(bindOther)}, at: sign}, true
	case r.here("overlaps"):
		return binary(bindOther, "overlaps", "overlaps")
	case r.here("collate") && bind < bindZone && r.pos+1 < r.end:
		r.pos += 2
		return left, true
	case r.here("at") && bind < bindZone:
		if r.accept("at", "local") {
			return &expr{kind: operator, text: "at time zone", args: []*expr{left}, at: at}, true
		}
		return binary(bindZone, "at time zone", "at", "time", "zone")
	}
	return r.predicate(left, bind)
}

// behindSymbol reads an operator of symbols.
func (r *treeReader) behindSymbol(left *expr, bind int) (*expr, bool) {
	at, text := r.pos, r.lexemes[r.pos].text
	switch text {
	case "::":
		r.pos++
		r.skipType()
		return &expr{kind: cast, args: []*expr{left}, at: at, typed: [2]int{at + 1, r.pos}}, true
	case "[":
		r.pos = r.match[at] + 1
		return &expr{kind: operator, text: "[", args: []*expr{left}, at: at}, true
	case ".":
		if r.pos+1 == r.end || r.lexemes[r.pos+1].kind != word {
			return nil, false
		}
		r.pos += 2
		return &expr{kind: operator, text: ".", args: []*expr{left}, at: at}, true
	}
	level := bindOther
	switch text {
	case "(", ")", "]", ",", ";", ":":
		return nil, false
	case "=", "<", ">", "<=", ">=", "<>", "!=", "==", "<=>":
		level = bindCompare
	case "+", "-":
		level = bindAdd
	case "*", "/", "%":
		level = bindMultiply
	case "^":
		level = bindPower
	}
	if level <= bind {
		return nil, false
	}
	r.pos++
	return &expr{kind: operator, text: text, args: []*expr{left, r.operation(level)}, at: at}, true
}

// predicate reads IS, BETWEEN, IN, LIKE and the like.
func (r *treeReader) predicate(left *expr, bind int) (*expr, bool) {
	at := r.pos
	if bind < bindIs {
		switch {
		case r.accept("isnull"), r.accept("notnull"):
			return &expr{kind: operator, text: "is", args: []*expr{left}, at: at}, true
		case r.accept("is"):
			r.accept("not")
			if r.accept("distinct", "from") || !r.here("null", "true", "false", "unknown", "document", "json", "normalized") {
				return &expr{kind: operator, text: "is", args: []*expr{left, r.operation(bindIs)}, at: at}, true
			}
			r.pos++
			return &expr{kind: operator, text: "is", args: []*expr{left}, at: at}, true
		}
	}
	negated := r.here("not")
	if negated {
		r.pos++
	}
	e := &expr{kind: operator, args: []*expr{left}, at: r.pos}
	switch {
	case bind >= bindBetween:
	case r.accept("between"):
		_ = r.accept("symmetric") || r.accept("asymmetric")
		e.text, e.args = "between", append(e.args, r.operation(bindBetween))
		if !r.accept("and") {
			return r.unclear(at), true
		}
		e.args = append(e.args, r.operation(bindBetween))
	case r.accept("in"):
		e.text, e.args = "in", append(e.args, r.operation(bindBetween))
	case r.accept("like"), r.accept("ilike"), r.accept("rlike"), r.accept("regexp"), r.accept("glob"), r.accept("match"), r.accept("similar", "to"):
		e.text, e.args = "like", append(e.args, r.operation(bindBetween))
		if r.accept("escape") {
			r.operation(bindBetween)
		}
	}
	if e.text == "" {
		r.pos = at
		return nil, false
	}
	e.from, e.to = left.from, r.pos
	if negated {
		return &expr{kind: operator, text: "not", args: []*expr{e}, at: at}, true
	}
	return e, true
}

// skipType moves over the name of a type.
func (r *treeReader) skipType() {
	at := r.pos
	if r.pos < r.end && r.lexemes[r.pos].kind == word {
		r.pos++
	}
	for r.pos+1 < r.end && r.is(r.pos, ".") {
		r.pos += 2
	}
	_ = r.accept("precision") || r.accept("varying")
	if r.is(at, "interval") {
		for r.here(append(strings.Fields(units), "to")...) {
			r.pos++
		}
	}
	for r.here("(", "[") {
		r.pos = r.match[r.pos] + 1
	}
	_ = r.accept("with", "time", "zone") || r.accept("without", "time", "zone")
}

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
	case slices.Contains(strings.Fields(clockWords), r.lexemes[from].text) && !r.is(from+1, "(", "."):
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
