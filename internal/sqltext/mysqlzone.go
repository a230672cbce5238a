package sqltext

// MySQLZones returns the time zones that a statement of MySQL names, in order: a string that CONVERT_TZ is given, with its quotes, and
// every :timezone.
func (s *Statement) MySQLZones() []Word {
	type call struct {
		converts bool
		commas   int
	}
	var (
		zones  []Word
		calls  []call // Those whose ( is open, innermost last.
		tokens = s.tokens()
		at     = place{line: 1, column: 1}
		scan   = s.scanner()
	)
	for i, text := range tokens {
		tok, _ := scan.next()
		isZone := false
		switch last := len(calls) - 1; {
		case text == "(":
			calls = append(calls, call{converts: i > 0 && tokens[i-1] == "convert_tz"})
		case text == ")" && last >= 0:
			calls = calls[:last]
		case text == "," && last >= 0:
			calls[last].commas++
		case tok.kind == parameter:
			isZone = text == ":timezone"
		case tok.kind == quoted && text[0] != '`' && last >= 0 && calls[last].converts && calls[last].commas > 0:
			isZone = tokens[i-1] == "," && i+1 < len(tokens) && (tokens[i+1] == "," || tokens[i+1] == ")")
		}
		if isZone {
			at.advance(s.text, tok.start)
			zones = append(zones, Word{s.text[tok.start:tok.end], at.line, at.column})
		}
	}
	return zones
}
