package document

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// Pattern names files that a file includes.
type Pattern struct {
	Text string
	Node *Node
	Keep bool // Whatever is wrong with one of the files is wrong with that file alone.
}

// Included is a file that a pattern names.
type Included struct {
	Path string
	Node *Node // Where the pattern is.
	Keep bool
}

// Include returns the files that a list of patterns names, each once, without the file itself: in the order of the patterns, those
// of one sorted. It reports patterns that are wrong or match nothing, and returns false if a file that is named is not there.
func (d *File) Include(patterns []Pattern) (found []Included, ok bool) {
	ok = true
	seen := map[string]bool{filepath.Clean(d.path): true}
	d.report.include(d.path)
	for _, pattern := range patterns {
		for _, name := range d.matches(pattern, &ok) {
			if clean := filepath.Clean(name); !seen[clean] {
				seen[clean] = true
				found = append(found, Included{name, pattern.Node, pattern.Keep})
				d.report.include(name)
			}
		}
	}
	return found, ok
}

// matches returns the files that one pattern names. It sets ok to false if a file that is named is not there.
func (d *File) matches(pattern Pattern, ok *bool) []string {
	text, item := pattern.Text, pattern.Node
	wild := strings.ContainsAny(text, "*?[")
	if !wild && (pattern.Keep || d.outside(item, text, d.Path(text))) {
		if pattern.Keep { // It is reported when it is read.
			return []string{d.Path(text)}
		}
		*ok = false
		return nil
	}
	names, hidden, err := d.Glob(text)
	missing := d.report.from.Name(d.Path(text))
	switch {
	case err != nil:
		d.Fail(item, "", "%s is not a pattern of file names", Quote(text))
	case len(names) == 0 && hidden > 0:
		d.Warn("empty_include", item, "a hidden file or folder matches only where the pattern itself begins its name with a dot",
			"no file matches %s", Quote(text))
	case len(names) == 0 && wild:
		hint := "the pattern is relative to the file that contains it"
		if strings.Contains(text, "**") {
			hint = "** is one *: write a pattern per depth of folders, such as kpis/*.yaml and kpis/*/*.yaml"
		}
		d.Warn("empty_include", item, hint, "no file matches %s", Quote(text))
	case len(names) == 0 && strings.Contains(text, "{"):
		d.Fail(item, "write a list of patterns, without braces", "%s: %s", missing, fs.ErrNotExist)
		*ok = false
	case len(names) == 0:
		d.Fail(item, isRelative, "%s: %s", missing, fs.ErrNotExist)
		*ok = false
	}
	return names
}

// include notes a file that is read as one that includes others or is included, by the first path that leads to it.
func (r *Report) include(path string) {
	if at := r.real(path); r.included[at] == "" {
		r.included[at] = path
	}
}
