package reload

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// maxLinks is how many symbolic links a path may lead through; the system gives up at the same number.
const maxLinks = 40

// watched is where something can change that leads to other text: real paths, without symbolic links.
type watched struct {
	folders map[string]bool
	files   map[string]bool
	closed  map[string]bool // The folders that nobody may watch: the one above is, and tells when that changes.
}

// watchedFor returns the places of what was read, or could not be.
func watchedFor(seen *document.Seen) watched {
	p := watched{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, path := range seen.Paths() {
		p.follow(path, false, maxLinks)
	}
	for _, pattern := range seen.Patterns() {
		p.pattern(pattern)
	}
	return p
}

// pattern adds the folders that a pattern looks into.
func (p watched) pattern(pattern string) {
	for folder := filepath.Dir(pattern); ; folder = filepath.Dir(folder) {
		if !strings.ContainsAny(folder, `*?[\`) {
			p.follow(folder, true, maxLinks)
			return
		}
		matches, err := document.Disk{}.Glob(folder)
		for _, match := range matches {
			if info, err := os.Stat(match); err != nil || info.IsDir() {
				p.follow(match, true, maxLinks)
			}
		}
		if unread, ok := errors.AsType[document.UnreadError](err); ok {
			for _, one := range unread {
				p.follow(one.Path, true, maxLinks)
			}
		}
	}
}

// follow adds the folder that a file is in, or a folder itself, and the folder of each symbolic link on the way, which may be changed to lead elsewhere.
// Where something is missing, it adds the folder in which that would appear.
func (p watched) follow(path string, isFolder bool, links int) {
	path, err := filepath.Abs(path)
	if err != nil || links == 0 {
		return
	}
	at := string(filepath.Separator)
	for parts := strings.Split(path, at)[1:]; len(parts) > 0; parts = parts[1:] {
		next := filepath.Join(at, parts[0])
		info, err := os.Lstat(next)
		switch {
		case err != nil:
			p.folders[at] = true
			return
		case info.Mode()&os.ModeSymlink != 0:
			p.folders[at] = true
			target, err := os.Readlink(next)
			if err != nil {
				return
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(at, target)
			}
			p.follow(filepath.Join(append([]string{target}, parts[1:]...)...), isFolder, links-1)
			return
		case len(parts) == 1 && !isFolder:
			p.folders[at], p.files[next] = true, true
		}
		at = next
	}
	if isFolder {
		p.folders[at] = true
	}
}
