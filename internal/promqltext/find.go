package promqltext

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Whatever is longer or deeper is not a query that anybody reads, and parsing it could take all memory: the parser calls itself for each
// level.
const maxLength, maxDepth = 10_000, 100

// find finds each :period that follows a bracket, outside of strings and comments: Prometheus's own lexer takes what follows a bracket
// for a duration, and stops at the colon. It fails for a text that is not worth parsing.
func (q *Query) find() error {
	if len(q.text) > maxLength {
		return errorAt(q.text, 0, fmt.Sprintf("the query is longer than %d bytes: record a part of it with a rule", maxLength))
	}
	depth, signs := 0, 0
	for at := 0; at < len(q.text); {
		switch c := q.text[at]; c {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			depth--
		case '+', '-':
			signs++
		case '#', ' ', '\t', '\r', '\n':
		default:
			signs = 0
		}
		if depth > maxDepth || signs > maxDepth {
			return errorAt(q.text, at, fmt.Sprintf("the query is nested more than %d deep", maxDepth))
		}
		next, err := q.skip(at)
		if err != nil {
			return err
		}
		at = next
	}
	return nil
}

// skip returns where a text continues behind what is at a place: a character, a comment, a string, or the beginning of a range, which it
// notes.
func (q *Query) skip(at int) (int, error) {
	switch c := q.text[at]; c {
	case '#':
		return after(q.text, at, "\n"), nil
	case '`':
		return after(q.text, at+1, "`"), nil
	case '"', '\'':
		return afterQuoted(q.text, at+1, c), nil
	case '[':
		at++
		for at < len(q.text) && strings.IndexByte(" \t\r\n", q.text[at]) >= 0 {
			at++
		}
		if at == len(q.text) || q.text[at] != ':' {
			return at, nil
		}
		name := word(q.text[at+1:])
		if name != Parameter {
			return 0, errorAt(q.text, at, onlyPeriod+", not [:"+name+"]")
		}
		q.ranges = append(q.ranges, at)
		return at + 1 + len(name), nil
	}
	return at + 1, nil
}

// after returns where a text continues behind the next mark.
func after(text string, from int, mark string) int {
	if at := strings.Index(text[from:], mark); at >= 0 {
		return from + at + len(mark)
	}
	return len(text)
}

// afterQuoted returns where a text continues behind a string in which a backslash escapes.
func afterQuoted(text string, from int, quote byte) int {
	for at := from; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case quote:
			return at + 1
		}
	}
	return len(text)
}

// word returns the letters, digits and underscores with which a text begins.
func word(text string) string {
	for i, r := range text {
		isWord := r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf
		if !isWord {
			return text[:i]
		}
	}
	return text
}
