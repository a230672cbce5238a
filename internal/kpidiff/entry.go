package kpidiff

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Entry is a KPI that only one of the files has, and what comes or goes with it.
type Entry struct {
	KPI        *config.KPI
	Families   []string // The metric families that have its values and verdicts.
	Alerts     []string // The alerts that judge it.
	Dashboards []string // The UIDs of the dashboards that show it.
	ReadBy     []Reader // The KPIs of both files whose formulas read it, of one that is removed.
	Twin       string   // The KPI that computes the same and that only the other file has: it may have been renamed. "" if there is none.
}

// Reader is a KPI whose formula read one that is removed.
type Reader struct {
	Name string
	Now  []string // What its formula reads that it did not read before.
}

// readers returns who read a KPI that only the file before has. Those that it takes with it are entries of their own.
func readers(removed *config.KPI, before *config.Config, after map[string]*config.KPI) []Reader {
	var list []Reader
	for _, k := range before.KPIs {
		now := after[k.Name]
		if now == nil || !slices.Contains(k.Inputs(), removed) {
			continue
		}
		r := Reader{Name: k.Name}
		for _, input := range now.Inputs() {
			if !slices.ContainsFunc(k.Inputs(), func(was *config.KPI) bool { return was.Name == input.Name }) {
				r.Now = append(r.Now, input.Name)
			}
		}
		list = append(list, r)
	}
	return list
}

// entry describes a KPI of one file, whose boards are given; others are the KPIs that only the other file has.
func (c *comparison) entry(k *config.KPI, boards map[*config.KPI][]string, others []*config.KPI) Entry {
	e := Entry{KPI: k, Families: families(k), Alerts: rules.Judging(k), Dashboards: boards[k]}
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
