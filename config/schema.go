package config

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/decision"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/recipients"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Keys returns every key that a KPI file can have, by mapping, for the JSON Schema and the reference page. checks are what
// lint: {off: [...]} may name.
func Keys(checks []string) []schema.Section {
	l := newLoader(Options{Checks: checks})
	kpi := schema.Section{Title: "Keys of a KPI", Note: "Named queries and `defaults` have most of them, too; a KPI takes from there what it does not set itself."}
	for _, key := range l.keys.All() {
		kpi.Keys = append(kpi.Keys, key.Described())
	}
	return slices.Concat([]schema.Section{
		keys.Section("Keys of the file", "An included file has only some of them.", l.fileKeys()),
		keys.Section("Keys of an include", "For an item of `include` that is more than a pattern.", includeKeys()),
		keys.Section("Keys of a database", "[Databases](databases.md) explains them.", databaseKeys()),
	}, recipients.Sections(), []schema.Section{
		keys.Section("Keys of an objective", "", objectiveKeys()),
		decision.Section(),
		keys.Section("Keys of lint", "", l.lintKeys()),
		kpi,
		{Title: "Keys of a period", Note: "For a period that is more than a word; see [Periods](periods.md).", Keys: keys.PeriodKeys()},
	}, l.targets.Sections(), []schema.Section{
		keys.Section("Keys of an alert", "They take effect in the rules that [`generate rules`](dashboards-and-alerts.md) writes.", keys.AlertKeys()),
	})
}
