package config

import (
	"io/fs"
	"path/filepath"
	"slices"
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

// glob returns the files that match a pattern written in this file, and the number of those it leaves out because they
// are hidden. As in a shell, a name that begins with a dot matches only where the pattern says the dot: editors, archives
// and mounted ConfigMaps put such files and folders beside those that are meant.
func (d *decoder) glob(written string) (matches []string, hidden int, err error) {
	pattern := filepath.Clean(written)
	if !filepath.IsAbs(written) { // The folder of this file is no pattern, whatever its name is.
		folder := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(filepath.Dir(d.Name))
		pattern = filepath.Join(folder, written)
	}
	all, err := filepath.Glob(pattern)
	matches = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return isHidden(name, pattern) })
	return matches, len(all) - len(matches), err
}

// isHidden reports whether a file that matches a pattern has a part that begins with a dot where the pattern has a
// wildcard. Both have the same number of parts.
func isHidden(name, pattern string) bool {
	parts := strings.Split(pattern, "/")
	for i, part := range strings.Split(name, "/") {
		if strings.HasPrefix(part, ".") && !strings.HasPrefix(strings.TrimPrefix(parts[i], `\`), ".") {
			return true
		}
	}
	return false
}
