package document

import (
	"path/filepath"
	"unicode/utf8"
)

const isRelative = "the path is relative to the file that contains it"

// Named returns the file that a value of this one names, by the path that the value has. It is read once, however many values name it;
// found gets its name each time. It is nil, and the reason is reported, if it cannot be read or may not be.
func (d *File) Named(n *Node, what string, found func(name string)) (named *File, written string) {
	path := d.Text(n, what)
	at := d.Path(path.Value)
	if !path.OK || d.outside(path.Node, path.Value, at) {
		return nil, ""
	}
	if d.report.included[d.report.real(at)] != "" {
		path.Fail("name a file of its own", "%s is a KPI file, and would be read for something else here", Quote(path.Value))
		return nil, ""
	}
	if known := d.report.files[d.report.Name(at)]; known != nil {
		found(known.Name)
		return known, path.Value
	}
	named, err := d.report.Read(at, true)
	if err != nil {
		relative := ""
		if !filepath.IsAbs(path.Value) {
			relative = isRelative
		}
		path.Fail(hintOf(at, err, relative), "%s: %s", named.Name, err)
		return nil, ""
	}
	found(named.Name)
	return named, path.Value
}

// IsUTF8 reports whether the text is UTF-8. The first byte that is not is an error.
func (d *File) IsUTF8() bool {
	if utf8.ValidString(d.Content) {
		return true
	}
	line, column := d.Place(firstInvalid(d.Content))
	d.FailAt(line, column, "save the file as UTF-8", "a byte that is not UTF-8")
	return false
}

// firstInvalid returns where the first byte is that is not UTF-8; the length of the text if all of it is UTF-8.
func firstInvalid(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return len(text)
}
