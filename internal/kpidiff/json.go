package kpidiff

import (
	"encoding/json"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// MarshalJSON writes the differences as diff --format json prints them: times as RFC 3339 in the KPI's time zone, a value that is
// missing as null. A label set, or a period, that one file does not have has neither a value nor a status there.
func (d *Diff) MarshalJSON() ([]byte, error) {
	doc := jsonDiff{Added: names(d.Added), Removed: names(d.Removed), Changed: make([]jsonChange, len(d.Changed)), Effect: d.Effect()}
	for i := range d.Changed {
		doc.Changed[i] = newJSONChange(&d.Changed[i])
	}
	return json.Marshal(doc)
}

type jsonDiff struct {
	Added   []string     `json:"added"`
	Removed []string     `json:"removed"`
	Changed []jsonChange `json:"changed"`
	Effect  bool         `json:"effect"`
}

type jsonChange struct {
	KPI    string      `json:"kpi"`
	What   []string    `json:"what"`
	Values []jsonValue `json:"values"`
}

type jsonValue struct {
	PeriodStart string            `json:"period_start"`
	PeriodEnd   string            `json:"period_end"`
	Labels      map[string]string `json:"labels"`
	Old         *float64          `json:"old"`
	New         *float64          `json:"new"`
	OldStatus   *string           `json:"old_status"`
	NewStatus   *string           `json:"new_status"`
}

func names(entries []Entry) []string {
	list := make([]string, len(entries))
	for i := range entries {
		list[i] = entries[i].KPI.Name
	}
	return list
}

func newJSONChange(c *Change) jsonChange {
	doc := jsonChange{KPI: c.New.Name, What: make([]string, len(c.Details)), Values: []jsonValue{}}
	for i, d := range c.Details {
		doc.What[i] = d.Key
	}
	for i := range c.Values.Periods {
		p := &c.Values.Periods[i]
		at := func(t time.Time) string { return t.In(c.New.Calendar.Location).Format(time.RFC3339Nano) }
		for j := range p.Rows {
			r := &p.Rows[j]
			v := jsonValue{PeriodStart: at(p.Window.Start), PeriodEnd: at(p.Window.End), Labels: make(map[string]string, len(r.Names))}
			for l, name := range r.Names {
				v.Labels[name] = r.Labels[l]
			}
			v.Old, v.OldStatus = valueAndStatus(p.Old, r.Old)
			v.New, v.NewStatus = valueAndStatus(p.New, r.New)
			doc.Values = append(doc.Values, v)
		}
	}
	return doc
}

// valueAndStatus returns what a file says about a row. Of a KPI that failed the status is unknown.
func valueAndStatus(r *collector.Result, s *collector.Sample) (value *float64, is *string) {
	switch {
	case s != nil:
		return s.Value, new(string(s.Status))
	case r != nil && r.Failure != nil:
		return nil, new(string(status.Unknown))
	}
	return nil, nil
}
