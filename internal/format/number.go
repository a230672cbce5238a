// Package format puts numbers, periods and lists into the words that people read: the same on the terminal, in the catalogue,
// in alerts and on dashboards. It is pure.
package format

import (
	"math"
	"strconv"
	"strings"
)

// How many significant digits people read: of a number, and of a percentage.
const (
	NumberDigits  = 4
	PercentDigits = 3
)

// Number writes a number short: at most four significant digits below ten thousand, and from there three and k, M or B,
// or from 1e15 an exponent.
func Number(v float64) string { return NumberTo(v, NumberDigits) }

// NumberTo is Number with another number of significant digits below ten thousand, and from there one less. What stands before the
// point is never cut.
func NumberTo(v float64, digits int) string {
	if math.Abs(v) < 9999.5 {
		return short(v, digits)
	}
	// Rounded first, so that 999,900 is 1M and not 1000k.
	rounded := Round(v, max(digits-1, 3))
	scale, suffix := 1e3, "k"
	switch size := math.Abs(rounded); {
	case size >= 1e15:
		return strconv.FormatFloat(v, 'g', max(digits-1, 3), 64)
	case size >= 1e9:
		scale, suffix = 1e9, "B"
	case size >= 1e6:
		scale, suffix = 1e6, "M"
	}
	return strconv.FormatFloat(Round(rounded/scale, 15), 'f', -1, 64) + suffix
}

// Round rounds to that many significant digits, in decimal. Infinities and NaN stay, and so do the largest numbers where they
// would round up to more than there is.
func Round(v float64, digits int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', digits-1, 64), 64)
	if err != nil {
		return v
	}
	return rounded
}

// short writes at most so many significant digits, and every digit before the point.
func short(v float64, digits int) string {
	whole := 1
	for size := math.Abs(v); size >= 10 && !math.IsInf(v, 0); size /= 10 {
		whole++
	}
	if whole >= digits {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	rounded := Round(v, digits)
	if size := math.Abs(rounded); size < 1e-4 && size > 0 {
		return strconv.FormatFloat(rounded, 'g', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// Percent writes a share of 1 as a percentage, with three significant digits: 3.82%, or with a fourth that is the last: 12.25%. Close
// below 100%, as for an uptime, what counts is how much is missing: of that it writes two significant digits, 99.995%.
func Percent(share float64) string {
	if four := Round(share*100, 4); math.Abs(four-share*100) < 1e-12*math.Abs(four) {
		return PercentTo(share, 4)
	}
	return PercentTo(share, PercentDigits)
}

// PercentTo is Percent with a number of significant digits, and two less, but at least two, of what is missing close below 100%.
func PercentTo(share float64, digits int) string {
	if share > 0.99 && share < 0.999_999_999_99 {
		return strconv.FormatFloat(100-Round(100*(1-share), max(digits-2, 2)), 'g', 12, 64) + "%"
	}
	if math.Abs(share) >= 10 {
		return strings.Replace(strconv.FormatFloat(share, 'f', 2, 64), ".", "", 1) + "%" // Its point moves by two digits.
	}
	return short(share*100, digits) + "%"
}

// WholePercent writes a share of 1 as a whole percentage, rounded down: what misses its target never reads as 100%. It goes by the decimals of
// the share: 0.29 is 29%, where 100 times the nearest binary fraction is 28.999….
func WholePercent(share float64) string {
	percent, err := strconv.ParseFloat(strconv.FormatFloat(share, 'f', -1, 64)+"e2", 64)
	if err != nil { // It is not finite, or becomes so.
		percent = 100 * share
	}
	return Digits(math.Floor(percent)) + "%"
}

// Digits writes a number with all of its digits, without what binary fractions add to them.
func Digits(v float64) string {
	rounded := Round(v, 10)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// Exact writes a number for programs, so that reading it gives the same number: with an exponent only where there would be
// many zeros without it. Nil is "".
func Exact(v *float64) string {
	if v == nil {
		return ""
	}
	format := byte('f')
	if size := math.Abs(*v); size >= 1e15 || size < 1e-6 && size > 0 {
		format = 'e'
	}
	return strconv.FormatFloat(*v, format, -1, 64)
}
