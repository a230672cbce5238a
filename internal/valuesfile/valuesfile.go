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
	"unicode/utf8"
)

// The columns that say when a row holds.
const (
	PeriodColumn = "period"
	KnownColumn  = "known_from"
)

// Problem is one thing that is wrong with a file, or doubtful. Lines and columns count from 1, columns in characters.
type Problem struct {
	Line, Column  int
	Message, Hint string
	Check         string // The ID of the check that finds it; "" for an error.
}

// File is a file as it is written: cells of text, of which the first row names the columns.
type File struct {
	header []cell
	rows   [][]cell // As long as the header.
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
	return slices.IndexFunc(f.header, func(c cell) bool { return c.text == column })
}

// Parse reads the text of a file. It continues behind what is wrong; the file then holds what could be read. Rows in which nothing
// is written, and columns at the end in which nothing is, count for nothing: spreadsheets leave them behind.
func Parse(text string) (*File, []Problem) {
	p := &parser{lines: strings.Split(text, "\n")}
	p.read(strings.TrimPrefix(text, "\ufeff"))
	return &p.file, p.problems
}

type parser struct {
	file     File
	lines    []string
	problems []Problem
}

func (p *parser) add(problem Problem) { p.problems = append(p.problems, problem) }

func (p *parser) read(text string) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		wrong, isParse := errors.AsType[*csv.ParseError](err)
		switch {
		case errors.Is(err, io.EOF):
			if p.file.header == nil && len(p.problems) == 0 {
				p.add(Problem{Line: 1, Column: 1, Message: "the file is empty", Hint: "write a first line such as period,value"})
			}
			return
		case isParse:
			p.quotes(wrong)
			continue
		case err != nil: // A reader of a text has no other error.
			p.add(Problem{Line: 1, Column: 1, Message: err.Error()})
			return
		}
		row := make([]cell, len(record))
		for i, field := range record {
			line, column := r.FieldPos(i)
			row[i] = cell{strings.TrimSpace(field), line, p.characters(line, column)}
		}
		switch {
		case isBlank(row):
		case p.file.header == nil:
			if p.otherSeparator(row) {
				return
			}
			p.file.header = trimmed(row)
		default:
			p.row(row)
		}
	}
}

// characters returns which character of a line begins at a byte, both counted from 1.
func (p *parser) characters(line, at int) int {
	if line < 1 || line > len(p.lines) {
		return 1
	}
	text := strings.TrimPrefix(p.lines[line-1], "\ufeff")
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
		if at := strings.Index(header[0].text, separator); at >= 0 {
			at := utf8.RuneCountInString(header[0].text[:at])
			p.add(Problem{
				Line: header[0].line, Column: header[0].column + at,
				Message: "the columns are separated by " + name + ", as spreadsheets of some countries write them",
				Hint:    "separate them by commas, and write numbers with a decimal point: export the sheet as CSV with the field separator comma",
			})
			return true
		}
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
