package quantity

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Unit is what a KPI is measured in: ratio, seconds, points, count, currency:EUR, any other word, or "".
type Unit string

// The units that matter to how numbers are written; any other is like Plain.
const (
	Plain   Unit = ""
	Ratio   Unit = "ratio"   // Takes 3% and 2pp.
	Points  Unit = "points"  // Takes 2pp.
	Seconds Unit = "seconds" // Takes 1h30m.
)

// IsRatio reports whether values are shares of 1, shown as percentages.
func (u Unit) IsRatio() bool { return u == Ratio }

// IsSeconds reports whether values are lengths of time.
func (u Unit) IsSeconds() bool { return u == Seconds }

// Currency returns the code of a currency such as EUR, "" if the unit is none.
func (u Unit) Currency() string {
	code, ok := strings.CutPrefix(string(u), "currency:")
	if !ok {
		return ""
	}
	return code
}

// Format writes a value of this unit for people, short: 12.3k, 3.82%, 2d4h, 18.8k EUR. It leaves out a unit that is a word, for
// which the title of the KPI stands.
func (u Unit) Format(v float64) string {
	if u.IsRatio() {
		return format.Percent(v)
	}
	return u.format(v, 0)
}

// format is Format with more digits.
func (u Unit) format(v float64, more int) string {
	switch {
	case u.IsRatio():
		return format.PercentTo(v, format.PercentDigits+more)
	case u.IsSeconds():
		return format.DurationTo(v, 2+more)
	case u.Currency() != "":
		return format.NumberTo(v, format.NumberDigits+more) + " " + u.Currency()
	}
	return format.NumberTo(v, format.NumberDigits+more)
}

// Apart returns how to write numbers that stand beside each other, such as a value and its target: as Format does, with as many more
// digits as it takes to tell apart those that differ. Nil is a number that there is not.
func (u Unit) Apart(numbers ...*float64) func(v float64) string {
	const most = 10 // Numbers that differ by less than what that many more digits show are the same to people.
	write := u.Format
	for more := 1; more <= most; more++ {
		if tellsApart(write, numbers) {
			return write
		}
		write = func(v float64) string { return u.format(v, more) }
	}
	return u.Format
}

func tellsApart(write func(v float64) string, numbers []*float64) bool {
	for i, a := range numbers {
		for _, b := range numbers[:i] {
			if a != nil && b != nil && *a != *b && write(*a) == write(*b) {
				return false
			}
		}
	}
	return true
}

// FormatDelta writes the difference of two values with the digits of a value, and that of two shares in points: 22.7k EUR, 8.08 pp.
func (u Unit) FormatDelta(v float64) string {
	if u.IsRatio() {
		return format.NumberTo(v*100, format.PercentDigits) + " pp"
	}
	return u.Format(v)
}

// FormatDifference writes the difference of two values of this unit: that of two shares is in percentage points.
func (u Unit) FormatDifference(v float64) string {
	if !u.IsRatio() {
		return u.Format(v)
	}
	if points := format.Digits(v * 100); points != "1" {
		return points + " percentage points"
	}
	return "1 percentage point"
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
	case document.IsOneOf(u.Currency(), grafanaCurrencies):
		return "currency" + u.Currency()
	}
	return string(u)
}

const grafanaCurrencies = "USD GBP EUR JPY RUB UAH BRL DKK ISK NOK SEK CZK CHF PLN BTC mBTC μBTC ZAR INR KRW IDR PHP VND TRY MYR " +
	"XPF BGN PYG UYU ILS"

// ReadUnit reads a unit. Any word is one, so that only what looks like a slip is warned of.
func ReadUnit(d *document.File, n *document.Node, _ string) document.Field[Unit] {
	f := d.Text(n, "unit")
	if !f.OK {
		return document.Bad[Unit](d, f.Node)
	}
	unit := f.Value
	kind, code, compound := strings.Cut(unit, ":")
	switch {
	case compound && kind != "currency":
		f.Fail("a unit is a word; only currency:EUR and its like have a colon", "unknown unit %s", document.Quote(unit))
		return document.Bad[Unit](d, f.Node)
	case compound && !isCurrency(code):
		hint := "write the three capital letters of the currency: currency:EUR"
		if isCurrency(strings.ToUpper(code)) {
			hint = "write currency:" + strings.ToUpper(code)
		}
		f.Fail(hint, "%s is not the code of a currency", document.Quote(code))
		return document.Bad[Unit](d, f.Node)
	case len([]rune(unit)) > 40 || strings.ContainsAny(unit, "\n\t"):
		f.Fail("", "a unit is a word, or a few")
		return document.Bad[Unit](d, f.Node)
	case document.IsOneOf(strings.ToLower(unit), "% percent percentage pct"):
		f.Fail("write unit: ratio, let the query return 0.03 for 3%, and write bounds as 3%", "percentages are shares of 1 here")
		return document.Bad[Unit](d, f.Node)
	case document.IsOneOf(unit, grafanaCurrencies):
		d.Warn("odd_unit", f.Node, "did you mean `currency:"+unit+"`?", "unit %s is read as a word", document.Quote(unit))
	case !document.IsOneOf(unit, knownUnits):
		if hint := nearUnit(unit); hint != "" {
			d.Warn("odd_unit", f.Node, hint, "unit %s is read as a word", document.Quote(unit))
		}
	}
	return document.Good(d, f.Node, Unit(unit))
}

const knownUnits = "ratio seconds points count users"

// nearUnit returns a hint for a word that differs from a unit by its number or capitals only, and is not another word.
func nearUnit(unit string) string {
	for known := range strings.FieldsSeq("ratio seconds points count") {
		if strings.TrimSuffix(strings.ToLower(unit), "s") == strings.TrimSuffix(known, "s") {
			return "did you mean `" + known + "`?"
		}
	}
	return ""
}

func isCurrency(code string) bool {
	if document.IsOneOf(code, grafanaCurrencies) {
		return true
	}
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
