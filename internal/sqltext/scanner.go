package sqltext

import (
	"cmp"
	"fmt"
	"strings"
)

type kind uint8

const (
	end       kind = iota
	word           // A bare identifier or keyword.
	number         // Also 1.5e3, 0x1F.
	quoted         // A string, a quoted identifier, a dollar quoted text.
	parameter      // A colon and a name.
	symbol         // One byte of an operator or punctuation; also :: and :=.
)

// token is the text from start up to end.
type token struct {
	kind       kind
	start, end int
}

// scanner splits SQL into tokens, leaving out white space and comments.
type scanner struct {
	text   string
	mysql  bool // As MySQL and MariaDB read it.
	script bool // A comment whose content the server runs is one like others.
	pos    int
	last   token
	open   []byte // The ( and [ that are open, innermost last.
	line   string // What began the first comment that ends with its line, -- or #; "" if there was none.
}

// next returns the next token, of kind end when the text is over.
func (s *scanner) next() (token, *Error) {
	if err := s.skipBlank(); err != nil {
		return token{}, err
	}
	start := s.pos
	kind, err := s.scan()
	if err != nil {
		return token{}, err
	}
	s.last = token{kind, start, s.pos}
	return s.last, nil
}

// scan moves over one token.
func (s *scanner) scan() (kind, *Error) {
	if s.pos == len(s.text) {
		return end, nil
	}
	switch c := s.text[s.pos]; {
	case s.mysql && (c == '\'' || c == '"'):
		return s.mysqlString()
	case s.mysql && c == '?':
		return parameter, s.errorf(s.pos, "positional parameter ?: use names such as :period_start, :period_end and :as_of")
	case s.mysql && c == '$':
		s.pos = s.wordEnd(s.pos + 1)
		return word, nil
	case (c == 'e' || c == 'E') && s.peek(1) == '\'' && !s.mysql:
		return s.escapeString()
	case isWordStart(c):
		s.pos = s.wordEnd(s.pos + 1)
		return word, nil
	case s.mysql && (isDigit(c) || c == '.' && isDigit(s.peek(1)) && !s.afterName()):
		s.pos = mysqlNumberEnd(s.text, s.pos)
		return number, nil
	case isDigit(c):
		return s.number()
	case c == '\'':
		return s.quote("string")
	case c == '"', c == '`':
		return s.quote("quoted identifier")
	case c == ':':
		return s.colon()
	case c == '$':
		return s.dollar()
	case c == '?' && isDigit(s.peek(1)):
		return s.positional()
	case c == '\\':
		// Valid nowhere. As a rule it is what is left of a string in which
		// MySQL's \' was written, and code and text have changed places.
		return symbol, s.errorf(s.pos, `a backslash outside quotes: in a string write '' for a quote`)
	case c == '(' || c == '[':
		s.open = append(s.open, c)
	case (c == ')' || c == ']') && len(s.open) > 0:
		s.open = s.open[:len(s.open)-1]
	}
	s.pos++
	return symbol, nil
}

// number moves over a number. Older servers end it before letters, and read a string with its letters: 1e'…' has E'…' there.
func (s *scanner) number() (kind, *Error) {
	for s.pos < len(s.text) && isNumberPart(s.text[s.pos]) {
		s.pos++
	}
	if s.peek(0) == '\'' && isLetter(s.text[s.pos-1]) {
		return number, s.errorf(s.pos-1, "write a space between the number and the string")
	}
	return number, nil
}

// colon moves over what begins with a colon: a parameter, ::, :=, or the
// colon of an array slice.
func (s *scanner) colon() (kind, *Error) {
	next := s.peek(1)
	if next == ':' || next == '=' {
		s.pos += 2
		return symbol, nil
	}
	inBrackets := len(s.open) > 0 && s.open[len(s.open)-1] == '['
	if !isWordStart(next) || inBrackets && s.afterOperand() {
		s.pos++
		return symbol, nil
	}
	start, stop := s.pos, s.wordEnd(s.pos+1)
	if !isName(s.text[start+1 : stop]) {
		if inBrackets { // A slice up to a column: arr[:größe].
			s.pos++
			return symbol, nil
		}
		return parameter, s.errorf(start, "%q is not a parameter: names have the characters a to z, 0 to 9 and _",
			s.text[start:stop])
	}
	// SELECT:x would become the identifier SELECT$1.
	if start > 0 && isWordPart(s.text[start-1]) {
		return parameter, s.errorf(start, "a space is missing before the parameter %s", s.text[start:stop])
	}
	s.pos = stop
	return parameter, nil
}

// afterOperand reports whether the last token ends a value, so that a colon
// in brackets stands between two bounds of a slice.
func (s *scanner) afterOperand() bool {
	text := s.text[s.last.start:s.last.end]
	switch s.last.kind {
	case word:
		return !wantsOperand(text)
	case symbol:
		return text == ")" || text == "]"
	default:
		return true
	}
}

// wantsOperand reports whether a value follows the keyword in an expression:
// ARRAY[CASE WHEN a THEN :x END] has a parameter and no slice.
func wantsOperand(keyword string) bool {
	switch strings.ToLower(keyword) {
	case "and", "between", "by", "case", "distinct", "else", "escape", "from", "having", "ilike", "in", "is", "like",
		"limit", "not", "offset", "on", "or", "select", "symmetric", "then", "to", "when", "where", "zone":
		return true
	}
	return false
}

// dollar moves over what begins with a dollar sign outside an identifier:
// $$text$$, $tag$text$tag$, or the sign alone.
func (s *scanner) dollar() (kind, *Error) {
	if isDigit(s.peek(1)) {
		return s.positional()
	}
	stop := s.pos + 1
	if isWordStart(s.peek(1)) {
		for stop < len(s.text) && s.text[stop] != '$' && isWordPart(s.text[stop]) {
			stop++
		}
	}
	if stop == len(s.text) || s.text[stop] != '$' {
		s.pos++
		return symbol, nil
	}
	tag := s.text[s.pos : stop+1]
	length := strings.Index(s.text[stop+1:], tag)
	if length < 0 {
		return quoted, s.errorf(s.pos, "a dollar quote that does not end: no second %s", tag)
	}
	s.pos = stop + 1 + length + len(tag)
	return quoted, nil
}

// positional refuses $1 and ?1. Left alone they would be bound to whatever
// parameter happens to get that number.
func (s *scanner) positional() (kind, *Error) {
	stop := s.pos + 1
	for stop < len(s.text) && isDigit(s.text[stop]) {
		stop++
	}
	return parameter, s.errorf(s.pos, "positional parameter %s: use names such as :period_start, :period_end and :as_of",
		s.text[s.pos:stop])
}

// quote moves over a text between two of the same quotes, in which a doubled
// quote stands for one.
func (s *scanner) quote(what string) (kind, *Error) {
	start, mark := s.pos, s.text[s.pos]
	s.pos++
	for {
		length := strings.IndexByte(s.text[s.pos:], mark)
		if length < 0 {
			return quoted, s.errorf(start, "a %s that does not end: no closing %c", what, mark)
		}
		s.pos += length + 1
		if s.peek(0) != mark {
			return quoted, nil
		}
		s.pos++
	}
}

// escapeString moves over E'…', in which a backslash takes the next character
// along. It continues, still with escapes, when only white space with a line
// break lies before the next quote.
func (s *scanner) escapeString() (kind, *Error) {
	start := s.pos
	s.pos += 2
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == '\\' && s.pos < len(s.text):
			s.pos++
		case c != '\'':
		case s.peek(0) == '\'':
			s.pos++
		default:
			next, found := s.continued()
			if !found {
				return quoted, nil
			}
			s.pos = next
		}
	}
	return quoted, s.errorf(start, "a string that does not end: no closing '")
}

// continued returns the offset at which the string that has just ended goes
// on, after the quote on a later line.
func (s *scanner) continued() (int, bool) {
	lines := false
	for i := s.pos; i < len(s.text); {
		switch c := s.text[i]; {
		case isSpace(c):
			lines = lines || c == '\n' || c == '\r'
			i++
		case strings.HasPrefix(s.text[i:], "--"):
			i = s.lineEnd(i)
		default:
			return i + 1, lines && c == '\''
		}
	}
	return 0, false
}

// skipBlank moves over white space and comments.
func (s *scanner) skipBlank() *Error {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case isSpace(c):
			s.pos++
		case s.mysql && (c == '#' || c == '-' && s.peek(1) == '-' && (s.peek(2) <= ' ' || s.peek(2) == 0x7f)): // At the end, too.
			s.skipMySQLLine()
		case s.mysql && c == '-':
			return nil // 1--1 is 2.
		case c == '-' && s.peek(1) == '-':
			s.pos = s.lineEnd(s.pos)
			s.line = cmp.Or(s.line, "--")
		case c == '/' && s.peek(1) == '*':
			skip := s.skipComment
			if s.mysql {
				skip = s.skipMySQLComment
			}
			if err := skip(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// skipComment moves over a /* comment */ and those inside it.
func (s *scanner) skipComment() *Error {
	start, depth := s.pos, 0
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '/' && s.peek(1) == '*':
			depth++
			s.pos += 2
		case c == '*' && s.peek(1) == '/':
			depth--
			s.pos += 2
			if depth == 0 {
				return nil
			}
		default:
			s.pos++
		}
	}
	return s.errorf(start, "a comment that does not end: no closing */")
}

// lineEnd returns the offset of the line break after from, or of the end.
func (s *scanner) lineEnd(from int) int {
	if length := strings.IndexAny(s.text[from:], "\r\n"); length >= 0 {
		return from + length
	}
	return len(s.text)
}

// wordEnd returns the offset of the first byte from there on that is not part
// of a word.
func (s *scanner) wordEnd(from int) int {
	for from < len(s.text) && isWordPart(s.text[from]) {
		from++
	}
	return from
}

// peek returns the byte that far ahead, 0 after the end.
func (s *scanner) peek(ahead int) byte {
	if s.pos+ahead < len(s.text) {
		return s.text[s.pos+ahead]
	}
	return 0
}

func (s *scanner) errorf(offset int, format string, args ...any) *Error {
	return errorAt(s.text, offset, fmt.Sprintf(format, args...))
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isWordStart takes every byte of a non-ASCII character for a letter, as the
// engines do.
func isWordStart(c byte) bool { return isLetter(c) || c == '_' || c >= 0x80 }

func isWordPart(c byte) bool { return isWordStart(c) || isDigit(c) || c == '$' }

func isNumberPart(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' || c == '.' }

// isName reports whether a word can name a parameter. Upper case counts, so
// that the caller can say that :As_Of is unknown.
func isName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && !isDigit(c) && c != '_' {
			return false
		}
	}
	return true
}
