package sqltext

import (
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
		next, ok := r.continuation(left, bind)
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

// continuation reads one operator after an operand, with its other operands. It returns false if none binds more tightly than bind.
func (r *treeReader) continuation(left *expr, bind int) (*expr, bool) {
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
		return r.continuationBySymbol(left, bind)
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

// continuationBySymbol reads an operator of symbols.
func (r *treeReader) continuationBySymbol(left *expr, bind int) (*expr, bool) {
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
