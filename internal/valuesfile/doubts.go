package valuesfile

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// The checks of what is in a table.
const (
	EarlyRow        = "early_row"
	MissingRow      = "missing_row"
	UndatedRevision = "undated_revision"
)

// Doubts returns what is odd about rows that are values, as of now, one problem of a kind at most: the line on which it was found first,
// and how many others there are. Lines of 1 are about the file.
func (t *Table) Doubts(now time.Time) []Problem {
	if len(t.rows) == 0 {
		return []Problem{{Line: 1, Column: 1, Check: MissingRow, Message: "the file has no rows yet", Hint: "write one for the last period that has ended"}}
	}
	list := append(t.early(now), t.holes(now)...)
	return append(list, t.undated()...)
}

// doubts makes one problem of those of one kind: the first in the file.
func doubts(list []Problem) []Problem {
	if len(list) == 0 {
		return nil
	}
	first := slices.MinFunc(list, func(a, b Problem) int { return a.Line - b.Line })
	first.Column = 1
	switch n := len(list) - 1; n {
	case 0:
	case 1:
		first.Message += ", as does another row"
	default:
		first.Message += ", as do " + strconv.Itoa(n) + " other rows"
	}
	return []Problem{first}
}

// early finds rows that are known before their period has ended, and periods that lie ahead.
func (t *Table) early(now time.Time) []Problem {
	var known, ahead []Problem
	for _, r := range t.rows {
		switch {
		case r.dated && r.known.Before(r.window.End):
			known = append(known, Problem{
				Line: r.line, Check: EarlyRow, Hint: "is the year of period and known_from right? The row counts from the end of its period on",
				Message: "the row of " + t.name(r.window.Start) + " has a known_from before the period ends",
			})
		case r.window.Start.After(now):
			ahead = append(ahead, Problem{
				Line: r.line, Check: EarlyRow, Hint: "is its period right?",
				Message: "the row of " + t.name(r.window.Start) + " lies in the future",
			})
		}
	}
	return append(doubts(known), doubts(ahead)...)
}

// holes finds periods without a row between others, and the rows that the newest period has not, but the one before has.
func (t *Table) holes(now time.Time) []Problem {
	type newest struct {
		row
		keys []string
	}
	var before, last newest
	var missing []Problem
	for _, r := range t.rows {
		switch {
		case r.known.After(now) || r.window.End.After(now):
			continue
		case last.line > 0 && r.window.Start.Equal(last.window.Start):
			last.keys = append(last.keys, r.key)
			continue
		case last.line > 0 && r.window.Start.After(last.window.End):
			missing = append(missing, Problem{
				Line: r.line, Column: 1, Check: MissingRow, Hint: "write it, or set on_empty: zero if nothing happened",
				Message: "there is no row of " + t.name(last.window.End) + ", the period after " + t.name(last.window.Start),
			})
		}
		before, last = last, newest{r, []string{r.key}}
	}
	if len(missing) > 0 {
		return missing[len(missing)-1:]
	}
	for _, key := range before.keys {
		if !slices.Contains(last.keys, key) {
			return []Problem{{
				Line: last.line, Column: 1, Check: MissingRow, Hint: "write it, or leave the value empty if there is none",
				Message: "the newest period, " + t.name(last.window.Start) + ", has no row with " + t.labels(key) + ", but the one before has",
			}}
		}
	}
	return nil
}

// undated finds rows without known_from that stand below a revision of theirs that has one.
func (t *Table) undated() []Problem {
	var list []Problem
	dated := map[identity]row{} // The first line of each.
	id := func(r row) identity { return identity{start: r.window.Start.UnixNano(), key: r.key} }
	for _, r := range t.rows {
		if first, ok := dated[id(r)]; r.dated && (!ok || r.line < first.line) {
			dated[id(r)] = r
		}
	}
	for _, r := range t.rows {
		if first, ok := dated[id(r)]; ok && !r.dated && first.line < r.line {
			list = append(list, Problem{
				Line: r.line, Check: UndatedRevision, Hint: "write since when it is known",
				Message: "the row of " + t.name(r.window.Start) + " has no known_from and counts from the end of its period on, but revises one that has",
			})
		}
	}
	return doubts(list)
}

// labels returns the labels of a key in words: plan=basic.
func (t *Table) labels(key string) string {
	var words []string
	for i, text := range strings.Split(strings.TrimSuffix(key, "\x00"), "\x00") {
		words = append(words, t.names[i]+"="+document.CutShort(text))
	}
	return strings.Join(words, ", ")
}
