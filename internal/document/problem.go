package document

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Position is a place in a file; lines and columns count from 1, columns in characters.
type Position struct {
	File         string // As the user named it, or relative to what the user named.
	Line, Column int    // 0 when the file as a whole is meant.
}

// String returns file:line:column, or the file alone.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Problem is one thing wrong, or worth a warning, at one place in a file.
type Problem struct {
	Position
	Message string // One sentence, lower case, no full stop.
	Hint    string // What to write instead, "" if there is nothing to say.
	Source  string // The line as it is in the file, with what may be secret masked; "" if there is none to show.
	Warning bool   // It stops nothing.
	Check   string // The ID of the check that finds it, by which a warning is switched off; "" for an error.
}

// String returns the problem as check prints it, on one to four lines without a line break at the end:
//
//	kpi.yaml:12:5: unknown key "lables"
//	  12 |     lables: [plan]
//	     |     ^
//	  hint: did you mean `labels`?
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Position.String())
	b.WriteString(": ")
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Check != "" {
		b.WriteString(" [" + p.Check + "]")
	}
	if p.Source != "" {
		number := strconv.Itoa(p.Line)
		b.WriteString("\n  " + number + " | " + p.Source)
		b.WriteString("\n  " + strings.Repeat(" ", len(number)) + " | " + blank(p.Source, p.Column-1) + "^")
	}
	if p.Hint != "" {
		b.WriteString("\n  hint: " + p.Hint)
	}
	return b.String()
}

// blank returns what takes as much room on a terminal as the first n characters of line: tabs stay tabs.
func blank(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n <= 0 {
			break
		}
		n--
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Problems are all that is wrong with a configuration, sorted by file and place. It is the error that Load returns.
type Problems []Problem //nolint:errname // It is a list of problems first, and an error where there are any.

// Error returns every problem in full, one after the other.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// Sorted returns the problems in order, each once: what one file sets for many KPIs is reported once.
func (ps Problems) Sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Hint, b.Hint),
		)
	})
	return slices.Compact(ps)
}
