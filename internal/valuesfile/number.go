package valuesfile

import (
	"math"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// number reads a plain decimal number: what a program that reads the same file takes for one, too. What is wrong comes back with a
// hint; the problem is "" if nothing is.
func number(text string, unit quantity.Unit) (value float64, problem, hint string) {
	digits, rest := quantity.Cut(text)
	if digits == "" || rest != "" {
		return 0, document.Quote(text) + " is not a plain number", plain(text, unit)
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsInf(value, 0) {
		return 0, document.Quote(text) + " is too large", ""
	}
	return value, "", ""
}

// plain says how to write as a plain number what people write for one elsewhere: 3%, 12k, 1,200.
func plain(text string, given quantity.Unit) string {
	unit := given
	if unit != quantity.Seconds {
		unit = quantity.Ratio // Takes 3% and 2pp.
	}
	value, problem, hint := quantity.Parse(ascii(text), unit)
	if written, ok := strings.CutPrefix(hint, "write "); problem != "" && ok {
		written, _, _ = strings.Cut(written, " or ")
		value, problem, _ = quantity.Parse(written, unit)
	}
	digits := strconv.FormatFloat(value, 'f', -1, 64)
	switch percent, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%"); {
	case problem != "":
		return "write a number such as 1200 or 0.03, or nothing where there is no value"
	case isPercent && given != quantity.Ratio:
		if share, _ := quantity.Cut(strings.TrimSpace(percent)); share != "" {
			return "write " + share + ", or " + digits + " with unit: ratio"
		}
	}
	return "write " + digits
}

// ascii returns a number that is written as spreadsheets and books do, with a minus of another kind, a negative number in brackets, or
// a dot at its end, as programs write it; any other text as it is.
func ascii(text string) string {
	plain := strings.NewReplacer("\u2212", "-", "\u2013", "-").Replace(text)
	if inside, found := strings.CutPrefix(plain, "("); found && strings.HasSuffix(inside, ")") {
		plain = "-" + strings.TrimSpace(strings.TrimSuffix(inside, ")"))
	}
	return strings.TrimSuffix(plain, ".")
}

// thousandsDot warns of a number with three zeros behind its dot, which some read as thousands.
func thousandsDot(c cell) (Problem, bool) {
	larger, same := quantity.ThousandsDot(c.text)
	if larger == "" {
		return Problem{}, false
	}
	p := c.problem(plain(larger, quantity.Plain)+", or "+same+" if that is meant", "the dot in "+document.Quote(c.text)+" is a decimal point")
	p.Check = "thousands_dot"
	return p, true
}
