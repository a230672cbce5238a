package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Broken is an included file with on_error: keep in which something is wrong.
type Broken struct {
	File     string
	Problems document.Problems // In the file, and in the files that it names.
	Earlier  bool              // Its last good version is used, with the files that it names as they were then. Else it is left out.
}

// Left is what needs something from a file that is left out, and therefore is left out, too: names, sorted.
type Left struct{ KPIs, Reports []string }

// Keeper loads a file again and again, and keeps the last good version of each included file with on_error: keep.
type Keeper struct {
	good Good
}

// Good is versions of included files in which nothing is wrong: by the name of each, the texts of the file and of the files that it
// names, by their names.
type Good map[string]map[string]string

// Keep has the next Load fall back to these versions.
func (k *Keeper) Keep(g Good) { k.good = g }

// Load reads files as LoadWith does. Where something is wrong only with files that are included with on_error: keep, the last good
// version of each takes its place or, without one, it is left out with the KPIs and reports that need something from it: see Broken
// and Left of the Config. Once the Config is in use, Keep gets the versions that it was read from.
func (k *Keeper) Load(path string, o Options) (*Config, Good, error) {
	o.Files = cmp.Or[document.Files](o.Files, document.Disk{})
	s := &isolation{
		keeper:  k,
		without: without{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]string{}},
		broken:  map[string]*Broken{},
	}
	var first, genuine document.Problems // Those of the first round: all, and those that no broken file explains.
	for round := 0; ; round++ {
		l, read := s.read(path, o)
		problems := l.report.Errors()
		others, again := s.isolate(l, problems, round == 0)
		if round == 0 {
			first, genuine = problems, others
		}
		same := func(p document.Problem) bool { return slices.Contains(genuine, p) }
		switch {
		case len(others) == 0 && !again:
			return s.config(l), s.versions(l, read), nil
		case round == 0 && !again, round > 0 && slices.ContainsFunc(others, same):
			return nil, nil, first
		case again, s.leaveOut(l):
			continue
		}
		if _, again = s.isolate(l, problems, true); !again {
			return nil, nil, first
		}
	}
}

// without is what is not read, and the texts that are read in place of those of the disk, all by name.
type without struct {
	files, kpis, reports map[string]bool
	texts                map[string]string
}

// any reports whether something is left out, so that what seems unknown may be in it.
func (w without) any() bool { return len(w.files) > 0 }

// isolation is what is known of broken files while the others are read.
type isolation struct {
	keeper  *Keeper
	without without
	broken  map[string]*Broken
}

// read reads all that is not left out. It also returns the texts of the files.
func (s *isolation) read(path string, o Options) (*loader, map[string]string) {
	read := map[string]string{}
	o.Files = versions{o.Files, s.without.texts, read}
	l := newLoader(o)
	l.without, l.good = s.without, s.keeper.good
	l.load(path)
	return l, read
}

// isolate takes the problems of files that may be broken, and returns the others. It returns true if a file has to be replaced or left
// out, and all read again. Unless anyFile is set, it takes only those of files known to be broken: a file that had no problem at first has
// one because of what is missing now.
func (s *isolation) isolate(l *loader, problems document.Problems, anyFile bool) (others document.Problems, again bool) {
	found := map[string]document.Problems{}
	for _, p := range problems {
		file := cmp.Or(l.namedBy[p.File], p.File)
		if !l.isolated[file] || !anyFile && s.broken[file] == nil {
			others = append(others, p)
			continue
		}
		found[file] = append(found[file], p)
	}
	for file, problems := range found {
		earlier := s.keeper.good[file]
		b := s.broken[file]
		if b == nil {
			s.broken[file] = &Broken{File: file, Problems: problems, Earlier: earlier != nil}
			maps.Copy(s.without.texts, earlier)
		} else { // The last good version does not fit what the others say today.
			b.Earlier = false
			maps.DeleteFunc(s.without.texts, func(name, _ string) bool { return earlier[name] != "" })
		}
		if !s.broken[file].Earlier {
			s.without.files[file] = true
		}
	}
	return others, len(found) > 0
}

// leaveOut leaves out the KPIs and reports that have failed, and reports whether there are any that it had not left out before.
func (s *isolation) leaveOut(l *loader) bool {
	before := len(s.without.kpis) + len(s.without.reports)
	for decl := range l.failed {
		if !decl.isColumn() {
			s.without.kpis[decl.n.Value] = true
		}
	}
	for _, name := range l.failedReports {
		s.without.reports[name] = true
	}
	return len(s.without.kpis)+len(s.without.reports) > before
}

// config returns what was read, and what was not.
func (s *isolation) config(l *loader) *Config {
	c := l.finish()
	for _, file := range slices.Sorted(maps.Keys(s.broken)) {
		c.Broken = append(c.Broken, *s.broken[file])
	}
	c.Left = Left{slices.Sorted(maps.Keys(s.without.kpis)), slices.Sorted(maps.Keys(s.without.reports))}
	return c
}

// versions returns the last good version of each file that has one.
func (s *isolation) versions(l *loader, read map[string]string) Good {
	good := Good{}
	for file := range l.isolated {
		switch {
		case s.broken[file] != nil && s.keeper.good[file] != nil:
			good[file] = s.keeper.good[file]
		case s.broken[file] == nil:
			good[file] = map[string]string{file: read[file]}
			for name, by := range l.namedBy {
				if by == file {
					good[file][name] = read[name]
				}
			}
		}
	}
	return good
}

// newer reports whether a file gives way to another that defines the same name: a file that may be broken gives way to one that may not
// and, of two that may, the one that has changed gives way.
func (l *loader) newer(name, than string) bool {
	rank := func(name string) int {
		switch {
		case !l.isolated[name]:
			return 2
		case slices.ContainsFunc(l.files, func(f *file) bool {
			return f.Name == name && f.Content == strings.TrimPrefix(l.good[name][name], "\ufeff")
		}):
			return 1
		}
		return 0
	}
	return rank(name) < rank(than)
}

// named notes a file that another one names.
func (l *loader) named(by *document.File, name string) {
	l.queryFiles = append(l.queryFiles, name)
	l.namedBy[name] = by.Name
}

// versions reads some files as they were earlier, and notes the text of all others.
type versions struct {
	document.Files
	earlier, read map[string]string // By name.
}

// Read returns the text of a file; see document.Files.
func (v versions) Read(path string, regular bool) (string, error) {
	name := v.Name(path)
	if text, ok := v.earlier[name]; ok {
		return text, nil
	}
	text, err := v.Files.Read(path, regular)
	if err == nil {
		v.read[name] = text
	}
	return text, err
}
