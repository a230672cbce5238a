package document

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// Include returns the files that a list of patterns names, each once, without the file itself: in the order of the patterns, those
// of one sorted. It reports patterns that are wrong or match nothing, and files that may not be read; it returns false if a file that
// is named is not there, or may not be read.
func (d *File) Include(patterns Field[[]string]) (names []string, ok bool) {
	if !patterns.OK {
		return nil, true
	}
	ok = true
	seen := map[string]bool{filepath.Clean(d.path): true}
	for i, pattern := range patterns.Value {
		item := Resolve(Resolve(patterns.Node).Content[i])
		if !strings.ContainsAny(pattern, "*?[\\") && d.outside(item, pattern, d.Path(pattern)) {
			ok = false
			continue
		}
		matches, hidden, err := d.Glob(pattern)
		switch {
		case err != nil:
			d.Fail(item, "", "%s is not a pattern of file names", Quote(pattern))
		case len(matches) == 0 && hidden > 0:
			d.Warn("empty_include", item, "a hidden file or folder matches only where the pattern itself begins its name with a dot",
				"no file matches %s", Quote(pattern))
		case len(matches) == 0 && strings.ContainsAny(pattern, "*?["):
			hint := "the pattern is relative to the file that contains it"
			if strings.Contains(pattern, "**") {
				hint = "** is one *: write a pattern per depth of folders, such as kpis/*.yaml and kpis/*/*.yaml"
			}
			d.Warn("empty_include", item, hint, "no file matches %s", Quote(pattern))
		case len(matches) == 0 && strings.Contains(pattern, "{"):
			d.Fail(item, "write a list of patterns, without braces", "%s: %s", d.report.from.Name(d.Path(pattern)), fs.ErrNotExist)
			ok = false
		case len(matches) == 0:
			d.Fail(item, "the path is relative to the file that contains it", "%s: %s", d.report.from.Name(d.Path(pattern)), fs.ErrNotExist)
			ok = false
		}
		for _, name := range matches {
			clean := filepath.Clean(name)
			switch {
			case seen[clean]:
				continue
			case d.outside(item, d.report.from.Name(name), name):
				ok = false
			default:
				names = append(names, name)
			}
			seen[clean] = true
		}
	}
	return names, ok
}
