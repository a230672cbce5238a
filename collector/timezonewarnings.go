package collector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// oneDay measures a day.
var oneDay = period.Period{Kind: period.Last, Unit: period.Day, N: 1}

// timezoneWarnings warns of instants that the database compares with something that is not an instant, in the session's time zone,
// where that zone may be the wrong one, and of what is read and converted so. It warns once for each kind of warning, at the
// first of the places.
func (r *run) timezoneWarnings(advice database.QueryAdvice) []document.Problem {
	session, zone := r.query.Timezone, r.otherZone()
	var warnings []*timezoneWarning
	for _, c := range advice.Compared {
		for _, kind := range kindsOfWarning(c, zone != "", r.database.SessionTimezone != "") {
			i := slices.IndexFunc(warnings, func(d *timezoneWarning) bool { return d.kind == kind })
			if i < 0 {
				i = len(warnings)
				warnings = append(warnings, &timezoneWarning{kind: kind, first: c})
			}
			warnings[i].add(c)
		}
	}
	var problems []document.Problem
	for _, d := range warnings {
		p := d.problem(session, zone, r.database.Name)
		problems = append(problems, r.warning(p.Check, d.first.Parameter, p.Message, p.Hint))
	}
	if zones := advice.UnknownZones; len(zones) > 0 {
		names, noun := make([]string, len(zones)), "time zone"
		if len(zones) > 1 {
			noun = "time zones"
		}
		for i, zone := range zones {
			names[i] = zone.Name
		}
		problems = append(problems, r.warning(lint.ZoneTables, zones[0],
			fmt.Sprintf("the server does not know the %s %s by name, so CONVERT_TZ gives NULL, and nothing is counted", noun, strings.Join(names, ", ")),
			"load its zone tables: mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql"))
	}
	isNaive := slices.ContainsFunc(warnings, func(d *timezoneWarning) bool { return d.kind == string(database.AgainstNaive) })
	return append(problems, r.conversionWarnings(advice, zone, isNaive)...)
}

// warning returns a warning for a place in the query.
func (r *run) warning(check string, at sqltext.Parameter, message, hint string) document.Problem {
	names := make([]string, len(r.query.KPIs))
	for i, name := range r.query.KPIs {
		names[i] = strconv.Quote(name)
	}
	whose := "KPI "
	if len(names) > 1 {
		whose = "KPIs "
	}
	return document.Problem{
		Position: r.consumers[0].configQuery().At(at.Line, at.Column),
		Check:    check, Message: whose + strings.Join(names, ", ") + ": " + message, Hint: hint, Warning: true,
	}
}

// otherZone returns the time zone of a KPI that reads the query, if its days are not those of the session.
func (r *run) otherZone() string {
	session, err := time.LoadLocation(r.query.Timezone)
	if err != nil {
		return "" // The query has failed.
	}
	for _, p := range r.consumers {
		if zone := p.kpi.Calendar.Location; !sameDays(session, zone) {
			return zone.String()
		}
	}
	return ""
}

// sameDays reports whether the days of two time zones have been the same for ten years.
func sameDays(a, b *time.Location) bool {
	return a.String() == b.String() || everyDay(func(t time.Time) bool {
		return oneDay.Window(t, period.Calendar{Location: a}).Start.Equal(oneDay.Window(t, period.Calendar{Location: b}).Start)
	})
}

// everyDay reports whether something holds for an instant of every day of the last ten years.
func everyDay(holds func(time.Time) bool) bool {
	last := time.Now()
	for t := last.AddDate(-10, 0, 0); t.Before(last); t = t.AddDate(0, 0, 1) {
		if !holds(t) {
			return false
		}
	}
	return true
}

// converted begins the kinds of warnings about what the session's time zone makes of an instant. Behind the conversion and a
// slash follows what it is compared with: instants, days or local time, or nothing that is known.
const (
	converted     = "converted "
	withInstants  = "/instants"
	withLocalTime = "/local"
)

// kindsOfWarning returns what is doubtful about an instant: what it is compared with, or the function that reads it.
func kindsOfWarning(c database.Compared, otherZone, saidZone bool) []string {
	var kinds []string
	conversion := converted + c.Conversion + "/"
	switch c.Against {
	case database.AgainstSessionDay:
		if otherZone {
			kinds = append(kinds, string(c.Against))
		}
		return kinds
	case database.AgainstDate, database.AgainstLocal:
		conversion = converted + c.Conversion + withLocalTime
		if otherZone && c.Conversion == "" {
			kinds = append(kinds, string(c.Against))
		}
	case database.AgainstNaive:
		conversion = converted + c.Conversion + withInstants // Which they are in the session's time zone, if it is said.
		if !saidZone {
			kinds = append(kinds, string(c.Against))
		}
	default:
		if c.IsInstant {
			conversion = converted + c.Conversion + withInstants
		}
	}
	if otherZone && c.Conversion != "" {
		kinds = append(kinds, conversion)
	}
	return kinds
}

// timezoneWarning is what is doubtful about some instants of a query.
type timezoneWarning struct {
	kind       string
	first      database.Compared
	parameters []string // Each once.
	compared   []string // Likewise: what they are compared with, as far as that is known.
}

func (d *timezoneWarning) add(c database.Compared) {
	if name := ":" + c.Name; !slices.Contains(d.parameters, name) {
		d.parameters = append(d.parameters, name)
	}
	if c.Instant.Compared != "" && !slices.Contains(d.compared, c.Instant.Compared) {
		d.compared = append(d.compared, c.Instant.Compared)
	}
}

// problem says what the warning is and what to write instead.
func (d *timezoneWarning) problem(session, zone, db string) document.Problem {
	named := ""
	if len(d.compared) > 0 {
		named = " (" + strings.Join(d.compared, ", ") + ")"
	}
	parameter, all := d.parameters[0], strings.Join(d.parameters, ", ")
	local := fmt.Sprintf("(%s AT TIME ZONE :timezone)", parameter)
	inSession := "the session's time zone, " + session
	switch database.Against(d.kind) {
	case database.AgainstNaive:
		return document.Problem{
			Check:   lint.NaiveTimestamps,
			Message: fmt.Sprintf("a timestamp without time zone%s is compared with %s in the session's time zone, and nothing says which zone it holds", named, all),
			Hint: fmt.Sprintf("if it holds UTC, add session_timezone: UTC to database %q, or write (%s AT TIME ZONE 'UTC'); if it holds local time, write %s",
				db, parameter, local),
		}
	case database.AgainstLocal:
		return document.Problem{
			Check:   lint.NaiveTimestamps,
			Message: fmt.Sprintf("local time of %s%s is compared with %s in %s", zone, named, all, inSession),
			Hint:    "write " + local,
		}
	case database.AgainstSessionDay:
		return document.Problem{
			Check:   lint.DateColumn,
			Message: fmt.Sprintf("a date made in %s%s is compared with %s, though the KPI's time zone is %s", inSession, named, all, zone),
			Hint:    d.sessionDayHint(),
		}
	case database.AgainstDate:
		return document.Problem{
			Check:   lint.DateColumn,
			Message: fmt.Sprintf("a date%s is compared with %s in %s, not in the KPI's, %s", named, all, inSession, zone),
			Hint:    "write " + local + "::date",
		}
	}
	conversion, with, _ := strings.Cut(strings.TrimPrefix(d.kind, converted), "/")
	hint := "write " + local
	switch with = "/" + with; {
	case d.first.Rewritten != "":
		hint = d.rewrittenHint()
	case conversion == "date" && with == withInstants:
		hint = fmt.Sprintf("write date_trunc('day', %s, :timezone)", parameter)
	case conversion == "date":
		hint += "::date"
	case conversion == "date_trunc" && with == withLocalTime:
		hint = "write " + d.first.InZone
	case conversion == "date_trunc":
		hint = "give date_trunc a third argument, :timezone"
	}
	return document.Problem{
		Check:   lint.DateColumn,
		Message: fmt.Sprintf("%s takes %s in %s, not in the KPI's, %s", readerOf(conversion), all, inSession, zone),
		Hint:    hint,
	}
}

// sessionDayHint says how instants of which a day is made are compared.
func (d *timezoneWarning) sessionDayHint() string {
	if isRange := d.first.Operator == ">=" || d.first.Operator == "<"; isRange && d.first.Conversion == "" || d.first.Rewritten == "" {
		return "compare the timestamp itself, without making a date of it"
	}
	return d.rewrittenHint()
}

// rewrittenHint gives the first comparison in the KPI's time zone.
func (d *timezoneWarning) rewrittenHint() string {
	hint := "write " + d.first.Rewritten
	others := slices.DeleteFunc(slices.Clone(d.parameters), func(name string) bool { return strings.Contains(d.first.Rewritten, name+" ") })
	if len(others) > 0 {
		hint += ", and likewise for " + strings.Join(others, ", ")
	}
	return hint
}

// readerOf names what converts an instant.
func readerOf(conversion string) string {
	switch conversion {
	case "date", "time", "text", "varchar":
		return "the conversion to " + conversion
	}
	return conversion
}
