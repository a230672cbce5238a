package sqltext

// call reads the arguments of a function, and the clauses that follow them.
func (r *treeReader) call(e *expr) {
	e.kind, e.table = call, ""
	open := r.pos
	from, to := r.inside(open)
	if r.isQuery(from, to) { // = ANY (SELECT …)
		e.args = []*expr{r.brackets()}
		r.over(e)
		return
	}
	switch e.text {
	case "cast", "try_cast", "safe_cast":
		e.kind = cast
		e.typed[1] = to
		to = r.find(from, to, func(at int) bool { return r.is(at, "as") })
		e.typed[0] = min(to+1, e.typed[1])
	case "extract", "trim":
		if at := r.find(from, to, func(at int) bool { return r.is(at, "from") }); at < to {
			from = at + 1
		}
	}
	if r.is(from, "distinct", "all") && from < to {
		e.distinct = r.is(from, "distinct")
		from++
	}
	to = r.find(from, to, func(at int) bool {
		return r.is(at, "order") && r.is(at+1, "by") || r.is(at, "separator") || r.is(at, "ignore", "respect") && r.is(at+1, "nulls")
	})
	r.split(from, to, func(from, to int) {
		arg := r.expression(from, to)
		if r.pos < to && !r.is(r.pos, "from", "for", "placing", "using") { // substring(x FROM 1 FOR 3)
			arg = &expr{from: from, to: to, at: from}
		}
		e.args = append(e.args, arg)
	})
	if e.kind == cast && len(e.args) != 1 {
		e.kind = unclear
	}
	r.pos = r.match[open] + 1
	r.over(e)
}

// over reads the clauses after a call: WITHIN GROUP, FILTER, OVER.
func (r *treeReader) over(e *expr) {
	if r.here("within") && r.is(r.pos+1, "group") && r.is(r.pos+2, "(") {
		r.pos = r.match[r.pos+2] + 1
	}
	if r.here("filter") && r.is(r.pos+1, "(") && r.is(r.pos+2, "where") {
		from, to := r.inside(r.pos + 1)
		e.filter = r.whole(from+1, to)
		r.pos = to + 1
	}
	if r.here("ignore", "respect") && r.is(r.pos+1, "nulls") {
		r.pos += 2
	}
	switch {
	case r.here("over") && r.is(r.pos+1, "("):
		from, to := r.inside(r.pos + 1)
		e.windowed = true
		e.framed = r.find(from, to, func(at int) bool { return r.is(at, "rows", "range", "groups") }) < to
		r.pos = to + 1
	case r.here("over") && r.pos+1 < r.end && r.lexemes[r.pos+1].kind == word: // A named window, which may have a frame.
		e.windowed, e.framed = true, true
		r.pos += 2
	}
}
