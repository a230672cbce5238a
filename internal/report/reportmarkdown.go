package report

import (
	"io"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Markdown writes the report for a pull request, an issue or a wiki.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# " + markdown(r.heading()) + "\n\n**" + markdown(r.Headline) + ".**\n")
	for _, s := range r.sections() {
		b.WriteString("\n## " + s.Title + "\n\n")
		if s.empty() {
			b.WriteString(s.Nothing + "\n")
		}
		for i := range s.Entries {
			e := &s.Entries[i]
			b.WriteString("- " + Shape(e.Status) + " " + markdown(e.Sentence))
			if note := e.note(); note != "" {
				b.WriteString("\n  " + markdown(note))
			}
			b.WriteByte('\n')
		}
		if len(s.More) > 0 {
			if len(s.Entries) > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(markdown(s.moreText()) + "\n")
		}
	}
	r.markdownDecisions(&b)
	b.WriteString("\n## All KPIs\n\n| KPI | labels | value | period | target | status | trend |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, row := range r.rows() {
		cells := []string{row.Entry.KPI.Title, row.Labels, row.Value, row.Period, row.Target, row.Shape + " " + row.Status, row.Trend}
		for i := range cells {
			cells[i] = markdown(cells[i])
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	b.WriteString("\n## Housekeeping\n\n")
	duties := r.duties()
	if len(duties) == 0 {
		b.WriteString("Nothing to do.\n")
	}
	for _, d := range duties {
		for i := range d.Entries {
			b.WriteString("- " + markdown(d.Entries[i].Sentence) + "\n")
		}
	}
	b.WriteString("\n" + markdown(r.footer()) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) markdownDecisions(b *strings.Builder) {
	b.WriteString("\n## " + decisionsTitle + "\n\n")
	groups := r.decisions()
	if len(groups) == 0 {
		b.WriteString(noDecisions + "\n")
	}
	for _, g := range groups {
		b.WriteString("- " + markdown(g.Title))
		if g.Decision.Link != "" {
			b.WriteString(" " + format.WebLink(g.Decision.Link))
		}
		b.WriteByte('\n')
		for i := range g.Effects {
			b.WriteString("  - " + Shape(g.Effects[i].Status) + " " + markdown(g.Effects[i].Sentence) + "\n")
		}
		if g.Note != "" {
			b.WriteString("\n  " + markdown(g.Note) + "\n")
		}
	}
}

// markdown escapes what Markdown, or HTML in it, would take for a mark, and leaves one line.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range format.OneLine(text) {
		switch r {
		case '\\', '`', '*', '_', '[', ']', '|', '#', '~', '!':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@':
			b.WriteString("&#64;") // Nobody is called by a title.
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
