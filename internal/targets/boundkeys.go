package targets

import (
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// boundParts are what the keys of a bound say that is more than a number.
type boundParts struct {
	*reader
	kind, source *document.Node // Keys; nil if they are not said.
	note         string
	result       *Bound
}

// periodsBack matches the numbers from 2 to maxPeriodsBack.
const periodsBack = "([2-9]|[1-5][0-9]|60)"

// boundKeys returns the keys of a bound that is more than a number; median_of_ and mean_of_ take any number of periods.
func boundKeys() []keys.Into[*boundParts] {
	key := func(name string, form schema.Form, help string, read func(t *reader, k, v *document.Node) *Bound) keys.Into[*boundParts] {
		return keys.To(name, "bound", form, help, func(p *boundParts, k, v *document.Node) { p.read(k, v, read) })
	}
	past := func(source, help string) keys.Into[*boundParts] {
		return key(source, schema.Change(), help, (*reader).past)
	}
	plan := schema.Plan(period.NamedPattern())
	return []keys.Into[*boundParts]{
		key("benchmark", schema.Number(), "a benchmark value", (*reader).benchmark),
		keys.To("source", "bound", schema.Text(), "where the benchmark was found", func(p *boundParts, k, v *document.Node) {
			p.source, p.note = k, p.Text(v, k.Value).Value
		}),
		key("steps", plan, "values that hold from a year, quarter, month or day on: `2026`, `2026-Q1`, `2026-03`, `2026-03-01`; `none` ends it", (*reader).boundPlan),
		key("ramp", plan, "values that the bound reaches at these times, on straight lines between them", (*reader).boundPlan),
		past("previous_period", "the value of the previous period, with this change"),
		past("same_period_last_year", "the value of the same period of last year, with this change"),
		past("median_of_6", "the median of the 6 periods before, with this change; N may be 2 to 60").StandsFor("^median_of_" + periodsBack + "$"),
		past("mean_of_6", "the mean of the 6 periods before, with this change; N may be 2 to 60").StandsFor("^mean_of_" + periodsBack + "$"),
		past("a_week_ago", "the value a week ago, with this change"),
		past("a_month_ago", "the value a month ago, with this change"),
		past("a_quarter_ago", "the value a quarter ago, with this change"),
		past("a_year_ago", "the value a year ago, with this change"),
		key("stricter_of", schema.List(schema.Mapping("bound", "numbers and keys")), "bounds, of which the one that is harder to meet counts", (*reader).stricter),
	}
}

// read reads the key that says how the bound comes about; there is only one.
func (p *boundParts) read(k, v *document.Node, read func(t *reader, k, v *document.Node) *Bound) {
	if p.kind != nil {
		p.Fail(k, "for the one that is harder to meet write {stricter_of: [{"+p.kind.Value+": …}, {"+k.Value+": …}]}",
			"%s and %s cannot be used together", p.kind.Value, k.Value)
		return
	}
	p.kind, p.result = k, read(p.reader, k, v)
}
