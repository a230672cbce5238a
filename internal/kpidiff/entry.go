package kpidiff

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/dashboards"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Entry is a KPI that only one of the files has, and what comes or goes with it.
type Entry struct {
	KPI        *config.KPI
	Families   []string // The metric families that have its values and verdicts.
	Alerts     []string // The alerts that judge it.
	Dashboards []string // The UIDs of the dashboards that show it.
	ReadBy     []string // The formulas that read it, of one that is removed.
	Twin       string   // The KPI that computes the same and that only the other file has: it may have been renamed. "" if there is none.
}

// entry describes a KPI of one file; others are the KPIs that only the other file has.
func (c *comparison) entry(k *config.KPI, others []*config.KPI) Entry {
	e := Entry{KPI: k, Families: families(k), Alerts: rules.Judging(k), Dashboards: dashboards.Showing(k)}
	if i := slices.IndexFunc(others, func(o *config.KPI) bool { return c.computesTheSame(k, o) }); i >= 0 {
		e.Twin = others[i].Name
	}
	return e
}

// families returns the metric families that the values and verdicts of a KPI are in, whenever there are any.
func families(k *config.KPI) []string {
	list := []string{series.Value}
	if k.Target != nil {
		list = append(list, series.Target, series.Bound, series.Status, series.Attainment)
		if k.Target.Pace {
			list = append(list, series.Pace, series.Forecast)
		}
	}
	if columns(k).SampleSizeColumn() != "" {
		list = append(list, series.SampleSize)
	}
	if len(k.Compare) > 0 {
		list = append(list, series.PreviousValue)
	}
	return list
}
