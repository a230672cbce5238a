package sqltext

import (
	"cmp"
	"strings"
)

// ParseMySQL reads sql as Parse does, but as MySQL and MariaDB read it: a backslash escapes in strings, " encloses a string and `
// a name, comments do not nest, # begins one, and -- only before a blank. The server must not have an sql_mode that changes this. A comment whose content the
// server runs is an error, because it would be SQL that nothing here has read.
func ParseMySQL(sql string) (*Statement, error) { return parse(&Statement{text: sql, mysql: true}) }

// IsMySQL reports whether ParseMySQL has read the statement.
func (s *Statement) IsMySQL() bool { return s.mysql }

// MySQLLineComment is LineComment for SQL that MySQL and MariaDB read.
func MySQLLineComment(sql string) string { return lineComment(scanner{text: sql, mysql: true}) }

// mysqlString moves over a text between two of the same quotes, in which a backslash takes the next character along and a doubled
// quote stands for one.
func (s *scanner) mysqlString() (kind, *Error) {
	start, mark := s.pos, s.text[s.pos]
	s.pos++
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch {
		case c == '\\' && s.pos < len(s.text):
			s.pos++
		case c != mark:
		case s.peek(0) == mark:
			s.pos++
		default:
			return quoted, nil
		}
	}
	return quoted, s.errorf(start, "a string that does not end: no closing %c", mark)
}

// afterName reports whether a name ends where the scanner is: what follows a point is the name of a column then, and not a number.
func (s *scanner) afterName() bool {
	if s.last.end != s.pos || s.pos == 0 {
		return false
	}
	text := s.text[s.last.start:s.pos]
	switch s.last.kind {
	case word, quoted:
		return true
	case number: // A name may begin with a digit, as 2026_sales does.
		return strings.Trim(text, ".0123456789") != "" && !strings.Contains(text, ".")
	}
	return false
}

// mysqlNumberEnd returns where a number ends, or a name that begins with a digit. A number that has a point or an exponent ends before
// a letter: 1.into and 1e5into are a number and the word INTO, and 1into is a name.
func mysqlNumberEnd(text string, at int) int {
	digits := func(at int) int {
		for at < len(text) && isDigit(text[at]) {
			at++
		}
		return at
	}
	exponent := func(at int) int { // Its end, or at itself.
		if at == len(text) || text[at]|0x20 != 'e' {
			return at
		}
		first := at + 1
		if first < len(text) && (text[first] == '+' || text[first] == '-') {
			first++
		}
		if last := digits(first); last > first {
			return last
		}
		return at
	}
	whole := digits(at)
	if whole < len(text) && text[whole] == '.' {
		return exponent(digits(whole + 1))
	}
	if last := exponent(whole); last > whole {
		return last
	}
	for whole < len(text) && isWordPart(text[whole]) {
		whole++
	}
	return whole
}

// skipMySQLLine moves over a comment that ends with its line, which a carriage return alone does not end.
func (s *scanner) skipMySQLLine() {
	s.line = cmp.Or(s.line, strings.TrimLeft(s.text[s.pos:s.pos+1], "-"), "--")
	length := strings.IndexByte(s.text[s.pos:], '\n')
	if length < 0 {
		length = len(s.text) - s.pos
	}
	s.pos += length
}

// skipMySQLComment moves over a /* comment */.
func (s *scanner) skipMySQLComment() *Error {
	rest := s.text[s.pos+len("/*"):]
	if !s.script && (strings.HasPrefix(rest, "!") || strings.HasPrefix(rest, "M!")) {
		return s.errorf(s.pos, "the server runs what is in a comment that begins with /*! or /*M!: write it without the comment")
	}
	length := strings.Index(rest, "*/")
	if length < 0 {
		return s.errorf(s.pos, "a comment that does not end: no closing */")
	}
	s.pos += len("/*") + length + len("*/")
	return nil
}

// MySQLChange returns what a statement of MySQL would change though it begins as a query does, with the words that say so: it
// writes a file or a variable with INTO, assigns a variable, which outlives the query, or locks rows. The words are empty if it
// changes nothing.
func (s *Statement) MySQLChange() (words, does string) {
	var before string // The last token, in lower case.
	for scan := s.scanner(); ; {
		tok, err := scan.next()
		if err != nil || tok.kind == end {
			return "", ""
		}
		text := strings.ToLower(s.text[tok.start:tok.end])
		switch {
		case text == ":=":
			return ":=", "assigns a variable, which outlives the query: use a window function"
		case tok.kind != word:
		case before == ".": // A column, whatever it is called.
			text = ""
		case text == "into":
			return "INTO", "writes a file or a variable"
		case before == "for" && (text == "update" || text == "share"):
			return "FOR " + strings.ToUpper(text), "locks rows"
		case before == "lock" && text == "in":
			return "LOCK IN SHARE MODE", "locks rows"
		}
		before = text
	}
}

// MySQLMain returns where the word SELECT of the statement's main query begins in a text of one: behind WITH and its queries. For
// several that UNION and the like combine, it is the first. It returns -1 if there is none, as in VALUES (1). The text may have
// placeholders in place of parameters.
func MySQLMain(sql string) int {
	depth, with := 0, false
	for s := (&scanner{text: sql, mysql: true}); ; {
		token, there := s.token()
		if !there {
			return -1
		}
		switch text := strings.ToLower(sql[token.Start:token.End]); {
		case text == "(":
			depth++
		case text == ")":
			depth--
		case token.IsWord && text == "with" && depth == 0:
			with = true
		case token.IsWord && text == "select" && (depth == 0 || !with):
			return token.Start
		}
	}
}
