package kpidiff

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Kind says what a difference does.
type Kind int

// The kinds.
const (
	Wording  Kind = iota // It is only shown.
	Concerns             // Who looks at the KPI, who is alerted, and how often it is evaluated: no value follows from it.
	Judges               // It may change statuses and bounds.
	Computes             // It may change values.
)

// facet is one thing that a file says about a KPI, by the key that says it.
type facet struct {
	key    string
	kind   Kind
	effect bool                                 // It is one, whatever the values are.
	text   func(k *config.KPI) string           // In words; "" if the file does not say it.
	same   func(before, after *config.KPI) bool // Nil: the texts are equal.
}

func (f facet) differs(before, after *config.KPI) bool {
	if f.same != nil {
		return !f.same(before, after)
	}
	return f.text(before) != f.text(after)
}

// The keys that are more than a text, or that others of the package name.
const (
	keyInput    = "input"
	keyDatabase = "database"
	keyTarget   = "target"
	keyQuery    = "query"
)

// facets returns everything in which two KPIs can differ, in the order in which people read it. The test of the package knows of every
// field of a KPI which one covers it.
func (c *comparison) facets() []facet {
	return slices.Concat(c.source(), values(), periods(), schedule(), []facet{
		{keyTarget, Judges, false, catalog.Target, c.sameTarget},
		{keyDatabase, Judges, false, nil, alike(targetDatabases)},
		{"better", Judges, false, func(k *config.KPI) string { return string(k.Better) }, nil},
		{"compare", Computes, false, func(k *config.KPI) string { return joined(k.Compare) }, nil},
		{"owner", Concerns, true, func(k *config.KPI) string { return k.Owner }, nil},
		{"level", Concerns, true, func(k *config.KPI) string { return k.Level }, nil},
		{"objective", Concerns, true, func(k *config.KPI) string { return k.Objective }, nil},
		{"alert", Concerns, true, alert, nil},
	}, c.wording())
}

// source is where values come from.
func (c *comparison) source() []facet {
	return []facet{
		{keyQuery, Computes, false, sql, func(before, after *config.KPI) bool {
			return c.sameSQL(statement(before.Query), statement(after.Query))
		}},
		{"values_file", Computes, false, rows, nil},
		{"formula", Computes, false, formula, func(before, after *config.KPI) bool { return unspaced(formula(before)) == unspaced(formula(after)) }},
		{keyInput, Computes, false, nil, c.sameInputs},
		{keyDatabase, Computes, false, nil, alike(databases)},
		{"data_until", Computes, false, func(k *config.KPI) string { return sqlOf(dataUntil(k)) }, func(before, after *config.KPI) bool { return c.sameSQL(dataUntil(before), dataUntil(after)) }},
		{"data_from", Computes, false, func(k *config.KPI) string { return date(k.DataFrom) }, func(before, after *config.KPI) bool { return before.DataFrom.Equal(after.DataFrom) }},
		{"timeout", Computes, false, func(k *config.KPI) string { return format.Length(k.Timeout) }, nil},
	}
}

// values is how rows become values.
func values() []facet {
	return []facet{
		{"unit", Computes, true, func(k *config.KPI) string { return string(k.Unit) }, nil},
		{"value", Computes, false, func(k *config.KPI) string { return columns(k).Value }, nil},
		{"numerator", Computes, false, func(k *config.KPI) string { return columns(k).Numerator }, nil},
		{"denominator", Computes, false, func(k *config.KPI) string { return columns(k).Denominator }, nil},
		{"sample_size", Computes, false, func(k *config.KPI) string { return columns(k).SampleSize }, nil},
		{"labels", Computes, true, labels, nil},
		{"null_label", Computes, false, func(k *config.KPI) string { return quoted(k.NullLabel) }, nil},
		{"merge", Computes, false, merge, nil},
		{"on_empty", Computes, false, func(k *config.KPI) string {
			if k.OnEmptyZero {
				return "zero"
			}
			return "absent"
		}, nil},
		{"suppress_below", Computes, false, func(k *config.KPI) string { return format.Exact(k.SuppressBelow) }, nil},
		{"max_series", Computes, false, func(k *config.KPI) string { return strconv.Itoa(k.MaxSeries) }, nil},
	}
}

// periods is when values are measured.
func periods() []facet {
	return []facet{
		{"period", Computes, true, func(k *config.KPI) string { return k.Period.String() }, nil},
		{"settle", Computes, false, func(k *config.KPI) string { return format.Length(-k.Settled(time.Time{}).Sub(time.Time{})) }, nil},
		{"timezone", Computes, false, func(k *config.KPI) string { return k.Calendar.Location.String() }, nil},
		{"week_start", Computes, false, func(k *config.KPI) string { return strings.ToLower(k.Calendar.WeekStart.String()) }, nil},
		{"year_start", Computes, false, func(k *config.KPI) string { return strings.ToLower(k.Calendar.YearStart.String()) }, nil},
	}
}

// schedule is when a server evaluates, and when a status that is not evaluated becomes unknown.
func schedule() []facet {
	return []facet{
		{"every", Concerns, true, func(k *config.KPI) string { return length(k.Every) }, nil},
		{"cron", Concerns, true, func(k *config.KPI) string {
			if k.Cron == nil {
				return ""
			}
			return k.Cron.String()
		}, nil},
		{"stale_after", Concerns, true, func(k *config.KPI) string { return length(k.StaleAfter) }, nil},
	}
}

// wording is what changes no value, no status and nobody's work.
func (c *comparison) wording() []facet {
	return []facet{
		{"title", Wording, false, func(k *config.KPI) string { return k.Title }, nil},
		{"description", Wording, false, func(k *config.KPI) string { return k.Description }, nil},
		{"category", Wording, false, func(k *config.KPI) string { return k.Category }, nil},
		{"stages", Wording, false, func(k *config.KPI) string { return strings.Join(k.Stages, ", ") }, nil},
		{"runbook", Wording, false, func(k *config.KPI) string { return k.Runbook }, nil},
		{"review_by", Wording, false, func(k *config.KPI) string { return date(k.ReviewDue) }, nil},
		{"source", Wording, false, notes, nil},
		{"decisions", Wording, false, decisions, nil},
		{"comments", Wording, false, nil, c.sameLayout},
	}
}

// statement returns the SQL of a query, nil without any.
func statement(q *config.Query) engine.Statement {
	if q == nil {
		return nil
	}
	return q.Statement
}

// plainOf returns a statement without comments and layout, "" for none.
func plainOf(s engine.Statement) string {
	if s == nil {
		return ""
	}
	return s.Plain()
}

func sqlOf(s engine.Statement) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(s.SQL())
}

func sql(k *config.KPI) string { return sqlOf(statement(k.Query)) }

// rows returns what is kept by hand of a KPI, a line per row; "" if nothing is.
func rows(k *config.KPI) string {
	if k.Values == nil {
		return ""
	}
	return strings.TrimSpace(k.Values.String())
}

func dataUntil(k *config.KPI) engine.Statement {
	if k.Query == nil {
		return nil
	}
	return k.Query.DataUntil
}

func formula(k *config.KPI) string {
	if k.Formula == nil {
		return ""
	}
	return k.Formula.Text
}

// unspaced returns a formula without its layout, in which blanks separate nothing.
func unspaced(text string) string { return strings.Join(strings.Fields(text), "") }

// sameLayout reports whether the SQL that is the same is written alike, too. SQL that differs has an entry of its own.
func (c *comparison) sameLayout(before, after *config.KPI) bool {
	return !c.sameSQL(statement(before.Query), statement(after.Query)) || sql(before) == sql(after)
}

// columns returns the columns that the KPI reads: those that the file maps, and those with standard names that its query mentions.
func columns(k *config.KPI) config.Columns {
	if k.Query == nil {
		return config.Columns{}
	}
	return k.ColumnsIn(k.Query.Mentions)
}

// labels writes the labels, with their values where these are closed: "plan, region (eu or us)".
func labels(k *config.KPI) string {
	list := make([]string, 0, len(k.Labels)+1)
	for _, l := range k.Labels {
		text := l.Name
		if l.Closed != nil {
			text += " (" + strings.Join(l.Closed, " or ") + ")"
		}
		list = append(list, text)
	}
	if k.DatabaseLabel {
		list = append(list, keyDatabase)
	}
	return strings.Join(list, ", ")
}

// merge writes how rows and databases become one, or what is said about parts.
func merge(k *config.KPI) string {
	text := string(cmp.Or(k.Merge, k.Total))
	if len(k.MergedLabels) > 0 {
		text += " over " + strings.Join(k.MergedLabels, ", ")
	}
	return text
}

// alert writes the settings of a KPI's alerts: "for 1h, severity page, team=growth"; "" for those of all.
func alert(k *config.KPI) string {
	var parts []string
	if k.Alert.Off {
		parts = append(parts, "off")
	}
	if k.Alert.For != nil {
		parts = append(parts, "for "+format.Length(*k.Alert.For))
	}
	if k.Alert.Severity != "" {
		parts = append(parts, "severity "+k.Alert.Severity)
	}
	for _, name := range slices.Sorted(maps.Keys(k.Alert.Labels)) {
		parts = append(parts, name+"="+k.Alert.Labels[name])
	}
	return strings.Join(parts, ", ")
}

// notes lists where the benchmarks of a target were found.
func notes(k *config.KPI) string {
	var list []string
	for set := range k.Target.BoundSets() {
		for _, r := range []config.BoundRange{set.Target, set.Critical, set.Stretch} {
			for _, b := range []*config.Bound{r.Lower, r.Upper} {
				if b == nil {
					continue
				}
				for _, one := range append([]config.Bound{*b}, b.Stricter...) {
					if one.Note != "" && !slices.Contains(list, one.Note) {
						list = append(list, one.Note)
					}
				}
			}
		}
	}
	return strings.Join(list, "; ")
}

// decisions lists what was decided about a KPI: "2026-07-01: The price rises (finance, https://wiki.example.com/price)".
func decisions(k *config.KPI) string {
	list := make([]string, len(k.Decisions))
	for i, d := range k.Decisions {
		list[i] = d.Date + ": " + d.Text
		more := slices.DeleteFunc([]string{d.Owner, d.Link}, func(text string) bool { return text == "" })
		if len(more) > 0 {
			list[i] += " (" + strings.Join(more, ", ") + ")"
		}
	}
	return strings.Join(list, "\n")
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = string(item)
	}
	return strings.Join(texts, ", ")
}

func quoted(text *string) string {
	if text == nil {
		return ""
	}
	return strconv.Quote(*text)
}

// length writes a time that is not set as "".
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return format.Length(d)
}

// date writes the day, and the time where it is not midnight.
func date(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
