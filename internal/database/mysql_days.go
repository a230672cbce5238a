package database

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// days finds out where a query takes a day of UTC, in which the session is, for one of the KPI's time zone. What cannot be found out is
// left out, and what takes too long.
func (d mysqlDialect) days(ctx context.Context, s *session) (list []Day) {
	zone, err := time.LoadLocation(s.Parameters.Timezone)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout/2)
	defer cancel()
	for _, c := range s.statement.Comparisons() {
		p := &dayProbe{session: s, zone: zone, Comparison: c}
		if side := p.inUTC(ctx); side != "" {
			list = append(list, Day{Comparison: c, InUTC: side, Rewritten: p.rewritten()})
		}
	}
	return list
}

// dayProbe finds out what a comparison does with days.
type dayProbe struct {
	*session
	sqltext.Comparison
	zone  *time.Location
	value string // The type of the value.
	bound string // Likewise.
}

// inUTC returns the side that is a day of UTC. A TIMESTAMP holds instants. A DATETIME may hold local time, of which DATE makes a local
// day: that is wrong only beside a bound in UTC.
func (p *dayProbe) inUTC(ctx context.Context) DaySide {
	types := p.types(ctx, p.Values)
	if len(types) != 2 {
		return ""
	}
	p.value, p.bound = types[0], types[1]
	read := p.value
	if p.ReadValues != nil {
		if types := p.types(ctx, p.ReadValues); len(types) == 1 {
			read = types[0]
		}
	}
	switch holdsTime := read == "timestamp" || read == "datetime"; {
	case holdsTime && p.ReadValues != nil && p.isMadeInUTC(ctx) && (read == "timestamp" || p.isBoundInUTC(ctx)):
		return DayOfValue
	case p.value == "timestamp" && p.bound == "date" && p.isBoundInUTC(ctx):
		return DayOfBound
	case (p.value == "date" || read == "date") && p.isBoundInUTC(ctx) && p.selectsOthers(ctx):
		return DayAgainstBound
	}
	return ""
}

// types returns the types of the columns of a statement, for which the server runs nothing; none if it refuses it, as one that is part of
// another.
func (p *dayProbe) types(ctx context.Context, statement *sqltext.Statement) (list []string) {
	text, names := p.dialect.render(statement)
	_ = p.send(ctx, comment(p.KPIs)+withoutRows(text), names, func(rows *sql.Rows) error {
		types, err := rows.ColumnTypes()
		for _, c := range columnsOf(types) {
			list = append(list, c.Type)
		}
		return err
	})
	return list
}

// isMadeInUTC reports whether the value is a day that is made in UTC of the column that is read.
func (p *dayProbe) isMadeInUTC(ctx context.Context) bool {
	made, err := p.MadeOf("(:as_of)")
	return err == nil && p.isDayOfUTC(func(at Parameters) string { return p.read(ctx, at, made, "value") })
}

// isBoundInUTC does the same for the bound, where an instant counts as its day.
func (p *dayProbe) isBoundInUTC(ctx context.Context) bool {
	return p.isDayOfUTC(func(at Parameters) string {
		text := p.boundAt(ctx, at)
		if p.bound == "datetime" || p.bound == "timestamp" {
			text, _, _ = strings.Cut(text, " ")
		}
		return text
	})
}

func (p *dayProbe) boundAt(ctx context.Context, at Parameters) string {
	statement := p.BoundAlone
	if statement == nil {
		statement = p.Values
	}
	return p.read(ctx, at, statement, "bound")
}

// read returns a column of the first row, "" if there is none, or it is NULL.
func (p *dayProbe) read(ctx context.Context, at Parameters, statement *sqltext.Statement, column string) string {
	var text sql.NullString
	_ = p.with(at).query(ctx, statement, "SELECT CAST("+column+" AS CHAR) FROM (", "\n) AS kpi LIMIT 1", func(rows *sql.Rows) error {
		if !rows.Next() {
			return rows.Err()
		}
		return rows.Scan(&text)
	})
	return text.String
}

// isDayOfUTC reports whether what is made of the parameters depends on the date in UTC alone: it differs between two instants of a local
// day, and never between two of a day of UTC. It tries the ends of a year and of its halves, for what is made of months and years.
func (p *dayProbe) isDayOfUTC(made func(Parameters) string) bool {
	differs := func(zone *time.Location) bool {
		year := p.Parameters.AsOf.Year()
		for _, day := range []time.Time{
			time.Date(year, time.January, 1, 0, 30, 0, 0, zone), time.Date(year, time.June, 30, 0, 30, 0, 0, zone),
			time.Date(year, time.July, 1, 0, 30, 0, 0, zone), time.Date(year, time.December, 31, 0, 30, 0, 0, zone),
		} {
			first := made(p.Parameters.each(func(time.Time) time.Time { return day }))
			last := made(p.Parameters.each(func(time.Time) time.Time { return day.Add(23 * time.Hour) }))
			if first != last {
				return true
			}
		}
		return false
	}
	return differs(p.zone) && !differs(time.UTC)
}

// selectsOthers reports whether the comparison selects other dates than it would if clocks in UTC read what those of the KPI's time zone
// do. It tries a year, because clocks change.
func (p *dayProbe) selectsOthers(ctx context.Context) bool {
	for months := range 12 {
		at := p.Parameters.earlier(months, 0, p.zone)
		bound, right := p.boundAt(ctx, at), p.boundAt(ctx, at.wall(p.zone))
		if bound != "" && right != "" && !selectsSame(p.Operator, bound, right) {
			return true
		}
	}
	return false
}

// selectsSame reports whether an operator between a date and either of two bounds holds for the same dates.
func selectsSame(operator, a, b string) bool {
	const day = 24 * time.Hour
	first, err := readDateTime(a)
	other, otherErr := readDateTime(b)
	if err != nil || otherErr != nil {
		return a == b
	}
	before := first.Truncate(day).Equal(other.Truncate(day))
	after := first.Add(day - 1).Truncate(day).Equal(other.Add(day - 1).Truncate(day))
	switch operator {
	case ">=", "<":
		return after
	case ">", "<=":
		return before
	}
	return before && after
}

// rewritten returns the bound in the KPI's time zone, behind the value and the operator where that is known.
func (p *dayProbe) rewritten() string {
	parameter := ":" + p.Name
	inZone := func(of string) string { return "CONVERT_TZ(" + of + ", 'UTC', :timezone)" }
	bound := strings.ReplaceAll(p.Comparison.Bound, parameter, inZone(parameter))
	switch isTime := p.bound == "datetime" || p.bound == "timestamp"; {
	case bound != p.Comparison.Bound && isTime:
		bound = "DATE(" + bound + ")"
	case bound != p.Comparison.Bound:
	case isTime:
		bound = "DATE(" + inZone(bound) + ")"
	default: // It is made elsewhere.
		bound = "DATE(" + inZone(parameter) + ")"
	}
	if p.Operator == "" {
		return bound + " in place of " + p.Comparison.Bound
	}
	return p.Comparison.Value + " " + p.Operator + " " + bound
}
