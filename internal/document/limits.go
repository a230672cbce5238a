package document

import (
	"errors"
	"fmt"
)

// maxTotalSize is how many bytes all files of a report may have: they stay in memory, twice during a reload.
const maxTotalSize = 64 << 20

// maxMarks is how many lines, commas, colons, brackets and dashes of lists the YAML files of a report may have. A value takes up to 230 bytes
// of memory while YAML is read, in as little as two bytes of text, and none is without such a mark. A definition with its SQL has about 50.
const maxMarks = 500_000

// maxLine is how many bytes a line of YAML may have, times its marks: for every value of a line, the line is read from its beginning.
const (
	maxLine  = 20_000_000
	fewMarks = 100 // So many it may have in any case: text in quotes has none or a few.
)

// fits counts a text among those that were read. It returns false, and does not count it, if there is no room.
func (r *Report) fits(text string) bool {
	if r.size+len(text) > maxTotalSize {
		return false
	}
	r.size += len(text)
	return true
}

var errTotal = errors.New("all files together are larger than 64 MB, the most that is read")

// isBounded counts the marks of a file before it is read as YAML. If there are too many, in all or in a line, that is an error, and the file
// is not counted.
func (d *File) isBounded() bool {
	all := d.report.marks
	for i := range d.starts {
		line := d.Line(i + 1)
		marks := 1
		for j := range len(line) {
			if isMark(line[j:]) {
				marks++
			}
			switch {
			case all+marks > maxMarks:
				d.failMarks(i+1, j, "write SQL into files of its own with query_file, or let several exporters read a main file each",
					fmt.Sprintf("all YAML files together have more than %d lines, commas, colons and brackets up to here, the most that is read", maxMarks))
				return false
			case marks > fewMarks && marks*len(line) > maxLine:
				d.failMarks(i+1, j, "break the line: lists and mappings in brackets may have several",
					fmt.Sprintf("a line of %d bytes has more than %d commas, colons and brackets up to here, and reading it would take too long", len(line), marks-2))
				return false
			}
		}
		all += marks
	}
	d.report.marks = all
	return true
}

// failMarks reports an error at an offset in a line.
func (d *File) failMarks(number, offset int, hint, message string) {
	line, column := d.Place(d.starts[number-1] + offset)
	d.FailAt(line, column, hint, message)
}

// isMark reports whether a text begins with what begins or separates values.
func isMark(text string) bool {
	switch text[0] {
	case ',', ':', '[', '{':
		return true
	case '-', '?':
		return len(text) == 1 || text[1] == ' ' || text[1] == '\t' || text[1] == '\r'
	}
	return false
}
