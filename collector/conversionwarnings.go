package collector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// conversionWarnings warns of what is read and converted in the session's time zone, whether it is compared with an instant or
// not: days that are made of instants, and instants that are made of days or of timestamps without time zone.
func (r *run) conversionWarnings(advice database.QueryAdvice, zone string, isNaive bool) []document.Problem {
	session := "the session's time zone, " + r.query.Timezone
	var days, dates, naive []database.Converted
	for _, c := range advice.Converted {
		switch isMade := c.To != "timestamptz"; {
		case zone != "" && isMade && c.From == "timestamptz" && !isWarnedOf(advice.Compared, c):
			days = append(days, c)
		case zone != "" && !isMade && c.From == "date":
			dates = append(dates, c)
		case !isMade && c.From == "timestamp" && !c.Zoned && r.database.SessionTimezone == "" && !isNaive:
			naive = append(naive, c)
		}
	}
	var problems []document.Problem
	if len(days) > 0 {
		problems = append(problems, r.warning(lint.DateColumn, days[0].Parameter,
			fmt.Sprintf("%s is made in %s, not in the KPI's, %s", textsOf(days), session, zone), "write "+days[0].InZone+likewise(days)))
	}
	if len(dates) > 0 {
		problems = append(problems, r.warning(lint.DateColumn, dates[0].Parameter,
			fmt.Sprintf("%s is midnight in %s, not in the KPI's, %s", textsOf(dates), session, zone),
			fmt.Sprintf("write (CAST(%s AS timestamp) AT TIME ZONE :timezone)%s", dates[0].Operand, likewise(dates))))
	}
	if len(naive) > 0 {
		problems = append(problems, r.warning(lint.NaiveTimestamps, naive[0].Parameter,
			fmt.Sprintf("%s makes an instant of a timestamp without time zone in the session's time zone, and nothing says which zone it holds", textsOf(naive)),
			fmt.Sprintf("if it holds UTC, add session_timezone: UTC to database %q, or write (%s AT TIME ZONE 'UTC'); if it holds local time, write (%[2]s AT TIME ZONE :timezone)",
				r.database.Name, naive[0].Operand)))
	}
	return problems
}

// isWarnedOf reports whether a conversion is compared with an instant, which is warned of as a whole.
func isWarnedOf(compared []database.Compared, c database.Converted) bool {
	return slices.ContainsFunc(compared, func(other database.Compared) bool {
		return other.Against == database.AgainstSessionDay && other.IsBeside(c.SessionConversion)
	})
}

// textsOf returns the conversions as they are written, each once.
func textsOf(list []database.Converted) string {
	var texts []string
	for _, c := range list {
		if !slices.Contains(texts, c.Text) {
			texts = append(texts, c.Text)
		}
	}
	return strings.Join(texts, ", ")
}

// likewise names the conversions but the first.
func likewise(list []database.Converted) string {
	others := slices.DeleteFunc(slices.Clone(list), func(c database.Converted) bool { return c.Text == list[0].Text })
	if len(others) == 0 {
		return ""
	}
	return ", and likewise for " + textsOf(others)
}
