package document

import (
	"strings"
	"unicode/utf8"
)

// trap is a mistake that people make in YAML, where it is in its line, and what to write instead.
type trap struct {
	column        int // From 1; 0 for the first letter of the line.
	message, hint string
}

// explain reports why YAML cannot read a file: what the library says, in the words of somebody who writes KPIs, and
// what to write where a known trap is behind it.
func (d *File) explain(number int, said string) {
	line := d.Line(number)
	if d.belowSecret(number) {
		d.hidden[number] = 1
	}
	if _, after, ok := strings.Cut(said, ": "); ok && strings.HasPrefix(said, "line ") {
		said = after
	}
	var t trap
	switch {
	case strings.Contains(said, "tab character"), strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		t = trap{1 + strings.IndexByte(line, '\t'), "a tab where YAML wants spaces", "indent with spaces"}
	case strings.Contains(said, "control characters"):
		d.controlCharacter()
		return
	case strings.Contains(said, "',' or '}'"), strings.Contains(said, "',' or ']'"):
		if d.commentInBrackets(number) || d.commentInBrackets(number-1) {
			return
		}
		t = openBracket(line)
	default:
		t = d.trapIn(number, line, said)
	}
	if t.message == "" {
		t.message = "this is not valid YAML: " + said
	}
	if t.column == 0 {
		t.column = 1 + indent(line)
	}
	d.FailAt(number, t.column, t.hint, t.message)
}

// openBracket explains a { or [ that is not closed.
func openBracket(line string) trap {
	dollar := strings.Index(line, "${")
	if dollar < 0 {
		return trap{0, "a { or [ is not closed, or a comma between two values is missing", ""}
	}
	variable, _, _ := strings.Cut(line[dollar:], "}")
	return trap{1 + utf8.RuneCountInString(line[:dollar]), "within { } and [ ] a ${…} must be quoted", `write "` + variable + `}"`}
}

// trapIn returns the trap that a line with its first value has fallen into; its message is "" if it is none that is known.
func (d *File) trapIn(number int, line, said string) trap {
	at, value := d.oddValue(line)
	first := byte(0)
	column := 0
	if at >= 0 {
		first, column = line[at], 1+utf8.RuneCountInString(line[:at])
	}
	switch {
	case strings.IndexByte("@`%", first) >= 0 && strings.Contains(said, "cannot start any token"):
		return trap{column, "a value cannot begin with " + line[at:at+1] + " unless it is quoted", "write " + d.quoted(number, "", value)}
	case strings.IndexByte("*&", first) >= 0 && (strings.Contains(said, "alphabetic or numeric") || strings.Contains(said, "unknown anchor")):
		return trap{column, "an unquoted * or & begins a YAML alias or anchor, and there is none of that name", "write " + d.quoted(number, "", value)}
	case strings.IndexByte("|>", first) >= 0 && strings.Contains(said, "comment or line break"):
		hint := "for a target write at_least: and the number alone"
		if !d.secret(number) {
			hint = "for a target write at_least: " + strings.TrimLeft(value, "|>= ")
		}
		return trap{column, "an unquoted " + line[at:at+1] + " begins a block of text on the lines below", hint}
	case strings.Contains(said, "mapping values are not allowed"):
		if before, _, ok := strings.Cut(value, ": "); ok && at >= 0 {
			return trap{1 + utf8.RuneCountInString(line[:at]+before), "a second colon followed by a space", "quote the text: " + d.quoted(number, "", value)}
		}
		return trap{0, "a key is not allowed here", "check the indentation, and that the line above ends as it should"}
	case strings.IndexByte("'\"", first) >= 0 && (strings.Contains(said, "did not find expected key") || strings.Contains(said, "'-' indicator")):
		return trap{column, "there is more text after the closing quote", `within '…' write ' twice; within "…" write \"`}
	}
	return trapNamed(said)
}

// trapNamed returns the trap that shows in what the library says alone, whatever is in the line.
func trapNamed(said string) trap {
	for _, known := range [...]struct{ said, message, hint string }{
		{"did not find expected key", "this line does not fit the ones above", "check its indentation"},
		{"'-' indicator", "this line does not fit the ones above", "check its indentation"},
		{"could not find expected ':'", "a key without a colon", "write key: value, and text of several lines below key: |"},
		{"unexpected end of stream", "a quote is opened here and never closed", ""},
		{"unknown escape character", `within "…" a \ begins an escape, and this one does not exist`, "use '…', or query: | for SQL"},
		{"block sequence entries", "a list cannot begin after a key on the same line", "write [a, b], or each - on a line of its own"},
		{"expected node content", "a value is missing, or there is a bracket or comma too many", ""},
		{"exceeded max depth", "values are nested more than 10,000 deep", ""},
	} {
		if strings.Contains(said, known.said) {
			return trap{0, known.message, known.hint}
		}
	}
	return trap{}
}

// commentInBrackets reports a { or [ that is never closed, because a # begins a comment that swallows the end.
func (d *File) commentInBrackets(number int) bool {
	line := d.Line(number)
	hash := strings.Index(line, " #")
	bracket := strings.LastIndexAny(line[:max(hash, 0)], "{[")
	if bracket < 0 || hash+2 == len(line) || strings.ContainsRune(" #", rune(line[hash+2])) || strings.ContainsAny(line[bracket:hash], "}]") {
		return false
	}
	before := line[:hash+1]
	start := max(bracket+1, strings.LastIndex(before, ": ")+2, strings.LastIndexByte(before, ',')+1)
	value := strings.TrimSpace(line[start:])
	if end := strings.IndexAny(value, ",]}"); end >= 0 {
		value = value[:end]
	}
	d.FailAt(number, 2+utf8.RuneCountInString(line[:hash]), "quote it: "+d.quoted(number, "", value),
		"a # after a space begins a comment, so the bracket before it is never closed")
	return true
}

// oddValue returns where the first value of a line begins, and the value without a comment.
func (d *File) oddValue(line string) (int, string) {
	at := indent(line)
	for strings.HasPrefix(line[at:], "- ") {
		at += len("- ")
	}
	if colon := strings.Index(line[at:], ": "); colon >= 0 {
		at += colon + len(": ")
	}
	at += len(line[at:]) - len(strings.TrimLeft(line[at:], " "))
	open := len(line[at:]) - len(strings.TrimLeft(line[at:], "[{"))
	at += open
	for rest := line[at:]; open > 0; { // The first value that is not all right.
		value, after, more := strings.Cut(rest, ",")
		start := 0
		if before, _, ok := strings.Cut(value, ": "); ok {
			start = len(before) + len(": ")
		}
		start += len(value[start:]) - len(strings.TrimLeft(value[start:], " "))
		if start < len(value) && strings.IndexByte("@`%*&", value[start]) >= 0 {
			at = len(line) - len(rest) + start
			break
		}
		if !more {
			break
		}
		rest = after
	}
	if at >= len(line) {
		return -1, ""
	}
	value := line[at:]
	if open > 0 {
		if end := strings.IndexAny(value, ",]}"); end >= 0 {
			value = value[:end]
		}
	}
	if comment := strings.Index(value, " #"); comment >= 0 {
		value = value[:comment]
	}
	return at, strings.TrimRight(value, " ")
}

// controlCharacter reports the first character that YAML does not allow anywhere.
func (d *File) controlCharacter() {
	for i, r := range d.Content {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || 0x7f <= r && r < 0xa0 && r != 0x85 || r == '\ufffe' || r == '\uffff' {
			line, column := d.Place(i)
			d.FailAt(line, column, "remove it", "a control character")
			return
		}
	}
	d.FailFile("a control character", "remove it")
}
