package dashboards

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// product is a company's KPIs as the exporter exposes them: every unit and status, labels of their own, and titles and
// labels that are hard to get right.
func product() []exposed {
	return []exposed{
		{
			name: "revenue", title: "Revenue", category: "financial", objective: "grow_profitably", owner: "finance", level: "company",
			unit: "currency:EUR", grafanaUnit: "currencyEUR", period: "month", low: 60000, critical: 50000, stretch: 75000, parts: []part{{value: 62345.678, drift: 4}},
		},
		{
			name: "churn", title: "Customer churn", category: "customer", objective: "happy_customers", owner: "support", level: "company",
			unit: "ratio", grafanaUnit: "percentunit", period: "month", high: 0.03, critical: 0.06, size: 800, parts: []part{{value: 0.0382, drift: 0.002}},
		},
		{
			name: "time_to_value", title: "Time to value", category: "engagement", objective: "daily_habit", owner: "growth", level: "team",
			unit: "seconds", grafanaUnit: "s", period: "trailing:30d", high: 3000, critical: 4000, size: 90, parts: []part{{value: 9000, drift: 30}},
		},
		{
			name: "wau", title: "Weekly active users", category: "engagement", objective: "daily_habit", owner: "growth", level: "company",
			unit: "users", grafanaUnit: "short", period: "days:7", low: 900, critical: 800, compared: true,
			parts: []part{{labels: `plan="basic"`, value: 1204, drift: 5}, {labels: `plan="pro"`, value: 850, drift: -3, more: 5}},
		},
		{
			name: "revenue_mtd", title: "Revenue, month to date", category: "financial", objective: "grow_profitably", owner: "finance", level: "team",
			unit: "currency:XAU", grafanaUnit: "currency:XAU", period: "to_date:month", low: 30000, critical: 20000, forecast: 64000, parts: []part{{value: 41000, drift: 900}},
		},
		{
			name: "team_size", title: "Team size", category: "team", owner: "people", level: "diagnostic", unit: "count", grafanaUnit: "short", period: "instant",
			parts: []part{{labels: `team="a"`, value: 7}, {labels: `team="b"`, value: 1250000}},
		},
		{
			name: "nps", title: "Net promoter score", category: "customer", objective: "happy_customers", owner: "support", level: "company",
			unit: "points", grafanaUnit: "suffix: points", period: "trailing:90d", low: 40, critical: 30, unknown: true, size: 12, parts: []part{{value: 55}},
		},
		{
			name: "lead_time", title: "Lead time", category: "product_development", objective: "ship_safely", owner: "engineering", level: "team",
			unit: "seconds", grafanaUnit: "s", period: "days:30", low: 60, high: 7200, failing: true,
		},
		{
			name: "hostile", title: `A "quoted" \ ${kpi} [[kpi]] <b>{x}</b>` + "\nsecond line", category: "team", owner: `o'"\${owner}`, level: "team",
			unit: "count", grafanaUnit: "short", period: "day", low: 1, parts: []part{
				{labels: `category="own",color="red",endpoint="/",level="9",max="7",product="p",service="s",value="v"`, value: 3},
				{labels: `category="own",color="blue",endpoint="/",level="9",max="7",product="p",service="s",value="v"`, value: 0},
			},
		},
	}
}

// exposed is one KPI. A bound of 0 is none.
type exposed struct {
	name, title, category, objective, owner, level, unit, grafanaUnit, period string
	low, high, critical, stretch                                              float64
	size, forecast                                                            float64
	unknown, failing, compared                                                bool
	parts                                                                     []part
}

// part is one label set, its value now and by how much that grew a day.
type part struct {
	labels       string
	value, drift float64
	more         float64 // What is added to the KPI's bounds.
}

// families collects series by metric, as OpenMetrics wants them.
type families map[string][]labelledValue

type labelledValue struct {
	labels string
	value  func(age float64) float64 // The value by age in days.
}

func (f families) add(metric, labels string, value func(age float64) float64) {
	f[metric] = append(f[metric], labelledValue{labels, value})
}

func constant(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// history is what Prometheus scraped from two exporters, one after the other, every ten minutes.
func history(now time.Time) []byte {
	f := families{}
	for _, k := range product() {
		k.add(f, now)
	}
	unix := float64(now.Unix())
	f.add("kpi_exporter_database_up", `database="app"`, constant(1))
	f.add("kpi_exporter_database_busy_ratio", `database="app"`, constant(0.25))
	f.add("kpi_exporter_evaluation_queue_length", "", constant(2))
	f.add("kpi_exporter_config_last_reload_successful", "", constant(1))
	f.add("kpi_exporter_build_info", `version="1.0.0"`, constant(1))
	f.add("up", "", constant(1))
	f.add("scrape_duration_seconds", "", constant(0.01))
	f.add("scrape_samples_scraped", "", constant(300))
	f.add("process_resident_memory_bytes", "", constant(3e7))

	var b bytes.Buffer
	for _, metric := range slices.Sorted(maps.Keys(f)) {
		kind := "gauge"
		if strings.HasSuffix(metric, "_total") {
			kind = "counter"
		}
		fmt.Fprintf(&b, "# TYPE %s %s\n", strings.TrimSuffix(metric, "_total"), kind)
		for _, s := range f[metric] {
			labels := s.labels
			if labels != "" {
				labels += ","
			}
			// The exporter moved to another host a week ago, and both were scraped for a day.
			for _, host := range []struct {
				name     string
				from, to float64
			}{{"old", historyDays, 6.5}, {"new", 7.5, 0}} {
				for scrapes := int(host.from * 144); scrapes >= int(host.to*144); scrapes-- {
					age := float64(scrapes) / 144
					fmt.Fprintf(&b, "%s{%sinstance=\"%s:10574\",job=\"kpi\"} %v %.0f\n", metric, labels, host.name, s.value(age), unix-age*86400)
				}
			}
		}
	}
	b.WriteString("# EOF\n")
	return b.Bytes()
}

func (k exposed) add(f families, now time.Time) {
	name := fmt.Sprintf("kpi=%q", k.name)
	direction := ""
	switch {
	case k.low != 0 && k.high != 0:
		direction = "range"
	case k.low != 0:
		direction = "higher"
	case k.high != 0:
		direction = "lower"
	}
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
	}
	f.add("kpi_info", fmt.Sprintf(`%s,title=%s,description="What it is.",category=%q,objective=%q,objective_title="Objective",owner=%s,level=%q,unit=%q,grafana_unit=%q,direction=%q,period=%q,product="Product",runbook="https://wiki.example.com/%s",dashboard=""`,
		name, quote(k.title), k.category, k.objective, quote(k.owner), k.level, k.unit, k.grafanaUnit, direction, k.period, k.name), constant(1))
	f.add("kpi_database_info", name+`,database="app"`, constant(1))
	unix := float64(now.Unix())
	at := func(age float64) float64 { return unix - age*86400 }
	up, success := constant(1), at
	if k.failing {
		up, success = constant(0), constant(at(historyDays))
	}
	f.add("kpi_up", name, up)
	f.add("kpi_last_success_timestamp_seconds", name, success)
	f.add("kpi_data_until_timestamp_seconds", name, success)
	f.add("kpi_interval_seconds", name, constant(3600))
	f.add("kpi_stale_after_seconds", name, constant(10800))
	f.add("kpi_evaluation_duration_seconds", name, constant(0.2))
	evaluations := func(age float64) float64 { return math.Floor((historyDays - age) * 24) }
	f.add("kpi_evaluations_total", name, evaluations)
	if k.failing {
		f.add("kpi_evaluation_failures_total", name+`,reason="query"`, evaluations)
	}
	if len(k.parts) == 0 {
		return
	}
	// A period ends where a day does.
	f.add("kpi_period_start_timestamp_seconds", name, func(age float64) float64 { return at(math.Ceil(age) + 30) })
	f.add("kpi_period_end_timestamp_seconds", name, func(age float64) float64 { return at(math.Ceil(age)) })
	f.add("kpi_period_elapsed_ratio", name, constant(1))
	for _, p := range k.parts {
		labels := name
		if p.labels != "" {
			labels += "," + p.labels
		}
		f.add("kpi_sample_info", labels+k.described(p), constant(1))
		value := func(age float64) float64 { return p.value - p.drift*math.Ceil(age) }
		f.add("kpi_value", labels, value)
		if k.size != 0 {
			f.add("kpi_sample_size", labels, constant(k.size))
		}
		if k.forecast != 0 {
			f.add("kpi_forecast_value", labels, constant(k.forecast))
			f.add("kpi_pace_ratio", labels, constant(1.02))
		}
		if k.compared {
			f.add("kpi_previous_value", labels+`,compared_with="previous_period"`, constant(p.value*0.9))
		}
		k.addTarget(f, labels, p.more, value)
	}
}

// described are the labels of kpi_sample_info of a part.
func (k exposed) described(p part) string {
	var values []string
	for label := range strings.SplitSeq(p.labels, ",") {
		if _, value, ok := strings.Cut(label, "="); ok {
			values = append(values, strings.Trim(value, `"`))
		}
	}
	text := ""
	if k.low != 0 || k.high != 0 {
		text = fmt.Sprint("target ", k.low+p.more, k.high)
	}
	labels := fmt.Sprintf(",sample_title=%q,target_text=%q", strings.Join(values, ", "), text)
	if k.unknown {
		labels += `,reason="small_sample"`
	}
	return labels
}

func (k exposed) addTarget(f families, labels string, more float64, value func(float64) float64) {
	if k.low == 0 && k.high == 0 {
		return
	}
	bound := func(tier, side string, v float64) {
		if v != 0 {
			f.add("kpi_bound", fmt.Sprintf("%s,tier=%q,side=%q", labels, tier, side), constant(v+more))
		}
	}
	side, target, sign := "lower", k.low+more, 1.0
	if k.low == 0 {
		side, target, sign = "upper", k.high+more, -1
	}
	bound("target", "lower", k.low)
	bound("target", "upper", k.high)
	bound("critical", side, k.critical)
	bound("stretch", side, k.stretch)
	f.add("kpi_target", labels, constant(target))
	f.add("kpi_attainment_ratio", labels, func(age float64) float64 { return 1 + sign*(value(age)-target)/target })
	if k.unknown {
		return
	}
	f.add("kpi_status", labels, func(age float64) float64 {
		switch v := sign * value(age); {
		case v >= sign*target:
			return 0
		case k.critical != 0 && v >= sign*k.critical:
			return 1
		}
		return 2
	})
}
