package sqltext

import "strings"

// lexeme is a token of the tree reader: adjacent symbols form one operator.
type lexeme struct {
	kind       kind
	text       string // In lower case; for a quoted identifier, which has the kind word, the text between its quotes.
	named      bool   // A quoted identifier, which is never a keyword.
	start, end int
}

// operators are the characters that make up operators. An operator of several characters may end in + or - only if it
// contains one of oddOperators: 2*-1 has two operators, as in PostgreSQL.
const (
	operators    = "+-*/<>=~!@#%^&|?"
	oddOperators = "~!@#%^&|?"
)

// lexemes splits a text, and returns for each bracket the index of its partner. It returns false if brackets do not match, or the text is
// too large to be read as a tree.
func lexemes(scan scanner) (list []lexeme, match []int, ok bool) {
	var open []int
	text := scan.text
	for {
		tok, err := scan.next()
		if err != nil || len(list) > maxTreeSize {
			return nil, nil, false
		}
		if tok.kind == end {
			list, match = trimSigns(list, match)
			return list, match, len(open) == 0
		}
		l := lexeme{kind: tok.kind, text: strings.ToLower(text[tok.start:tok.end]), start: tok.start, end: tok.end}
		if first := text[tok.start]; tok.kind == quoted && (first == '"' && !scan.mysql || first == '`') {
			l.kind, l.named = word, true
			l.text = strings.ReplaceAll(text[tok.start+1:tok.end-1], string(first)+string(first), string(first))
		}
		if n := len(list); n > 0 && joins(list[n-1], l) {
			list[n-1].text, list[n-1].end = text[list[n-1].start:l.end], l.end
			continue
		}
		list, match = trimSigns(list, match)
		match = append(match, -1)
		switch {
		case l.kind != symbol:
		case l.text == "(" || l.text == "[":
			open = append(open, len(list))
		case l.text == ")" || l.text == "]":
			n := len(open) - 1
			if n < 0 || (list[open[n]].text == "(") != (l.text == ")") {
				return nil, nil, false
			}
			match[open[n]], match[len(list)] = len(list), open[n]
			open = open[:n]
		}
		list = append(list, l)
	}
}

// joins reports whether a symbol stands directly behind the operator before it.
func joins(before, l lexeme) bool {
	return before.kind == symbol && l.kind == symbol && before.end == l.start &&
		strings.Contains(operators, l.text) && strings.ContainsAny(before.text, operators)
}

// trimSigns splits the + and - at the end of the last operator off it.
func trimSigns(list []lexeme, match []int) ([]lexeme, []int) {
	n := len(list) - 1
	if n < 0 || list[n].kind != symbol || strings.ContainsAny(list[n].text, oddOperators) {
		return list, match
	}
	text := list[n].text
	kept := max(1, len(strings.TrimRight(text, "+-")))
	for i := kept; i < len(text); i++ {
		at := list[n].start + i
		list, match = append(list, lexeme{kind: symbol, text: text[i : i+1], start: at, end: at + 1}), append(match, -1)
	}
	list[n].text, list[n].end = text[:kept], list[n].start+kept
	return list, match
}
