package config

import (
	"fmt"
	"time"
)

// readDuration reads a length of time such as 30s or 1h30m of at least the given one.
func readDuration(d *decoder, n *node, what string, least time.Duration) field[time.Duration] {
	text, ok := d.scalar(n, what)
	if !ok {
		return bad[time.Duration](d, text)
	}
	value, problem, hint := parseDuration(text.Value)
	switch {
	case problem != "":
		d.fail(text, hint, "%s: %s", what, problem)
	case value < least:
		d.fail(text, "", "%s must be at least %s", what, formatDuration(least))
	default:
		return good(d, text, value)
	}
	return bad[time.Duration](d, text)
}

// readCount reads a whole number of at least 1.
func readCount(d *decoder, n *node, what string) field[int] {
	text, ok := d.scalar(n, what)
	if !ok {
		return bad[int](d, text)
	}
	value, problem, hint := parseNumber(text.Value, "")
	if problem == "" && (value != float64(int32(value)) || value < 1) {
		problem = fmt.Sprintf("%s is not a whole number of at least 1", quote(text.Value))
	}
	if problem != "" {
		d.fail(text, hint, "%s: %s", what, problem)
		return bad[int](d, text)
	}
	warnOfThousands(d, text)
	return good(d, text, int(value))
}

// readNumber reads a number in a unit.
func readNumber(d *decoder, n *node, what string, unit Unit) field[float64] {
	text, ok := d.scalar(n, what)
	if !ok {
		return bad[float64](d, text)
	}
	if text.Style&(foldedStyle|literalStyle) != 0 {
		d.fail(text, "write the number alone: at_least and at_most give the direction", "%s: > and | begin a block of text", what)
		return bad[float64](d, text)
	}
	value, problem, hint := parseNumber(text.Value, unit)
	if problem != "" {
		d.fail(text, hint, "%s: %s", what, problem)
		return bad[float64](d, text)
	}
	warnOfThousands(d, text)
	return good(d, text, value)
}

// readPositive reads a number of samples.
func readPositive(d *decoder, n *node, what string) field[float64] {
	f := readNumber(d, n, what, "")
	if f.ok && f.value <= 0 {
		f.fail("", "%s must be above 0", what)
		f.ok = false
	}
	return f
}

