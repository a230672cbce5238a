package database

import (
	"context"
	"database/sql"
	"slices"
	"strings"

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

// computedInstead returns what to write instead, "" if no operand is a date or a time.
func computedInstead(a sqltext.Arithmetic, types []string) string {
	if len(types) != len(a.Operands) || !slices.ContainsFunc(types, func(kind string) bool { return kind == "time" || isInstant(kind) }) {
		return ""
	}
	if len(types) < 2 || a.Operator != "+" && a.Operator != "-" {
		return inSeconds(a, types)
	}
	at := slices.IndexFunc(types, isInstant)
	isBetween := a.Operator == "-" && at == 0 && (isInstant(types[1]) || isText(types[1]) && !isLength(a.Operands[1]))
	switch {
	case isBetween && types[0] == "date" && types[1] == "date":
		return "DATEDIFF(" + a.Operands[0] + ", " + a.Operands[1] + ") for the days between them"
	case isBetween:
		return "TIMESTAMPDIFF(SECOND, " + a.Operands[1] + ", " + a.Operands[0] + ") for the seconds between them"
	case at < 0, isInstant(types[1-at]), a.Operator == "-" && at == 1:
		return inSeconds(a, types)
	}
	return a.Operands[at] + " " + a.Operator + " INTERVAL " + interval(a.Operands[1-at], types[1-at], types[at])
}

// interval returns the length of time that an operand is meant to be that is added to an instant, or taken from it.
func interval(operand, kind, instant string) string {
	switch {
	case kind == "time":
		return "TIME_TO_SEC(" + operand + ") SECOND"
	case isText(kind):
		return "1 DAY, or the length that is meant, without quotes"
	case instant == "date":
		return operand + " DAY"
	}
	return operand + " SECOND, or the unit that is meant"
}

// inSeconds says how to make seconds of each operand that is a date or a time.
func inSeconds(a sqltext.Arithmetic, types []string) string {
	var instead []string
	for i, operand := range a.Operands {
		call := "UNIX_TIMESTAMP(" + operand + ")"
		switch {
		case types[i] == "time" && strings.HasPrefix(strings.ToLower(operand), "timediff("):
			call = "TIMESTAMPDIFF(SECOND, start, end)"
		case types[i] == "time":
			call = "TIME_TO_SEC(" + operand + ")"
		case !isInstant(types[i]):
			continue
		}
		if text := call + " in place of " + operand; !slices.Contains(instead, text) {
			instead = append(instead, text)
		}
	}
	return strings.Join(instead, ", and ") + ", for seconds"
}

func isInstant(kind string) bool { return kind == "datetime" || kind == "timestamp" || kind == "date" }

func isText(kind string) bool {
	return strings.HasSuffix(kind, "char") || strings.HasSuffix(kind, "text")
}

// isLength reports whether a text in quotes is a length of time, such as '1 day': an instant has a dash.
func isLength(operand string) bool {
	return strings.IndexAny(operand, `'"`) == 0 && !strings.Contains(operand, "-")
}
