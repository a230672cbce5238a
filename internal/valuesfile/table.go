package valuesfile

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// Layout is what somebody reads from a file.
type Layout struct {
	Unit       period.Unit // The kind of its periods.
	Calendar   period.Calendar
	FiscalYear period.FiscalYear // "" where the name of a year is ambiguous unless it begins in January.
	Running    bool              // A row counts while its period is running, and not only from its end on.

	Keys     []Key    // The columns of text by which rows differ.
	Numbers  []Number // The columns of numbers, each once.
	Required []string // Those of them that must be there.
	Shared   bool     // A column that nobody reads is allowed.
}

// Key is a column of text.
type Key struct {
	Name     string
	Optional bool       // The file need not have it.
	Empty    bool       // A cell may be empty.
	Lists    [][]string // The texts that there are, as each who lists them does; none takes any.
	Listed   string     // What introduces a list, for the hint: "values are".
	What     string     // What a text must be, for the message: "value of label plan".
}

// Number is a column of numbers.
type Number struct {
	Name string
	In   quantity.Unit // The unit of those who read it.
}

// Table holds the rows of a file as somebody reads them. It never changes. The zero value has no rows.
type Table struct {
	names   []string // The columns, keys first.
	keys    int      // How many of them are keys.
	periods names
	rows    []row // By period, and by the instant from which each is known.

	changes []time.Time // The instants of NextKnown, in order.
	reaches []reach     // In order, each further than the one before.
}

// reach is how far the rows reach from an instant on.
type reach struct{ from, until time.Time }

type row struct {
	window period.Window
	known  time.Time
	key    string // The same for all revisions of a row.
	line   int
	dated  bool  // It says since when it is known.
	values []any // A string, a float64, or nil for nothing, in the order of the names.
}

// Columns returns the names of the columns that Rows gives.
func (t *Table) Columns() []string { return t.names }

// Rows returns the values for the period that begins at an instant, as they were known at another. A value is a string, a float64,
// or nil where there is none.
func (t *Table) Rows(start, known time.Time) [][]any {
	at, _ := slices.BinarySearchFunc(t.rows, start, func(r row, start time.Time) int { return r.window.Start.Compare(start) })
	places := map[string]int{}
	var list [][]any
	for _, r := range t.rows[at:] {
		if !r.window.Start.Equal(start) {
			break
		}
		if r.known.After(known) {
			continue
		}
		if earlier, revised := places[r.key]; revised {
			list[earlier] = r.values
			continue
		}
		places[r.key] = len(list)
		list = append(list, r.values)
	}
	return list
}

// Until returns the end of the last period that had ended at an instant and of which some row was known; zero if there is none.
func (t *Table) Until(known time.Time) time.Time {
	at, found := slices.BinarySearchFunc(t.reaches, known, func(r reach, known time.Time) int { return r.from.Compare(known) })
	if found {
		at++
	}
	if at == 0 {
		return time.Time{}
	}
	return t.reaches[at-1].until
}

// NextKnown returns the first instant after another at which a row becomes known that counts at once, and not from the end of its
// period on; false if there is none.
func (t *Table) NextKnown(after time.Time) (first time.Time, ok bool) {
	at, found := slices.BinarySearchFunc(t.changes, after, time.Time.Compare)
	if found {
		at++
	}
	if at == len(t.changes) {
		return time.Time{}, false
	}
	return t.changes[at], true
}

// index sorts the rows, and finds out when there is more to know.
func (t *Table) index(running bool) {
	slices.SortStableFunc(t.rows, func(a, b row) int {
		return cmp.Or(a.window.Start.Compare(b.window.Start), a.known.Compare(b.known), strings.Compare(a.key, b.key))
	})
	all := make([]reach, 0, len(t.rows))
	for _, r := range t.rows {
		if running || r.known.After(r.window.End) {
			t.changes = append(t.changes, r.known)
		}
		from := r.window.End
		if r.known.After(from) {
			from = r.known
		}
		all = append(all, reach{from, r.window.End})
	}
	slices.SortFunc(t.changes, time.Time.Compare)
	t.changes = slices.Clip(slices.CompactFunc(t.changes, time.Time.Equal))
	slices.SortFunc(all, func(a, b reach) int { return cmp.Or(a.from.Compare(b.from), b.until.Compare(a.until)) })
	for _, r := range all {
		if n := len(t.reaches); n == 0 || r.until.After(t.reaches[n-1].until) {
			t.reaches = append(t.reaches, r)
		}
	}
}

// Names returns the columns of the file, without those that say when a row holds.
func (f *File) Names() []string {
	names := slices.Sorted(maps.Keys(f.places))
	return slices.DeleteFunc(names, func(name string) bool { return name == PeriodColumn || name == KnownColumn || name == "" })
}
