// Package catalog writes a KPI file for people: each KPI in a sentence, and all of them as Markdown. Its output follows
// from the file alone, so that it changes only where a definition does, and on the day on which a planned decision takes effect.
package catalog

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Markdown returns the catalogue of a file: by objective, each KPI with its definition, target and owner. KPIs, objectives
// and queries are in the order of the file. Decisions that take effect after now are planned.
func Markdown(cfg *config.Config, now time.Time) []byte {
	w := &writer{cfg: cfg, now: now}
	title := "KPIs"
	if cfg.Product != "" {
		title += " of " + escape(cfg.Product)
	}
	w.line("# " + title)
	w.line("<!-- Written by kpi_exporter generate catalog: change the KPI file instead. -->")
	for _, o := range cfg.Objectives {
		w.objective(o)
	}
	w.group("No objective", "", "")
	w.sharedQueries()
	return w.out.Bytes()
}

type writer struct {
	cfg *config.Config
	now time.Time
	out bytes.Buffer
}

// line writes a block and the blank line behind it; there is none at the end of the text.
func (w *writer) line(text string) {
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
	}
	w.out.WriteString(text + "\n")
}

func (w *writer) objective(o *config.Objective) {
	about := escape(o.Description)
	if o.Owner != "" {
		about = strings.TrimSpace(about + " Owner: " + escape(o.Owner) + ".")
	}
	w.group(cmp.Or(o.Title, o.Name), o.Name, about)
}

// group writes the KPIs of an objective, and nothing where there are none.
func (w *writer) group(title, objective, about string) {
	var kpis []*config.KPI
	for _, k := range w.cfg.KPIs {
		if k.Objective == objective {
			kpis = append(kpis, k)
		}
	}
	if len(kpis) == 0 {
		return
	}
	w.line("## " + escape(title))
	if about != "" {
		w.line(about)
	}
	for _, k := range kpis {
		w.kpi(k)
	}
}

func (w *writer) kpi(k *config.KPI) {
	w.line(`<a id="kpi-` + k.Name + `"></a>`)
	w.line("### " + escape(k.Title))
	w.line(escape(Sentence(k)))
	if k.Description != "" {
		w.line(escape(k.Description))
	}
	w.line(w.facts(k))
	if len(k.Decisions) > 0 {
		w.line("Decisions:")
		w.line(w.decisions(k))
	}
	if k.Formula != nil {
		w.line(fenced("", k.Formula.Text))
	} else if k.Query.Name == "" {
		w.line(source(k.Query))
	}
	if links := w.links(k); len(links) > 0 {
		w.line("It reads " + format.And(links) + ".")
	}
}

// decisions lists what was decided about a KPI, and what is planned.
func (w *writer) decisions(k *config.KPI) string {
	lines := make([]string, len(k.Decisions))
	for i, d := range k.Decisions {
		line := "- " + d.Date
		if d.From(k.Calendar.Location).After(w.now) {
			line += " (planned)"
		}
		line += ": " + escape(d.Text)
		if d.Owner != "" {
			line += " (" + escape(d.Owner) + ")"
		}
		if d.Link != "" {
			line += " " + format.WebLink(d.Link)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// links returns links to what a KPI reads and stands elsewhere: KPIs, and queries of values and of targets.
func (w *writer) links(k *config.KPI) []string {
	var links []string
	add := func(title, anchor string) {
		if link := "[" + escape(title) + "](#" + anchor + ")"; !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	query := func(q *config.Query) {
		if q != nil && q.Name != "" {
			add(q.Name, "query-"+q.Name)
		}
	}
	query(k.Query)
	for _, input := range k.Inputs() {
		switch {
		case input.IsColumn():
			query(input.Query)
		case w.cfg.KPI(input.Name) != nil: // Else it is not in this catalogue.
			add(input.Title, "kpi-"+input.Name)
		}
	}
	if k.Target != nil {
		query(k.Target.From)
	}
	return links
}

// facts returns what is known about a KPI, as a table.
func (w *writer) facts(k *config.KPI) string {
	rows := []string{"| | |", "| --- | --- |"}
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, "| "+name+" | "+text+" |")
		}
	}
	add("Name", code(k.Name))
	add("Owner", w.owner(k.Owner))
	add("Category", escape(strings.ReplaceAll(k.Category, "_", " ")))
	add("Level", k.Level)
	add("Stages", strings.Join(k.Stages, ", "))
	add("Unit", escape(string(k.Unit)))
	add("Labels", escape(strings.Join(k.LabelNames(), ", ")))
	add("Period", periodFact(k))
	add("Value", columns(k))
	add("Target", escape(Target(k)))
	if !k.ReviewDue.IsZero() {
		add("Review due", k.ReviewDue.Format(time.DateOnly))
	}
	if k.Runbook != "" {
		add("Runbook", format.WebLink(k.Runbook))
	}
	return strings.Join(rows, "\n")
}

// owner returns who answers for a KPI, and how they are reached.
func (w *writer) owner(name string) string {
	parts := []string{escape(name)}
	for _, o := range w.cfg.Owners {
		if o.Name == name {
			parts = append(parts, escape(o.Slack), escape(o.Email))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// periodFact returns what a KPI measures, and by which clock.
func periodFact(k *config.KPI) string {
	if k.Formula != nil && ownPeriods(k) {
		return "each input for its own, as of one instant"
	}
	return code(k.Period.String()) + " in " + k.Calendar.Location.String()
}

// columns names the columns that give the value.
func columns(k *config.KPI) string {
	if k.Formula != nil {
		return "the formula below"
	}
	from := "column " + code(k.Value)
	if k.Value == "" {
		from = code(k.Numerator) + " / " + code(k.Denominator)
	}
	if merge := mergeWords(k); merge != "" {
		from += ", " + escape(merge)
	}
	return from
}

// sharedQueries writes each named query that gives values or targets.
func (w *writer) sharedQueries() {
	var queries []*config.Query
	add := func(q *config.Query) {
		if q != nil && q.Name != "" && !slices.Contains(queries, q) {
			queries = append(queries, q)
		}
	}
	for _, k := range w.cfg.KPIs {
		for _, r := range k.Reads() {
			add(r.Query)
		}
		if k.Target != nil {
			add(k.Target.From)
		}
	}
	if len(queries) == 0 {
		return
	}
	slices.SortFunc(queries, func(a, b *config.Query) int { return cmp.Compare(a.Name, b.Name) })
	w.line("## Queries")
	for _, q := range queries {
		w.line(`<a id="query-` + q.Name + `"></a>`)
		w.line("### " + escape(q.Name))
		w.line(source(q))
	}
}

// source returns what a query is: SQL, or a file of values.
func source(q *config.Query) string {
	if q.Statement == nil {
		return "Kept by hand in " + code(q.File) + "."
	}
	if q.IsPromQL() {
		return fenced("promql", q.Statement.SQL())
	}
	return fenced("sql", q.Statement.SQL())
}

// fenced returns a text in a language as a block of code, behind more backticks than stand in it.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + format.Inert(strings.TrimSpace(text)) + "\n" + fence
}

// code returns a text as code, even where it holds a backtick, in a cell of a table too.
func code(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + strings.ReplaceAll(text, "|", `\|`) + fence
}

// escape returns a text on one line that Markdown takes for nothing but text.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", "|", `\|`, "#", `\#`, "~", `\~`, "&", "&amp;").
		Replace(format.OneLine(text))
}
