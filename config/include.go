package config

import (
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// expand returns the files to include, each once, without the main file: in the order of the patterns, those of one sorted.
func (l *loader) expand(main *file) []string {
	var names []string
	if !l.include.OK {
		return nil
	}
	seen := map[string]bool{filepath.Clean(main.Name): true}
	for i, pattern := range l.include.Value {
		item := document.Resolve(document.Resolve(l.include.Node).Content[i])
		matches, hidden, err := main.Glob(pattern)
		switch {
		case err != nil:
			main.Fail(item, "", "%s is not a pattern of file names", document.Quote(pattern))
		case len(matches) == 0 && hidden > 0:
			main.Warn("empty_include", item, "a hidden file or folder matches only where the pattern itself begins its name with a dot",
				"no file matches %s", document.Quote(pattern))
		case len(matches) == 0 && strings.ContainsAny(pattern, "*?["):
			hint := "the pattern is relative to the file that contains it"
			if strings.Contains(pattern, "**") {
				hint = "** is one *: write a pattern per depth of folders, such as kpis/*.yaml and kpis/*/*.yaml"
			}
			main.Warn("empty_include", item, hint, "no file matches %s", document.Quote(pattern))
		case len(matches) == 0 && strings.Contains(pattern, "{"):
			main.Fail(item, "write a list of patterns, without braces", "%s: %s", main.Path(pattern), fs.ErrNotExist)
			l.broken = true
		case len(matches) == 0:
			main.Fail(item, "the path is relative to the file that contains it", "%s: %s", main.Path(pattern), fs.ErrNotExist)
			l.broken = true
		}
		for _, name := range matches {
			if clean := filepath.Clean(name); !seen[clean] {
				seen[clean] = true
				names = append(names, name)
			}
		}
	}
	return names
}
