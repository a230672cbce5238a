package document

import (
	"strings"
	"unicode/utf8"
)

// explain reports why YAML cannot read a file: what the library says, in the words of somebody who writes KPIs, and
// what to write where a known trap is behind it.
func (d *File) explain(number int, said string) {
	line := d.Line(number)
	column := 1 + indent(line)
	if d.belowSecret(number) {
		d.hidden[number] = 1
	}
	if _, after, ok := strings.Cut(said, ": "); ok && strings.HasPrefix(said, "line ") {
		said = after
	}
	message, hint := "this is not valid YAML: "+said, ""
	at, value := d.oddValue(line)
	switch {
	case strings.Contains(said, "tab character"), strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		column = 1 + strings.IndexByte(line, '\t')
		message, hint = "a tab where YAML wants spaces", "indent with spaces"
	case strings.Contains(said, "control characters"):
		d.controlCharacter()
		return
	case at >= 0 && strings.ContainsRune("@`%", rune(line[at])) && strings.Contains(said, "cannot start any token"):
		column = 1 + utf8.RuneCountInString(line[:at])
		message, hint = "a value cannot begin with "+line[at:at+1]+" unless it is quoted", "write "+d.quoted(number, "", value)
	case at >= 0 && (line[at] == '*' || line[at] == '&') && (strings.Contains(said, "alphabetic or numeric") || strings.Contains(said, "unknown anchor")):
		column = 1 + utf8.RuneCountInString(line[:at])
		message, hint = "an unquoted * or & begins a YAML alias or anchor, and there is none of that name", "write "+d.quoted(number, "", value)
	case at >= 0 && (line[at] == '>' || line[at] == '|') && strings.Contains(said, "comment or line break"):
		column = 1 + utf8.RuneCountInString(line[:at])
		message = "an unquoted " + line[at:at+1] + " begins a block of text on the lines below"
		hint = "for a target write at_least: and the number alone"
		if !d.secret(number) {
			hint = "for a target write at_least: " + strings.TrimLeft(value, "|>= ")
		}
	case strings.Contains(said, "',' or '}'") || strings.Contains(said, "',' or ']'"):
		message, hint = "a { or [ is not closed, or a comma between two values is missing", ""
		if d.commentInBrackets(number) || d.commentInBrackets(number-1) {
			return
		}
		if dollar := strings.Index(line, "${"); dollar >= 0 {
			column = 1 + utf8.RuneCountInString(line[:dollar])
			variable, _, _ := strings.Cut(line[dollar:], "}")
			message, hint = "within { } and [ ] a ${…} must be quoted", `write "`+variable+`}"`
		}
	case strings.Contains(said, "mapping values are not allowed"):
		message, hint = "a key is not allowed here", "check the indentation, and that the line above ends as it should"
		if before, _, ok := strings.Cut(value, ": "); ok && at >= 0 {
			column = 1 + utf8.RuneCountInString(line[:at]+before)
			message, hint = "a second colon followed by a space", "quote the text: "+d.quoted(number, "", value)
		}
	case strings.Contains(said, "did not find expected key"), strings.Contains(said, "'-' indicator"):
		message, hint = "this line does not fit the ones above", "check its indentation"
		if at >= 0 && (line[at] == '\'' || line[at] == '"') {
			column = 1 + utf8.RuneCountInString(line[:at])
			message, hint = "there is more text after the closing quote", "within '…' write ' twice; within \"…\" write \\\""
		}
	case strings.Contains(said, "could not find expected ':'"):
		message, hint = "a key without a colon", "write key: value, and text of several lines below key: |"
	case strings.Contains(said, "unexpected end of stream"):
		message, hint = "a quote is opened here and never closed", ""
	case strings.Contains(said, "unknown escape character"):
		message, hint = `within "…" a \ begins an escape, and this one does not exist`, "use '…', or query: | for SQL"
	case strings.Contains(said, "block sequence entries"):
		message, hint = "a list cannot begin after a key on the same line", "write [a, b], or each - on a line of its own"
	case strings.Contains(said, "expected node content"):
		message, hint = "a value is missing, or a bracket or comma stands where none can be", ""
	case strings.Contains(said, "exceeded max depth"):
		message, hint = "values are nested more than 10000 deep", ""
	}
	d.FailAt(number, column, hint, message)
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
	flow := false
	for at < len(line) && (line[at] == '[' || line[at] == '{') { // The first value that is not all right.
		flow = true
		at++
		for rest := line[at:]; ; {
			value, after, more := strings.Cut(rest, ",")
			if _, behind, ok := strings.Cut(value, ": "); ok {
				value = behind
			}
			if value = strings.TrimLeft(value, " "); value != "" && strings.ContainsRune("@`%*&", rune(value[0])) {
				at = len(line) - len(rest) + strings.Index(rest, value)
				break
			}
			if !more {
				break
			}
			rest = after
		}
	}
	if at >= len(line) {
		return -1, ""
	}
	value := line[at:]
	if flow {
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
