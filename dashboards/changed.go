package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// namedChanges is how many KPIs a sentence names.
const namedChanges = 3

// whatChanged says in sentences which KPIs changed their status within a week, from the statuses that Prometheus recorded.
func whatChanged(s scope) *panel {
	before := s.statusWeekAgo()
	always := func(text, unless string) string {
		return fmt.Sprintf("(%s unless on () %s)", labelled(labelled("vector(1)", "__order", "3"), "__sentence", text), unless)
	}
	expr := s.sentence("1", ">", "▼ ", " got worse this week: ") + " or " + s.sentence("2", "<", "▲ ", " got better this week: ")
	for _, text := range []string{
		always(noMatch+".", s.raw(series.Info)),
		always("No history yet. After a week, this names the KPIs whose status changed.", before),
		always("No KPI got better or worse this week.", fmt.Sprintf("(%s != %s)", s.perKPI(series.Status), before)),
	} {
		expr = fmt.Sprintf("(%s) or on () %s", expr, text)
	}
	p := table("What changed", "KPIs whose worst status is another than seven days ago. Three of them are named.",
		rows(query{ref: "changed", expr: "group by (__order, __sentence) (" + expr + ")"})...)
	p.Options = tableOptions{ShowHeader: false, CellHeight: "sm"}
	p.FieldConfig.Defaults.Custom = map[string]any{"align": "left", "filterable": false, "cellOptions": cell{Type: "auto"}}
	p.override("What changed", wrapped()...)
	p.transform("sortBy", sorted("__order", false))
	return p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "Value": true, "__order": true}, IndexByName: map[string]int{},
		RenameByName: map[string]string{"__sentence": "What changed"},
	})
}

func (s scope) statusWeekAgo() string {
	return "max by (job, kpi) (" + s.raw(series.Status) + " offset 7d)"
}

// sentence is one series, or none, that says how many KPIs have a status that compares so with that of a week ago, and names some.
func (s scope) sentence(order, comparison, mark, verb string) string {
	moved := fmt.Sprintf("(%s %s %s)", s.perKPI(series.Status), comparison, s.statusWeekAgo())
	// The worst first.
	ranked := urgency(s.perKPI(series.Status), "min by (job, kpi) ("+s.raw(series.Attainment)+")")
	titles := fmt.Sprintf("max by (title) (%s)", s.with("title", ranked+" and "+moved))
	expr := fmt.Sprintf(`count_values("__count", count(%s))`, moved)
	names := make([]string, namedChanges)
	for i := range names {
		names[i] = fmt.Sprintf("__name%d", i)
		one := fmt.Sprintf("topk(%d, %s)", i+1, titles)
		if i > 0 {
			one = fmt.Sprintf("topk(1, %s unless topk(%d, %s))", one, i, titles)
		}
		one = fmt.Sprintf(`label_replace(%s, %q, "$1", "title", "([\\s\\S]*)")`, one, names[i])
		expr = fmt.Sprintf("%s * on () group_left (%s) (%s or on () vector(1))", expr, names[i], one)
	}
	expr = joined(expr, "__names", ", ", names)
	expr = replaced(expr, "__names", "(.+?)(, )*", "$1")
	expr = fmt.Sprintf(`label_replace(%s, "__more", " and others", "__count", "[4-9]|[1-9][0-9]+")`, expr)
	expr = labelled(labelled(expr, "__mark", mark), "__verb", verb)
	return labelled(fmt.Sprintf(`label_join(%s, "__sentence", "", "__mark", "__count", "__verb", "__names", "__more")`, expr), "__order", order)
}
