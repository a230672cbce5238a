package sqltext

import "strings"

// BeginsQuery reports whether a text begins as a query that only reads: with SELECT, WITH, VALUES or TABLE, behind comments and opening
// brackets, and with what may follow that word. A file with passwords, keys or settings does not.
func BeginsQuery(text string) bool {
	return beginsQuery(scanner{text: text}) || beginsQuery(scanner{text: text, mysql: true})
}

func beginsQuery(scan scanner) bool {
	first, err := scan.next()
	for err == nil && scan.is(first, "(") {
		first, err = scan.next()
	}
	if err != nil || first.kind != word {
		return false
	}
	then, err := scan.next()
	isName := err == nil && (then.kind == word || then.kind == quoted)
	switch strings.ToLower(scan.text[first.start:first.end]) {
	case "select": // Not a key of YAML or of a file of variables.
		return err != nil || !scan.is(then, ":") && !scan.is(then, "=")
	case "values":
		return isName || err == nil && scan.is(then, "(")
	case "with", "table":
		return isName
	}
	return false
}

// is reports whether a token is a symbol.
func (s *scanner) is(t token, text string) bool {
	return t.kind == symbol && s.text[t.start:t.end] == text
}
