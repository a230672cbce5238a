package sqltext

import (
	"slices"
	"strings"
	"unicode"
)

// Words in the names of columns that hold amounts of money, of those that hold counts, and words that say only which amount.
const (
	moneyWords = "amount amounts amt arr balance balances billing billings budget capex cash cents chf cogs commission commissions cost costs " +
		"dollar dollars earnings eur euro euros expense expenses fare fares fee fees gbp gmv income mrr opex payroll premium premiums price " +
		"prices proceeds profit profits rent revenue revenues salaries salary sales spend spending subtotal tax taxes turnover usd vat wage wages"
	countWords = "accounts clicks count customers days employees events hours impressions items leads licences licenses num number orders " +
		"people points quantity qty seats sessions signups tickets units users visits visitors"
	qualifiers = "all avg charged due gross in invoiced mean net paid spent sum total value"
	priced     = "basket booking cart contract deal invoice order purchase transaction" // Their value, size or total is money.
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
		if isMoney(name) || named && !isCount(name) || isOneOf(strings.ToLower(name), "total value") && m.readsPriced(in) {
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

// readsPriced reports whether a SELECT reads a table of things whose total is money: invoices.
func (m *moneyReader) readsPriced(in *selection) bool {
	return slices.ContainsFunc(m.lexemes[in.read[0]:in.read[1]], func(l lexeme) bool {
		words := partsOf(l.text)
		return l.kind == word && len(words) > 0 && isOneOf(strings.TrimSuffix(words[len(words)-1], "s"), priced)
	})
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

// NamesMoney reports whether the name of a column means an amount of money.
func NamesMoney(name string) bool { return isMoney(name) }

// isMoney reports whether a name means an amount of money: unit_price, UnitPrice, unitprice or revenue_total, but neither
// price_changes nor amount_of_tests. The last word decides that says more than which amount.
func isMoney(name string) bool {
	if isCount(name) {
		return false
	}
	words := partsOf(name)
	if of := slices.Index(words, "of"); of > 0 { // The number, amount or sum of something is that something.
		if isOneOf(words[of-1], "amount amounts amt sum total value number") {
			words = words[of+1:]
		} else {
			words = words[:of]
		}
	}
	if per := slices.Index(words, "per"); per > 0 {
		words = words[:per]
	}
	for last, word := range slices.Backward(words) {
		switch {
		case isOneOf(word, moneyWords), isCompound(word):
			return true
		case last > 0 && isOneOf(words[last-1], priced) && isOneOf(word, "value size total"):
			return true
		case !isOneOf(word, qualifiers):
			return false
		}
	}
	return false
}

// isCompound reports whether a word ends in a word of money: unitprice.
func isCompound(word string) bool {
	return slices.ContainsFunc([]string{"amount", "price", "revenue", "cost", "sales", "profit", "salary"}, func(end string) bool {
		return strings.HasSuffix(word, end)
	})
}

// isCount reports whether a name contains a word that means a count.
func isCount(name string) bool {
	return slices.ContainsFunc(partsOf(name), func(part string) bool { return isOneOf(part, countWords) })
}

// partsOf splits a name into its words, in lower case.
func partsOf(name string) []string {
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
	return strings.Fields(b.String())
}
