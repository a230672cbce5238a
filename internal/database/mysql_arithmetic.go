package database

import (
	"context"
	"database/sql"
	"regexp"
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
	isBetween := a.Operator == "-" && at >= 0 && (isInstant(types[1-at]) || isText(types[1-at]) && !isLength(a.Operands[1-at]))
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
	case kind == "time", isClock(operand, kind):
		return "TIME_TO_SEC(" + operand + ") SECOND"
	case isText(kind):
		if n, unit, ok := length(operand); ok {
			return n + " " + unit
		}
		return "n DAY, or the number and the unit that are meant, without quotes"
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
		case types[i] == "time", isClock(operand, types[i]):
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

// instantText and lengthText are a text in quotes that begins as an instant does, and one that is a length of time in one unit.
const (
	instantText = `^['"]\s*\d{4}`
	lengthText  = `(?i)^['"]\s*([+-]?\d+)\s*(second|minute|hour|day|week|month|quarter|year)s?\s*['"]$`
)

// isLength reports whether an operand is a text in quotes that is not an instant, such as '1 day'.
func isLength(operand string) bool {
	return strings.IndexAny(operand, `'"`) == 0 && !regexp.MustCompile(instantText).MatchString(operand)
}

// isClock reports whether an operand is a text in quotes such as '01:30:00'.
func isClock(operand, kind string) bool {
	return isText(kind) && isLength(operand) && strings.Contains(operand, ":")
}

// length returns the number and the unit, in MySQL's spelling, of a length of time in quotes.
func length(operand string) (n, unit string, ok bool) {
	parts := regexp.MustCompile(lengthText).FindStringSubmatch(operand)
	if parts == nil {
		return "", "", false
	}
	return parts[1], strings.ToUpper(parts[2]), true
}
