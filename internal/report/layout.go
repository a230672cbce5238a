package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// mostAbove is how many KPIs have a place above the table.
const mostAbove = 7

// section is a part of a report above the table, as people read it.
type section struct {
	ID, Title string
	Entries   []Entry  // With a place.
	More      []string // Titles of the KPIs for which there is no room.
	Unnamed   int      // How many more there are.
	Nothing   string   // What it says if it is empty.
}

// sections lays out what stands above the table: each KPI once, at its highest place, and seven in all. One for which there was no room
// is named again if it is unusual, since nothing has said so.
func (r *Report) sections() []section {
	list := []section{
		{ID: "changed", Title: "Changed status", Entries: r.Changed, Nothing: "No status changed."},
		{ID: "off", Title: "Still off target or at risk", Entries: r.Off, Nothing: r.nothingOff()},
		{ID: "pace", Title: "Pace", Entries: r.Pace, Nothing: "No running period is behind its pace."},
		{ID: "unusual", Title: "Unusual", Entries: r.Unusual, Nothing: nothing("Nothing unusual.", "Nothing else is unusual.", r.Unusual)},
		{ID: "moves", Title: "Other moves", Entries: r.Moves, Nothing: nothing("Nothing moved much.", "Nothing else moved much.", r.Moves)},
	}
	seen := map[string]bool{}
	without := map[string]bool{} // The KPIs of the sections before for which there was no room.
	placed := 0
	for i := range list {
		s := &list[i]
		all := s.Entries
		var left []string
		s.Entries = nil
		for j := range all {
			e := &all[j]
			if e.Mention && s.ID == "unusual" && without[e.KPI.Name] {
				s.More = append(s.More, e.KPI.Title+" (named above)")
				delete(without, e.KPI.Name)
				continue
			}
			if !e.Mention || seen[e.KPI.Name] {
				continue
			}
			seen[e.KPI.Name] = true
			if placed == mostAbove {
				s.More = append(s.More, e.KPI.Title)
				left = append(left, e.KPI.Name)
				continue
			}
			placed++
			s.Entries = append(s.Entries, *e)
		}
		for _, name := range left {
			without[name] = true
		}
		if r.names > 0 && len(s.More) > r.names {
			s.More, s.Unnamed = s.More[:r.names], len(s.More)-r.names
		}
	}
	return list
}

// nothing returns what an empty section says: that there is nothing or, where entries of it have a higher place, nothing else.
func nothing(text, textElse string, entries []Entry) string {
	if slices.ContainsFunc(entries, func(e Entry) bool { return e.Mention }) {
		return textElse
	}
	return text
}

// nothingOff is what the section of the KPIs that still miss their target says if it is empty.
func (r *Report) nothingOff() string {
	switch {
	case slices.ContainsFunc(r.Changed, func(e Entry) bool { return missed(e.Status) }):
		return "Nothing else misses its target."
	case r.Counts.Off+r.Counts.AtRisk == 0:
		return "Nothing misses its target."
	}
	return "Nothing still misses its target." // A running period does, or what failed before.
}

// empty reports whether there is nothing to say but that.
func (s *section) empty() bool { return len(s.Entries)+len(s.More) == 0 }

// moreText names the KPIs for which there is no room: "And 2 more: Revenue, ARR.", or "There is no room for 2 more: Revenue, ARR.".
func (s *section) moreText() string {
	text := strconv.Itoa(len(s.More)+s.Unnamed) + " more: " + strings.Join(s.More, ", ")
	if s.Unnamed > 0 {
		text += " and " + strconv.Itoa(s.Unnamed) + " others"
	}
	text += "."
	if len(s.Entries) > 0 {
		return "And " + text
	}
	return "There is no room for " + text
}

// duty is a list of the housekeeping, as people read it.
type duty struct {
	Title   string
	Entries []Entry
}

// duties lays out the housekeeping; lists without entries are left out.
func (r *Report) duties() []duty {
	var list []duty
	for _, d := range []duty{{"Failed", r.Failed}, {"Waiting for data", r.Stale}, {"Targets", r.Targets}, {"Reviews", r.Reviews}} {
		if len(d.Entries) > 0 {
			list = append(list, d)
		}
	}
	return list
}

// heading says what the report is of: "Larkspur: KPIs as of 2026-11-29 12:00 UTC, compared with a week earlier".
func (r *Report) heading() string {
	text := "KPIs as of " + r.AsOf.Format(format.Minute+" MST") + ", compared with a " + r.Unit.String() + " earlier"
	if r.Product != "" {
		return r.Product + ": " + text
	}
	return text
}

// footer says what the report was made with, and how far it may be trusted.
func (r *Report) footer() string {
	return r.provenance() + " What moved a KPI is arithmetic, not proof of cause."
}

// provenance says what the report was made with, and how many of its mentions are expected to be due to chance.
func (r *Report) provenance() string {
	judged := "No series was judged for unusual values."
	if r.Judged > 0 {
		expected := "fewer than one"
		if n := math.Round(r.FalseMentions); n >= 1 {
			expected = "about " + format.Digits(n)
		}
		judged = "Of " + strconv.Itoa(r.Judged) + " series judged for unusual values, expect " + expected + " to be mentioned by chance."
	}
	return "Definitions " + r.Definitions + ". " + judged
}

// note is what stands behind the sentence of an entry: why, and who answers for it.
func (e *Entry) note() string {
	text := e.Why
	if e.Also != "" {
		text = strings.TrimPrefix(text+" "+e.Also, " ")
	}
	if e.KPI.Owner != "" {
		if text != "" {
			text += " "
		}
		text += "Owner: " + e.KPI.Owner + "."
	}
	return text
}

// Shape is the mark of a status, so that colour alone never tells it.
func Shape(s status.Status) string {
	switch s {
	case status.OnTarget:
		return "●"
	case status.AtRisk:
		return "▲"
	case status.OffTarget:
		return "■"
	case status.Unknown:
		return "○"
	}
	return "–"
}

// row is a line of the table of all samples.
type row struct {
	Entry  *Entry
	Labels string // "plan=pro region=eu".
	Value  string // Or why there is none.
	Period string // What was measured.
	Target string
	Shape  string
	Status string
	Trend  string // As block letters.
}

// rows lays out the table of all samples.
func (r *Report) rows() []row {
	list := make([]row, len(r.All))
	for i := range r.All {
		e := &r.All[i]
		list[i] = row{
			Entry: e, Labels: e.text.Labels, Value: e.text.Value, Period: e.text.period,
			Target: e.text.Target, Shape: Shape(e.Status), Status: e.text.Status, Trend: Sparkline(e.Past.Values),
		}
		if e.text.Labels != "" {
			list[i].Labels = Printable(e.text.Labels)
		}
	}
	return list
}
