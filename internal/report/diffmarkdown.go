package report

import (
	"io"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Markdown writes the differences as the comment on a pull request.
func (d *Diff) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("### " + markdown(d.heading()) + "\n\n**" + markdown(d.verdict()) + ".** " + markdown(d.basis()) + "\n")
	for _, s := range d.sections() {
		b.WriteString("\n#### " + s.Title + "\n")
		for i := range s.Items {
			s.Items[i].markdown(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (item *diffItem) markdown(b *strings.Builder) {
	b.WriteString("\n**" + markdown(item.KPI.Title) + "** (`" + item.KPI.Name + "`)")
	if item.What != "" {
		b.WriteString(": " + markdown(item.What))
	}
	b.WriteString("\n\n")
	for _, line := range item.Lines {
		b.WriteString("- " + markdown(line) + "\n")
	}
	for i, cells := range item.withoutEmptyColumns() {
		for j := range cells {
			cells[j] = markdown(cells[j])
		}
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", len(cells)) + "\n")
		}
	}
	if more := item.more(); more != "" {
		b.WriteString("\n" + more + "\n")
	}
	for _, block := range item.Texts {
		b.WriteString("\n" + markdown(block.Key) + ":\n\n" + fencedDiff(block.Lines))
	}
}

// fencedDiff returns lines of a difference as a block of code, behind more backticks than stand in it.
func fencedDiff(lines string) string {
	fence := "```"
	for strings.Contains(lines, fence) {
		fence += "`"
	}
	var b strings.Builder
	for line := range strings.Lines(lines) {
		b.WriteString(visibleLine(strings.TrimPrefix(line, "  ")) + "\n") // Signs are coloured at the beginning of a line.
	}
	return fence + "diff\n" + b.String() + fence + "\n"
}

// withoutEmptyColumns returns a copy of the table without the columns in which no row has anything.
func (item *diffItem) withoutEmptyColumns() [][]string {
	if len(item.Table) == 0 {
		return nil
	}
	table := make([][]string, len(item.Table))
	for column := range item.Table[0] {
		if !slices.ContainsFunc(item.Table[1:], func(row []string) bool { return row[column] != "" }) {
			continue
		}
		for i, row := range item.Table {
			table[i] = append(table[i], row[column])
		}
	}
	return table
}

// more says how many rows are not shown; "" for none.
func (item *diffItem) more() string {
	if item.Hidden == 0 {
		return ""
	}
	return "… and " + format.Count(item.Hidden, "other row") + "; --format json has all of them."
}
