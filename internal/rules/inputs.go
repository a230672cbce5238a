package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// inputs are series with their samples, testStep apart.
type inputs map[string][]run

// run is the same number several times, or "_" for none.
type run struct {
	number string
	times  int
}

// add gives a series the same number n times, from a step on. Before it has none where it was not exposed.
func (all inputs) add(name, number string, from, n int) {
	runs := all[name]
	for _, r := range runs {
		from -= r.times
	}
	if from > 0 {
		runs = append(runs, run{"_", from})
	}
	if last := len(runs) - 1; last >= 0 && runs[last].number == number {
		runs[last].times += n
	} else {
		runs = append(runs, run{number, n})
	}
	all[name] = runs
}

// at returns the number of a series at an instant, if it has one there.
func (all inputs) at(name string, instant time.Duration) (float64, bool) {
	if instant < 0 {
		return 0, false
	}
	i := int(instant / testStep)
	for _, r := range all[name] {
		if i < r.times {
			v, err := strconv.ParseFloat(r.number, 64)
			return v, err == nil
		}
		i -= r.times
	}
	return 0, false
}

// series writes all of them as promtool reads them.
func (all inputs) series() []inputSeries {
	var list []inputSeries
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var values []string
		for _, r := range all[name] {
			if r.number == "_" {
				values = append(values, fmt.Sprintf("_x%d", r.times))
			} else {
				values = append(values, fmt.Sprintf("%s+0x%d", r.number, r.times-1))
			}
		}
		list = append(list, inputSeries{Series: name, Values: strings.Join(values, " ")})
	}
	return list
}

// exposedNumber is a sample of an exporter.
type exposedNumber struct {
	series string
	value  float64
}

// exposed returns what an exporter exposes in a scenario, without the status.
func (s *scenario) exposed() []exposedNumber {
	of := func(family string, v float64, more ...string) exposedNumber {
		labels := maps.Clone(s.own)
		for i := 0; i < len(more); i += 2 {
			labels[more[i]] = more[i+1]
		}
		return exposedNumber{described(family, labels), v}
	}
	kpi := map[string]string{"job": s.own["job"], "kpi": s.own["kpi"]}
	info := maps.Clone(kpi)
	for _, name := range append(textLabels(), "owner") {
		info[name] = s.main.Labels[name]
	}
	info["unit"], info["objective_title"] = string(s.unit), s.objective
	list := []exposedNumber{{described(series.Info, info), 1}, of(series.Value, s.value)}
	if s.measured != "" {
		kpi["measured"] = s.measured
		list = append(list, exposedNumber{described(series.PeriodInfo, kpi), 1})
	}
	add := func(family string, v *float64, more ...string) {
		if v != nil {
			list = append(list, of(family, *v, more...))
		}
	}
	add(series.Bound, s.target.Lower, "tier", "target", "side", "lower")
	add(series.Bound, s.target.Upper, "tier", "target", "side", "upper")
	add(series.Attainment, s.reached)
	add(series.SampleSize, s.size)
	for _, before := range s.before {
		if before.source != aWeekAgo {
			add(series.PreviousValue, &before.value, "compared_with", before.source)
		}
	}
	return list
}

// described writes a series as it is on an exporter's target.
func described(metric string, set map[string]string) string {
	pairs := []string{`instance="exporter:10574"`}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if set[name] != "" && name != model.MetricNameLabel {
			pairs = append(pairs, name+"="+strconv.Quote(set[name]))
		}
	}
	return metric + "{" + strings.Join(pairs, ",") + "}"
}
