// Package quantity reads numbers and lengths of time as people write them: 12k, 3%, +2pp, 1h30m. What is wrong comes back with
// a hint at what to write instead.
package quantity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Parse reads a number as people write it, in a unit: 12000, 12k, 1.5M, 3B; 3% and 2pp of a ratio; 2pp of points;
// 1h30m of seconds. What is wrong comes back as a problem with a hint; the problem is "" if nothing is.
func Parse(text string, unit Unit) (value float64, problem, hint string) {
	digits, suffix := Cut(text)
	if digits == "" {
		return 0, notANumber(text), numberHint(text, unit)
	}
	exponent := 0
	switch suffix {
	case "":
	case "k":
		exponent = 3
	case "M":
		exponent = 6
	case "B":
		exponent = 9
	case "%":
		if unit != Ratio {
			return 0, document.Quote(text) + " needs unit: ratio", "write the plain number, or set unit: ratio"
		}
		exponent = -2
	case "pp":
		switch {
		case unit == Ratio:
			exponent = -2
		case unit != Points:
			return 0, document.Quote(text) + " needs unit: ratio or unit: points", ""
		}
	default:
		return numberWithUnit(text, unit)
	}
	// By the exponent, since 12.1 × 1000 and 3 ÷ 100 in floating point are not always the number nearest to 12100 and 0.03.
	mantissa, e, _ := strings.Cut(strings.ToLower(digits), "e")
	if e != "" {
		n, err := strconv.Atoi(e)
		if err != nil {
			return 0, document.Quote(text) + " is too large", ""
		}
		exponent += n
	}
	if exponent != 0 {
		mantissa += "e" + strconv.Itoa(exponent)
	}
	value, err := strconv.ParseFloat(mantissa, 64)
	if err != nil || math.IsInf(value, 0) {
		return 0, document.Quote(text) + " is too large", ""
	}
	return value, "", ""
}

// numberWithUnit reads a number with letters after it that are neither k, M, B, % nor pp.
func numberWithUnit(text string, unit Unit) (value float64, problem, hint string) {
	number := strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+")
	length, problem, _ := parseDuration(number)
	switch {
	case problem != "":
		return 0, notANumber(text), numberHint(text, unit)
	case unit == Seconds:
		return math.Copysign(length.Seconds(), signOf(text)), "", ""
	case strings.HasSuffix(text, "m"):
		return 0, document.Quote(text) + " is minutes, which needs unit: seconds", "a million is 1M, with a capital M"
	}
	return 0, document.Quote(text) + " is a length of time, which needs unit: seconds", "write the plain number in the KPI's unit"
}

func signOf(text string) float64 {
	if strings.HasPrefix(text, "-") {
		return -1
	}
	return 1
}

// Cut splits what is a decimal number at the beginning of a text from the rest; number is "" if there is none,
// or one that some would read differently, such as the octal 010.
func Cut(text string) (number, rest string) {
	i := 0
	digits := func() int {
		start := i
		for i < len(text) && '0' <= text[i] && text[i] <= '9' {
			i++
		}
		return i - start
	}
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	start := i
	whole := digits()
	if whole > 1 && text[start] == '0' {
		return "", text
	}
	if i < len(text) && text[i] == '.' {
		i++
		if digits() == 0 {
			return "", text
		}
	} else if whole == 0 {
		return "", text
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		mantissa := i
		i++
		if i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		if digits() == 0 {
			i = mantissa
		}
	}
	return text[:i], text[i:]
}

// decimalPoint turns the commas of a number into what they mean: nothing between groups of three digits, else the point.
func decimalPoint(text string) string {
	last := strings.LastIndexByte(text, ',')
	behind := strings.TrimLeft(text[last+1:], "0123456789")
	digits := len(text) - last - 1 - len(behind)
	if last < 0 || digits == 3 && !strings.Contains(text[:last], ".") || strings.HasPrefix(behind, ".") {
		return strings.ReplaceAll(text, ",", "")
	}
	return strings.NewReplacer(".", "", ",", "").Replace(text[:last]) + "." + text[last+1:]
}

func notANumber(text string) string {
	if text == "" {
		return "an empty text is not a number"
	}
	return document.Quote(text) + " is not a number"
}

// numberHint says what to write instead of what people write for a number elsewhere.
func numberHint(text string, unit Unit) string {
	lower := strings.ToLower(strings.TrimSpace(text))
	bare := strings.TrimLeft(lower, "<>=≤≥ ")
	compact := strings.NewReplacer("_", "", "'", "", "’", "", " ", "", "\u00a0", "", "\u202f", "").Replace(decimalPoint(bare))
	compact = strings.Trim(compact, "$€£¥")
	for _, prefix := range [...]string{"0x", "0o", "0b", "0"} {
		if digits, ok := strings.CutPrefix(compact, prefix); ok && digits != "" {
			base := map[string]int{"0x": 16, "0o": 8, "0b": 2, "0": 10}[prefix]
			if n, err := strconv.ParseInt(digits, base, 64); err == nil {
				return fmt.Sprintf("write %d", n)
			}
		}
	}
	if strings.HasPrefix(lower, "<") || strings.HasPrefix(lower, "≤") {
		return "write at_most: " + compact
	}
	if bare != lower {
		return "write at_least: " + compact
	}
	for _, ending := range [...]struct{ written, right string }{
		{"percent", "%"},
		{"%", "%"},
		{"pp", "pp"},
		{"k", "k"},
		{"mio", "M"},
		{"million", "M"},
		{"mn", "M"},
		{"bn", "B"},
		{"b", "B"},
		{"thousand", "k"},
		{"billion", "B"},
		{"eur", ""},
		{"usd", ""},
		{"", ""},
	} {
		digits, ok := strings.CutSuffix(compact, ending.written)
		if !ok {
			continue
		}
		if number, rest := Cut(digits); number != "" && rest == "" {
			return "write " + number + ending.right + thousands(number, ending.right)
		}
	}
	switch strings.Trim(lower, "+-.") {
	case "nan", "inf", "infinity", "null", "~", "none", "n/a", "na":
		return "write a number, or leave the key out"
	}
	if unit == Seconds {
		return "write a length of time such as 90m, 1h30m or 12h"
	}
	return "write a number such as 12000, 12k or 1.5M"
}

// thousands adds the short form to a number of round thousands.
func thousands(number, suffix string) string {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && suffix == "" && n != 0 && n%1000 == 0 {
		return fmt.Sprintf(" or %dk", n/1000)
	}
	return ""
}

// WarnOfThousands warns of a number with exactly three zeros behind its dot: where a dot separates thousands, 12.000 is
// 12k.
func WarnOfThousands(d *document.File, n *document.Node) {
	if larger, same := ThousandsDot(n.Value); larger != "" {
		d.Warn("thousands_dot", n, "write "+larger+", or "+same+" if that is meant", "the dot in %s is a decimal point", document.Quote(n.Value))
	}
}

// ThousandsDot returns what else a number with exactly three zeros behind its dot may mean, and how to write that it means
// what it says; "" for any other number.
func ThousandsDot(text string) (larger, same string) {
	digits, suffix := Cut(text)
	whole, zeros, _ := strings.Cut(digits, ".")
	if zeros != "000" || strings.Trim(whole, "+-0") == "" || len(strings.TrimLeft(whole, "+-")) > 3 { // Nobody writes 1200.000 for 1.2 million.
		return "", ""
	}
	thousand, ok := map[string]string{"": "k", "k": "M", "M": "B"}[suffix]
	if !ok {
		thousand = "000" + suffix
	}
	return whole + thousand, whole + ".0" + suffix
}

// ParseTolerance reads how far beyond its target a value is still at risk: 10% of the target, or 2pp or a number in the unit.
func ParseTolerance(text string, unit Unit) (tolerance status.Tolerance, problem, hint string) {
	_, suffix := Cut(text)
	if suffix == "%" {
		unit = Ratio
		tolerance.Relative = true
	}
	tolerance.Amount, problem, hint = Parse(text, unit)
	if problem == "" && tolerance.Amount < 0 {
		return tolerance, "a tolerance must not be negative", "it lies on the bad side of the target by itself"
	}
	return tolerance, problem, hint
}

// ParseChange reads by how much a bound differs from a past value: +10% of its absolute value, or +5 or +2pp in the unit.
func ParseChange(text string, unit Unit) (change float64, relative bool, problem, hint string) {
	_, suffix := Cut(text)
	if suffix == "%" {
		unit, relative = Ratio, true
	}
	change, problem, hint = Parse(text, unit)
	if problem == "" && !strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "-") {
		return 0, false, document.Quote(text) + " has no sign", "write +" + text + " for a bound above the past value, -" + text + " for one below it"
	}
	return change, relative, problem, hint
}

// parseDuration reads a length of time as Prometheus writes it: 30s, 5m, 1h30m, 2d, 1w; the longest unit first.
func parseDuration(text string) (length time.Duration, problem, hint string) {
	const example = "write a number and its unit: 30s, 5m, 1h30m, 2d, 1w"
	if text != "" && strings.Trim(text, "0123456789.") == "" {
		if text == "0" {
			return 0, "", ""
		}
		return 0, document.Quote(text) + " has no unit", "write " + text + "s"
	}
	units := [...]struct {
		name string
		size time.Duration
	}{
		{"y", 365 * 24 * time.Hour},
		{"w", 7 * 24 * time.Hour},
		{"d", 24 * time.Hour},
		{"h", time.Hour},
		{"m", time.Minute},
		{"s", time.Second},
		{"ms", time.Millisecond},
	}
	rest := text
	for _, u := range units {
		after := strings.TrimLeft(rest, "0123456789")
		digits := rest[:len(rest)-len(after)]
		name := after[:len(after)-len(strings.TrimLeft(after, "abcdefghijklmnopqrstuvwxyz"))]
		if digits == "" || name != u.name {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > int64((math.MaxInt64-length)/u.size) {
			return 0, document.Quote(text) + " is too long", ""
		}
		length += time.Duration(n) * u.size
		rest = after[len(name):]
	}
	if text == "" || rest != "" {
		return 0, document.Quote(text) + " is not a length of time", example
	}
	return length, "", ""
}
