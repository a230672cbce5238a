package document

import "time"

// Report collects the problems of all files.
type Report struct {
	errors, warnings Problems
	files            map[string]*File
	zones            map[string]*time.Location // By name: looking one up reads a file.
}

// NewReport returns a report without files and problems.
func NewReport() *Report {
	return &Report{files: map[string]*File{}, zones: map[string]*time.Location{"UTC": time.UTC}}
}

// Read reads a file of at most 16 MB. With regular only a regular file will do, so that a pattern that matches a pipe or a
// terminal cannot block. With an error the file has no content, but problems can be reported about it.
func (r *Report) Read(name string, regular bool) (*File, error) {
	text, err := ReadFile(name, regular)
	if err != nil {
		return &File{Name: name, report: r}, err
	}
	return r.NewFile(name, text), nil
}

// File returns a file that has been read, nil if it has not.
func (r *Report) File(name string) *File { return r.files[name] }

// Add adds errors that were found elsewhere.
func (r *Report) Add(problems Problems) { r.errors = append(r.errors, problems...) }

// Errors returns the errors of all files, sorted, each with the line it is about; nil without any.
func (r *Report) Errors() Problems { return r.finish(r.errors) }

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
