package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Every expression reads what the exporter exposes, so that a dashboard needs no recording rules, and strips what names
// one exporter, so that a restart or a second replica changes no series. Prometheus 2.42 understands all of them.

// scope is a selector of KPIs, such as kpi=~"$kpi".
type scope string

// series is a metric with a KPI's own labels.
func (s scope) series(metric string, matchers ...string) string {
	return "max without (instance, pod) (" + s.raw(metric, matchers...) + ")"
}

// ago is what series was some days ago.
func (s scope) ago(days int, metric string, matchers ...string) string {
	return fmt.Sprintf("max without (instance, pod) (%s offset %dd)", s.raw(metric, matchers...), days)
}

// weekAgo is what series was seven days ago.
func (s scope) weekAgo(metric string) string { return s.ago(7, metric) }

// perKPI is a metric without a KPI's own labels. If there are several label sets, it is the highest, which is the worst status.
func (s scope) perKPI(metric string, matchers ...string) string {
	return "max by (job, kpi) (" + s.raw(metric, matchers...) + ")"
}

func (s scope) raw(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(append([]string{string(s)}, matchers...), ", ") + "}"
}

// info is one series per KPI, even while two exporters disagree on its title: a join never finds two.
func (s scope) info(matchers ...string) string {
	return "topk by (job, kpi) (1, " + s.series(series.Info, matchers...) + ")"
}

// with joins labels of kpi_info to an expression. They must be among those that no KPI may have as its own: a copied
// label that is there already could make two series one, which fails the whole query.
func (s scope) with(labels, expr string) string {
	return fmt.Sprintf("(%s) * on (job, kpi) group_left (%s) %s", expr, labels, s.info())
}

// rank says what each KPI is, by the ranks of verdicts. A KPI has a target if it has bounds, or, while it has no value,
// a direction.
func (s scope) rank() string {
	return fmt.Sprintf("(%s or %s * 0 + 2 or %s * 0 or %s * 0 + 2 or %s * 0)",
		ranked(s.perKPI(series.Status)),
		s.perKPI(series.Bound, `tier="target"`),
		s.perKPI(series.Value),
		s.perKPI(series.Info, `direction!=""`),
		s.perKPI(series.Info))
}

// rankOfSeries is rank for each label set of a KPI; a KPI without any has one series without labels of its own.
func (s scope) rankOfSeries() string {
	return fmt.Sprintf("(%s or max without (instance, pod, tier, side) (%s) * 0 + 2 or %s * 0 or (%s * 0 + 2 or %s * 0) unless on (job, kpi) (%s or %s))",
		ranked(s.series(series.Status)),
		s.raw(series.Bound, `tier="target"`),
		s.series(series.Value),
		s.perKPI(series.Info, `direction!=""`),
		s.perKPI(series.Info),
		s.raw(series.Value),
		s.raw(series.Bound, `tier="target"`))
}

// ranked turns 0, 1, 2 of kpi_status into the ranks 1, 3, 4.
func ranked(status string) string {
	return fmt.Sprintf("(1 + %s + (%s > bool 0))", status, status)
}

// urgent is the label set of each KPI that is the most urgent: off target first, within a status the furthest from its target, last
// what has no status. It is the one of now, or, with "@ end()", of the end of the time range.
func (s scope) urgent(at string) string {
	status := "max without (instance, pod) (" + s.raw(series.Status) + at + ")"
	return fmt.Sprintf("topk by (job, kpi) (1, 10 * %s - clamp(max without (instance, pod) (%s%s), -4, 4) or 10 * %s or max without (instance, pod) (%s%s) * 0 - 10)",
		status, s.raw(series.Attainment), at, status, s.raw(series.Value), at)
}

// most is a metric of the most urgent label set of each KPI, without its own labels.
func (s scope) most(metric string) string { return s.mostOf(s.series(metric)) }

// mostOf is an expression for the most urgent label set of each KPI, without its own labels.
func (s scope) mostOf(expr string) string {
	return fmt.Sprintf("max by (job, kpi) (%s and %s)", expr, s.urgent(""))
}

// urgency orders label sets, or KPIs: by status, and within a status by how far they are from their target.
func urgency(rank, attainment string) string {
	return fmt.Sprintf("(10 * %s - clamp(%s, -4, 4) or 10 * %s)", rank, attainment, rank)
}

// samples is one series per label set with what it is called, its target in words and why its status is unknown, even while two
// exporters disagree.
func (s scope) samples() string {
	return "topk without (sample_title, target_text, reason) (1, " + s.series(series.SampleInfo) + ")"
}

// titled replaces a KPI's own labels by what they are called together: there may be any number of them, of any name.
func (s scope) titled(expr string) string {
	return fmt.Sprintf("max by (job, kpi, sample_title) ((%s) * ignoring (sample_title) group_left (sample_title) max without (target_text, reason) (%s))",
		expr, s.samples())
}

// named calls the label sets of a range by what they are called together, in the label sample_title, and what has no labels otherwise.
func (s scope) named(expr, otherwise string) string {
	titles := fmt.Sprintf("max without (instance, pod, target_text, reason) (last_over_time(%s[$__range] @ end()))", s.raw(series.SampleInfo))
	expr = fmt.Sprintf("max by (sample_title) ((%s) * ignoring (sample_title) group_left (sample_title) %s)", expr, titles)
	return replaced(expr, "sample_title", "", otherwise)
}

// worded puts the status of each KPI, or what text makes of it, into a label.
func worded(ranks, label string, text func(verdict) string) string {
	expr := fmt.Sprintf("count_values by (job, kpi) (%q, %s)", label, ranks)
	for _, v := range verdicts {
		expr = replaced(expr, label, strconv.Itoa(v.rank), text(v))
	}
	return expr
}

// joined writes labels with a separator between them into another.
func joined(expr, label, separator string, names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return fmt.Sprintf("label_join(%s, %q, %q, %s)", expr, label, separator, strings.Join(quoted, ", "))
}

// replaced rewrites a label where all of it matches the pattern.
func replaced(expr, label, pattern, text string) string {
	return fmt.Sprintf(`label_replace(%s, "%[2]s", "%[3]s", "%[2]s", "%[4]s")`, expr, label, text, strings.ReplaceAll(pattern, `\`, `\\`))
}

// inState is for how many seconds each KPI has had this status, looked back over the dashboard's time range hour by hour.
func (s scope) inState(status int) string {
	worst := s.perKPI(series.Status)
	return fmt.Sprintf("(time() - (max_over_time(timestamp(%s != %d)[$__range:1h]) or min_over_time(timestamp(%s)[$__range:1h])) and %s == %d)",
		worst, status, worst, worst, status)
}

// inNoState is for how many seconds each KPI has had no status, looked back in the same way.
func (s scope) inNoState() string {
	worst, info := s.perKPI(series.Status), s.perKPI(series.Info)
	return fmt.Sprintf("(time() - (max_over_time(timestamp(%s)[$__range:1h]) or min_over_time(timestamp(%s)[$__range:1h])) and %s unless %s)",
		worst, info, info, worst)
}

// age is how long ago each KPI was last evaluated with success.
func (s scope) age() string {
	return "time() - " + s.perKPI(series.LastSuccess)
}

// comparable is a change against an earlier value, or otherwise for a KPI of a running period: it begins at 0 again and again.
func (s scope) comparable(change, otherwise string) string {
	const running = `period=~"to_date:.*"`
	return fmt.Sprintf("(%s unless on (job, kpi) %s or %s and on (job, kpi) %s)", change, s.raw(series.Info, running), otherwise, s.raw(series.Info, running))
}

// change is the difference of each series from its earlier value, as a share of that value's size. If both values are 0, it is 0; if only
// the earlier one is, there is no result.
func change(now, before string) string {
	return fmt.Sprintf("((%[1]s - %[2]s) / (abs(%[2]s) > 0) or %[1]s == 0 and %[2]s == 0)", now, before)
}

// count is never empty.
func count(expr string) string { return "count(" + expr + ") or vector(0)" }

// labelled sets a label to a fixed text.
func labelled(expr, label, text string) string {
	return fmt.Sprintf(`label_replace(%s, %q, %q, "", "")`, expr, label, text)
}
