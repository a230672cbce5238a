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
// expression rather than in the name of a table.
func ending(sql string) (whole, inExpression bool) {
	scan := scanner{text: sql}
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
		return whole && len(scan.open) == 0, inExpression
	}
}

// looksLikeSQL reports whether a text reads as the rest of an expression rather than as a remark: it begins with an
// operator or a constant, compares something, or contains the FROM that the SQL before it lacks.
func looksLikeSQL(text string, hasFrom bool) bool {
	switch {
	case text == "":
		return false
	case strings.IndexByte("'\":>=<-", text[0]) >= 0, isDigit(text[0]) && !continuesAsText(text):
		return true
	case !hasFrom && (hasWord(text, "from") || hasWord(text, "as")):
		return true
	}
	for i := 1; i < len(text); i++ {
		if strings.IndexByte("<>=", text[i]) < 0 {
			continue
		}
		before := strings.TrimRight(text[:i], "!<>= ")
		if before != "" && (isWordPart(before[len(before)-1]) || before[len(before)-1] == ')') {
			return true
		}
	}
	return false
}

// continuesAsText reports whether a number is followed by a word that is not SQL: 5 minutes late.
func continuesAsText(text string) bool {
	scan := scanner{text: text}
	if _, err := scan.next(); err != nil {
		return false
	}
	tok, err := scan.next()
	return err == nil && tok.kind == word && !isReserved(strings.ToLower(text[tok.start:tok.end]))
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
