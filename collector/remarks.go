package collector

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// remarkPlace matches where in the query a remark of Prometheus belongs.
var remarkPlace = regexp.MustCompile(` \((\d+):(\d+)\)$`)

// remarks returns what the database remarks on a query that it ran, at its place, and that there were no rows, which a misspelt
// name of a metric has, too.
func (r *run) remarks(e database.Explanation) []document.Problem {
	var problems []document.Problem
	for _, remark := range e.Remarks {
		at := sqltext.Parameter{Line: 1, Column: 1}
		if place := remarkPlace.FindStringSubmatch(remark); place != nil {
			at.Line, _ = strconv.Atoi(place[1])
			at.Column, _ = strconv.Atoi(place[2])
			remark = remark[:len(remark)-len(place[0])]
		}
		problems = append(problems, r.warning(lint.Remark, at, remark, ""))
	}
	wantsRows := func(c consumer) bool { return c.kpi.Query == nil || !c.kpi.OnEmptyZero }
	if e.Empty && slices.ContainsFunc(r.consumers, wantsRows) {
		problems = append(problems, r.warning(lint.EmptyResult, sqltext.Parameter{Line: 1, Column: 1},
			"the result is empty as of "+r.query.Parameters.PeriodEnd.Format(time.RFC3339), "are the names of metrics and labels right?"))
	}
	return problems
}
