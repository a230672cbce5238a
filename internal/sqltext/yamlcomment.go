package sqltext

import "strings"

// ContinuesAfterHash reports whether SQL may continue after a #. For YAML, # begins a comment; for PostgreSQL it is an operator. If the
// SQL before it is incomplete, or could continue with an operator and the text after it looks like SQL, the text must not be
// dropped as a comment.
func ContinuesAfterHash(sql, after string) bool {
	whole, inExpression := ending(sql)
	if !whole || !inExpression {
		return !whole
	}
	isRemark := after == "" || strings.ContainsRune(" \t#", rune(after[0]))
	return !isRemark || looksLikeSQL(strings.TrimLeft(after, " \t#"), hasWord(sql, "from"))
}

// ending reports whether SQL is complete, with its brackets closed and no operand missing, and whether it ends in an
// expression rather than in the name of a table or of a column.
func ending(sql string) (whole, inExpression bool) {
	scan, named := scanner{text: sql}, false // By an AS before the last word.
	for {
		before := scan.last
		tok, err := scan.next()
		if err != nil {
			return false, false
		}
		text := sql[tok.start:tok.end]
		switch {
		case tok.kind == word && len(scan.open) == 0 && isOneOf(strings.ToLower(text), "select where on having by limit offset"):
			inExpression = true
		case tok.kind == word && len(scan.open) == 0 && isOneOf(strings.ToLower(text), "from join using"):
			inExpression = false
		}
		if tok.kind != end {
			named = strings.EqualFold(sql[before.start:before.end], "as")
			continue
		}
		text = sql[before.start:before.end]
		switch before.kind {
		case word:
			whole = !wantsOperand(text)
		case symbol:
			whole = strings.IndexByte(")];*", text[0]) >= 0
		default:
			whole = true
		}
		return whole && len(scan.open) == 0, inExpression && !named && text != ";" && !isOneOf(strings.ToLower(text), "asc desc")
	}
}

// looksLikeSQL reports whether a text reads as the rest of an expression rather than as a remark: it begins with a constant,
// compares an operand with one, or contains the FROM that the SQL before it lacks.
func looksLikeSQL(text string, hasFrom bool) bool {
	switch {
	case text == "":
		return false
	case isDigit(text[0]), strings.IndexByte("'\":", text[0]) >= 0, text[0] == '-' && len(text) > 1 && isWordPart(text[1]):
		return !continuesAsText(strings.TrimPrefix(text, "-"))
	case !hasFrom && (hasWord(text, "from") || hasWord(text, "as")):
		return true
	}
	return compares(text)
}

// continuesAsText reports whether a constant is followed by a word that is not SQL: 5 minutes late.
func continuesAsText(text string) bool {
	scan := scanner{text: text}
	if _, err := scan.next(); err != nil {
		return false
	}
	tok, err := scan.next()
	return err == nil && tok.kind == word && !isReserved(strings.ToLower(text[tok.start:tok.end]))
}

// compares reports whether a text compares an operand with another one, as in b > 0. Words side by side are a sentence. So is
// a comparison with a plain word, status = done: as SQL it would need a # before it that gives no condition without it.
func compares(text string) bool {
	list, _, ok := lexemes(scanner{text: text})
	if !ok {
		return false
	}
	isOperand := func(i int) bool {
		return i >= 0 && i < len(list) && list[i].kind != symbol && !(list[i].kind == word && isReserved(list[i].text))
	}
	endsAt := func(i int) bool {
		return i >= len(list) || isOneOf(list[i].text, ", ; : ) - -> ? !") || list[i].text == "." && i+1 == len(list)
	}
	for i, l := range list {
		switch {
		case isOperand(i) && isOperand(i-1), l.text == ":":
			return false
		case l.kind != symbol || strings.Trim(l.text, "!<>=") != "" || i == 0 || !isOperand(i-1) && list[i-1].text != ")":
			continue
		}
		isPlain := i+1 < len(list) && list[i+1].kind == word && !list[i+1].named && !isReserved(list[i+1].text)
		return !isOperand(i+2) && !(isPlain && endsAt(i+2))
	}
	return false
}

func hasWord(sql, name string) bool {
	scan := scanner{text: sql}
	for {
		tok, err := scan.next()
		if err != nil || tok.kind == end {
			return false
		}
		if tok.kind == word && strings.EqualFold(sql[tok.start:tok.end], name) {
			return true
		}
	}
}
