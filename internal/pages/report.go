package pages

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// reportPage is what the template of the report is filled with.
type reportPage struct {
	Periods []link // The same report, compared with another time.
	Content template.HTML
}

// reportUnits are the times that a report can look back by.
func reportUnits() []period.Unit {
	return []period.Unit{period.Day, period.Week, period.Month, period.Quarter}
}

// readUnit reads by what a report looks back, a week if the parameter is "". Its error is a RequestError.
func readUnit(query url.Values) (period.Unit, error) {
	text := query.Get("period")
	if text == "" {
		return period.Week, nil
	}
	at := slices.IndexFunc(reportUnits(), func(u period.Unit) bool { return u.String() == text })
	if at < 0 {
		return 0, RequestError("There is no report of a period " + strconv.Quote(report.Printable(text)) + "; the period is day, week, month or quarter.")
	}
	return reportUnits()[at], nil
}

// report writes the report of a board, made from what is known now and was known a unit before.
func (r *Renderer) report(v *View, survey insight.Survey, unit period.Unit) ([]byte, error) {
	var page reportPage
	for _, u := range reportUnits() {
		query := v.with(url.Values{"period": {u.String()}})
		page.Periods = append(page.Periods, link{Href: address("/report", query), Text: "a " + u.String() + " earlier", Current: u == unit})
	}
	made := report.NewSpoken(v.Config, survey, unit)
	made.LinkTo(func(k *config.KPI) string { return "/kpi/" + k.Name + v.suffix() })
	made.LinkAllTo(v.allOf)
	var content strings.Builder
	if err := made.Content(&content); err != nil {
		return nil, err
	}
	page.Content = template.HTML(content.String()) //nolint:gosec // A template has escaped it.
	s := r.newShell(v, "Report", "/report", v.with(url.Values{"period": {unit.String()}}))
	return r.page(&s, "report", page)
}
