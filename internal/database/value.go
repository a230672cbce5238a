package database

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Value is one cell of a row. It is valid until the next row is read.
type Value struct {
	cells
	column Column
	zone   *time.Location // The session's.

	source any    // What the driver gave: nil for NULL and for bytes.
	bytes  []byte // What the driver gave as bytes: a copy, because the driver may use them again at any time.
	isText bool   // Whether bytes is the value.
}

// Scan takes what the driver read. It implements sql.Scanner.
func (v *Value) Scan(source any) error {
	if b, ok := source.([]byte); ok {
		v.source, v.bytes, v.isText = nil, append(v.bytes[:0], b...), true
		return nil
	}
	v.source, v.isText = source, false
	return nil
}

// size returns about how many bytes the cell has.
func (v *Value) size() int64 {
	switch source := v.source.(type) {
	case nil:
		return int64(len(v.bytes)) // Those of an earlier row if it is NULL.
	case string:
		return int64(len(source))
	}
	return 8
}

// Null reports whether the cell is NULL.
func (v *Value) Null() bool { return v.source == nil && !v.isText }

// Number returns the cell as a number: a truth value as 0 or 1, an interval in seconds, an instant as Unix seconds.
// NULL and NaN are NaN. It fails for what is not a number, for infinity and for what is too large for a float64; the
// error names the column.
func (v *Value) Number() (float64, error) {
	if v.Null() {
		return math.NaN(), nil
	}
	n, err := v.number(v)
	if err != nil {
		return 0, fmt.Errorf("column %q: %w", v.column.Name, err)
	}
	if math.IsInf(n, 0) {
		return 0, fmt.Errorf("column %q: the value is infinite", v.column.Name)
	}
	return n, nil
}

// Text returns the cell as the database itself writes it, "" for NULL, and whether all of it is UTF-8. A byte that is not is
// written as \xE4. Different texts stay different: where there is such a byte, or what reads like one, each backslash is
// doubled.
func (v *Value) Text() (text string, valid bool) {
	if v.Null() {
		return "", true
	}
	text = v.text(v)
	valid = utf8.ValidString(text)
	if valid && !strings.Contains(text, `\`) {
		return text, true
	}
	if v.column.Type == "bytea" || valid && !escaped.MatchString(text) { // PostgreSQL writes bytes in hexadecimal.
		return text, true
	}
	return escape(strings.ReplaceAll(text, `\`, `\\`)), valid
}

// escaped matches what escape writes for a byte.
var escaped = regexp.MustCompile(`\\x[89A-F][0-9A-F]`)

// escape returns the text in UTF-8. Bytes that are not are written in hexadecimal.
func escape(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02X`, text[0])
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}
