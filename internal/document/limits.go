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

// fits counts a text among those that were read. It returns false, and does not count it, if there is no room.
func (r *Report) fits(text string) bool {
	if r.size+len(text) > maxTotalSize {
		return false
	}
	r.size += len(text)
	return true
}

var errTotal = errors.New("all files together are larger than 64 MB, the most that is read")

// isBounded counts the marks of a file before it is read as YAML. If there are too many, that is an error, and the file is not counted.
func (d *File) isBounded() bool {
	all := d.report.marks
	for i := range d.starts {
		line := d.Line(i + 1)
		all++
		for j := range len(line) {
			if isMark(line[j:]) {
				all++
			}
			if all > maxMarks {
				at, column := d.Place(d.starts[i] + j)
				d.FailAt(at, column, "write SQL into files of its own with query_file, or let several exporters read a main file each",
					fmt.Sprintf("all YAML files together have more than %d lines, commas, colons and brackets up to here, the most that is read", maxMarks))
				return false
			}
		}
	}
	d.report.marks = all
	return true
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
