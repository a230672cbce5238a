package kpitest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// script is a file of SQL for PostgreSQL, as people and pg_dump write it.
type script struct {
	text       string
	statements []scriptStatement
	meta       []span // Lines of psql, which begin with a backslash.
	public     []span // Where the schema public is named, the dot not included.
}

// span is a part of a text, from a byte up to but not including another.
type span struct{ start, end int }

// scriptStatement is one statement of a script with its words in lower case, quoted ones as they are.
type scriptStatement struct {
	span
	words []string
}

// begins reports whether the statement begins with these words.
func (s *scriptStatement) begins(words string) bool {
	all := strings.Fields(words)
	return len(s.words) >= len(all) && slices.Equal(s.words[:len(all)], all)
}

// has reports whether these words stand next to each other.
func (s *scriptStatement) has(words ...string) bool {
	for i := range s.words {
		if len(s.words)-i >= len(words) && slices.Equal(s.words[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

// readScript finds the statements of a text. It never fails: what it cannot read is the server's to refuse.
func readScript(text string) *script {
	r := &scriptReader{script: script{text: text}}
	for r.pos < len(text) {
		r.step()
	}
	r.finish(len(text))
	return &r.script
}

// scriptReader reads a script from its beginning to its end.
type scriptReader struct {
	script
	pos     int
	current scriptStatement
	begun   bool // The current statement has begun.
	atomic  int  // Depth of BEGIN ATOMIC … END, whose semicolons end no statement.
}

var dollarTag = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)

// step reads one token, blank or comment.
func (r *scriptReader) step() {
	rest := r.text[r.pos:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "--"):
		r.pos += lineLength(rest)
	case strings.HasPrefix(rest, "/*"):
		r.pos += commentLength(rest)
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
		r.pos++
	case c == '\\' && r.beginsLine():
		end := r.pos + lineLength(rest)
		r.meta = append(r.meta, span{r.pos, end})
		r.pos = end
	case c == ';' && r.atomic == 0:
		r.finish(r.pos)
		r.pos++
	default:
		r.begin()
		r.token(rest)
	}
}

// token reads a token of a statement.
func (r *scriptReader) token(rest string) {
	switch c := rest[0]; {
	case c == '\'':
		r.literal(rest, r.escapes())
	case c == '"':
		n := quotedLength(rest, '"', false)
		if rest[:n] == `"public"` && strings.HasPrefix(strings.TrimLeft(rest[n:], " "), ".") {
			r.public = append(r.public, span{r.pos, r.pos + n})
		}
		r.word(rest[:n])
	case c == '$' && dollarTag.MatchString(rest):
		r.dollar(rest, dollarTag.FindString(rest))
	case isWordByte(c):
		n := 1
		for n < len(rest) && (isWordByte(rest[n]) || rest[n] == '$') {
			n++
		}
		name := strings.ToLower(rest[:n])
		if name == "public" && strings.HasPrefix(rest[n:], ".") {
			r.public = append(r.public, span{r.pos, r.pos + n})
		}
		r.word(name)
		r.pos += n - len(name) // Lower case may have another length.
	default:
		r.pos++
	}
}

// literal reads a string. One that names something in the schema public, as nextval('public.s'::regclass) does, counts.
func (r *scriptReader) literal(rest string, escapes bool) {
	n := quotedLength(rest, '\'', escapes)
	if strings.HasPrefix(rest, "'public.") {
		r.public = append(r.public, span{r.pos + 1, r.pos + 1 + len("public")})
	}
	r.pos += n
}

var publicInBody = regexp.MustCompile(`(?i)\bpublic\.`)

// dollar reads a dollar quoted text, which as a rule is the body of a function.
func (r *scriptReader) dollar(rest, tag string) {
	n := len(rest)
	if end := strings.Index(rest[len(tag):], tag); end >= 0 {
		n = len(tag) + end + len(tag)
	}
	for _, at := range publicInBody.FindAllStringIndex(rest[:n], -1) {
		r.public = append(r.public, span{r.pos + at[0], r.pos + at[1] - 1})
	}
	r.pos += n
}

// word adds a word to the statement, and follows BEGIN ATOMIC … END.
func (r *scriptReader) word(w string) {
	r.pos += len(w)
	switch words := r.current.words; {
	case w == "atomic" && len(words) > 0 && words[len(words)-1] == "begin":
		r.atomic = 1
	case r.atomic > 0 && (w == "case" || w == "begin"):
		r.atomic++
	case r.atomic > 0 && w == "end":
		r.atomic--
	}
	r.current.words = append(r.current.words, w)
}

func (r *scriptReader) begin() {
	if !r.begun {
		r.begun, r.current.start = true, r.pos
	}
}

func (r *scriptReader) finish(end int) {
	if r.begun {
		r.current.end = end
		r.statements = append(r.statements, r.current)
	}
	r.current, r.begun, r.atomic = scriptStatement{}, false, 0
}

// beginsLine reports whether nothing but blanks stands before the position in its line.
func (r *scriptReader) beginsLine() bool {
	before := r.text[:r.pos]
	return strings.TrimLeft(before[strings.LastIndexByte(before, '\n')+1:], " \t") == ""
}

// escapes reports whether the string that begins here is one in which a backslash escapes: E'…'.
func (r *scriptReader) escapes() bool {
	w := r.current.words
	return len(w) > 0 && w[len(w)-1] == "e" && r.pos > 0 && (r.text[r.pos-1] == 'e' || r.text[r.pos-1] == 'E')
}

func isWordByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

// lineLength returns the length of the rest of the line, without its end.
func lineLength(text string) int {
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		return end
	}
	return len(text)
}

// commentLength returns the length of a comment, which may hold others.
func commentLength(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			if depth--; depth == 0 {
				return i + 2
			}
			i++
		}
	}
	return len(text)
}

// quotedLength returns the length of a quoted text with its quotes.
func quotedLength(text string, quote byte, escapes bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] == quote && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// line returns the line, counted from 1, on which a byte of the text stands.
func (s *script) line(at int) int { return 1 + strings.Count(s.text[:at], "\n") }

// refused returns why a statement must not run in a test, "" if it may: it would change what all databases of the server
// share, or is not SQL.
func (s *script) refused() (line int, why string) {
	for i := range s.statements {
		st := &s.statements[i]
		switch {
		case st.begins("copy") && (st.has("from", "stdin") || st.has("to", "stdout")):
			return s.line(st.start), "COPY with the rows below it is for psql: write the rows in the test, or make the dump with pg_dump --schema-only or --inserts"
		case st.begins("copy") && st.has("program"):
			return s.line(st.start), "COPY … PROGRAM runs a program on the server, which a test must not do"
		case st.sharesTheServer():
			return s.line(st.start), strings.ToUpper(strings.Join(st.words[:2], " ")) + " changes what all databases of the server share, which a test must not do"
		}
	}
	return 0, ""
}

// sharesTheServer reports whether the statement is about something that does not belong to one database.
func (s *scriptStatement) sharesTheServer() bool {
	if s.begins("alter system") {
		return true
	}
	if len(s.words) < 2 || !slices.Contains([]string{"create", "alter", "drop"}, s.words[0]) {
		return false
	}
	switch s.words[1] {
	case "role", "group", "database", "tablespace", "subscription":
		return true
	case "user":
		return len(s.words) < 3 || s.words[2] != "mapping"
	}
	return false
}

// ignored reports whether a test goes without a statement: who owns an object, who may use it, and what only the server that
// the dump is from knows.
func (s *scriptStatement) ignored() bool {
	switch {
	case s.begins("grant"), s.begins("revoke"), s.begins("alter default privileges"), s.begins("set session authorization"),
		s.begins("create schema public"), s.begins("comment on schema public"), s.begins("comment on extension"),
		s.begins("set transaction_timeout"), s.begins("set default_with_oids"):
		return true
	}
	n := len(s.words)
	return s.begins("alter") && n > 3 && s.words[n-3] == "owner" && s.words[n-2] == "to"
}

// fit returns the text as a test runs it: without what is for psql and without what a test ignores. With a schema, what is
// said of public is said of that one. More statements can be left out. No line moves.
func (s *script) fit(schema string, leaveOut []span) string {
	text := []byte(s.text)
	blank := func(part span) {
		for i := part.start; i < part.end; i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	for _, line := range s.meta {
		blank(line)
	}
	dropped := slices.Clone(leaveOut)
	for i := range s.statements {
		if st := &s.statements[i]; st.ignored() {
			dropped = append(dropped, st.span)
		}
	}
	for _, part := range dropped {
		blank(part)
	}
	if schema == "" {
		return string(text)
	}
	slices.SortFunc(s.public, func(a, b span) int { return a.start - b.start })
	var b strings.Builder
	from := 0
	for _, name := range s.public {
		if slices.ContainsFunc(dropped, func(d span) bool { return d.start <= name.start && name.end <= d.end }) {
			continue
		}
		b.Write(text[from:name.start])
		b.WriteString(schema)
		from = name.end
	}
	b.Write(text[from:])
	return b.String()
}

// transactions returns the statements that begin and end transactions, and whether one is left open.
func (s *script) transactions() (list []span, open bool, err error) {
	for i := range s.statements {
		st := &s.statements[i]
		switch {
		case st.begins("begin"), st.begins("start transaction"):
			open = true
		case st.begins("commit"), st.begins("end"):
			open = false
		case st.begins("rollback") && !st.has("to"), st.begins("abort"):
			return nil, false, fmt.Errorf("line %d: creating a schema is not rolled back: remove the statement", s.line(st.start))
		default:
			continue
		}
		list = append(list, st.span)
	}
	return list, open, nil
}
