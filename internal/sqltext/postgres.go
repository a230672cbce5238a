package sqltext

import "strings"

// ParsePostgres is Parse for PostgreSQL: it also refuses to call the functions that end or cancel other queries of the same role, such as
// those of other KPIs. A read-only transaction does not stop these, and every role may execute them. To hide them, a query could escape
// their letters, or give its SQL to a function as text: both are refused, too.
func ParsePostgres(sql string) (*Statement, error) {
	s, err := Parse(sql)
	if err != nil || !mayBeRefused(strings.ToLower(sql)) {
		return s, err
	}
	var before Token // But for the & of a name with escapes.
	runs := ""       // The function that it names, if that runs text.
	for scan := s.scanner(); ; {
		t, there := scan.token()
		if !there {
			return s, nil
		}
		text := sql[t.Start:t.End]
		name := strings.Trim(text, `"`)
		if t.IsWord {
			name = strings.ToLower(name)
		}
		switch {
		case t.IsQuoted && text[0] == '"' && isEscaped(sql[before.Start:t.Start]):
			return nil, errorAt(sql, before.Start, `a name with escapes, U&"…", is not read: write the name itself`)
		case !t.IsWord && text[0] != '"':
			name = ""
		case name == "pg_terminate_backend" || name == "pg_cancel_backend":
			return nil, errorAt(sql, t.Start, name+" would end other queries, such as those of other KPIs: a KPI only reads")
		}
		if runs != "" && text == "(" && (runs != "ts_rewrite" || arguments(sql[t.End:]) == 2) {
			return nil, errorAt(sql, before.Start, runs+" runs SQL that is given as text, which nothing here has read: write that SQL as a subquery")
		}
		if runs = ""; runsText(name) {
			runs = name
		}
		if text != "&" {
			before = t
		}
	}
}

// mayBeRefused reports whether there is something in a statement, in lower case, that ParsePostgres looks for.
func mayBeRefused(sql string) bool {
	for _, part := range []string{"_backend", `u&"`, "query_to_xml", "ts_stat", "ts_rewrite"} {
		if strings.Contains(sql, part) {
			return true
		}
	}
	return false
}

// arguments returns how many arguments there are up to the ) that ends a call.
func arguments(sql string) int {
	n, depth := 1, 0
	for scan := (&scanner{text: sql}); ; {
		t, there := scan.token()
		if !there {
			return n
		}
		switch sql[t.Start:t.End] {
		case "(", "[":
			depth++
		case ")", "]":
			if depth--; depth < 0 {
				return n
			}
		case ",":
			if depth == 0 {
				n++
			}
		}
	}
}

// isEscaped reports whether a text is the U& that begins a name with escapes.
func isEscaped(text string) bool { return text == "U&" || text == "u&" }

// runsText reports whether a function of PostgreSQL itself, which every role may execute, runs SQL that is given as text.
func runsText(function string) bool {
	switch function {
	case "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "ts_stat", "ts_rewrite":
		return true
	}
	return false
}
