package sqltext

import (
	"slices"
	"strings"
)

// What asks a database for the time: some words by themselves, some as functions, others as functions without arguments,
// and strings such as 'now' where one is read as a time.
const (
	clockWords     = "current_date current_time current_timestamp localtime localtimestamp sysdate"
	clockFunctions = "now clock_timestamp statement_timestamp transaction_timestamp timeofday getdate sysdate"
	clockByDefault = "date time datetime julianday unixepoch" // SQLite takes the present where it is given no time.
	clockStrings   = "now today yesterday tomorrow"
	timeTypes      = "date time timetz timestamp timestamptz zone" // The last of timestamp with time zone.
	timeReaders    = timeTypes + " cast datetime julianday unixepoch strftime timediff"
)

// Clocks returns the words and strings with which the statement asks the database what time it is, in order.
func (s *Statement) Clocks() []Word {
	tokens := s.tokens()
	var (
		clocks []Word
		calls  []string // The words before the ( that are open, innermost last; "" for a ( that calls nothing.
		at     = place{line: 1, column: 1}
	)
	is := func(i int, texts string) bool {
		return i >= 0 && i < len(tokens) && slices.Contains(strings.Fields(texts), tokens[i])
	}
	scan := s.scanner()
	for i, text := range tokens {
		tok, _ := scan.next()
		found := false
		switch {
		case text == "(":
			name := ""
			if i > 0 {
				name = tokens[i-1]
			}
			calls = append(calls, name)
		case text == ")" && len(calls) > 0:
			calls = calls[:len(calls)-1]
		case tok.kind == quoted && text[0] == '\'':
			found = slices.Contains(strings.Fields(clockStrings), strings.TrimSpace(strings.Trim(text, "'"))) &&
				(is(i+1, "::") || is(i-1, timeTypes) || len(calls) > 0 && slices.Contains(strings.Fields(timeReaders), calls[len(calls)-1]))
		case tok.kind != word:
		case is(i+1, "("):
			arguments := argumentsAfter(tokens[i+2:])
			found = is(i, clockFunctions) || is(i, clockWords) || is(i, clockByDefault) && arguments == 0 ||
				is(i, "strftime age") && arguments == 1
		default:
			found = is(i, clockWords) && !is(i-1, ".")
		}
		if found {
			at.advance(s.text, tok.start)
			clocks = append(clocks, Word{s.text[tok.start:tok.end], at.line, at.column})
		}
	}
	return clocks
}

// tokens returns the text of every token, in lower case.
func (s *Statement) tokens() []string {
	var texts []string
	scan := s.scanner()
	for {
		tok, err := scan.next()
		if err != nil || tok.kind == end { // Parse has seen that there is no error
			return texts
		}
		texts = append(texts, strings.ToLower(s.text[tok.start:tok.end]))
	}
}

// argumentsAfter returns how many arguments stand before the ) that closes a call.
func argumentsAfter(tokens []string) int {
	depth, commas := 0, 0
	for i, text := range tokens {
		switch {
		case text == "(" || text == "[":
			depth++
		case depth > 0 && (text == ")" || text == "]"):
			depth--
		case depth == 0 && text == ")" && i == 0:
			return 0
		case depth == 0 && text == ")":
			return commas + 1
		case depth == 0 && text == ",":
			commas++
		}
	}
	return commas
}
