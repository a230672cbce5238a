package valuesfile

import "github.com/kpi-exporter/kpi_exporter/internal/document"

// Source is a file of values that a KPI file names. It knows where to report what is wrong.
type Source struct {
	*File
	Name    string // The file, as a KPI file leads to it.
	Written string // The file as the KPI file names it.
	Broken  bool   // Something is wrong with how it is written, and was reported.

	d *document.File
}

// Reader reads files that KPI files name, each once.
type Reader struct{ read map[string]*Source }

// Read reads the file that a value of a KPI file names. It calls found with the name of the file.
func (all *Reader) Read(d *document.File, n *document.Node, what string, found func(name string)) document.Field[*Source] {
	inside, written := d.Named(n, what, found)
	if inside == nil {
		return document.Bad[*Source](d, n)
	}
	s := all.read[inside.Name]
	if s == nil {
		s = parse(inside)
		if all.read == nil {
			all.read = map[string]*Source{}
		}
		all.read[inside.Name] = s
	}
	if s.File == nil {
		return document.Bad[*Source](d, n)
	}
	named := *s
	named.Written = written
	return document.Good(d, n, &named)
}

// parse reads what is in a file, and reports what is wrong with it. A file that is not text has no File.
func parse(inside *document.File) *Source {
	s := &Source{Name: inside.Name, d: inside}
	if problem, ok := notText(inside.Content); !ok {
		s.report([]Problem{problem})
		return s
	}
	if !inside.IsUTF8() {
		return s
	}
	f, problems := Parse(inside.Content)
	s.report(problems)
	s.File, s.Broken = f, len(problems) > 0
	return s
}

// Forget lets go of all rows. Tables keep theirs.
func (all *Reader) Forget() {
	for _, s := range all.read {
		if s.File != nil {
			s.rows, s.read = nil, nil
		}
	}
}

// Table returns the rows as a layout has them. It reports what is wrong with them, and then returns false. A file that is not
// written as it should be is read as far as it can be, so that all is reported at once.
func (s *Source) Table(l Layout) (*Table, bool) {
	t, problems := s.File.Table(l)
	return t, s.report(problems) && !s.Broken
}

// report reports problems at their places, and returns whether none is an error.
func (s *Source) report(problems []Problem) bool {
	ok := true
	for _, p := range problems {
		if p.Check != "" {
			s.d.WarnIn(p.Check, document.Position{File: s.Name, Line: p.Line, Column: p.Column}, p.Hint, p.Message)
			continue
		}
		s.d.FailIn(document.Position{File: s.Name, Line: p.Line, Column: p.Column}, p.Hint, p.Message)
		ok = false
	}
	return ok
}
