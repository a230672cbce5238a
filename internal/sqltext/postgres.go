package sqltext

import "strings"

// ParsePostgres is Parse for PostgreSQL: it also refuses to call the functions that end or cancel other queries of the same role, such as
// those of other KPIs. A read-only transaction does not stop these, and every role may execute them.
func ParsePostgres(sql string) (*Statement, error) {
	s, err := Parse(sql)
	if err != nil || !strings.Contains(strings.ToLower(sql), "_backend") {
		return s, err
	}
	for scan := s.scanner(); ; {
		t, there := scan.token()
		if !there {
			return s, nil
		}
		name := strings.Trim(s.text[t.Start:t.End], `"`)
		if t.IsWord {
			name = strings.ToLower(name)
		}
		if name == "pg_terminate_backend" || name == "pg_cancel_backend" {
			return nil, errorAt(sql, t.Start, name+" would end other queries, such as those of other KPIs: a KPI only reads")
		}
	}
}
