package promqltext

import (
	"strings"
	"unicode/utf8"
)

// find finds each :period that follows a bracket, outside of strings and comments: Prometheus's own lexer takes what follows a bracket
// for a duration, and stops at the colon.
func (q *Query) find() error {
	for at := 0; at < len(q.text); {
		switch c := q.text[at]; c {
		case '#':
			at = after(q.text, at, "\n")
		case '`':
			at = after(q.text, at+1, "`")
		case '"', '\'':
			at = afterQuoted(q.text, at+1, c)
		case '[':
			at++
			for at < len(q.text) && strings.IndexByte(" \t\r\n", q.text[at]) >= 0 {
				at++
			}
			if at == len(q.text) || q.text[at] != ':' {
				continue
			}
			name := word(q.text[at+1:])
			if name != Parameter {
				return errorAt(q.text, at, "only [:"+Parameter+"] is a parameter of PromQL, not [:"+name+"]")
			}
			q.ranges = append(q.ranges, at)
			at += 1 + len(name)
		default:
			at++
		}
	}
	return nil
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
