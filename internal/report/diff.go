package report

import (
	"cmp"
	"io"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/kpidiff"
	"github.com/kpi-exporter/kpi_exporter/internal/linediff"
)

// maxDiffRows is how many rows of values a KPI shows.
const maxDiffRows = 20

// Diff is in what two KPI files differ, and what was compared.
type Diff struct {
	*kpidiff.Diff
	Old, New string    // The files, as the user named them.
	AsOf     time.Time // Zero where no values were compared.
	Periods  int       // How many, up to AsOf.
}

// JSON writes the differences for programs.
func (d *Diff) JSON(w io.Writer) error {
	return writeJSON(w, d.Diff)
}

// diffSection is a part of the differences, as people read it.
type diffSection struct {
	Title string
	Items []diffItem
}

// diffItem is what is said about one KPI.
type diffItem struct {
	KPI    *config.KPI
	What   string      // In what it differs.
	Lines  []string    // Facts.
	Texts  []diffBlock // Texts of several lines.
	Table  [][]string  // Values that differ, below a head; nil without any.
	Hidden int         // Rows that are not shown.
}

// diffBlock is the lines by which two texts differ.
type diffBlock struct{ Key, Lines string }

// heading names what is compared.
func (d *Diff) heading() string { return "KPIs of " + d.New + " compared with " + d.Old }

// verdict reports whether the files do something else.
func (d *Diff) verdict() string {
	effects := 0
	for i := range d.Changed {
		if d.Changed[i].Effect() {
			effects++
		}
	}
	var parts []string
	for _, n := range []struct {
		n    int
		verb string
	}{{len(d.Added), "added"}, {len(d.Removed), "removed"}, {effects, "changed"}} {
		if n.n > 0 {
			parts = append(parts, format.Count(n.n, "KPI")+" "+n.verb)
		}
	}
	others := len(d.Changed) - effects
	switch {
	case len(parts) == 0 && others == 0:
		return "No effect: the KPIs are the same"
	case len(parts) == 0:
		return "No effect: " + format.Count(others, "KPI") + " defined or described differently"
	case others > 0:
		return "Effect: " + format.And(parts) + "; " + format.Count(others, "other KPI") + " without effect"
	}
	return "Effect: " + format.And(parts)
}

// basis says what the verdict is based on.
func (d *Diff) basis() string {
	if d.AsOf.IsZero() {
		return "Definitions were compared, and no database was read. Add --connect to compare values and statuses."
	}
	return "Values and statuses were compared in the last " + format.Several(d.Periods, "period") + " as of " + d.AsOf.Format(format.Minute+" MST") + "."
}

// sections lays out the differences; those without any are left out.
func (d *Diff) sections() []diffSection {
	added, removed := diffSection{Title: "Added"}, diffSection{Title: "Removed"}
	for i := range d.Added {
		added.Items = append(added.Items, entryItem(&d.Added[i], "removed"))
	}
	for i := range d.Removed {
		removed.Items = append(removed.Items, entryItem(&d.Removed[i], "added"))
	}
	definitions, targets, wording := diffSection{Title: "Definitions changed"}, diffSection{Title: "Targets changed"}, diffSection{Title: "Wording only"}
	for i := range d.Changed {
		c := &d.Changed[i]
		s := map[kpidiff.Kind]*diffSection{kpidiff.Computes: &definitions, kpidiff.Judges: &targets, kpidiff.Wording: &wording}[c.Section()]
		s.Items = append(s.Items, d.changeItem(c))
	}
	var list []diffSection
	for _, s := range []diffSection{removed, added, definitions, targets, wording} {
		if len(s.Items) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// entryItem says what comes or goes with a KPI.
func entryItem(e *kpidiff.Entry, otherwise string) diffItem {
	item := diffItem{KPI: e.KPI}
	fact := func(name string, list []string) {
		if len(list) > 0 {
			item.Lines = append(item.Lines, name+": "+strings.Join(list, ", "))
		}
	}
	fact("series", e.Families)
	fact("labels", e.KPI.LabelNames())
	fact("alerts", e.Alerts)
	fact("dashboards", e.Dashboards)
	readers := make([]string, len(e.ReadBy))
	for i, r := range e.ReadBy {
		readers[i] = r.Name + " (now without it)"
		if len(r.Now) > 0 {
			readers[i] = r.Name + " (now reads " + strings.Join(r.Now, ", ") + ")"
		}
	}
	fact("formulas that read it", readers)
	if e.Twin != "" {
		item.Lines = append(item.Lines, "computes the same as "+e.Twin+", which is "+otherwise+": if it was renamed, history, links and silences stay with the old name")
	}
	return item
}

// changeItem says in what a KPI differs, and what that does to its values.
func (d *Diff) changeItem(c *kpidiff.Change) diffItem {
	item := diffItem{KPI: c.New}
	keys := make([]string, len(c.Details))
	for i := range c.Details {
		detail := &c.Details[i]
		keys[i] = detail.Key
		switch detail.Key {
		case "values_file":
			item.Texts = append(item.Texts, diffBlock{detail.Key, rowLines(detail.Old, detail.New)})
		case "query", "data_until", "description", "decisions":
			item.Texts = append(item.Texts, diffBlock{detail.Key, diffLines(detail)})
		case "input":
			item.Lines = append(item.Lines, "input: "+detail.New+" changed")
		case "comments":
			item.Lines = append(item.Lines, "comments: only the comments or the layout of the SQL changed")
		default:
			item.Lines = append(item.Lines, detail.Key+": "+fromTo(detail.Old, detail.New))
		}
		if before, after := planRows(c.Old), planRows(c.New); detail.Key == "target" && before != after {
			item.Texts = append(item.Texts, diffBlock{"plan", rowLines(before, after)})
		}
	}
	item.What = strings.Join(keys, ", ")
	if c.IsEvaluated() && !d.AsOf.IsZero() {
		item.Lines = append(item.Lines, valuesText(c))
		item.Table, item.Hidden = valuesTable(c)
	}
	return item
}

// diffLines returns the lines by which two texts differ. A text that is not there has no lines, not an empty one.
func diffLines(d *kpidiff.Detail) string {
	lines := linediff.Lines(d.Old, d.New)
	switch {
	case d.Old == "":
		return strings.Replace(lines, "  - \n", "", 1)
	case d.New == "":
		return strings.Replace(lines, "  + \n", "", 1)
	}
	return lines
}

// rowLines returns the rows of files by which two tables differ. The number of a line says nothing: the file has another order.
func rowLines(before, after string) string {
	var b strings.Builder
	for line := range strings.Lines(diffLines(&kpidiff.Detail{Old: strings.TrimSpace(before), New: strings.TrimSpace(after)})) {
		if !strings.HasPrefix(line, "  line ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// planRows returns the rows of the file that a target follows; "" without any.
func planRows(k *config.KPI) string {
	if k.Target == nil || k.Target.Values == nil {
		return ""
	}
	return k.Target.Values.String()
}

// fromTo writes what changed on one line.
func fromTo(before, after string) string {
	word := func(text string) string { return cmp.Or(strings.Join(strings.Fields(text), " "), "not set") }
	if word(before) == word(after) {
		return word(after) + "; what changed is not in this sentence"
	}
	return word(before) + " → " + word(after)
}

// valuesText says in how many periods values and statuses are the same.
func valuesText(c *kpidiff.Change) string {
	n := c.Values.Count()
	if n.Failed == n.All {
		return "Neither file could be evaluated."
	}
	if !c.Values.Shared() {
		return "The periods are others: those of the two files begin or end at other instants, and no values were compared."
	}
	text := "Same values in " + of(n.Same, n.All)
	if n.Empty > 0 {
		text += "; no value in either file in " + of(n.Empty, n.All)
	}
	if n.Failed > 0 {
		text += "; neither file could be evaluated in " + of(n.Failed, n.All)
	}
	if n.Statuses > 0 {
		text += "; another status in " + of(n.Statuses, n.All)
	}
	if n.Bounds > 0 {
		text += "; another target in " + of(n.Bounds, n.All)
	}
	return text + "."
}

// of writes a share of periods: "6 of 6 periods", "1 of 1 period".
func of(n, all int) string { return format.Number(float64(n)) + " of " + format.Count(all, "period") }

// valuesTable lists the rows in which a value or a status differs.
func valuesTable(c *kpidiff.Change) (table [][]string, hidden int) {
	if !c.Values.Shared() && c.Values.Count().Failed == 0 { // Each period would be there twice.
		return nil, 0
	}
	for i := range c.Values.Periods {
		p := &c.Values.Periods[i]
		for j := range p.Rows {
			row := &p.Rows[j]
			switch {
			case row.SameValue() && row.SameStatus() && p.Old != nil && p.New != nil:
			case len(table) > maxDiffRows:
				hidden++
			default:
				if table == nil {
					table = [][]string{{"period", "labels", "old", "new", "change", "status"}}
				}
				table = append(table, valuesRow(c, p, row))
			}
		}
	}
	return table, hidden
}

func valuesRow(c *kpidiff.Change, p *kpidiff.Period, row *kpidiff.Row) []string {
	k := c.New
	if p.New == nil {
		k = c.Old
	}
	labels := ""
	if len(row.Labels) > 0 {
		labels = Printable(format.Labels(row.Names, row.Labels))
	}
	change := ""
	if before, after := row.Old, row.New; before != nil && after != nil && before.Value != nil && after.Value != nil && c.Old.Unit == c.New.Unit && !row.SameValue() {
		change = Signed(k.Unit, *after.Value-*before.Value)
	}
	oldValue, oldStatus := sideText(p.Old, row.Old)
	newValue, newStatus := sideText(p.New, row.New)
	status := newStatus
	if oldStatus != newStatus {
		status = oldStatus + " → " + newStatus
	}
	return []string{format.Window(k.Period, p.Window), labels, oldValue, newValue, change, status}
}

// sideText returns the value and the status of one file in words.
func sideText(r *collector.Result, s *collector.Sample) (value, status string) {
	const none = "–"
	switch {
	case r == nil:
		return none, "not measured"
	case s != nil:
		return ValueText(r.KPI, *s), StatusText(*r, *s)
	case r.Failure != nil:
		return none, "failed: " + string(r.Failure.Reason)
	}
	return none, "no row"
}
