package backfill

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Summary returns in one line what was done with so many KPIs, and where it was written.
func (r Report) Summary(where string, kpis int) string {
	whose := "one KPI"
	if kpis != 1 {
		whose = fmt.Sprintf("%d KPIs", kpis)
	}
	text := fmt.Sprintf("%s: %s of %s: %d done", where, format.Count(r.Total, "step"), whose, r.Earlier+r.Done)
	if r.Earlier > 0 {
		text += fmt.Sprintf(" (%d by an earlier run)", r.Earlier)
	}
	text += fmt.Sprintf(", %d failed", r.Failed)
	if r.Incomplete > 0 {
		text += fmt.Sprintf(", %d without data yet", r.Incomplete)
	}
	if n := r.Total - r.Earlier - r.Done - r.Incomplete - r.Failed; n > 0 {
		text += fmt.Sprintf(", %d not tried", n)
	}
	return text + fmt.Sprintf("; %d samples", r.Samples)
}

// SkipReason returns in a sentence why a KPI has no history to evaluate.
func SkipReason(k *config.KPI) string {
	whose := "its query"
	if k.Formula != nil {
		at := slices.IndexFunc(k.Reads(), func(read *config.KPI) bool { return !read.HasPast() })
		whose = "it reads " + k.Reads()[at].Name + ", whose query"
	}
	return fmt.Sprintf("KPI %q is left out: %s never reads :as_of or a period, so every instant of the past would get today's number", k.Name, whose)
}

// Summary returns in one line what was compared with a server.
func (v Verification) Summary(server string) string {
	return fmt.Sprintf("%d periods compared, %d not in %s; %d numbers differ, %d steps failed", v.Compared, v.NotHeld, server, v.Differences, v.Failed)
}

// mostListed is how many KPIs are listed as missing.
const mostListed = 10

// DroppedText returns in lines what a server has dropped of so many KPIs, and why that may be.
func DroppedText(server string, list []Dropped, kpis int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s accepted samples of %s and dropped some, of %d of them:\n", server, format.Count(kpis, "KPI"), len(list))
	for i, d := range list {
		if i == mostListed {
			fmt.Fprintf(&b, "  … and %d more\n", len(list)-i)
			break
		}
		fmt.Fprintf(&b, "  %s: %s\n", d.KPI, d.text())
	}
	if slices.ContainsFunc(list, Dropped.isOther) {
		b.WriteString("  hint: where other values are held, such as those of an earlier definition, nothing that is sent takes their place: write the KPI to a file with " +
			"--output and --replace, which deletes them first.\n")
	}
	b.WriteString("  hint: VictoriaMetrics drops what is older than its -retentionPeriod, one month by default: start it with -retentionPeriod=2y, for example. " +
		"Prometheus drops what is older than out_of_order_time_window, and deletes what is older than --storage.tsdb.retention.time.")
	return b.String()
}

// UnreadText returns in lines which KPIs a server has not told of in time.
func UnreadText(server string, names []string) string {
	listed := strings.Join(names[:min(len(names), mostListed)], ", ")
	if more := len(names) - mostListed; more > 0 {
		listed += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%s did not answer within a minute, so %s could not be read back: %s\n"+
		"  hint: the samples were accepted: run backfill with --verify, and without --remote-write, to compare them later",
		server, format.Count(len(names), "KPI"), listed)
}

// isOther reports whether other values may be held of an instant than were sent: the server has samples from the first on.
func (d Dropped) isOther() bool {
	return !d.Nothing && !d.Since.After(d.First) && (d.NoFirst || d.NoLast)
}

func (d Dropped) text() string {
	first, last := d.First.Format(time.RFC3339), d.Last.Format(time.RFC3339)
	var said []string
	switch {
	case d.Nothing:
		return "sent from " + first + " to " + last + ", nothing is held"
	case d.Since.After(d.First):
		said = append(said, "sent from "+first+", held only from "+d.Since.Format(time.RFC3339))
	case d.NoFirst:
		said = append(said, "not all that was sent as of "+first+" is held")
	}
	if d.NoLast {
		said = append(said, "not all that was sent as of "+last+" is held")
	}
	return strings.Join(said, "; ")
}

// DifferenceTable writes differences as a table, and nothing if there are none.
type DifferenceTable struct {
	rows *tabwriter.Writer
	cfg  *config.Config
	head bool // It is written.
}

// NewDifferenceTable returns a table of differences between KPIs of the file and what a server holds.
func NewDifferenceTable(w io.Writer, cfg *config.Config) *DifferenceTable {
	return &DifferenceTable{rows: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0), cfg: cfg}
}

// Add adds a row.
func (t *DifferenceTable) Add(d Difference) {
	if !t.head {
		t.head = true
		_, _ = fmt.Fprintln(t.rows, "KPI\tLABELS\tPERIOD START\tPERIOD END\tMETRIC\tOLD\tNEW")
	}
	zone := t.cfg.KPI(d.KPI).Calendar.Location
	at := func(t time.Time) string { return t.In(zone).Format(time.RFC3339) }
	_, _ = fmt.Fprintf(t.rows, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.KPI, format.Visible(d.Labels), at(d.Window.Start), at(d.Window.End), d.Metric,
		cmp.Or(format.Exact(d.Old), "none"), cmp.Or(format.Exact(d.New), "none"))
}

// Flush writes the table.
func (t *DifferenceTable) Flush() {
	_ = t.rows.Flush() // Nobody is left to report to.
}
