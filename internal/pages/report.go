package pages

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// report writes the report of a board, compared with a day, week, month or quarter earlier. Its error is a RequestError for another
// period.
func (r *Renderer) report(v *View, unit string) ([]byte, error) {
	site := &report.Site{KPI: func(k *config.KPI) string { return "/kpi/" + k.Name + v.suffix() }}
	for _, l := range nav(v, "/report") {
		site.Pages = append(site.Pages, report.Place(l))
	}
	units := []period.Unit{period.Day, period.Week, period.Month, period.Quarter}
	chosen := period.Week
	if unit != "" {
		at := slices.IndexFunc(units, func(u period.Unit) bool { return u.String() == unit })
		if at < 0 {
			return nil, RequestError("There is no report of a period " + strconv.Quote(report.Printable(unit)) + "; the period is day, week, month or quarter.")
		}
		chosen = units[at]
	}
	for _, u := range units {
		query := v.with(url.Values{"period": {u.String()}})
		site.Periods = append(site.Periods, report.Place{Href: address("/report", query), Text: "a " + u.String() + " earlier", Current: u == chosen})
	}
	made := report.New(v.Config, v.Survey(chosen), chosen)
	made.On(site)
	var out bytes.Buffer
	err := made.HTML(&out)
	return out.Bytes(), err
}
