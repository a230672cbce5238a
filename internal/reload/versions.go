package reload

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// disk reads files once, however often they are asked for: all attempts to load a KPI file see the same, even if some of it can be read
// only once, such as a pipe.
type disk struct {
	document.Files
	texts   map[string]text // By name.
	matches map[string]matches
	known   []string // The paths of files that were good: they may still be in folders that cannot be read.
}

type text struct {
	path, text string
	err        error
}

type matches struct {
	paths []string
	err   error
}

// Read returns the text of a file; see document.Files.
func (d disk) Read(path string, regular bool) (string, error) {
	name := d.Name(path)
	t, ok := d.texts[name]
	if !ok {
		t.path = path
		t.text, t.err = d.Files.Read(path, regular)
		d.texts[name] = t
	}
	return t.text, t.err
}

// Glob returns the paths that match a pattern; see document.Files.
func (d disk) Glob(pattern string) ([]string, error) {
	m, ok := d.matches[pattern]
	if !ok {
		m.paths, m.err = d.Files.Glob(pattern)
		if _, isUnread := errors.AsType[document.UnreadError](m.err); isUnread {
			m.paths = withMatches(m.paths, pattern, d.known)
		}
		d.matches[pattern] = m
	}
	return m.paths, m.err
}

// has reports whether a file has this text.
func (d disk) has(name, want string) bool {
	t, ok := d.texts[name]
	return ok && t.err == nil && t.text == want
}

// versions reads some files as they were earlier, and all others from the disk.
type versions struct {
	disk
	earlier map[string]string // By name.
	paths   []string          // Of those that patterns must find, even if they are no longer there.
}

// Read returns the text of a file; see document.Files.
func (v versions) Read(path string, regular bool) (string, error) {
	if text, ok := v.earlier[v.Name(path)]; ok {
		return text, nil
	}
	return v.disk.Read(path, regular)
}

// Glob returns the paths that match a pattern; see document.Files.
func (v versions) Glob(pattern string) ([]string, error) {
	found, err := v.disk.Glob(pattern)
	return withMatches(found, pattern, v.paths), err
}

// withMatches returns what a pattern has found, and those of some paths that it would find, too.
func withMatches(found []string, pattern string, paths []string) []string {
	all := map[string]bool{}
	for _, path := range found {
		all[path] = true
	}
	for _, path := range paths {
		if ok, _ := filepath.Match(pattern, path); ok {
			all[path] = true
		}
	}
	if len(all) == len(found) {
		return found
	}
	return slices.Sorted(maps.Keys(all))
}
