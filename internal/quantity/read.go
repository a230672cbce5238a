package quantity

import (
	"fmt"
	"math"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Duration reads a length of time such as 30s or 1h30m of at least the given one.
func Duration(d *document.File, n *document.Node, what string, least time.Duration) document.Field[time.Duration] {
	text, ok := d.Scalar(n, what)
	if !ok {
		return document.Bad[time.Duration](d, text)
	}
	value, problem, hint := parseDuration(text.Value)
	switch {
	case problem != "":
		d.Fail(text, hint, "%s: %s", what, problem)
	case value < least:
		d.Fail(text, "", "%s must be at least %s", what, format.Length(least))
	default:
		return document.Good(d, text, value)
	}
	return document.Bad[time.Duration](d, text)
}

// Count reads a whole number of at least 1.
func Count(d *document.File, n *document.Node, what string) document.Field[int] {
	text, ok := d.Scalar(n, what)
	if !ok {
		return document.Bad[int](d, text)
	}
	value, problem, hint := Parse(text.Value, Plain)
	if problem == "" && (value != float64(int32(value)) || value < 1) {
		problem = fmt.Sprintf("%s is not a whole number of at least 1", document.Quote(text.Value))
	}
	if problem != "" {
		d.Fail(text, hint, "%s: %s", what, problem)
		return document.Bad[int](d, text)
	}
	WarnOfThousands(d, text)
	return document.Good(d, text, int(value))
}

// UpTo reads a whole number from 0 to most.
func UpTo(most int, d *document.File, n *document.Node, what string) document.Field[int] {
	text, ok := d.Scalar(n, what)
	if !ok {
		return document.Bad[int](d, text)
	}
	value, problem, hint := Parse(text.Value, Plain)
	if problem == "" && (value != math.Trunc(value) || value < 0 || value > float64(most)) {
		problem = fmt.Sprintf("%s is not a whole number from 0 to %d", document.Quote(text.Value), most)
	}
	if problem != "" {
		d.Fail(text, hint, "%s: %s", what, problem)
		return document.Bad[int](d, text)
	}
	return document.Good(d, text, int(value))
}

// Number reads a number in a unit.
func Number(d *document.File, n *document.Node, what string, unit Unit) document.Field[float64] {
	text, ok := d.Scalar(n, what)
	if !ok {
		return document.Bad[float64](d, text)
	}
	if text.Style&(document.FoldedStyle|document.LiteralStyle) != 0 {
		d.Fail(text, "write the number alone: at_least and at_most give the direction", "%s: > and | begin a block of text", what)
		return document.Bad[float64](d, text)
	}
	value, problem, hint := Parse(text.Value, unit)
	if problem != "" {
		d.Fail(text, hint, "%s: %s", what, problem)
		return document.Bad[float64](d, text)
	}
	WarnOfThousands(d, text)
	return document.Good(d, text, value)
}

// Positive reads a number of samples.
func Positive(d *document.File, n *document.Node, what string) document.Field[float64] {
	f := Number(d, n, what, Plain)
	if f.OK && f.Value <= 0 {
		f.Fail("", "%s must be above 0", what)
		f.OK = false
	}
	return f
}
