package report

import (
	"slices"
	"strconv"
	"unicode"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// room is how much of a report has a place where there is little of it.
type room struct {
	letters int // In a text.
	rows    int // In the table of all samples.
	names   int // In a list of KPIs of which nothing else is said, and entries in a list of the housekeeping.
}

// wide is the room of a report whose texts are all of an ordinary length.
const wide = 600

// maxNames is how many KPIs a message names without saying anything else about them.
const maxNames = 30

// shortened returns the report with what has a place in a room. Each text is one line, without characters that do not print.
func (r *Report) shortened(to room) Report {
	short := *r
	short.Product, short.News, short.Headline = clip(r.Product, maxTitle), clip(r.News, to.letters), clip(r.Headline, to.letters)
	short.names = to.names
	for _, list := range []*[]Entry{&short.Changed, &short.Off, &short.Pace, &short.Unusual, &short.Moves} {
		*list = shortenedEntries(*list, to)
	}
	for _, list := range []*[]Entry{&short.Reviews, &short.Targets, &short.Stale, &short.Failed} {
		left := len(*list) - to.names
		*list = shortenedEntries((*list)[:min(len(*list), to.names)], to)
		if left > 0 {
			*list = append(*list, Entry{Sentence: "And " + strconv.Itoa(left) + " more."})
		}
	}
	short.Decisions = shortenedDecisions(r.Decisions[:min(len(r.Decisions), to.names)], to)
	short.leftDecisions = len(r.Decisions) - len(short.Decisions)
	short.All = shortenedEntries(r.All[:min(len(r.All), to.rows)], to)
	short.left = len(r.All) - len(short.All)
	return short
}

// maxTitle is how many letters of a title, or of the name of an owner, a message has.
const maxTitle = 120

func shortenedEntries(list []Entry, to room) []Entry {
	list = slices.Clone(list)
	kpis := map[*config.KPI]*config.KPI{}
	for i := range list {
		e := &list[i]
		if e.KPI == nil { // It says how many more there are.
			continue
		}
		if kpis[e.KPI] == nil {
			k := *e.KPI
			most := min(maxTitle, to.letters)
			k.Title, k.Owner = clip(k.Title, most), clip(k.Owner, most)
			kpis[e.KPI] = &k
		}
		e.KPI = kpis[e.KPI]
		e.Sentence, e.Why, e.Also = clip(e.Sentence, to.letters), clip(e.Why, to.letters), clip(e.Also, to.letters)
	}
	return list
}

func shortenedDecisions(list []Decided, to room) []Decided {
	entries := make([]Entry, len(list))
	for i := range list {
		entries[i] = list[i].Entry
	}
	entries = shortenedEntries(entries, to)
	decisions := map[*config.Decision]*config.Decision{}
	shortened := func(d *config.Decision) *config.Decision {
		if decisions[d] == nil {
			short := *d
			short.Text, short.Owner = clip(d.ShortText(), to.letters), clip(d.Owner, min(maxTitle, to.letters))
			if len(d.Link) > to.letters {
				short.Link = ""
			}
			decisions[d] = &short
		}
		return decisions[d]
	}
	list = slices.Clone(list)
	for i := range list {
		one := &list[i]
		one.Entry, one.Decision, one.Others = entries[i], shortened(one.Decision), slices.Clone(one.Others)
		for j, other := range one.Others {
			one.Others[j] = shortened(other)
		}
	}
	return list
}

// clip returns a text as one line of at most so many letters, without characters that do not print.
func clip(text string, most int) string {
	var letters []rune
	blank := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			blank = len(letters) > 0
			continue
		case !unicode.IsPrint(r) && r != zeroWidthJoiner && r != zeroWidthNonJoiner:
			continue
		case blank:
			letters = append(letters, ' ')
		}
		letters, blank = append(letters, r), false
		if len(letters) > most {
			return string(letters[:most-1]) + "…"
		}
	}
	return string(letters)
}

// Scripts and emoji need these two, of the characters that do not print.
const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// whole is the room for everything but texts of an unreasonable length.
func (r *Report) whole() room { return room{wide, len(r.All), max(len(r.All), len(r.Decisions))} }

// leftDecisionsText says how many entries of decisions have no place; "" if all have one.
func (r *Report) leftDecisionsText() string {
	if r.leftDecisions == 0 {
		return ""
	}
	return "And " + strconv.Itoa(r.leftDecisions) + " more in the attached page."
}

// leftText says how many rows of the table have no place; "" if all have one.
func (r *Report) leftText() string {
	switch r.left {
	case 0:
		return ""
	case 1:
		return "One more row is in the attached page."
	}
	return strconv.Itoa(r.left) + " more rows are in the attached page."
}
