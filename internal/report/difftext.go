package report

import (
	"io"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Text writes the differences for a terminal.
func (d *Diff) Text(w io.Writer) error {
	var b strings.Builder
	wrap(&b, "", d.heading())
	b.WriteString(d.verdict() + ".\n")
	wrap(&b, "", d.basis())
	for _, s := range d.sections() {
		b.WriteString("\n" + strings.ToUpper(s.Title) + "\n")
		for i := range s.Items {
			if err := s.Items[i].text(&b); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (item *diffItem) text(b *strings.Builder) error {
	head := "  " + item.KPI.Name + " (" + Printable(item.KPI.Title) + ")"
	if item.What != "" {
		head += ": " + item.What
	}
	b.WriteString(head + "\n")
	for _, line := range item.Lines {
		wrap(b, "    ", format.Visible(line))
	}
	if err := item.tableText(b); err != nil {
		return err
	}
	for _, block := range item.Texts {
		b.WriteString("    " + block.Key + ":\n")
		for line := range strings.Lines(block.Lines) {
			b.WriteString("    " + visibleLine(line) + "\n")
		}
	}
	return nil
}

// tableText writes the values that differ, if there are any.
func (item *diffItem) tableText(b *strings.Builder) error {
	if len(item.Table) == 0 {
		return nil
	}
	t := newTable(b)
	for i, cells := range item.withoutEmptyColumns() {
		if i == 0 {
			for j := range cells {
				cells[j] = strings.ToUpper(cells[j])
			}
		}
		printRow(t, append([]string{"      " + cells[0]}, cells[1:]...)...)
	}
	err := t.Flush()
	if more := item.more(); more != "" {
		b.WriteString("      " + more + "\n")
	}
	return err
}

// visibleLine returns a line of a text without its end, as Visible does, but with its tabs.
func visibleLine(line string) string {
	parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	for i := range parts {
		parts[i] = format.Visible(parts[i])
	}
	return strings.Join(parts, "\t")
}
