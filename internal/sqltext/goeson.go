package sqltext

import "strings"

// GoesOn reports whether a text of SQL may go on with what follows a # behind it. In YAML that is a comment, to PostgreSQL
// # is an operator: where the SQL before it is not whole, or what follows looks like SQL, it is not safe to leave it out.
func GoesOn(sql, after string) bool {
	return !isWhole(sql) || looksLikeSQL(after, hasWord(sql, "from"))
}

// isWhole reports whether SQL can end here: its brackets are closed, and no operand is missing.
func isWhole(sql string) bool {
	scan := scanner{text: sql}
	for {
		before := scan.last
		tok, err := scan.next()
		if err != nil {
			return false
		}
		if tok.kind != end {
			continue
		}
		text := sql[before.start:before.end]
		switch before.kind {
		case word:
			return len(scan.open) == 0 && !wantsOperand(text)
		case symbol:
			return len(scan.open) == 0 && strings.IndexByte(")];*", text[0]) >= 0
		}
		return len(scan.open) == 0
	}
}

// looksLikeSQL reports whether a text reads as the rest of an expression rather than as a remark: it begins with an
// operator or a constant, compares something, or brings the FROM that is missing before it.
func looksLikeSQL(text string, hasFrom bool) bool {
	text = strings.TrimLeft(text, " \t#")
	if text == "" {
		return false
	}
	if first := text[0]; isDigit(first) || strings.IndexByte("'\":>=<-", first) >= 0 {
		return true
	}
	if !hasFrom && (hasWord(text, "from") || hasWord(text, "as")) {
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
