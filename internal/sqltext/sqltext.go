// Package sqltext reads a user's SQL just far enough to find its :name parameters and to refuse a second statement. It
// promises to change nothing but those parameters: every other byte reaches the database as it was written. It imports
// nothing but the standard library.
//
// The advice of check needs more: a tree of the SELECTs and their expressions, which shows what a condition selects and how
// a column is computed. Where the tree does not understand the SQL, there is no advice.
//
// One lexer serves PostgreSQL and SQLite. Where they disagree it reads as PostgreSQL does: a backslash escapes only in E'…'
// strings (every engine takes a doubled quote for a quote), comments nest, # is an operator, and -- begins a comment
// whatever follows it. ParseMySQL reads as MySQL and MariaDB do.
package sqltext

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Error is a fault at one place in the SQL text.
type Error struct {
	Line, Column int // 1-based; columns count characters, not bytes.
	Message      string
}

// Error returns the place and the message.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Parameter is one use of a parameter; its place is that of the colon.
type Parameter struct {
	Name         string // Without the colon, in the case it was written in.
	Line, Column int    // 1-based; columns count characters, not bytes.
}

// Word is a bare identifier or keyword, outside strings, quotes and comments.
type Word struct {
	Text         string // In the case it was written in.
	Line, Column int    // 1-based; columns count characters, not bytes.
}

// Statement is one SQL statement whose parameters are known. It does not change and may be shared between goroutines.
type Statement struct {
	text  string
	mysql bool
	uses  []use
	names []string // Distinct, in order of first use.
}

// use is one occurrence of a parameter: the text from its colon at start up to end.
type use struct {
	start, end   int
	ordinal      int // 1-based, into Statement.names.
	line, column int
}

// Parse reads sql, which must be exactly one statement; one semicolon may end it. Whether the parameters exist is left
// to the caller. The error is always an *Error: text that is empty, has a second statement, a string, identifier or
// comment without an end, a positional parameter, a NUL byte or invalid UTF-8.
func Parse(sql string) (*Statement, error) { return parse(&Statement{text: sql}) }

func parse(statement *Statement) (*Statement, error) {
	sql := statement.text
	if err := checkBytes(sql); err != nil {
		return nil, err
	}
	var (
		scan  = statement.scanner()
		at    = place{line: 1, column: 1}
		empty = true
		ended = false
	)
	for {
		tok, err := scan.next()
		if err != nil {
			return nil, err
		}
		switch {
		case tok.kind == end:
			if empty {
				return nil, errorAt(sql, 0, "no statement here: the text is empty or only comments")
			}
			return statement, nil
		case ended:
			return nil, errorAt(sql, tok.start,
				"a second statement: a query is one statement, with at most one ; at its end")
		case tok.kind == symbol && sql[tok.start] == ';':
			// What follows can only be comments, so it goes too: the text then ends in code, or in a comment that
			// someone wrote there.
			statement.text = sql[:tok.start]
			ended = true
			continue
		case tok.kind == parameter:
			at.advance(sql, tok.start)
			statement.add(tok, at)
		}
		empty = false
	}
}

// again parses another text as the statement was parsed.
func (s *Statement) again(sql string) (*Statement, error) {
	return parse(&Statement{text: sql, mysql: s.mysql})
}

func (s *Statement) scanner() scanner { return scanner{text: s.text, mysql: s.mysql} }

func (s *Statement) add(tok token, at place) {
	name := s.text[tok.start+1 : tok.end]
	ordinal := 1 + slices.Index(s.names, name)
	if ordinal == 0 {
		s.names = append(s.names, name)
		ordinal = len(s.names)
	}
	s.uses = append(s.uses, use{tok.start, tok.end, ordinal, at.line, at.column})
}

// SQL returns the text as it was given, up to the semicolon that ends it if there is one. It may end in a -- comment:
// put a line break before anything that is to follow.
func (s *Statement) SQL() string {
	return s.text
}

// Plain returns the SQL without comments and layout: statements with the same plain text are the same. A comment that some engine
// reads, such as /*+ a hint */ or /*! code */, keeps the text as it is. It is "" for nil.
func (s *Statement) Plain() string {
	switch {
	case s == nil:
		return ""
	case readComment.MatchString(s.text):
		return s.text
	}
	var tokens []string
	for scan := s.scanner(); ; {
		token, there := scan.token()
		if !there {
			return strings.Join(tokens, " ")
		}
		tokens = append(tokens, s.text[token.Start:token.End])
	}
}

var readComment = regexp.MustCompile(`/\*M?[!+]`)

// Parameters returns every use of a parameter, in order.
func (s *Statement) Parameters() []Parameter {
	params := make([]Parameter, len(s.uses))
	for i, u := range s.uses {
		params[i] = Parameter{Name: s.names[u.ordinal-1], Line: u.line, Column: u.column}
	}
	return params
}

// Uses reports whether the statement has the parameter name.
func (s *Statement) Uses(name string) bool {
	return slices.Contains(s.names, name)
}

// Words returns the bare identifiers and keywords, in order. It reads the text again on each call.
func (s *Statement) Words() []Word { return slices.Collect(s.words) }

// Mentions reports whether one of the Words is a text, as it is written.
func (s *Statement) Mentions(text string) (found bool) {
	if !strings.Contains(s.text, text) {
		return false
	}
	s.words(func(w Word) bool {
		found = w.Text == text
		return !found
	})
	return found
}

// FirstWord returns the first of Words, with an empty text if there are none.
func (s *Statement) FirstWord() (first Word) {
	s.words(func(w Word) bool {
		first = w
		return false
	})
	return first
}

func (s *Statement) words(yield func(Word) bool) {
	scan, at := s.scanner(), place{line: 1, column: 1}
	for {
		tok, err := scan.next()
		if err != nil || tok.kind == end { // Parse has seen that there is no error
			return
		}
		if tok.kind == word {
			at.advance(s.text, tok.start)
			if !yield(Word{s.text[tok.start:tok.end], at.line, at.column}) {
				return
			}
		}
	}
}

// LineComment returns what begins the first comment of a text of SQL, whole or not, that ends with its line: --, or "" if there is none.
func LineComment(sql string) string { return lineComment(scanner{text: sql}) }

func lineComment(scan scanner) string {
	for {
		tok, err := scan.next()
		if err != nil || tok.kind == end {
			return scan.line
		}
	}
}

// Render returns the SQL with each parameter replaced by its placeholder, and the distinct names in order of first use.
// The ordinal is the 1-based place in names, so a parameter used twice has one ordinal; placeholder is called for every
// use, in order.
func (s *Statement) Render(placeholder func(ordinal int, name string) string) (sql string, names []string) {
	var b strings.Builder
	b.Grow(len(s.text) + 8)
	copied := 0
	for _, u := range s.uses {
		b.WriteString(s.text[copied:u.start])
		b.WriteString(placeholder(u.ordinal, s.names[u.ordinal-1]))
		copied = u.end
	}
	b.WriteString(s.text[copied:])
	return b.String(), slices.Clone(s.names)
}

// checkBytes refuses what no engine can take: PostgreSQL answers a NUL byte and invalid UTF-8 with a protocol error
// that names no place.
func checkBytes(sql string) error {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return errorAt(sql, i, "a NUL byte")
	}
	if utf8.ValidString(sql) {
		return nil
	}
	for i, r := range sql {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(sql[i:]); size == 1 {
			return errorAt(sql, i, fmt.Sprintf("the byte 0x%02x is not valid UTF-8", sql[i]))
		}
	}
	return nil
}

// place is a position in a text, kept in step with a byte offset.
type place struct {
	offset       int
	line, column int
}

// advance moves forward to offset.
func (p *place) advance(text string, offset int) {
	passed := text[p.offset:offset]
	if newline := strings.LastIndexByte(passed, '\n'); newline >= 0 {
		p.line += strings.Count(passed, "\n")
		p.column = 1
		passed = passed[newline+1:]
	}
	p.column += utf8.RuneCountInString(passed)
	p.offset = offset
}

func errorAt(text string, offset int, message string) *Error {
	at := place{line: 1, column: 1}
	at.advance(text, offset)
	return &Error{Line: at.line, Column: at.column, Message: message}
}
