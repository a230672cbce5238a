package document

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// UnreadError is the error that a pattern leads where something cannot be read: nobody knows whether there are files that match.
type UnreadError []*fs.PathError

// Error names the first place, and says why.
func (u UnreadError) Error() string { return u[0].Path + ": " + u[0].Err.Error() }

// globbing looks for files as filepath.Glob does, which takes a folder that cannot be read for an empty one.
type globbing struct{ unread UnreadError }

// glob returns the paths that match a pattern. With an error of type UnreadError these are not all, perhaps.
func glob(pattern string) ([]string, error) {
	if _, err := filepath.Match(pattern, ""); err != nil {
		return nil, err
	}
	var g globbing
	found := g.find(pattern)
	if g.unread != nil {
		return found, g.unread
	}
	return found, nil
}

func hasWildcard(text string) bool { return strings.ContainsAny(text, `*?[\`) }

func (g *globbing) find(pattern string) (found []string) {
	folder, last := filepath.Dir(pattern), filepath.Base(pattern)
	switch {
	case !hasWildcard(pattern):
		return g.named(pattern)
	case !hasWildcard(folder):
		return g.list(folder, last, false)
	}
	for _, folder := range g.find(folder) {
		if hasWildcard(last) {
			found = append(found, g.list(folder, last, true)...)
		} else if !isFile(folder) {
			found = append(found, g.named(filepath.Join(folder, last))...)
		}
	}
	return found
}

// named returns a path, if there is something.
func (g *globbing) named(path string) []string {
	if _, err := os.Lstat(path); err != nil {
		g.failed(path, err)
		return nil
	}
	return []string{path}
}

// list returns what matches a pattern in a folder; found says that the folder matches one, too, and may be a file.
func (g *globbing) list(folder, pattern string, found bool) (paths []string) {
	if isFile(folder) { // Opening a pipe would hang.
		if !found {
			g.failed(folder, syscall.ENOTDIR)
		}
		return nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		g.failed(folder, err)
	}
	for _, entry := range entries {
		if matches, _ := filepath.Match(pattern, entry.Name()); matches {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	return paths
}

// isFile reports whether there is something else than a folder.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// failed notes that nothing is known of a path. One that does not exist is known, unless a symbolic link leads nowhere.
func (g *globbing) failed(path string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		if path = danglingLink(path); path == "" {
			return
		}
	}
	if !slices.ContainsFunc(g.unread, func(other *fs.PathError) bool { return other.Path == path }) {
		g.unread = append(g.unread, &fs.PathError{Op: "open", Path: path, Err: reason(err)})
	}
}

// danglingLink returns the symbolic link because of which a path does not exist, "" if there is none.
func danglingLink(path string) string {
	for at := path; ; at = filepath.Dir(at) {
		if isLink(at) {
			if _, err := os.Stat(at); err != nil {
				return at
			}
			return ""
		}
		if _, err := os.Lstat(at); err == nil || at == filepath.Dir(at) {
			return ""
		}
	}
}
