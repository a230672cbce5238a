package valuesfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// reader turns the cells of a file into a table.
type reader struct {
	*File
	Layout
	names           names
	period, known   int
	columns         []column          // Those of the table.
	seen            map[identity]int  // The line of a row.
	same            map[string]string // Texts of cells, each kept once.
	windows         map[string]period.Window
	problems        problems // Errors.
	warnings        problems
	table           *Table
	headerOK        bool // Nothing is wrong with the first line.
	askedFiscalYear bool
}

// column is one of a table.
type column struct {
	place int
	key   *Key          // Nil for a column of numbers.
	unit  quantity.Unit // For numbers.
}

// nameSet is names in their order, each once.
type nameSet struct {
	names []string
	has   map[string]bool
}

// add adds a name, and reports whether it is new.
func (s *nameSet) add(name string) bool {
	if s.has[name] {
		return false
	}
	if s.has == nil {
		s.has = map[string]bool{}
	}
	s.has[name] = true
	s.names = append(s.names, name)
	return true
}

// identity is what two rows may not have in common.
type identity struct {
	start, known int64
	key          string
}

// rows are what a layout makes of a file, whoever requires which columns.
type rows struct {
	table    *Table
	problems []Problem
}

// Table returns the rows as a layout has them, and what is wrong with them. Layouts that differ only in what they require share
// one table.
func (f *File) Table(l Layout) (*Table, []Problem) {
	r := f.reader(l)
	if !r.findColumns() {
		return r.table, r.all()
	}
	required := l.Required
	l.Required = nil
	key := fmt.Sprintf("%t %+v", r.headerOK, l)
	shared, ok := f.read[key]
	if !ok {
		l.Required = required
		shared = r.readRows()
		if f.read == nil {
			f.read = map[string]rows{}
		}
		f.read[key] = shared
	}
	return shared.table, append(r.all(), shared.problems...)
}

func (f *File) reader(l Layout) *reader {
	periods := names{l.Unit, l.Calendar, l.FiscalYear}
	return &reader{
		File: f, Layout: l, names: periods, seen: map[identity]int{}, same: map[string]string{}, windows: map[string]period.Window{},
		table: &Table{periods: periods},
	}
}

// readRows reads all rows once the columns have been found.
func (r *reader) readRows() rows {
	of := *r
	of.problems, of.warnings = problems{}, problems{}
	for _, cells := range of.rows {
		of.readRow(cells)
	}
	of.table.index(of.Running)
	return rows{of.table, of.all()}
}

func (r *reader) all() []Problem { return append(r.problems.all(), r.warnings.all()...) }

func (r *reader) fail(c cell, hint, format string, args ...any) {
	r.problems.add(c.problem(hint, fmt.Sprintf(format, args...)))
}

// findColumns finds the columns, and reports those that are missing, unknown or there twice. It returns whether rows can be read: to
// report what is wrong with them, or to keep them.
func (r *reader) findColumns() bool {
	if len(r.header) == 0 {
		return false
	}
	known, required := r.expected()
	missing := r.absent(required)
	absent := strings.Join(r.absent(known), " ")
	for i, c := range r.header {
		switch first := r.place(c.text); {
		case c.text == "":
			r.fail(c, "write its name in the first line, or remove the column", "column %d has no name", i+1)
		case first < i:
			r.fail(c, "remove one of them", "there are two columns %s", document.Quote(c.text))
		case !known.has[c.text]:
			missing = r.unknown(c, absent, missing)
		}
	}
	for _, name := range missing {
		r.fail(r.header[0], "the first line names the columns: "+strings.Join(required.names, ","), "there is no column %s", document.Quote(name))
	}
	r.period, r.known = r.place(PeriodColumn), r.place(KnownColumn)
	r.addColumns()
	r.headerOK = r.problems.count == 0
	return r.period >= 0
}

// expected returns the columns that the file may have, and those that it must have.
func (r *reader) expected() (known, required nameSet) {
	known.add(PeriodColumn)
	known.add(KnownColumn)
	required.add(PeriodColumn)
	for _, k := range r.Keys {
		known.add(k.Name)
		if !k.Optional {
			required.add(k.Name)
		}
	}
	for _, n := range r.Numbers {
		known.add(n.Name)
	}
	for _, name := range r.Required {
		required.add(name)
	}
	return known, required
}

// absent returns the names of columns that the file does not have.
func (r *reader) absent(of nameSet) []string {
	return slices.DeleteFunc(slices.Clone(of.names), r.Has)
}

// unknown reports a column that nobody reads. It returns the columns that are missing without the one that this was meant to be.
func (r *reader) unknown(c cell, absent string, missing []string) []string {
	for _, name := range missing {
		if hint := document.Nearest(c.text, name); hint != "" {
			r.fail(c, hint, "no KPI reads column %s", document.Quote(c.text))
			return slices.DeleteFunc(missing, func(other string) bool { return other == name })
		}
	}
	hint := document.Nearest(c.text, absent)
	const use = "list it in labels:, name it as the value: of a KPI, or leave it out"
	if hint == "" && r.Shared {
		p := c.problem(use, "no KPI reads column "+document.Quote(c.text))
		p.Check = "unused_column"
		r.warnings.add(p)
		return missing
	}
	r.fail(c, cmp.Or(hint, use), "no KPI reads column %s", document.Quote(c.text))
	return missing
}

// addColumns adds those columns to the table that the file has, each once: first the keys, then the numbers.
func (r *reader) addColumns() {
	var names nameSet
	for i := range r.Keys {
		if k := &r.Keys[i]; r.Has(k.Name) && names.add(k.Name) {
			r.columns = append(r.columns, column{place: r.place(k.Name), key: k})
		}
	}
	r.table.keys = len(r.columns)
	for _, n := range r.Numbers {
		if r.Has(n.Name) && names.add(n.Name) {
			r.columns = append(r.columns, column{place: r.place(n.Name), unit: n.In})
		}
	}
	r.table.names = names.names
}

// readRow reads one row, and keeps it if nothing is wrong with it.
func (r *reader) readRow(cells []cell) {
	failed := r.problems.count
	at := cells[r.period]
	w := r.window(at)
	next := row{window: w, known: w.End, line: at.line, values: make([]any, len(r.columns))}
	if r.known >= 0 && cells[r.known].text != "" {
		var err error
		next.dated = true
		if next.known, err = period.ParseTime(cells[r.known].text, r.Calendar.Location); err != nil {
			r.fail(cells[r.known], "write a date such as 2026-04-20, or 2026-04-20T09:00:00+02:00", "%s is not a date", document.Quote(cells[r.known].text))
		}
	}
	var key strings.Builder
	for i, column := range r.columns {
		c := cells[column.place]
		if column.key != nil {
			next.values[i] = r.text(column.key, c)
			key.WriteString(c.text + "\x00")
		} else {
			next.values[i] = r.number(c, column.unit)
		}
	}
	next.key = r.once(key.String())
	if r.problems.count > failed || !r.headerOK {
		return
	}
	unique := identity{next.window.Start.UnixNano(), next.known.UnixNano(), next.key}
	if first, twice := r.seen[unique]; twice {
		r.fail(at, "remove one of them, or give the later one known_from: the day from which it counts", "this row is there already, on line %d", first)
		return
	}
	r.seen[unique] = at.line
	r.table.rows = append(r.table.rows, next)
}

// window reads the period of a row.
func (r *reader) window(c cell) period.Window {
	if w, ok := r.windows[c.text]; ok {
		return w
	}
	w, problem, hint := r.names.parse(c.text)
	switch {
	case problem != "":
		r.fail(c, hint, "%s", problem)
		return w
	case r.FiscalYear == "" && r.Calendar.YearStart != time.January && period.NamesYear(c.text):
		r.askFiscalYear(c)
	}
	r.windows[strings.Clone(c.text)] = w
	return w
}

// once returns the same text, of which only one copy stays in memory, without the row that it is from.
func (r *reader) once(text string) string {
	kept, ok := r.same[text]
	if !ok {
		kept = strings.Clone(text)
		r.same[kept] = kept
	}
	return kept
}

// text reads a cell of text; nil where it is empty.
func (r *reader) text(k *Key, c cell) any {
	if c.text == "" {
		if !k.Empty {
			r.fail(c, "write the value, or set null_label", "%s is empty", document.Quote(k.Name))
		}
		return nil
	}
	for _, list := range k.Lists {
		if !slices.Contains(list, c.text) {
			r.fail(c, document.DidYouMean(c.text, strings.Join(list, " "), k.Listed), "%s is not a %s", document.Quote(c.text), k.What)
			break
		}
	}
	return r.once(c.text)
}

// number reads a cell that holds a number; nil where it is empty.
func (r *reader) number(c cell, in quantity.Unit) any {
	if c.text == "" {
		return nil
	}
	value, problem, hint := number(c.text, in)
	if problem != "" {
		r.fail(c, hint, "%s", problem)
		return nil
	}
	if warning, doubtful := thousandsDot(c); doubtful {
		r.warnings.add(warning)
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
