package sqltext

import (
	"slices"
	"strings"
)

// SessionConversion is what takes something that is read, and is not made of the instants of the parameters, in the session's
// time zone if the database has a certain type for it: a cast, or a function such as date_trunc.
type SessionConversion struct {
	Parameter            // Its place; it has no name.
	To        string     // The function, or the type of the cast: timestamptz makes an instant, all others are made of one.
	Text      string     // As it is written.
	Operand   string     // What it converts, in brackets if it is more than one word or call.
	InZone    string     // Text, with the operand in the KPI's time zone.
	Zoned     bool       // Operand has AT TIME ZONE in it.
	Values    *Statement // Gives rows with the operand as the column value.

	operand extent
}

// SessionConversions returns the conversions that may depend on the session's time zone.
func (s *Statement) SessionConversions() []SessionConversion {
	t := s.tree()
	if t == nil {
		return nil
	}
	a := &analysis{tree: t}
	var list []SessionConversion
	t.visit(func(e *expr, _ []*expr, in *selection) {
		to, operand := a.sessionConversion(e)
		if operand == nil || in.read[0] >= in.read[1] || a.over() {
			return
		}
		if name, _ := a.instantIn(operand, in); name != "" || !operand.contains(func(part *expr) bool { return part.kind == reference }) {
			return
		}
		values, err := a.statement.again(a.beforeRoot() + "SELECT " + a.between(operand.from, operand.to) + " AS value FROM " + a.between(in.read[0], in.read[1]))
		if err != nil {
			return
		}
		w := a.word(e.from)
		c := SessionConversion{
			Parameter: Parameter{Line: w.Line, Column: w.Column}, To: to, Text: a.source(e), Operand: a.source(operand),
			Zoned:  operand.contains(func(part *expr) bool { return part.kind == operator && part.text == "at time zone" }),
			Values: values, operand: a.extent(operand),
		}
		if isBare := a.match[operand.from] == operand.to-1 || operand.kind != operator && operand.kind != choice; !isBare {
			c.Operand = "(" + c.Operand + ")"
		}
		c.InZone = a.excerpt(a.extent(e), []Edit{c.inZone("")})
		list = append(list, c)
	})
	return list
}

// sessionConversion returns what an expression converts and to what; nil if it does not depend on the time zone.
func (a *analysis) sessionConversion(e *expr) (to string, operand *expr) {
	switch {
	case e.kind == cast:
		if kind := a.castType(e); isOneOf(kind, "date time timestamptz") {
			return kind, e.args[0]
		}
	case e.kind != call || e.windowed:
	case e.text == "date" && len(e.args) == 1:
		return "date", e.args[0]
	case e.text == "date_trunc" && len(e.args) == 2 && !isShort(e.args[0].text):
		return e.text, e.args[1]
	case e.text == "date_part" && len(e.args) == 2 && !isShort(e.args[0].text):
		return e.text, e.args[1]
	case e.text == "extract" && len(e.args) == 1 && !isShort(a.lexemes[min(e.at+2, len(a.lexemes)-1)].text), e.text == "to_char" && len(e.args) == 2:
		return e.text, e.args[0]
	}
	return "", nil
}

// isShort reports whether a unit of time, or the epoch, is the same in every time zone, or nearly: an hour may begin at half
// past another zone's.
func isShort(unit string) bool {
	return isOneOf(strings.Trim(unit, "'"), "epoch microseconds milliseconds second minute hour")
}

// inZone puts the operand into the KPI's time zone, after a cast to a type if one is given.
func (c SessionConversion) inZone(cast string) Edit {
	return Edit{extent: c.operand, text: c.Operand + cast + " AT TIME ZONE :timezone"}
}

// inZone puts the instant into the KPI's time zone.
func (i Instant) inZone(t *tree) Edit {
	at := i.spans[len(i.spans)-1]
	return Edit{extent: at, text: t.text[at.from:at.to] + " AT TIME ZONE :timezone"}
}

// IsBeside reports whether a conversion is part of what the instant is compared with.
func (i Instant) IsBeside(c SessionConversion) bool { return i.compared.holds(c.operand) }

// BothInZone returns the comparison of the instant with all its instants and some conversions put into the KPI's time zone:
// those of naive are first taken for instants.
func (i Instant) BothInZone(s *Statement, conversions, naive []SessionConversion) string {
	t := s.tree()
	if t == nil {
		return ""
	}
	var edits []Edit
	for _, other := range s.Instants() {
		if i.compared.holds(other.spans[0]) && !other.zoned {
			edits = append(edits, other.inZone(t))
		}
	}
	for _, c := range conversions {
		edits = append(edits, c.inZone(""))
	}
	for _, c := range naive {
		edits = append(edits, c.inZone("::timestamptz"))
	}
	return t.excerpt(i.compared, edits)
}

// holds reports whether another extent is a part of this one.
func (x extent) holds(part extent) bool {
	return x.from <= part.from && part.to <= x.to && x.from < x.to
}

// excerpt returns a part of the text with the edits within it, on one line. An edit that does not stand alone between brackets or commas
// gets brackets.
func (t *tree) excerpt(part extent, edits []Edit) string {
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.from - b.from })
	var b strings.Builder
	at := part.from
	for _, e := range edits {
		if e.from < at || e.to > part.to {
			continue
		}
		before, after := strings.TrimSpace(t.text[:e.from]), strings.TrimSpace(t.text[e.to:])
		if !strings.HasSuffix(before, "(") && !strings.HasSuffix(before, ",") || !strings.HasPrefix(after, ")") && !strings.HasPrefix(after, ",") {
			e.text = "(" + e.text + ")"
		}
		b.WriteString(t.text[at:e.from] + e.text)
		at = e.to
	}
	b.WriteString(t.text[at:part.to])
	return strings.Join(strings.Fields(b.String()), " ")
}
