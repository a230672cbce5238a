package config

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Use is how much of a file is in use.
type Use string

// What is used of a file that cannot be used as it is.
const (
	UseEarlier Use = "earlier" // Its last good version, with the files that it names as they were then.
	UseNothing Use = "nothing" // It is left out.
	UseRest    Use = "rest"    // All but the definitions in Left.
)

// Broken is a file that is not in use as it is: one with on_error: keep or, with UseRest, also another.
type Broken struct {
	File      string
	Use       Use
	Problems  document.Problems
	Twice     bool // With UseRest: another file defines the same as it does, and both definitions are left out.
	Elsewhere bool // Nothing is wrong in the file itself: Problems are what would be wrong with others that need something from it.
}

// Left is what needs something that is missing, and therefore is left out: names, sorted.
type Left struct{ KPIs, Reports []string }

// Without is what an attempt leaves out as if it were not there, by name.
type Without struct {
	Files, KPIs, Reports map[string]bool
	Twice                map[Definition]bool // What several files define, of which nobody knows who is right.
	Names                bool                // Names in decisions and plans may be of KPIs that are left out.
}

// any reports whether something is left out, so that what seems unknown may be in it.
func (w Without) any() bool { return w.Names }

// Attempt is a KPI file as it was read, right or wrong. Package reload makes several to find out which included files are wrong.
type Attempt struct {
	Faults  []Fault
	Main    string
	Kept    []string // The included files with on_error: keep, left out or not.
	KPIs    []string // Those that have errors, or need what has.
	Reports []string // The same of reports.
	loader  *loader
}

// Fault is an error, and whose mistake it may be.
type Fault struct {
	document.Problem
	Files []string   // The files with on_error: keep in which it is; none for one elsewhere.
	KPI   string     // The KPI with the error; "" if it is no KPI's.
	Needs bool       // Something needs what another file has or should have, so that the mistake may be in that one.
	Twice Definition // What two of Files define, of which nobody knows who is right; zero if it is not about that.
}

// blame is what is known of an error when it is reported.
type blame struct {
	decl  *kpiDecl // Nil if it is no KPI's.
	file  string   // In which it is, if not where it is reported; "".
	needs bool
	files []string   // Which of several it may be in; nil if it is known.
	twice Definition // What they define.
}

// place identifies an error.
type place struct {
	document.Position
	message string
}

// Try reads files as LoadWith does, without some of what they say. defined says whose definitions are in use: see Attempt.Defined.
func Try(path string, o Options, w Without, defined map[Definition]string) *Attempt {
	l := newLoader(o)
	l.without, l.defined = w, defined
	l.load(path)
	a := &Attempt{Main: l.report.Name(path), Kept: l.config.Kept, Reports: l.failedReports, loader: l}
	for _, p := range l.report.Errors() {
		a.Faults = append(a.Faults, l.fault(p))
	}
	for decl := range l.failed {
		if !decl.isColumn() {
			a.KPIs = append(a.KPIs, decl.n.Value)
		}
	}
	slices.Sort(a.KPIs)
	return a
}

// Config returns what was read. There must be no faults.
func (a *Attempt) Config() *Config { return a.loader.finish() }

// Names returns the files of SQL and values that a file names and that no file without on_error: keep names, sorted.
func (a *Attempt) Names(file string) []string {
	var list []string
	for name, by := range a.loader.namedBy {
		if slices.Contains(by, file) && len(a.loader.kept(by...)) == len(by) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// NamedBy returns the files that name a file of SQL or values, in their order.
func (a *Attempt) NamedBy(file string) []string { return a.loader.namedBy[file] }

// Read returns the files that were read, or could not be.
func (a *Attempt) Read() []string { return a.loader.config.Files }

// fault finds out whose mistake an error may be.
func (l *loader) fault(p document.Problem) Fault {
	b := l.blamed[place{p.Position, p.Message}]
	f := Fault{Problem: p, Needs: b.needs, Twice: b.twice}
	if b.decl != nil {
		f.KPI, f.Needs = b.decl.n.Value, b.decl.needs
	}
	switch by := l.namedBy[p.File]; {
	case b.files != nil:
		f.Files = b.files
	case b.file != "":
		f.Files = l.kept(b.file)
	case b.decl != nil && (len(by) > 0 || len(l.kept(p.File)) == 0): // Also where the main file's defaults do not suit the KPI of a team.
		f.Files = l.kept(b.decl.file.Name)
	case len(by) == 0:
		f.Files = l.kept(p.File)
	case len(l.kept(by...)) == len(by):
		f.Files = by
	}
	return f
}

// kept returns those of some files that have on_error: keep.
func (l *loader) kept(files ...string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(name string) bool { return !slices.Contains(l.config.Kept, name) })
}

// about runs a check and notes that the errors that it reports are those of a KPI.
func (l *loader) about(decl *kpiDecl, check func()) {
	from := decl.file.ErrorCount()
	check()
	if decl.file.ErrorCount() > from {
		l.blame(from, blame{decl: decl})
		l.failed[decl] = true
	}
}

// blameFor runs a check and notes whose the errors are that it reports.
func (l *loader) blameFor(b blame, check func()) {
	from := l.files[0].ErrorCount()
	check()
	l.blame(from, b)
}

// blame notes whose the errors are that have been reported since there were so many, unless that is known.
func (l *loader) blame(from int, b blame) {
	for _, p := range l.report.Since(from) {
		at := place{p.Position, p.Message}
		if _, known := l.blamed[at]; !known {
			l.blamed[at] = b
		}
	}
}

// needs reports whether a definition in one file needs something from another one in such a way that either may have a mistake.
func (l *loader) needs(own, other *file) bool {
	return own != other && len(l.kept(own.Name, other.Name)) > 0
}

// isMissing reports whether a name that no file defines may be one that a file with on_error: keep should define. It is not if it is a
// typo: the name of something in other files with a letter too many or too few, or any name with two letters swapped.
func (l *loader) isMissing(own *document.File, name string, known map[string]document.Position) bool {
	switch {
	case !l.keeps:
		return false
	case l.broken, l.without.any(), len(l.kept(own.Name)) > 0:
		return true
	}
	near := own.NearName(name, names(known))
	isSwap := len(near) == len(name)
	return !document.IsTypo(name, near) || len(l.kept(known[near].File)) > 0 && !isSwap
}

// named notes a file that another one names.
func (l *loader) named(by *document.File, name string) {
	if len(l.namedBy[name]) == 0 {
		l.queryFiles = append(l.queryFiles, name)
	}
	if !slices.Contains(l.namedBy[name], by.Name) {
		l.namedBy[name] = append(l.namedBy[name], by.Name)
	}
}
