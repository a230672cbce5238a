package config

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// expand returns the files to include, each once, without the main file: in the order of the patterns, those of one sorted.
func (l *loader) expand(main *file) []string {
	var names []string
	if !l.include.ok {
		return nil
	}
	seen := map[string]bool{filepath.Clean(main.Name): true}
	for i, pattern := range l.include.value {
		item := resolve(resolve(l.include.n).Content[i])
		matches, hidden, err := main.glob(pattern)
		switch {
		case err != nil:
			main.fail(item, "", "%s is not a pattern of file names", quote(pattern))
		case len(matches) == 0 && hidden > 0:
			main.warn("empty_include", item, "a hidden file or folder matches only where the pattern itself begins its name with a dot",
				"no file matches %s", quote(pattern))
		case len(matches) == 0 && strings.ContainsAny(pattern, "*?["):
			main.warn("empty_include", item, "the pattern is relative to the file that contains it", "no file matches %s", quote(pattern))
		case len(matches) == 0:
			main.fail(item, "the path is relative to the file that contains it", "%s: %s", main.path(pattern), fs.ErrNotExist)
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
