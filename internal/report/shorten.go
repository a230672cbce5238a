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
func (r *Report) whole() room { return room{wide, len(r.All), len(r.All)} }

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
