package config

import "strings"

// Unit is what a KPI is measured in: ratio, seconds, points, count, currency:EUR, any other word, or "".
type Unit string

// IsRatio reports whether values are shares of 1, shown as percentages.
func (u Unit) IsRatio() bool { return u == "ratio" }

// IsSeconds reports whether values are lengths of time.
func (u Unit) IsSeconds() bool { return u == "seconds" }

// Currency returns the code of a currency such as EUR, "" if the unit is none.
func (u Unit) Currency() string {
	code, ok := strings.CutPrefix(string(u), "currency:")
	if !ok {
		return ""
	}
	return code
}

// Grafana returns the unit by the name that Grafana has for it.
func (u Unit) Grafana() string {
	switch {
	case u.IsRatio():
		return "percentunit"
	case u.IsSeconds():
		return "s"
	case u == "", u == "count", u == "users":
		return "short"
	case u.Currency() == "":
		return "suffix: " + string(u)
	case isOneOf(u.Currency(), grafanaCurrencies):
		return "currency" + u.Currency()
	}
	return string(u)
}

const grafanaCurrencies = "USD GBP EUR JPY RUB UAH BRL DKK ISK NOK SEK CZK CHF PLN BTC mBTC μBTC ZAR INR KRW IDR PHP VND TRY MYR " +
	"XPF BGN PYG UYU ILS"

// readUnit reads a unit. Any word is one, so that only what looks like a slip is warned of.
func readUnit(d *decoder, n *node) field[Unit] {
	f := d.text(n, "unit")
	if !f.ok {
		return bad[Unit](d, f.n)
	}
	unit := f.value
	kind, code, compound := strings.Cut(unit, ":")
	switch {
	case compound && kind != "currency":
		f.fail("a unit is a word; only currency:EUR and its like have a colon", "unknown unit %s", quote(unit))
		return bad[Unit](d, f.n)
	case compound && !isCurrency(code):
		hint := "write the three capital letters of the currency: currency:EUR"
		if isCurrency(strings.ToUpper(code)) {
			hint = "write currency:" + strings.ToUpper(code)
		}
		f.fail(hint, "%s is not the code of a currency", quote(code))
		return bad[Unit](d, f.n)
	case len([]rune(unit)) > 40 || strings.ContainsAny(unit, "\n\t"):
		f.fail("", "a unit is a word, or a few")
		return bad[Unit](d, f.n)
	case isOneOf(strings.ToLower(unit), "% percent percentage pct"):
		f.fail("write unit: ratio, let the query return 0.03 for 3%, and write bounds as 3%", "percentages are shares of 1 here")
		return bad[Unit](d, f.n)
	case isOneOf(unit, grafanaCurrencies):
		d.warn("odd_unit", f.n, "did you mean `currency:"+unit+"`?", "unit %s is taken for a word", quote(unit))
	case !isOneOf(unit, knownUnits):
		if hint := nearUnit(unit); hint != "" {
			d.warn("odd_unit", f.n, hint, "unit %s is taken for a word", quote(unit))
		}
	}
	return good(d, f.n, Unit(unit))
}

const knownUnits = "ratio seconds points count users"

// nearUnit returns a hint for a word that differs from a unit by its number or capitals only, which is no other word.
func nearUnit(unit string) string {
	for known := range strings.FieldsSeq("ratio seconds points count") {
		if strings.TrimSuffix(strings.ToLower(unit), "s") == strings.TrimSuffix(known, "s") {
			return "did you mean `" + known + "`?"
		}
	}
	return ""
}

func isCurrency(code string) bool {
	if isOneOf(code, grafanaCurrencies) {
		return true
	}
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
