package sqltext

import (
	"slices"
	"strings"
	"unicode"
)

// Words in the names of columns that hold amounts of money, and in the names of those that hold counts.
const (
	moneyWords = "amount amounts amt arr balance balances billing billings budget cents chf cogs commission cost costs dollar dollars " +
		"earnings eur euro euros expense expenses fee fees gbp gmv gross income mrr price prices profit revenue revenues salaries " +
		"salary sales spend spending spent subtotal tax taxes total turnover usd vat wage wages"
	countWords = "accounts clicks count customers days employees events hours impressions items leads licences licenses num number orders " +
		"people points quantity qty seats sessions signups tickets units users visits visitors"
)

// Money returns the aggregate function, or the column, that makes a column of the result an amount of money, judging by
// names. With declared, the column is known to hold money unless it is a count. Money returns false if it is not money, or if
// that is not known.
func (s *Statement) Money(name string, declared bool) (Computed, bool) {
	t := s.tree()
	if t == nil {
		return Computed{}, false
	}
	m := &moneyReader{analysis{tree: t}}
	if isCount(name) && !declared {
		return Computed{}, false
	}
	for _, i := range m.outputs(t.root, name, nil) {
		if e := m.money(i.expr, i.in, declared || isMoney(name)); e != nil && m.steps <= maxSteps {
			return Computed{t.word(e.at), t.source(e)}, true
		}
	}
	return Computed{}, false
}

type moneyReader struct {
	analysis
}

// money returns the part of an expression that is an amount of money. With named, the result has a name that means money, so
// a sum is money unless its arguments are counts.
func (m *moneyReader) money(e *expr, in *selection, named bool) *expr {
	if e == nil || m.over() {
		return nil
	}
	switch e.kind {
	case reference:
		name := m.written(e)
		if _, items := m.origin(e, in); items != nil && !isCount(name) {
			for _, i := range items {
				if found := m.money(i.expr, i.in, named || isMoney(name)); found != nil {
					return found
				}
			}
			return nil
		}
		if isMoney(name) || named && !isCount(name) {
			return e
		}
	case cast:
		return m.money(e.args[0], in, named)
	case choice:
		return m.first(append(append([]*expr{}, e.args...), e.other), in, named)
	case operator:
		switch {
		case e.text == "/" && m.money(e.args[1], in, false) == nil:
			return m.money(e.args[0], in, named)
		case isOneOf(e.text, "+ - *"):
			return m.first(e.args, in, named)
		}
	case call:
		switch {
		case isOneOf(e.text, sums+" "+means+" "+extremes) && m.first(e.args, in, named) != nil:
			return e
		case isOneOf(e.text, transparent+" abs greatest least"):
			return m.first(e.args, in, named)
		}
	}
	return nil
}

// written returns the name of a column with the upper and lower case of the statement.
func (m *moneyReader) written(e *expr) string {
	l := m.lexemes[e.at]
	if text := strings.Trim(m.text[l.start:l.end], "\"`"); strings.EqualFold(text, e.text) {
		return text
	}
	return e.text
}

// first returns the first amount of money among expressions.
func (m *moneyReader) first(list []*expr, in *selection, named bool) *expr {
	for _, e := range list {
		if found := m.money(e, in, named); found != nil {
			return found
		}
	}
	return nil
}

// isMoney reports whether a name means an amount of money: unit_price, UnitPrice or unitprice.
func isMoney(name string) bool {
	isCompound := slices.ContainsFunc([]string{"amount", "price", "revenue", "cost", "sales", "profit", "salary"}, func(word string) bool {
		return strings.HasSuffix(strings.ToLower(name), word)
	})
	return (isCompound || hasPart(name, moneyWords)) && !isCount(name)
}

func isCount(name string) bool { return hasPart(name, countWords) }

// hasPart reports whether a name contains one of some words.
func hasPart(name, words string) bool {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		if !unicode.IsLetter(r) {
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
		before = r
	}
	for part := range strings.FieldsSeq(b.String()) {
		if isOneOf(part, words) {
			return true
		}
	}
	return false
}
