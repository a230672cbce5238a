package valuesfile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// Layout is what somebody reads from a file.
type Layout struct {
	Unit       period.Unit // The kind of its periods.
	Calendar   period.Calendar
	FiscalYear period.FiscalYear // "" where the name of a year is ambiguous unless it begins in January.

	Keys     []Key    // The columns of text by which rows differ.
	Numbers  []string // The columns of numbers.
	Required []string // Those of them that must be there.
	In       quantity.Unit
	Shared   bool // A column that nobody reads is allowed.
}

// Key is a column of text.
type Key struct {
	Name     string
	Optional bool                                     // The file need not have it.
	Empty    bool                                     // A cell may be empty.
	Check    func(text string) (hint string, ok bool) // Whether a text is one of those that there are; nil takes any.
	What     string                                   // What a text must be, for the message: "value of label plan".
}

// Table holds the rows of a file as somebody reads them. It never changes. The zero value has no rows.
type Table struct {
	names []string // The columns, keys first.
	rows  []row    // By period, and by the instant from which each is known.
}

type row struct {
	window period.Window
	known  time.Time
	key    string // The same for all revisions of a row.
	values []any  // A string, a float64, or nil for nothing, in the order of the names.
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

// Until returns the end of the last period of which some row was known at an instant; zero if there is none.
func (t *Table) Until(known time.Time) time.Time {
	for _, r := range slices.Backward(t.rows) {
		if !r.known.After(known) {
			return r.window.End
		}
	}
	return time.Time{}
}

// NextKnown returns the first instant after another at which a row becomes known whose period has ended before; false if there is
// none.
func (t *Table) NextKnown(after time.Time) (first time.Time, ok bool) {
	for _, r := range t.rows {
		if r.known.After(after) && r.known.After(r.window.End) && (!ok || r.known.Before(first)) {
			first, ok = r.known, true
		}
	}
	return first, ok
}

// String returns the rows as text that is the same for tables that give the same.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q\n", t.names)
	for _, r := range t.rows {
		for i, at := range []time.Time{r.window.Start, r.window.End, r.known} {
			b.WriteString([]string{"", " to ", " known from "}[i] + at.UTC().Format(time.RFC3339Nano))
		}
		b.WriteByte(':')
		for _, v := range r.values {
			fmt.Fprintf(&b, " %#v", v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// reader turns the cells of a file into a table.
type reader struct {
	*File
	Layout
	names           names
	period, known   int
	columns         []int // The places of the columns of the table.
	seen            map[string]cell
	problems        []Problem // Errors.
	warnings        []Problem
	table           *Table
	headerOK        bool // Nothing is wrong with the first line.
	askedFiscalYear bool
}

// Table returns the rows as a layout has them, and what is wrong with them.
func (f *File) Table(l Layout) (*Table, []Problem) {
	r := &reader{File: f, Layout: l, names: names{l.Unit, l.Calendar, l.FiscalYear}, seen: map[string]cell{}, table: &Table{}}
	if r.findColumns() {
		for _, cells := range f.rows {
			r.read(cells)
		}
		slices.SortStableFunc(r.table.rows, func(a, b row) int {
			return cmp.Or(a.window.Start.Compare(b.window.Start), a.known.Compare(b.known), strings.Compare(a.key, b.key))
		})
	}
	return r.table, append(r.problems, r.warnings...)
}

func (r *reader) fail(c cell, hint, format string, args ...any) {
	r.problems = append(r.problems, c.problem(hint, fmt.Sprintf(format, args...)))
}

// findColumns finds the columns, and reports those that are missing, unknown or there twice. It returns whether rows can be read: to
// report what is wrong with them, or to keep them.
func (r *reader) findColumns() bool {
	if len(r.header) == 0 {
		return false
	}
	known, required := r.expected()
	missing := slices.DeleteFunc(slices.Clone(required), r.Has)
	for i, c := range r.header {
		switch first := r.place(c.text); {
		case c.text == "":
			r.fail(c, "write its name in the first line, or remove the column", "column %d has no name", i+1)
		case first < i:
			r.fail(c, "remove one of them", "there are two columns %s", document.Quote(c.text))
		case !slices.Contains(known, c.text):
			missing = r.unknown(c, known, missing)
		}
	}
	for _, name := range missing {
		r.fail(r.header[0], "the first line names the columns: "+strings.Join(required, ","), "there is no column %s", document.Quote(name))
	}
	r.period, r.known = r.place(PeriodColumn), r.place(KnownColumn)
	for _, k := range r.Keys {
		r.addColumn(k.Name)
	}
	for _, name := range r.Numbers {
		r.addColumn(name)
	}
	r.headerOK = len(r.problems) == 0
	return r.period >= 0
}

// expected returns the columns that the file may have, and those that it must have.
func (r *reader) expected() (known, required []string) {
	add := func(list *[]string, name string) {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	known, required = []string{PeriodColumn, KnownColumn}, []string{PeriodColumn}
	for _, k := range r.Keys {
		add(&known, k.Name)
		if !k.Optional {
			add(&required, k.Name)
		}
	}
	for _, name := range r.Numbers {
		add(&known, name)
	}
	for _, name := range r.Required {
		add(&required, name)
	}
	return known, required
}

// unknown reports a column that nobody reads. It returns the columns that are missing without the one that this was meant to be.
func (r *reader) unknown(c cell, known, missing []string) []string {
	for _, name := range missing {
		if hint := document.Nearest(c.text, name); hint != "" {
			r.fail(c, hint, "no KPI reads column %s", document.Quote(c.text))
			return slices.DeleteFunc(missing, func(other string) bool { return other == name })
		}
	}
	absent := slices.DeleteFunc(slices.Clone(known), r.Has)
	hint := document.Nearest(c.text, strings.Join(absent, " "))
	const use = "list it in labels:, name it as the value: of a KPI, or leave it out"
	if hint == "" && r.Shared {
		p := c.problem(use, "no KPI reads column "+document.Quote(c.text))
		p.Check = "unused_column"
		r.warnings = append(r.warnings, p)
		return missing
	}
	hint = cmp.Or(hint, use)
	r.fail(c, hint, "no KPI reads column %s", document.Quote(c.text))
	return missing
}

// addColumn adds a column to the table, if the file has it.
func (r *reader) addColumn(name string) {
	if at := r.place(name); at >= 0 && !slices.Contains(r.table.names, name) {
		r.table.names = append(r.table.names, name)
		r.columns = append(r.columns, at)
	}
}

// read reads one row, and keeps it if nothing is wrong with it.
func (r *reader) read(cells []cell) {
	failed := len(r.problems)
	at := cells[r.period]
	w, problem, hint := r.names.parse(at.text)
	if problem != "" {
		r.fail(at, hint, "%s", problem)
	} else if r.FiscalYear == "" && r.Calendar.YearStart != time.January && period.NamesYear(at.text) {
		r.askFiscalYear(at)
	}
	next := row{window: w, known: w.End, values: make([]any, len(r.columns))}
	if r.known >= 0 && cells[r.known].text != "" {
		var err error
		if next.known, err = period.ParseTime(cells[r.known].text, r.Calendar.Location); err != nil {
			r.fail(cells[r.known], "write a date such as 2026-04-20, or 2026-04-20T09:00:00+02:00", "%s is not a date", document.Quote(cells[r.known].text))
		}
	}
	var key strings.Builder
	for i, place := range r.columns {
		c := cells[place]
		if k := r.key(r.table.names[i]); k != nil {
			next.values[i] = r.text(k, c)
			key.WriteString(c.text + "\x00")
		} else {
			next.values[i] = r.number(c)
		}
	}
	next.key = key.String()
	if len(r.problems) > failed || !r.headerOK {
		return
	}
	unique := strconv.FormatInt(next.window.Start.UnixNano(), 10) + " " + strconv.FormatInt(next.known.UnixNano(), 10) + "\x00" + next.key
	if first, twice := r.seen[unique]; twice {
		r.fail(at, "remove one of them, or give the later one known_from: the day from which it counts", "this row is there already, on line %d", first.line)
		return
	}
	r.seen[unique] = at
	r.table.rows = append(r.table.rows, next)
}

func (r *reader) key(name string) *Key {
	for i := range r.Keys {
		if r.Keys[i].Name == name {
			return &r.Keys[i]
		}
	}
	return nil
}

// text reads a cell of text; nil where it is empty.
func (r *reader) text(k *Key, c cell) any {
	if c.text == "" {
		if !k.Empty {
			r.fail(c, "write the value, or set null_label", "%s is empty", document.Quote(k.Name))
		}
		return nil
	}
	if k.Check != nil {
		if hint, ok := k.Check(c.text); !ok {
			r.fail(c, hint, "%s is not a %s", document.Quote(c.text), k.What)
		}
	}
	return c.text
}

// number reads a cell that holds a number; nil where it is empty.
func (r *reader) number(c cell) any {
	if c.text == "" {
		return nil
	}
	value, problem, hint := number(c.text, r.In)
	if problem != "" {
		r.fail(c, hint, "%s", problem)
		return nil
	}
	if warning, doubtful := thousandsDot(c); doubtful {
		r.warnings = append(r.warnings, warning)
	}
	return value
}

// askFiscalYear reports, once, the name of a year or a quarter that the KPI file leaves ambiguous.
func (r *reader) askFiscalYear(c cell) {
	if r.askedFiscalYear {
		return
	}
	r.askedFiscalYear = true
	starts, _, _ := period.NamedByStart.Span(c.text, r.Calendar)
	ends, _, _ := period.NamedByEnd.Span(c.text, r.Calendar)
	r.fail(c, fmt.Sprintf("in the KPI file write beside year_start fiscal_year: start if %s begins on %s, or fiscal_year: end if it begins on %s",
		c.text, starts.Format(time.DateOnly), ends.Format(time.DateOnly)),
		"%s is ambiguous: the year begins in %s, and its name may be that of the year in which it starts or ends", c.text, r.Calendar.YearStart)
}

// Names returns the columns of the file, without those that say when a row holds.
func (f *File) Names() []string {
	names := map[string]bool{}
	for _, c := range f.header {
		if c.text != PeriodColumn && c.text != KnownColumn && c.text != "" {
			names[c.text] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
