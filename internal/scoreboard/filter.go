package scoreboard

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// NoObjective is the objective of KPIs that have none, in a filter.
const NoObjective = "none"

// Filter selects KPIs by their definitions, for pages and the API alike. What is "" filters nothing.
type Filter struct {
	Owner, Objective, Category, Level string
	Text                              string // Words that the title, the name or the description must hold, in either case.
}

// Holds reports whether a KPI is selected.
func (f *Filter) Holds(k *config.KPI) bool {
	is := func(want, value string) bool { return want == "" || want == value }
	if !is(f.Owner, k.Owner) || !is(f.Category, k.Category) || !is(f.Level, k.Level) ||
		!is(f.Objective, k.Objective) && (f.Objective != NoObjective || k.Objective != "") {
		return false
	}
	text := strings.ToLower(k.Title + " " + k.Name + " " + k.Description)
	for word := range strings.FieldsSeq(strings.ToLower(f.Text)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
