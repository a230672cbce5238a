package kpitest

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
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

// has reports whether these words are adjacent.
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
	for at := 0; ; {
		token, ok := sqltext.NextToken(text, at)
		if !ok {
			break
		}
		at = r.read(token)
	}
	r.finish(len(text))
	return &r.script
}

// scriptReader reads a script from its beginning to its end.
type scriptReader struct {
	script
	current scriptStatement
	before  [2]string // The last two tokens.
	begun   bool      // The current statement has begun.
	atomic  int       // Depth of BEGIN ATOMIC … END, whose semicolons end no statement.
}

// read takes a token, and returns where the next one may begin.
func (r *scriptReader) read(t sqltext.Token) int {
	token := r.text[t.Start:t.End]
	switch {
	case token == `\` && r.beginsLine(t.Start):
		end := len(r.text)
		if n := strings.IndexByte(r.text[t.Start:], '\n'); n >= 0 {
			end = t.Start + n
		}
		r.meta = append(r.meta, span{t.Start, end})
		return end
	case token == ";" && r.atomic == 0:
		r.finish(t.Start)
		return t.End
	case !r.begun:
		r.begun, r.current.start = true, t.Start
	}
	switch {
	case t.IsWord:
		r.word(strings.ToLower(token))
	case token[0] == '"':
		r.word(token)
	}
	r.findPublic(token, t)
	r.before = [2]string{r.before[1], strings.ToLower(token)}
	return t.End
}

var publicInBody = regexp.MustCompile(`(?i)\bpublic\.`)

// findPublic finds where a token names the schema public: as a name, in the string of nextval('public.s'::regclass), or in a
// dollar quoted text, which as a rule is the body of a function.
func (r *scriptReader) findPublic(token string, t sqltext.Token) {
	name := func(start, end int) { r.public = append(r.public, span{start, end}) }
	rest := r.text[t.End:]
	switch {
	case t.IsWord && strings.EqualFold(token, "public") && strings.HasPrefix(rest, "."):
		name(t.Start, t.End)
	case token == `"public"` && strings.HasPrefix(strings.TrimLeft(rest, " "), "."):
		name(t.Start, t.End)
	case strings.HasPrefix(token, "'public.") && r.namesRelation(rest):
		name(t.Start+1, t.Start+1+len("public"))
	case t.IsQuoted && token[0] == '$':
		for _, at := range publicInBody.FindAllStringIndex(token, -1) {
			name(t.Start+at[0], t.Start+at[1]-1)
		}
	}
}

// namesRelation reports whether a string is the name of something in the database, given what follows it: it is cast to regclass
// and the like, or an argument of nextval and the like.
func (r *scriptReader) namesRelation(rest string) bool {
	if after, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "::"); ok {
		return strings.HasPrefix(strings.ToLower(strings.TrimPrefix(strings.TrimLeft(after, " "), "pg_catalog.")), "reg")
	}
	return r.before[1] == "(" && slices.Contains([]string{
		"nextval", "currval", "setval", "pg_get_serial_sequence", "to_regclass", "to_regtype", "to_regproc", "to_regprocedure",
	}, r.before[0])
}

// leavePublic leaves names in the schema public where they are.
func (s *script) leavePublic(names []string) {
	s.public = slices.DeleteFunc(s.public, func(at span) bool {
		name := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(s.text[at.end:], " "), "."), " ")
		return slices.ContainsFunc(names, func(member string) bool {
			rest, plain := strings.CutPrefix(name, member)
			if !plain {
				rest, plain = strings.CutPrefix(name, `"`+member+`"`)
			}
			return plain && (rest == "" || !isNamePart(rest[0]) || !isNamePart(member[len(member)-1]))
		})
	})
}

func isNamePart(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// word adds a word to the statement, and follows BEGIN ATOMIC … END.
func (r *scriptReader) word(w string) {
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

func (r *scriptReader) finish(end int) {
	if r.begun {
		r.current.end = end
		r.statements = append(r.statements, r.current)
	}
	r.current, r.begun, r.atomic = scriptStatement{}, false, 0
}

// beginsLine reports whether only blanks precede a byte in its line.
func (r *scriptReader) beginsLine(at int) bool {
	before := r.text[:at]
	return strings.TrimLeft(before[strings.LastIndexByte(before, '\n')+1:], " \t") == ""
}

// line returns the line, counted from 1, of a byte of the text.
func (s *script) line(at int) int { return 1 + strings.Count(s.text[:at], "\n") }

// refused returns why a statement must not run in a test, "" if it may: it would change what all databases of the server
// share, or is not SQL.
func (s *script) refused() (line int, why string) {
	for i := range s.statements {
		st := &s.statements[i]
		switch {
		case st.begins("copy") && (st.has("from", "stdin") || st.has("to", "stdout")):
			return s.line(st.start), "COPY with the rows below it is for psql: write the rows in the test, or make the dump with pg_dump --schema-only or --inserts"
		case st.begins("copy") && st.has("to"):
			return s.line(st.start), "COPY … TO writes a file on the server, which a test must not do"
		case slices.ContainsFunc(st.words, func(w string) bool { return strings.HasSuffix(w, "_replication_slot") || w == "lo_export" }):
			return s.line(st.start), "replication slots and files on the server are not part of a test"
		case st.begins("drop database"), st.begins("create database"):
			return s.line(st.start), strings.ToUpper(strings.Join(st.words[:2], " ")) + " changes what all databases of the server share, which a test must not do: make the dump without --create"
		case st.begins("copy") && st.has("program"):
			return s.line(st.start), "COPY … PROGRAM runs a program on the server, which a test must not do"
		case st.sharesTheServer():
			return s.line(st.start), strings.ToUpper(strings.Join(st.words[:2], " ")) + " changes what all databases of the server share, which a test must not do"
		}
	}
	return 0, ""
}

// extensions yields the extensions that the script creates, with the lines.
func (s *script) extensions() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for i := range s.statements {
			st := &s.statements[i]
			if !st.begins("create extension") {
				continue
			}
			name := st.words[2:]
			if st.begins("create extension if not exists") {
				name = st.words[5:]
			}
			if len(name) > 0 && !yield(strings.Trim(name[0], `"`), s.line(st.start)) {
				return
			}
		}
	}
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
// said about public is said about that one. More statements can be left out. No line moves.
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
