package report

import (
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Report is what there is to say about a product's KPIs as of an instant: a value, which Text, Markdown, HTML and JSON write. Each
// list is complete and in order, so a KPI may be in several.
type Report struct {
	Product  string
	AsOf     time.Time     // In the product's time zone.
	Unit     period.Unit   // How far back "changed" looks: one of these.
	Period   period.Window // The last complete one.
	Headline string        // How many KPIs have each status, and the news.
	News     string        // Which KPIs went off target or came back.
	Counts   Counts

	Changed   []Entry   // Their status is another than a period before.
	Off       []Entry   // Off target or at risk, as a period before; the worst attainment first.
	Pace      []Entry   // Running periods that will miss their target if they continue as they are.
	Unusual   []Entry   // The most unusual first.
	Moves     []Entry   // Changes against the period before, the largest first in units of what is usual.
	Decisions []Decided // What followed the decisions whose effect is due, the oldest decision first.
	All       []Entry   // Every sample, in the order of the file; on a page no more than a KPI has room for.

	Reviews []Entry // Reviews that are due.
	Targets []Entry // Targets that end, or are missing.
	Stale   []Entry // KPIs that wait for data.
	Failed  []Entry // KPIs that could not be evaluated.

	Definitions   string  // Identifies what the KPIs compute.
	Judged        int     // How many series were judged for what is unusual.
	FalseMentions float64 // How many of them are expected to be called unusual by chance.
	Link          string  // Dashboard with all KPIs; "" if there is none.

	names, left   int // Where there is little room: how many names stand in a list, 0 for all, and how many rows have no place.
	said          wording
	leftDecisions int // How many entries of decisions have no place.
}

// Entry is what a report says about one KPI or, in some lists, of one of its label sets.
type Entry struct {
	KPI           *config.KPI
	Labels        []string // Values, in the order of config.KPI.LabelNames; nil for a total.
	Value, Target *float64 // In the KPI's unit; nil where there is none, or it is withheld.
	Status        status.Status
	Reason        status.UnknownReason // Why the status is unknown, else "".
	Parts         Counts               // How many label sets have which status.
	Sentence      string
	Why           string // What moved it, in one line; "" if that is not known.
	Also          string // In Changed and Off: that the value is unusual too; else "".
	Link          string // Where there is more about it; "" if that is nowhere.
	Moved         []Part // What moved it, the largest first; none if that is not known.
	Past          Past   // What it was over the last periods.

	Usual   *analysis.Interval // In Unusual: where an ordinary value would lie.
	Z       *float64           // In Unusual: how far it lies from what was expected; nil if nothing varied before.
	Delta   *float64           // In Moves: by how much it changed.
	Size    *float64           // In Moves: how much that is in usual changes; nil if it never changed before.
	Mention bool               // It is worth a place above the table.
	Left    int                // In All: how many more label sets of the KPI there are; the entry has nothing else.

	text cells // In All: the row in words.
	said wording
}

// cells are a row of the table of all samples in words.
type cells struct {
	Row
	period string
}

// Counts are how many KPIs, or label sets of one, have each status.
type Counts struct{ Off, AtRisk, On, Unknown, NoTarget int }

func (c *Counts) add(s status.Status) {
	switch s {
	case status.OffTarget:
		c.Off++
	case status.AtRisk:
		c.AtRisk++
	case status.OnTarget:
		c.On++
	case status.Unknown:
		c.Unknown++
	case status.NoTarget:
		c.NoTarget++
	}
}

// New makes the report of a survey, whose earlier instant is a period of that unit before.
func New(cfg *config.Config, s insight.Survey, unit period.Unit) Report {
	return newReport(cfg, s, unit, written)
}

// NewSpoken makes the same report with times and numbers as people write them, for pages: "March 2026", not "2026-03". For a KPI with more
// than 100 label sets, All has the worst.
func NewSpoken(cfg *config.Config, s insight.Survey, unit period.Unit) Report {
	r := newReport(cfg, s, unit, spoken)
	r.typeset()
	return r
}

func newReport(cfg *config.Config, s insight.Survey, unit period.Unit, said wording) Report {
	d := begin(cfg, s.AsOf, unit, said)
	for i := range s.KPIs {
		d.Add(&s.KPIs[i])
	}
	return d.Report()
}

// LinkTo has every entry lead to the address of its KPI.
func (r *Report) LinkTo(address func(k *config.KPI) string) {
	for _, list := range [][]Entry{r.Changed, r.Off, r.Pace, r.Unusual, r.Moves, r.All} {
		for i := range list {
			list[i].Link = address(list[i].KPI)
		}
	}
	for i := range r.Decisions {
		r.Decisions[i].Link = address(r.Decisions[i].KPI)
	}
}

// LinkAllTo has every entry that stands for label sets without one lead to the address of all label sets of its KPI.
func (r *Report) LinkAllTo(address func(k *config.KPI) string) {
	for i := range r.All {
		if e := &r.All[i]; e.Left > 0 {
			e.Link = address(e.KPI)
		}
	}
}

// Before returns the instant a period of a unit before another, at the same local time.
func Before(asOf time.Time, unit period.Unit, c period.Calendar) time.Time {
	switch unit {
	case period.Day:
		return c.DaysBefore(asOf, 1)
	case period.Week:
		return c.DaysBefore(asOf, 7)
	case period.Quarter:
		return c.MonthsBefore(asOf, 3)
	}
	return c.MonthsBefore(asOf, 1)
}

// subject is a KPI while a report is made.
type subject struct {
	*insight.Surveyed
	now, before Verdict
	series      []insight.Series  // None if there are too many parts.
	found       []insight.Unusual // What is to be said about the newest value of each.
	running     bool              // A period to date: it stands only in Pace and in the table.
	said        wording
}

func newSubject(s *insight.Surveyed, said wording) subject {
	series, _ := s.History.Series()
	return subject{
		Surveyed: s, now: VerdictOf(&s.Now), before: VerdictOf(&s.Before), series: series, found: s.History.Unusual(),
		running: s.KPI.Period.Kind == period.ToDate, said: said,
	}
}

// gone reports whether nothing is known of the KPI now, since its evaluation failed or its values went stale: what its past says then has no
// place beside its status.
func (s *subject) gone() bool {
	if len(s.Now.Samples) == 0 {
		return s.now.Failed
	}
	return !slices.ContainsFunc(s.Now.Samples, func(one collector.Sample) bool { return one.Reason != status.Stale })
}

// Verdict is the status of a KPI: that of the worst of its samples.
type Verdict struct {
	Status status.Status
	Reason status.UnknownReason // Why the status is unknown, if no sample says so; else "".
	Worst  *collector.Sample    // Nil without samples.
	Parts  Counts               // How many label sets have which status.
	Failed bool
}

// VerdictOf judges a KPI by its worst sample of which something is known. One that failed and has no samples is unknown, with a target or
// without.
func VerdictOf(r *collector.Result) Verdict {
	v := Verdict{Status: status.NoTarget, Failed: r.Failure != nil}
	if v.Failed || r.KPI.Target != nil && len(r.Samples) == 0 {
		v.Status = status.Unknown
	}
	if !v.Failed && len(r.Samples) == 0 && v.Status == status.Unknown {
		v.Reason = status.NoValue
		if r.Incomplete {
			v.Reason = status.DataLate
		}
	}
	for i := range r.Samples {
		s := &r.Samples[i]
		v.Parts.add(s.Status)
		if v.Worst == nil || worse(s, v.Worst) {
			v.Worst, v.Status, v.Reason = s, s.Status, s.Reason
		}
	}
	return v
}

// worse reports whether a sample is worse than another: by its status and, if that is the same, by its attainment.
func worse(s, than *collector.Sample) bool {
	if a, b := severity(s.Status), severity(than.Status); a != b {
		return a > b
	}
	a, b := s.Details().Attainment, than.Details().Attainment
	return a != nil && (b == nil || *a < *b)
}

// CompareWorst orders samples, the worst first.
func CompareWorst(a, b *collector.Sample) int {
	switch {
	case worse(a, b):
		return -1
	case worse(b, a):
		return 1
	}
	return 0
}

// WorstFirst returns samples with the worst first; those that are alike keep their order.
func WorstFirst(samples []collector.Sample) []*collector.Sample {
	list := make([]*collector.Sample, len(samples))
	for i := range samples {
		list[i] = &samples[i]
	}
	slices.SortStableFunc(list, CompareWorst)
	return list
}

// severity orders the statuses: what is known before what is not, and that before what has no target.
func severity(s status.Status) int {
	switch s {
	case status.OffTarget:
		return 4
	case status.AtRisk:
		return 3
	case status.OnTarget:
		return 2
	case status.Unknown:
		return 1
	}
	return 0
}

func missed(s status.Status) bool { return s == status.OffTarget || s == status.AtRisk }
