package config

import "time"

// report collects the problems of all files.
type report struct {
	errors, warnings Problems
	files            map[string]*decoder
	zones            map[string]*time.Location // By name: looking one up reads a file.
}

// newReport returns a report without files and problems.
func newReport() *report {
	return &report{files: map[string]*decoder{}, zones: map[string]*time.Location{"UTC": time.UTC}}
}

// read reads a file of at most 16 MB. With regular only a regular file will do, so that a pattern that matches a pipe or a
// terminal cannot block. With an error the file has no content, but problems can be reported about it.
func (r *report) read(name string, regular bool) (*decoder, error) {
	text, err := readFile(name, regular)
	if err != nil {
		return &decoder{Name: name, report: r}, err
	}
	return r.newFile(name, text), nil
}

// file returns a file that has been read, nil if it has not.
func (r *report) file(name string) *decoder { return r.files[name] }

// add adds errors that were found elsewhere.
func (r *report) add(problems Problems) { r.errors = append(r.errors, problems...) }

// allErrors returns the errors of all files, sorted, each with the line it is about; nil without any.
func (r *report) allErrors() Problems { return r.finish(r.errors) }

// allWarnings returns the warnings of all files, sorted, each with the line it is about; nil without any.
func (r *report) allWarnings() Problems { return r.finish(r.warnings) }

func (r *report) finish(ps Problems) Problems {
	for i := range ps {
		if d := r.files[ps[i].File]; d != nil && ps[i].Line > 0 {
			ps[i].Source = d.shown(ps[i].Line, ps[i].Column)
		}
	}
	return ps.sorted()
}
