package document

import (
	"errors"
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
	Err  error // Why nobody knows which files are in a folder, with Keep; nil for a file.
}

// Include returns the files that a list of patterns names, each once, without the file itself: in the order of the patterns, those
// of one sorted. It reports patterns that are wrong or match nothing, and returns false if a file that is named is not there or a folder
// cannot be read.
func (d *File) Include(patterns []Pattern) (found []Included, ok bool) {
	ok = true
	seen := map[string]bool{filepath.Clean(d.path): true}
	d.report.include(d.path)
	for _, pattern := range patterns {
		names, unread := d.matches(pattern, &ok)
		for _, folder := range unread {
			if !seen[folder.Path] {
				seen[folder.Path] = true
				found = append(found, Included{folder.Path, pattern.Node, pattern.Keep, folder.Err})
			}
		}
		for _, name := range names {
			if clean := filepath.Clean(name); !seen[clean] {
				seen[clean] = true
				found = append(found, Included{name, pattern.Node, pattern.Keep, nil})
				d.report.include(name)
			}
		}
	}
	return found, ok
}

// matches returns the files that one pattern names, and with Keep the folders that cannot be read. It sets ok to false if a file that is
// named is not there, or a folder without Keep cannot be read.
func (d *File) matches(pattern Pattern, ok *bool) ([]string, UnreadError) {
	text, item := pattern.Text, pattern.Node
	wild := strings.ContainsAny(text, "*?[")
	if !wild && (pattern.Keep || d.outside(item, text, d.Path(text))) {
		if pattern.Keep { // It is reported when it is read.
			return []string{d.Path(text)}, nil
		}
		*ok = false
		return nil, nil
	}
	names, hidden, err := d.Glob(text)
	missing := d.report.from.Name(d.Path(text))
	unread, _ := errors.AsType[UnreadError](err)
	switch {
	case errors.Is(err, filepath.ErrBadPattern):
		d.Fail(item, "", "%s is not a pattern of file names", Quote(text))
	case unread != nil && pattern.Keep:
		return names, unread
	case unread != nil:
		for _, folder := range unread {
			d.Fail(item, hintOf(folder.Path, folder.Err, ""), "%s: %s", d.report.from.Name(folder.Path), folder.Err)
		}
		*ok = false
	case err != nil:
		d.Fail(item, "", "%s: %s", missing, err)
		*ok = false
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
	return names, nil
}

// include notes a file that is read as one that includes others or is included, by the first path that leads to it.
func (r *Report) include(path string) {
	if at := r.real(path); r.included[at] == "" {
		r.included[at] = path
	}
}
