package sqltext

// Token is a piece of a text of SQL, from its byte Start up to but not including End.
type Token struct {
	Start, End int
	IsWord     bool // A bare identifier or keyword.
	IsQuoted   bool // A string, a quoted identifier or a dollar quoted text, with its quotes.
}

// NextToken returns the first token of a text that begins at the byte from or later, and false where there is none. The text
// may hold many statements, and lines that are not SQL: of what cannot be read, such as a quote that does not end, the rest of
// the text is one token.
func NextToken(text string, from int) (Token, bool) {
	s := scanner{text: text, pos: from}
	return s.token()
}

// NextMySQLToken does the same for a text as MySQL and MariaDB read it. Also a comment whose content the server runs is no token.
func NextMySQLToken(text string, from int) (Token, bool) {
	s := scanner{text: text, mysql: true, script: true, pos: from}
	return s.token()
}

func (s *scanner) token() (Token, bool) {
	text := s.text
	if err := s.skipBlank(); err != nil || s.pos == len(text) {
		return Token{}, false
	}
	start := s.pos
	// There are no parameters.
	if c := text[start]; c == '\\' || c == ':' || c == '?' || c == '$' && isDigit(s.peek(1)) && !s.mysql {
		s.pos++
		return Token{Start: start, End: s.pos}, true
	}
	kind, err := s.scan()
	if err != nil {
		s.pos = len(text)
		return Token{Start: start, End: len(text)}, true
	}
	return Token{Start: start, End: s.pos, IsWord: kind == word, IsQuoted: kind == quoted}, true
}
