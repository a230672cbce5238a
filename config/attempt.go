package config

import (
	"cmp"
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

// Without is what an attempt leaves out as if it were not there, by name.
type Without struct{ Files, KPIs, Reports map[string]bool }

// any reports whether something is left out, so that what seems unknown may be in it.
func (w Without) any() bool { return len(w.Files) > 0 }

// Attempt is a KPI file as it was read, right or wrong. Package reload makes several to find out which included files are wrong.
type Attempt struct {
	Problems document.Problems // The errors.
	Kept     []string          // The included files with on_error: keep, left out or not.
	KPIs     []string          // Those that have errors, or need what has.
	Reports  []string          // The same of reports.
	loader   *loader
}

// Try reads files as LoadWith does, without some of what they say. earlier has texts of included files in which nothing was wrong: of
// two files that define the same name, the one that has changed since is wrong.
func Try(path string, o Options, w Without, earlier map[string]string) *Attempt {
	l := newLoader(o)
	l.without, l.earlier = w, earlier
	l.load(path)
	a := &Attempt{Problems: l.report.Errors(), Kept: l.config.Kept, Reports: l.failedReports, loader: l}
	for decl := range l.failed {
		if !decl.isColumn() {
			a.KPIs = append(a.KPIs, decl.n.Value)
		}
	}
	slices.Sort(a.KPIs)
	return a
}

// Config returns what was read. There must be no problems.
func (a *Attempt) Config() *Config { return a.loader.finish() }

// NamedIn returns the included or main file that names a file of SQL or values, and any other file itself.
func (a *Attempt) NamedIn(file string) string { return cmp.Or(a.loader.namedBy[file], file) }

// Names returns the files of SQL and values that a file names, sorted.
func (a *Attempt) Names(file string) []string {
	var list []string
	for name, by := range a.loader.namedBy {
		if by == file {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// newer reports whether a file gives way to another that defines the same name: a file that may be broken gives way to one that may not
// and, of two that may, the one that has changed gives way.
func (l *loader) newer(name, than string) bool {
	rank := func(name string) int {
		same := func(f *file) bool {
			return f.Name == name && f.Content == strings.TrimPrefix(l.earlier[name], "\ufeff")
		}
		switch {
		case !slices.Contains(l.config.Kept, name):
			return 2
		case slices.ContainsFunc(l.files, same):
			return 1
		}
		return 0
	}
	return rank(name) < rank(than)
}

// named notes a file that another one names.
func (l *loader) named(by *document.File, name string) {
	l.queryFiles = append(l.queryFiles, name)
	if _, ok := l.namedBy[name]; !ok {
		l.namedBy[name] = by.Name
	}
}
