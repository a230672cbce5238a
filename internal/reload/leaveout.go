package reload

import (
	"maps"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// leaveOut leaves out files with mistakes that no earlier version mends, else the KPIs and reports that need something that is missing.
// It returns false if that does not help.
func (s *isolation) leaveOut(a *config.Attempt) bool {
	if s.leaveOutFiles(a, func(f config.Fault) bool { return !f.Needs }) {
		return true
	}
	if slices.ContainsFunc(a.Faults, func(f config.Fault) bool { return !s.mayLeaveOut(f) }) {
		return false
	}
	before := s.count()
	for _, f := range a.Faults {
		if f.Twice == (config.Definition{}) {
			continue
		}
		s.without.Twice[f.Twice] = true
		if name := f.Twice.KPI(); name != "" {
			s.without.KPIs[name] = true
		}
	}
	for _, name := range a.KPIs {
		s.without.KPIs[name] = true
	}
	for _, name := range a.Reports {
		s.without.Reports[name] = true
	}
	named := s.without.Names
	s.without.Names = true
	if named && before == s.count() {
		return s.leaveOutFiles(a, func(config.Fault) bool { return true })
	}
	s.noteRest(a)
	return true
}

// count returns how much is left out by name.
func (s *isolation) count() int {
	return len(s.without.KPIs) + len(s.without.Reports) + len(s.without.Twice)
}

// leaveOutFiles leaves out files with some faults, and returns whether there are any.
func (s *isolation) leaveOutFiles(a *config.Attempt, with func(config.Fault) bool) bool {
	problems := map[string]document.Problems{}
	for _, f := range a.Faults {
		for _, file := range f.Files {
			if with(f) {
				problems[file] = append(problems[file], f.Problem)
			}
		}
	}
	for file, list := range problems {
		s.leaveOutFile(config.Broken{File: file, Problems: list})
	}
	return len(problems) > 0
}

// mayLeaveOut reports whether what is wrong may be because of something that is missing. In files that may not be broken that is so at
// the start, where nobody knows what included files had, of what has been left out since then, and of what needs a file that is left out
// now.
func (s *isolation) mayLeaveOut(f config.Fault) bool {
	in := s.keeper.used
	switch {
	case len(f.Files) > 0:
		return true
	case !f.Needs:
		return false
	case in.good == nil, f.KPI == "" && in.left.Names, in.left.KPIs[f.KPI]:
		return true
	}
	isNew := f.KPI != "" && !in.kpis[f.KPI]
	if isNew && len(s.without.Twice) > 0 {
		return true
	}
	for file := range s.without.Files {
		if isNew || s.wasGood(file) {
			return true
		}
	}
	return false
}

// noteRest notes in which files something is left out: what several define, and what needs something that no file has. The latter is no
// mistake of theirs if a whole file is missing, or something has been left out before.
func (s *isolation) noteRest(a *config.Attempt) {
	isLater := len(s.without.Files) > 0 || len(s.rest) > 0
	for _, f := range a.Faults {
		isTwice := f.Twice != config.Definition{}
		if isLater && !isTwice {
			continue
		}
		files := f.Files
		if len(files) == 0 {
			files = []string{f.File}
			if by := a.NamedBy(f.File); len(by) > 0 {
				files = by[:1]
			}
		}
		for _, file := range files {
			if s.rest[file] == nil {
				s.rest[file] = &config.Broken{File: file, Use: config.UseRest}
			}
			s.rest[file].Twice = s.rest[file].Twice || isTwice
			s.rest[file].Problems = append(s.rest[file].Problems, f.Problem)
		}
	}
}

// config returns what was read, and what was not.
func (s *isolation) config(a *config.Attempt) *config.Config {
	c := a.Config()
	c.Broken = s.list()
	c.Left = config.Left{KPIs: slices.Sorted(maps.Keys(s.without.KPIs)), Reports: slices.Sorted(maps.Keys(s.without.Reports))}
	return c
}

// list returns the files that are not used as they are, sorted.
func (s *isolation) list() []config.Broken {
	all := maps.Clone(s.broken)
	for file, b := range s.rest {
		if all[file] == nil {
			all[file] = b
		}
	}
	var list []config.Broken
	for _, file := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[file])
	}
	return list
}

// texts returns the texts of files as they were read: a file, and those that it names.
func (s *isolation) texts(file string, names []string) map[string]string {
	texts := map[string]string{}
	for _, name := range append(names, file) {
		texts[name] = s.disk.texts[name].text
		for old := range s.old {
			if earlier, ok := s.keeper.used.good[old].texts[name]; ok {
				texts[name] = earlier
			}
		}
	}
	return texts
}

// refuse returns why a KPI file cannot be used: what is wrong with files that may not be broken.
func (s *isolation) refuse(a *config.Attempt) error {
	var cause document.Problems
	for _, f := range a.Faults {
		if len(f.Files) == 0 {
			cause = append(cause, f.Problem)
		}
	}
	if len(s.broken) == 0 {
		return cause
	}
	return refused{cause, s.list()}
}

// used returns what there is to know of what was read once it is in use.
func (s *isolation) used(a *config.Attempt, c *config.Config) used {
	u := used{good: good{}, left: s.without, kpis: set{}, defined: a.Defined()}
	for _, k := range c.KPIs {
		u.kpis[k.Name] = true
	}
	for _, file := range a.Kept {
		switch {
		case s.old[file]:
			u.good[file] = s.keeper.used.good[file]
		case !s.without.Files[file]:
			u.good[file] = version{s.disk.texts[file].path, s.texts(file, a.Names(file))}
		}
	}
	return u
}
