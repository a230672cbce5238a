package document

import (
	"fmt"
	"slices"
	"time"
)

// Report collects the problems of all files.
type Report struct {
	errors, warnings Problems
	from             Files
	allowed          []string                  // Folders below which files are that may be named, with symbolic links followed; none allows all.
	files            map[string]*File          // By name.
	zones            map[string]*time.Location // By name: looking one up reads a file.
	secrets          map[string]Position       // Files with secrets, with symbolic links followed, and where they are named.
	used             map[string]use            // Files that others name, likewise.
	included         map[string]string         // The files that a file includes, and that file itself: their paths, likewise.
	size, marks      int                       // Of all files so far; see limits.go.
	searched         int                       // See File.Near.
}

// use is that of a file by others.
type use struct {
	name   string     // As the user knows it.
	places []Position // Where it is named; none if only patterns match it.
}

// orAt returns where a file is named, or else a place.
func (u use) orAt(place Position) []Position {
	if len(u.places) > 0 {
		return u.places
	}
	return []Position{place}
}

// NewReport returns a report on files of the disk, still without files and problems.
func NewReport() *Report { return NewReportFrom(Disk{}) }

// NewReportFrom returns a report on files from elsewhere.
func NewReportFrom(from Files) *Report {
	return &Report{from: from, files: map[string]*File{}, secrets: map[string]Position{}, included: map[string]string{}, used: map[string]use{}, zones: map[string]*time.Location{"UTC": time.UTC}}
}

// Read reads a file of at most 16 MB. With regular only a regular file will do, so that a pattern that matches a pipe or a
// terminal cannot block. With an error the file has no content, but problems can be reported about it.
func (r *Report) Read(path string, regular bool) (*File, error) {
	text, err := r.from.Read(path, regular)
	if err == nil && !r.fits(text) {
		err = errTotal
	}
	if err != nil {
		return &File{Name: r.from.Name(path), path: path, report: r}, err
	}
	return r.NewFile(path, text), nil
}

// ReadInside is Read for a regular file that another one names: one that may not be read is an error, too. The hint says what to do.
func (r *Report) ReadInside(path string) (d *File, hint string, err error) {
	at := r.real(path)
	r.used[at] = use{r.from.Name(path), r.used[at].places}
	d = &File{Name: r.from.Name(path), path: path, report: r}
	if r.outside(at) {
		return d, moveInside, errOutside
	}
	if first := r.included[at]; first != "" && first != path {
		return d, "remove the link", fmt.Errorf("a link to %s, which is read already", r.from.Name(first))
	}
	d, err = r.Read(path, true)
	return d, hintOf(path, err, isRelative), err
}

// Name returns a path as the user knows it.
func (r *Report) Name(path string) string { return r.from.Name(path) }

// Since returns the errors that were reported after the first n, in their order.
func (r *Report) Since(n int) Problems { return r.errors[n:] }

// Add adds errors that were found elsewhere.
func (r *Report) Add(problems Problems) { r.errors = append(r.errors, problems...) }

// Errors returns the errors of all files, sorted, each with the line it is about; nil without any. They repeat nothing of a file with a
// secret that was read for something else, too.
func (r *Report) Errors() Problems {
	errors := slices.Clone(r.errors)
	for at, secret := range r.secrets {
		used, is := r.used[at]
		if !is {
			continue
		}
		errors = slices.DeleteFunc(errors, func(p Problem) bool { return p.File == used.name })
		for _, place := range used.orAt(secret) {
			errors = append(errors, Problem{Position: place, Message: used.name + " holds a secret, and is read for something else here", Hint: "keep secrets in files of their own"})
		}
	}
	return r.finish(errors)
}

// Warnings returns the warnings of all files, sorted, each with the line it is about; nil without any.
func (r *Report) Warnings() Problems { return r.finish(r.warnings) }

func (r *Report) finish(ps Problems) Problems {
	for i := range ps {
		if d := r.files[ps[i].File]; d != nil && ps[i].Line > 0 {
			ps[i].Source = d.shown(ps[i].Line, ps[i].Column)
		}
	}
	return ps.Sorted()
}
