package document

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

const moveInside = "move the file below the folder of the main KPI file, or add the folder that it is in to allow_paths: in the main file"

var errOutside = errors.New("not below the folder of the main KPI file")

// Allow has files named by other files be read only where they are below one of these folders, however they are named: symbolic
// links are followed on both sides. Before the first call all may be read.
func (r *Report) Allow(folders ...string) {
	for _, folder := range folders {
		r.allowed = append(r.allowed, r.real(folder))
	}
}

// outside reports whether a path, of which all links were followed, leads out of all folders that are allowed.
func (r *Report) outside(at string) bool {
	for _, folder := range r.allowed {
		if below, err := filepath.Rel(folder, at); err == nil && below != ".." && !strings.HasPrefix(below, "../") {
			return false
		}
	}
	return len(r.allowed) > 0
}

// real returns where a path leads, as far as it exists.
func (r *Report) real(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil { // The working directory is gone: then nothing relative can be read either.
		absolute = filepath.Clean(path)
	}
	return r.from.Real(absolute)
}

// Real follows symbolic links; see Files.
func (Disk) Real(path string) string {
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		if found, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(found, rest)
		}
		if target, err := os.Readlink(at); err == nil { // A link that leads nowhere, yet.
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(at), target)
			}
			return filepath.Join(target, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// outside reports, at a value, a path that leads where nothing may be read, by the name that the user knows. It does not say whether
// there is such a file.
func (d *File) outside(n *Node, name, path string) bool {
	if strings.Contains(name, "://") {
		d.Fail(n, "write the path of a file", "%s is an address, and only files are read", Quote(name))
		return true
	}
	at := d.report.real(path)
	d.report.used[at] = use{d.report.Name(path), append(d.report.used[at].places, d.Position(n))}
	if !d.report.outside(at) {
		return false
	}
	d.Fail(n, moveInside, "%s is %s", Quote(name), errOutside)
	return true
}
