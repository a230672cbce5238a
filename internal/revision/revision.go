// Package revision reads files as they were in a revision of a git repository. It asks the git program, and touches neither
// the work tree nor the index.
package revision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Split splits REV:path as git does: at the first colon outside braces, which revisions such as HEAD^{/fix: it} have. It returns
// false for any other text.
func Split(argument string) (revision, name string, ok bool) {
	braces := 0
	for i, c := range argument {
		switch {
		case c == '{':
			braces++
		case c == '}':
			braces--
		case c == ':' && braces == 0:
			return argument[:i], argument[i+1:], i > 0 && i+1 < len(argument)
		}
	}
	return "", "", false
}

// Tree is the files of one revision, as a document.Files: paths are those that the files have, or would have, on the disk.
type Tree struct {
	git      git
	revision string   // As the user wrote it.
	id       string   // The tree, as git names it.
	root     string   // The root of the repository, absolute.
	prefix   string   // The working directory within the repository: "sub/folder", "" at its root.
	paths    []string // Files and folders, from the root, sorted.
}

// Open finds a revision in the repository of the working directory. The context limits reading files, too. The errors say that git
// is not installed, that there is no repository, or that it does not have the revision.
func Open(ctx context.Context, revision string) (*Tree, error) {
	t := &Tree{git: git{ctx}, revision: revision}
	prefix, err := t.git.line("rev-parse", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("revision %q: %w", revision, err)
	}
	working, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	t.prefix = strings.TrimSuffix(prefix, "/")
	t.root = strings.TrimSuffix(strings.TrimSuffix(working, t.prefix), "/")
	if t.id, err = t.find(); err != nil {
		return nil, err
	}
	list, err := t.git.output("ls-tree", "-r", "-t", "-z", "--name-only", "--full-tree", t.id)
	if err != nil {
		return nil, fmt.Errorf("revision %q: %w", revision, err)
	}
	t.paths = strings.Split(strings.TrimSuffix(list, "\x00"), "\x00")
	slices.Sort(t.paths)
	return t, nil
}

// find returns the ID of the tree of the revision. From there on nothing that the user wrote is an argument of git.
func (t *Tree) find() (string, error) {
	if !strings.HasPrefix(t.revision, "-") {
		id, err := t.git.line("rev-parse", "--verify", "--quiet", "--end-of-options", t.revision+"^{tree}")
		if err == nil {
			return id, nil
		}
		if shallow, _ := t.git.line("rev-parse", "--is-shallow-repository"); shallow == "true" {
			return "", fmt.Errorf("there is no revision %q in this clone, which is shallow: fetch more of its history", t.revision)
		}
	}
	return "", fmt.Errorf("there is no revision %q in this repository", t.revision)
}

// Path returns where the disk would have the file that git calls REV:name: from the root of the repository or, where the name begins
// with ./ or ../, from the working directory. There may be no such file in the revision.
func (t *Tree) Path(name string) string {
	if strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		return path.Clean(name)
	}
	relative, err := filepath.Rel("/"+t.prefix, "/"+path.Clean(name))
	if err != nil { // Both are absolute.
		return name
	}
	return relative
}

// inside returns a path of the disk as it is from the root of the repository; false if it is outside.
func (t *Tree) inside(at string) (string, bool) {
	if !filepath.IsAbs(at) {
		at = path.Join(t.root, t.prefix, at)
	}
	return strings.CutPrefix(path.Clean(at), t.root+"/")
}

// Name returns REV:path with the path from the root; see document.Files.
func (t *Tree) Name(at string) string {
	name, ok := t.inside(at)
	if !ok {
		return at
	}
	return t.revision + ":" + name
}

// Real returns the path: symbolic links are followed within the revision when a file is read, and none leads out of it.
func (t *Tree) Real(path string) string { return path }

// Read returns the text of a file, following symbolic links within the revision; see document.Files.
func (t *Tree) Read(at string, _ bool) (string, error) {
	name, ok := t.inside(at)
	if !ok || strings.Contains(name, "\n") {
		return "", fs.ErrNotExist
	}
	text, kind, err := t.git.object(t.id + ":" + name)
	switch {
	case err != nil:
		return "", err
	case kind == blob:
		return text, nil
	case kind == tree:
		return "", document.ErrNotRegular
	case kind == outside:
		return "", errors.New("a symbolic link that leads out of the repository")
	}
	return "", fs.ErrNotExist
}

// Glob returns the files and folders that match a pattern; see document.Files. Each begins as the pattern does: with the same
// number of ../, or with the root.
func (t *Tree) Glob(pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	start, folder := "", t.prefix
	if filepath.IsAbs(pattern) {
		start, folder = t.root+"/", ""
	}
	for rest := pattern; strings.HasPrefix(rest, "../"); rest = rest[len("../"):] {
		if folder == "" {
			return nil, nil // Outside of the repository.
		}
		start += "../"
		folder = strings.TrimPrefix(path.Dir("/"+folder), "/")
	}
	if folder != "" {
		folder += "/"
	}
	var matches []string
	for _, name := range t.paths {
		below, ok := strings.CutPrefix(name, folder)
		if !ok {
			continue
		}
		if ok, err := path.Match(pattern, start+below); err != nil {
			return nil, err
		} else if ok {
			matches = append(matches, start+below)
		}
	}
	return matches, nil
}
