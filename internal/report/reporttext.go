package report

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// textWidth is how many letters a line of text has at most, where words allow it.
const textWidth = 100

// Text writes the report for a terminal.
func (r *Report) Text(w io.Writer) error { return r.writeText(w, r.tableText) }

// writeText writes the report as text, all KPIs in one of two ways.
func (r *Report) writeText(w io.Writer, all func(*strings.Builder) error) error {
	var b strings.Builder
	wrap(&b, "", r.heading())
	b.WriteByte('\n')
	wrap(&b, "", r.Headline+".")
	for _, s := range r.sections() {
		b.WriteString("\n" + strings.ToUpper(s.Title) + "\n")
		if s.empty() {
			b.WriteString("  " + s.Nothing + "\n")
		}
		for i := range s.Entries {
			e := &s.Entries[i]
			wrap(&b, "  "+Shape(e.Status)+" ", e.Sentence)
			if note := e.note(); note != "" {
				wrap(&b, "    ", note)
			}
		}
		if len(s.More) > 0 {
			wrap(&b, "  ", s.moreText())
		}
	}
	r.textDecisions(&b)
	b.WriteString("\nALL KPIS\n")
	if err := all(&b); err != nil {
		return err
	}
	if left := r.leftText(); left != "" {
		b.WriteString("  " + left + "\n")
	}
	b.WriteString("\nHOUSEKEEPING\n")
	duties := r.duties()
	if len(duties) == 0 {
		b.WriteString("  Nothing to do.\n")
	}
	for _, d := range duties {
		for i := range d.Entries {
			wrap(&b, "  - ", d.Entries[i].Sentence)
		}
	}
	b.WriteByte('\n')
	wrap(&b, "", r.footer())
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = format.Visible(lines[i])
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

// tableText writes the samples of all KPIs as a table.
func (r *Report) tableText(b *strings.Builder) error {
	t := newTable(b)
	printRow(t, "  KPI", "LABELS", "VALUE", "PERIOD", "TARGET", "STATUS", "TREND")
	for _, row := range r.rows() {
		printRow(t, "  "+row.Entry.KPI.Title, row.Labels, row.Value, row.Period, row.Target, row.Shape+" "+row.Status, row.Trend)
	}
	return t.Flush()
}

// listText writes the samples of all KPIs as a list, for mails: their letters have any width, and their lines are short.
func (r *Report) listText(b *strings.Builder) error {
	for _, row := range r.rows() {
		name := row.Entry.KPI.Title
		if row.Labels != "" {
			name += " (" + row.Labels + ")"
		}
		said := slices.DeleteFunc([]string{row.Value, row.Target, row.Status}, func(part string) bool { return part == "" })
		wrap(b, "  "+row.Shape+" ", name+": "+strings.Join(said, ", ")+" ("+row.Period+")")
	}
	return nil
}

func (r *Report) textDecisions(b *strings.Builder) {
	b.WriteString("\n" + strings.ToUpper(decisionsTitle) + "\n")
	groups := r.decisions()
	if len(groups) == 0 {
		b.WriteString("  " + noDecisions + "\n")
	}
	for _, g := range groups {
		wrap(b, "  ", g.Title)
		for i := range g.Effects {
			wrap(b, "    "+Shape(g.Effects[i].Status)+" ", g.Effects[i].Sentence)
		}
		if g.Note != "" {
			wrap(b, "    ", g.Note)
		}
	}
	if left := r.leftDecisionsText(); left != "" {
		b.WriteString("  " + left + "\n")
	}
}

// wrap writes a paragraph in lines, the first behind a prefix and the others behind as many blanks.
func wrap(b *strings.Builder, prefix, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(prefix))
	line := prefix
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth {
			b.WriteString(line + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(line + "\n")
}
