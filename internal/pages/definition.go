package pages

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// definition is how a KPI is computed and judged.
type definition struct {
	Sentence, Description string
	LabelHead             string // The head of a column of label sets.
	Facts                 []fact
	Bounds                []boundRow
	Code                  string // SQL, or a formula.
	CodeName              string
	Inputs                []link
	Grafana, Runbook      string // Addresses.
}

// fact is one line of a definition.
type fact struct{ Name, Text string }

// boundRow is a bound in force.
type boundRow struct{ Labels, Tier, Value, Source string }

func newDefinition(b *View, k kpi) definition {
	cfg, kpi := b.Config, k.KPI
	d := definition{Sentence: catalog.Sentence(kpi), Description: kpi.Description, Grafana: cfg.DashboardURL(kpi), Runbook: kpi.Runbook}
	add := func(name, text string) {
		if text != "" {
			d.Facts = append(d.Facts, fact{name, text})
		}
	}
	add("Name", kpi.Name)
	add("Owner", ownerText(cfg, kpi.Owner))
	add("Category", format.Spaced(kpi.Category))
	add("Level", kpi.Level)
	add("Stages", strings.Join(kpi.Stages, ", "))
	add("Unit", string(kpi.Unit))
	add("Labels", strings.Join(kpi.LabelNames(), ", "))
	add("Period", strings.TrimPrefix(format.Period(kpi.Period), "of ")+", in "+kpi.Calendar.Location.String())
	add("Database", databaseNames(kpi))
	if kpi.Query != nil && kpi.Values != nil {
		add("Values", "kept by hand in "+kpi.Query.File)
	}
	if !kpi.ReviewDue.IsZero() {
		add("Review due", kpi.ReviewDue.Format(format.Day))
	}
	if kpi.Target != nil {
		if at, ok := kpi.Target.Expires(); ok {
			add("Target until", at.Format(format.Day))
		}
	}
	if kpi.Formula != nil {
		d.CodeName, d.Code = "Formula", kpi.Formula.Text
		for _, input := range kpi.Inputs() {
			if cfg.KPI(input.Name) != nil {
				d.Inputs = append(d.Inputs, link{Href: "/kpi/" + input.Name + b.suffix() + "#definition", Text: input.Title})
			}
		}
	} else if kpi.Query != nil && kpi.Query.Statement != nil {
		d.CodeName = "SQL"
		if kpi.Query.IsPromQL() {
			d.CodeName = "PromQL"
		}
		d.Code = strings.TrimSpace(kpi.Query.Statement.SQL())
		if kpi.Query.Name != "" {
			d.CodeName += " of query " + kpi.Query.Name
		}
	}
	d.Bounds = k.boundRows()
	names := kpi.LabelNames()
	for i, name := range names {
		names[i] = format.Spaced(name)
	}
	d.LabelHead = report.Capital(strings.Join(names, ", "))
	return d
}

func ownerText(cfg *config.Config, name string) string {
	for _, o := range cfg.Owners {
		if o.Name == name {
			return strings.Join(nonEmpty(name, o.Slack, o.Email), ", ")
		}
	}
	return name
}

func nonEmpty(texts ...string) []string {
	var list []string
	for _, t := range texts {
		if t != "" {
			list = append(list, t)
		}
	}
	return list
}

func databaseNames(k *config.KPI) string {
	if k.Formula != nil || k.Values != nil {
		return ""
	}
	names := make([]string, len(k.Databases))
	for i, d := range k.Databases {
		names[i] = d.Name
	}
	return strings.Join(names, ", ")
}

// maxBoundSets is how many label sets a bound names.
const maxBoundSets = 5

// boundRows lists the bounds in force, each once with the label sets that have it, and where it comes from.
func (k kpi) boundRows() []boundRow {
	var list []boundRow
	var sets [][]string
	for i := range k.Now.Samples {
		s := &k.Now.Samples[i]
		for _, b := range s.Details().Bounds {
			row := boundRow{"", b.Tier, typeset(sideText(&b) + k.KPI.Unit.Format(b.Value)), k.sourceText(s, &b)}
			at := slices.Index(list, row)
			if at < 0 {
				at, list, sets = len(list), append(list, row), append(sets, nil)
			}
			sets[at] = append(sets[at], labelText(s.Labels))
		}
	}
	for i := range list {
		if n := len(sets[i]); n < len(k.Now.Samples) {
			list[i].Labels = strings.Join(sets[i][:min(n, maxBoundSets)], "; ")
			if n > maxBoundSets {
				list[i].Labels += " and " + strconv.Itoa(n-maxBoundSets) + " more"
			}
		}
	}
	return list[:min(len(list), maxBounds)]
}

// maxBounds is how many bounds are listed.
const maxBounds = 50

func sideText(b *collector.BoundValue) string {
	if b.Side == "lower" {
		return format.AtLeast
	}
	return format.AtMost
}

// sourceText says where a bound comes from.
func (k kpi) sourceText(s *collector.Sample, b *collector.BoundValue) string {
	switch source := config.BoundSource(b.Source); source {
	case config.Fixed:
		return "set in the file"
	case config.Benchmark:
		return "benchmark" + k.benchmarkNote(s, b)
	case config.Steps, config.Ramp:
		return "planned by date (" + b.Source + ")"
	case config.FromQuery:
		return "from a query"
	case config.FromTolerance:
		return "the target with its tolerance"
	case config.StricterOf:
		return "the strictest of several"
	default:
		return "from earlier values (" + format.Spaced(b.Source) + ")"
	}
}

// benchmarkNote returns where a benchmark was found.
func (k kpi) benchmarkNote(s *collector.Sample, b *collector.BoundValue) string {
	names := k.KPI.LabelNames()
	set := k.KPI.Target.For(func(name string) string {
		for i, n := range names {
			if n == name && i < len(s.Labels) {
				return s.Labels[i]
			}
		}
		return ""
	})
	side := map[string]config.BoundRange{"target": set.Target, "critical": set.Critical, "stretch": set.Stretch}[b.Tier]
	bound := side.Lower
	if b.Side != "lower" {
		bound = side.Upper
	}
	if bound == nil || bound.Note == "" {
		return ""
	}
	return ": " + bound.Note
}
