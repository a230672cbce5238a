package database

import (
	"context"
	"database/sql"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// digits finds out where a query computes with dates and times, which MySQL and MariaDB take for the number that their digits make. What
// cannot be found out is left out, and what takes too long.
func (d mysqlDialect) digits(ctx context.Context, s *session) (list []Digits) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout/2)
	defer cancel()
	for _, a := range s.statement.Arithmetic() {
		text, names := d.render(a.Values)
		var types []string
		_ = s.send(ctx, comment(s.KPIs)+withoutRows(text), names, func(rows *sql.Rows) error {
			columns, err := rows.ColumnTypes()
			for _, c := range columnsOf(columns) {
				types = append(types, c.Type)
			}
			return err
		})
		if instead := computedInstead(a, types); instead != "" {
			list = append(list, Digits{a, instead})
		}
	}
	return list
}

// computedInstead returns what to write in place of an operand or of the whole, "" if no operand is a date or a time.
func computedInstead(a sqltext.Arithmetic, types []string) string {
	if len(types) != len(a.Operands) {
		return ""
	}
	if i := slices.Index(types, "time"); i >= 0 {
		return "TIMESTAMPDIFF(SECOND, …, …) for the seconds between two instants, or TIME_TO_SEC(" + a.Operands[i] + ")"
	}
	isInstant := func(kind string) bool { return kind == "datetime" || kind == "timestamp" || kind == "date" }
	first := slices.IndexFunc(types, isInstant)
	switch {
	case first < 0:
		return ""
	case a.Operator != "-" && a.Operator != "+" || len(types) < 2:
		return "UNIX_TIMESTAMP(" + a.Operands[first] + ")"
	case types[0] == "date" && types[1] == "date":
		return "DATEDIFF(" + a.Operands[0] + ", " + a.Operands[1] + ") for the days between them"
	case isInstant(types[0]) && isInstant(types[1]):
		return "TIMESTAMPDIFF(SECOND, " + a.Operands[1] + ", " + a.Operands[0] + ") for the seconds between them"
	}
	return a.Operands[first] + " " + a.Operator + " INTERVAL " + a.Operands[1-first] + " SECOND, or another unit"
}
