// Package valuesfile reads values that people keep by hand: CSV with a period, labels and numbers in each row and, if need be,
// since when the row is known. What is wrong has its line and column, and says what to write instead. Which KPIs read a file it
// does not know.
package valuesfile

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// The columns that say when a row holds.
const (
	PeriodColumn = "period"
	KnownColumn  = "known_from"
)

// File is a file as it is written: cells of text, of which the first row names the columns.
type File struct {
	header []cell
	places map[string]int  // The first place of each column, by its name.
	rows   [][]cell        // As long as the header.
	read   map[string]rows // By layout.
}

// cell is one field, without the blanks around it.
type cell struct {
	text         string
	line, column int
}

func (c cell) problem(hint, message string) Problem {
	return Problem{Line: c.line, Column: c.column, Message: message, Hint: hint}
}

// Has reports whether the file has a column.
func (f *File) Has(column string) bool { return f.place(column) >= 0 }

// place returns the place of a column, -1 without one.
func (f *File) place(column string) int {
	if at, ok := f.places[column]; ok {
		return at
	}
	return -1
}

// Parse reads the text of a file. It continues behind what is wrong; the file then holds what could be read. Rows in which nothing
// is written, and columns at the end in which nothing is, count for nothing: spreadsheets leave them behind. Of a file whose first
// line has no column for the period nothing is repeated, since it may be another file, and a secret.
func Parse(text string) (*File, []Problem) {
	text = strings.TrimPrefix(text, "\ufeff")
	if problem, ok := notText(text); !ok {
		return &File{}, []Problem{problem}
	}
	p := &parser{lines: strings.Split(text, "\n")}
	p.read(text)
	return &p.file, p.problems.all()
}

// notText reports a text that has no lines which could be read.
func notText(text string) (p Problem, ok bool) {
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return Problem{Message: "the file is UTF-16", Hint: "save it as UTF-8; Excel calls that CSV UTF-8"}, false
	case strings.ContainsRune(text, 0):
		return Problem{Message: "the file is not text: it holds a zero byte, as files in UTF-16 and spreadsheets do", Hint: "save it as CSV in UTF-8"}, false
	case strings.Contains(text, "\r") && !strings.Contains(text, "\n"):
		return Problem{Message: "its lines end with carriage returns alone, as those of old Macs do", Hint: "save it with the line ends of Unix or Windows"}, false
	}
	return Problem{}, true
}

type parser struct {
	file     File
	lines    []string
	problems problems
	stopped  bool // Nothing that follows can be read.
}

func (p *parser) add(problem Problem) { p.problems.add(problem) }

func (p *parser) read(text string) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	for !p.stopped {
		record, err := r.Read()
		wrong, isParse := errors.AsType[*csv.ParseError](err)
		switch {
		case errors.Is(err, io.EOF):
			if p.file.header == nil && p.problems.count == 0 {
				p.add(Problem{Line: 1, Column: 1, Message: "the file is empty", Hint: "write a first line such as period,value"})
			}
			return
		case isParse && p.file.header == nil:
			p.notValues()
		case isParse:
			p.quotes(wrong)
		case err != nil: // A reader of a text has no other error.
			p.add(Problem{Message: err.Error()})
			return
		default:
			p.record(r, record)
		}
	}
}

// record takes in what the reader has read.
func (p *parser) record(r *csv.Reader, record []string) {
	row := make([]cell, len(record))
	for i, field := range record {
		line, column := r.FieldPos(i)
		row[i] = cell{strings.TrimSpace(field), line, p.characters(line, column)}
	}
	switch {
	case isBlank(row):
	case p.file.header == nil:
		p.header(trimmed(row))
	default:
		p.row(row)
	}
}

// header takes in the first line.
func (p *parser) header(row []cell) {
	switch {
	case strings.HasPrefix(row[0].text, "sep="):
		p.add(row[0].problem("remove it: other programs take it for the names of the columns", "the line sep= is for Excel alone"))
	case p.otherSeparator(row):
	case !slices.ContainsFunc(row, namesPeriod):
		p.notValues()
	default:
		p.file.header, p.file.places = row, make(map[string]int, len(row))
		for i, c := range row {
			if _, twice := p.file.places[c.text]; !twice {
				p.file.places[c.text] = i
			}
		}
	}
}

// namesPeriod reports whether a cell was meant to name the column of the period. What has other characters than words is of another file.
func namesPeriod(c cell) bool {
	isWords := !strings.ContainsFunc(c.text, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != ' ' })
	return c.text == PeriodColumn || isWords && document.Nearest(c.text, PeriodColumn) != ""
}

// notValues reports a file that was named by mistake.
func (p *parser) notValues() {
	p.stopped = true
	p.add(Problem{
		Message: "this is not a file of values: its first line has no column " + PeriodColumn,
		Hint:    "write a first line with the names of the columns, such as period,value",
	})
}

// characters returns which character of a line begins at a byte, both counted from 1.
func (p *parser) characters(line, at int) int {
	if line < 1 || line > len(p.lines) {
		return 1
	}
	text := p.lines[line-1]
	return 1 + utf8.RuneCountInString(text[:min(max(at-1, 0), len(text))])
}

// quotes reports quotes that do not fit.
func (p *parser) quotes(wrong *csv.ParseError) {
	line := min(max(wrong.Line, 1), len(p.lines))
	problem := Problem{
		Line: line, Column: p.characters(line, wrong.Column),
		Message: `a " inside a value`, Hint: `put the whole value in quotes, and write "" for each " in it`,
	}
	if errors.Is(wrong.Err, csv.ErrQuote) {
		problem.Message = `a value in quotes does not end before the next comma`
		if wrong.Line != wrong.StartLine || strings.Count(p.lines[line-1], `"`)%2 != 0 {
			problem.Line, problem.Column = min(max(wrong.StartLine, 1), len(p.lines)), 1
			problem.Message, problem.Hint = `a " is missing: a value in quotes that begins on this line does not end`, `write the " behind the value`
		}
	}
	p.add(problem)
}

// otherSeparator reports a file whose columns are not separated by commas; the rest of it would only be wrong in many places.
func (p *parser) otherSeparator(header []cell) bool {
	if len(header) > 1 {
		return false
	}
	for separator, name := range map[string]string{";": "semicolons", "\t": "tabs"} {
		before, after, found := strings.Cut(header[0].text, separator)
		if !found || !slices.ContainsFunc(strings.Split(before+separator+after, separator), func(text string) bool { return namesPeriod(cell{text: strings.TrimSpace(text)}) }) {
			continue
		}
		p.stopped = true
		p.add(Problem{
			Line: header[0].line, Column: header[0].column + utf8.RuneCountInString(before),
			Message: "the columns are separated by " + name + ", as spreadsheets of some countries write them",
			Hint:    "separate them by commas, and write numbers with a decimal point: export the sheet as CSV with the field separator comma",
		})
		return true
	}
	return false
}

// row keeps a row that has as many columns as the first one.
func (p *parser) row(row []cell) {
	width := len(p.file.header)
	for len(row) > width && row[len(row)-1].text == "" {
		row = row[:len(row)-1]
	}
	if len(row) == width {
		p.file.rows = append(p.file.rows, row)
		return
	}
	problem := row[0].problem("write a comma for each column, also behind an empty value",
		"the row has "+columns(len(row))+", but the first line has "+strconv.Itoa(width))
	if len(row) > width {
		problem.Hint = "a comma begins the next column: write 1200 for 1,200, and quotes around a text with a comma"
	}
	p.add(problem)
}

func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return strconv.Itoa(n) + " columns"
}

func isBlank(row []cell) bool {
	return !slices.ContainsFunc(row, func(c cell) bool { return c.text != "" })
}

// trimmed returns a row without the empty columns at its end.
func trimmed(row []cell) []cell {
	for len(row) > 0 && row[len(row)-1].text == "" {
		row = row[:len(row)-1]
	}
	return row
}
