package reload

import (
	"maps"
	"slices"
	"sort"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// isolation finds out which included files cannot be used as they are, and what has to be left out because of them.
type isolation struct {
	keeper  *Keeper
	disk    disk
	old     set // Files of which the last good version is read.
	without config.Without
	broken  map[string]*config.Broken // Those in old and in without.Files, by name.
	rest    map[string]*config.Broken // Files with definitions that are left out, by name.
}

// set is a set of names of files.
type set = map[string]bool

func newIsolation(k *Keeper, files document.Files) *isolation {
	var known []string
	for _, g := range k.used.good {
		known = append(known, g.path)
	}
	return &isolation{
		keeper:  k,
		disk:    disk{files, map[string]text{}, map[string]matches{}, known},
		old:     set{},
		without: config.Without{Files: set{}, KPIs: set{}, Reports: set{}, Twice: map[config.Definition]bool{}},
		broken:  map[string]*config.Broken{},
		rest:    map[string]*config.Broken{},
	}
}

// read reads the last good version of some files, and all others from the disk but what is left out. A file of SQL or values is never
// older than another file needs it that may not be broken.
func (s *isolation) read(old set) *config.Attempt {
	v := versions{disk: s.disk, earlier: map[string]string{}}
	for file, g := range s.keeper.used.good {
		if old[file] {
			maps.Copy(v.earlier, g.texts)
			v.paths = append(v.paths, g.path)
		}
	}
	o := s.keeper.options
	o.Files = v
	for {
		a := config.Try(s.keeper.file, o, s.without, s.keeper.used.defined)
		elsewhere := func(by string) bool { return !slices.Contains(a.Kept, by) }
		before := len(v.earlier)
		maps.DeleteFunc(v.earlier, func(name, _ string) bool { return slices.ContainsFunc(a.NamedBy(name), elsewhere) })
		if len(v.earlier) == before {
			return a
		}
	}
}

// readWithout reads what read does with the last good version of some more files, and without those that have none.
func (s *isolation) readWithout(files []string) *config.Attempt {
	old, gone := maps.Clone(s.old), maps.Clone(s.without.Files)
	for _, file := range files {
		if s.wasGood(file) {
			old[file] = true
		} else {
			gone[file] = true
		}
	}
	trial := *s
	trial.without.Files = gone
	return trial.read(old)
}

func (s *isolation) wasGood(file string) bool {
	_, ok := s.keeper.used.good[file]
	return ok
}

// changed reports whether a file is not as it was when it was good last, or one that it names.
func (s *isolation) changed(file string) bool {
	if s.old[file] || s.without.Files[file] {
		return false // It has given way.
	}
	for name, text := range s.keeper.used.good[file].texts {
		if !s.disk.has(name, text) {
			return true
		}
	}
	return !s.wasGood(file)
}

// giveWay finds files whose last good version mends something, and returns whether there are any. A file without one that has a mistake
// of its own is left out.
func (s *isolation) giveWay(a *config.Attempt) bool {
	mistakes, changed := map[string]document.Problems{}, map[string]document.Problems{}
	for _, f := range a.Faults {
		if s.isOpen(f) {
			continue
		}
		for _, file := range f.Files {
			switch good := s.wasGood(file); {
			case !good && !f.Needs:
				mistakes[file] = append(mistakes[file], f.Problem)
			case good && s.changed(file):
				changed[file] = append(changed[file], f.Problem)
			}
		}
	}
	for file, problems := range mistakes {
		s.fallBack(a, config.Broken{File: file, Problems: problems})
	}
	if len(mistakes) > 0 {
		return true
	}
	return s.own(a, changed) || s.others(a)
}

// isOpen reports whether a fault is that two files define the same and no earlier version of both says who is right: it is left out of both.
func (s *isolation) isOpen(f config.Fault) bool {
	return f.Twice != config.Definition{} && !s.haveGood(f.Files)
}

func (s *isolation) haveGood(files []string) bool {
	return !slices.ContainsFunc(files, func(file string) bool { return !s.wasGood(file) })
}

// own looks for changed files with problems of which the last good version has none.
func (s *isolation) own(a *config.Attempt, changed map[string]document.Problems) (found bool) {
	if len(changed) == 0 {
		return false
	}
	then := s.readWithout(slices.Sorted(maps.Keys(changed)))
	for _, f := range a.Faults {
		for _, file := range f.Files {
			if len(changed[file]) > 0 && !s.old[file] && isMended(f, then) {
				s.fallBack(a, config.Broken{File: file, Problems: changed[file]})
				found = true
			}
		}
	}
	return found
}

// others looks for a changed file because of which something is wrong in another one: the first, in the order in which files are included,
// up to which all have to be as they were.
func (s *isolation) others(a *config.Attempt) bool {
	candidates, lost := s.candidates(a), s.lost(a)
	if len(candidates) == 0 || len(lost) == 0 {
		return false
	}
	all := s.readWithout(candidates)
	for _, f := range lost {
		if !isMended(f, all) {
			continue
		}
		n := sort.Search(len(candidates)-1, func(i int) bool { return isMended(f, s.readWithout(candidates[:i+1])) })
		s.fallBack(a, config.Broken{File: candidates[n], Elsewhere: true, Problems: s.mended(a, f, candidates[:n+1])})
		return true
	}
	return false
}

// mended returns the problems that are not there without some files: of a KPI that only needs what has one, at least those of the others.
func (s *isolation) mended(a *config.Attempt, f config.Fault, files []string) (list document.Problems) {
	then := s.readWithout(files)
	for _, g := range a.Faults {
		if f.File == "" || g.Problem == f.Problem || isMended(g, then) {
			list = append(list, g.Problem)
		}
	}
	return list
}

// lost returns what another file may have broken: what has an error, and KPIs that are in use and need what has. It is not what is wrong
// in a file that was never good.
func (s *isolation) lost(a *config.Attempt) []config.Fault {
	list := slices.DeleteFunc(slices.Clone(a.Faults), func(f config.Fault) bool {
		isName := f.KPI == "" && f.Needs && s.keeper.used.good == nil // In a decision, say: nothing that anybody leaves out makes it known.
		return isName || s.isOpen(f) || len(f.Files) > 0 && !slices.ContainsFunc(f.Files, s.wasGood)
	})
	for _, name := range a.KPIs {
		if s.keeper.used.kpis[name] {
			list = append(list, config.Fault{KPI: name})
		}
	}
	return list
}

// candidates returns the files that have changed, and those that were good and are not there any longer.
func (s *isolation) candidates(a *config.Attempt) []string {
	list := slices.DeleteFunc(slices.Clone(a.Kept), func(file string) bool { return !s.changed(file) })
	for _, file := range slices.Sorted(maps.Keys(s.keeper.used.good)) {
		if !slices.Contains(a.Kept, file) && !slices.Contains(a.Read(), file) && s.changed(file) {
			list = append(list, file)
		}
	}
	return list
}

// isMended reports whether what had an error has none in another attempt: a KPI, or else all of a file that is no KPI's.
func isMended(f config.Fault, then *config.Attempt) bool {
	same := func(g config.Fault) bool {
		switch {
		case f.KPI != "" || g.KPI != "":
			return f.KPI == g.KPI
		case len(f.Files) == 0:
			return f.File == g.File
		}
		return slices.ContainsFunc(f.Files, func(file string) bool { return slices.Contains(g.Files, file) })
	}
	return !slices.ContainsFunc(then.Faults, same) && (f.KPI == "" || !slices.Contains(then.KPIs, f.KPI))
}

// fallBack has the last good version of a file be read from now on, or nothing if it has none. So do those that share a file of SQL or
// values with it that has changed.
func (s *isolation) fallBack(a *config.Attempt, b config.Broken) {
	if s.old[b.File] || s.without.Files[b.File] {
		return
	}
	if !s.wasGood(b.File) {
		s.leaveOutFile(b)
		return
	}
	b.Use = config.UseEarlier
	s.old[b.File], s.broken[b.File] = true, &b
	for name, text := range s.keeper.used.good[b.File].texts {
		if name == b.File || s.disk.has(name, text) {
			continue
		}
		for _, file := range a.NamedBy(name) {
			if s.wasGood(file) {
				s.fallBack(a, config.Broken{File: file, Problems: b.Problems, Elsewhere: b.Elsewhere})
			}
		}
	}
}

// leaveOutFile leaves out a file, perhaps one of which the last good version does not fit, either.
func (s *isolation) leaveOutFile(b config.Broken) {
	if earlier := s.broken[b.File]; earlier != nil {
		b.Problems = slices.Concat(earlier.Problems, b.Problems)
	}
	b.Use = config.UseNothing
	delete(s.old, b.File)
	s.without.Files[b.File], s.without.Names = true, true
	s.broken[b.File] = &b
}
