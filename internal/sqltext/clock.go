package sqltext

import "strings"

// What asks PostgreSQL and SQLite for the time: some words by themselves, some as functions, others as functions without arguments,
// and strings such as 'now' where one is read as a time. Texts are in lower case. These are switches, since each is asked about many
// tokens of many queries.

func isClockWord(text string) bool {
	switch text {
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "sysdate":
		return true
	}
	return false
}

func isClockFunction(text string) bool {
	switch text {
	case "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "getdate":
		return true
	}
	return isClockWord(text)
}

// isClockByDefault reports whether SQLite takes the present where a function is given no time.
func isClockByDefault(text string) bool {
	switch text {
	case "date", "time", "datetime", "julianday", "unixepoch":
		return true
	}
	return false
}

func isClockString(text string) bool {
	switch text {
	case "now", "today", "yesterday", "tomorrow":
		return true
	}
	return false
}

// isTimeType is true for zone too, the last word of timestamp with time zone.
func isTimeType(text string) bool {
	switch text {
	case "date", "time", "timetz", "timestamp", "timestamptz", "zone":
		return true
	}
	return false
}

func isTimeReader(text string) bool {
	switch text {
	case "cast", "strftime", "timediff":
		return true
	}
	return isTimeType(text) || isClockByDefault(text)
}

// Clocks returns the words and strings with which the statement asks the database what time it is, in order.
func (s *Statement) Clocks() []Word {
	tokens := s.tokens()
	var (
		clocks []Word
		calls  []string // The words before the ( that are open, innermost last; "" for a ( that calls nothing.
		at     = place{line: 1, column: 1}
	)
	token := func(i int) string { // "" beyond both ends.
		if i < 0 || i >= len(tokens) {
			return ""
		}
		return tokens[i]
	}
	scan := s.scanner()
	for i, text := range tokens {
		tok, _ := scan.next()
		found := false
		switch {
		case text == "(":
			calls = append(calls, token(i-1))
		case text == ")" && len(calls) > 0:
			calls = calls[:len(calls)-1]
		case s.mysql:
			found = (tok.kind == word || tok.kind == quoted && text[0] == '`') && isMySQLClock(tokens, i)
		case tok.kind == quoted && text[0] == '\'':
			found = isClockString(strings.TrimSpace(strings.Trim(text, "'"))) &&
				(token(i+1) == "::" || isTimeType(token(i-1)) || len(calls) > 0 && isTimeReader(calls[len(calls)-1]))
		case tok.kind != word:
		case token(i+1) == "(":
			found = isClockFunction(text) ||
				isClockByDefault(text) && argumentsAfter(tokens[i+2:]) == 0 ||
				(text == "strftime" || text == "age") && argumentsAfter(tokens[i+2:]) == 1
		default:
			found = isClockWord(text) && token(i-1) != "."
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
