package reload

import (
	"maps"
	"slices"
	"sync/atomic"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Keeper reads a KPI file again and again, and keeps the last good version of each included file with on_error: keep.
type Keeper struct {
	file    string
	options config.Options
	narrow  func(*config.Config) error
	good    good // What is in use.
	latest  good // What was read last.

	seen atomic.Pointer[document.Seen] // What the files of the disk looked like when they were read last; nil before.
	read chan struct{}                 // Holds a value after they were read.
}

// good is versions of included files in which nothing is wrong: by the name of each, the texts of the file and of the files that it
// names, by their names.
type good map[string]map[string]string

// NewKeeper returns a keeper of a KPI file. narrow leaves out the KPIs of a file that are not for this exporter; it fails if none is.
func NewKeeper(file string, o config.Options, narrow func(*config.Config) error) *Keeper {
	return &Keeper{file: file, options: o, narrow: narrow, read: make(chan struct{}, 1)}
}

// Read loads the files of the disk as they are now.
func (k *Keeper) Read() (*config.Config, error) {
	cfg, _, err := k.once()
	return cfg, err
}

// once is Read; it also returns what the files looked like.
func (k *Keeper) once() (*config.Config, *document.Seen, error) {
	seen := document.NewSeen()
	cfg, err := k.Load(seen)
	k.seen.Store(seen)
	select {
	case k.read <- struct{}{}:
	default:
	}
	return cfg, seen, err
}

// Keep notes that what was read last is in use: the next Load falls back to it.
func (k *Keeper) Keep() { k.good = k.latest }

// Load reads files as config.LoadWith does. Where something is wrong only with files that are included with on_error: keep, the last
// good version of each takes its place or, without one, it is left out with the KPIs and reports that need something from it: see
// Broken and Left of the Config. Once the Config is in use, call Keep.
func (k *Keeper) Load(files document.Files) (*config.Config, error) {
	s := &isolation{
		keeper:  k,
		files:   files,
		without: config.Without{Files: map[string]bool{}, KPIs: map[string]bool{}, Reports: map[string]bool{}},
		texts:   map[string]string{},
		broken:  map[string]*config.Broken{},
	}
	var first, genuine document.Problems // Those of the first round: all, and those that no broken file explains.
	for round := 0; ; round++ {
		a, read := s.read()
		others, again := s.isolate(a, round == 0)
		if round == 0 {
			first, genuine = a.Problems, others
		}
		same := func(p document.Problem) bool { return slices.Contains(genuine, p) }
		switch {
		case len(others) == 0 && !again:
			c := s.config(a)
			if err := k.narrowed(c); err != nil {
				return nil, err
			}
			k.latest = s.versions(a, read)
			return c, nil
		case round == 0 && !again, round > 0 && slices.ContainsFunc(others, same):
			return nil, first
		case again, s.leaveOut(a):
			continue
		}
		if _, again = s.isolate(a, true); !again {
			return nil, first
		}
	}
}

// narrowError is the error that no KPI of a file is for this exporter.
type narrowError struct{ error }

func (e narrowError) Unwrap() error { return e.error }

// narrowed leaves out the KPIs that are not for this exporter. If none is left, that may be because their file is broken: then the error is
// what is wrong there.
func (k *Keeper) narrowed(c *config.Config) error {
	err := k.narrow(c)
	if err == nil {
		return nil
	}
	var problems document.Problems
	for _, b := range c.Broken {
		if !b.Earlier {
			problems = append(problems, b.Problems...)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return narrowError{err}
}

// isolation is what is known of broken files while the others are read.
type isolation struct {
	keeper  *Keeper
	files   document.Files
	without config.Without
	texts   map[string]string // By name of file: what is read in place of what is on the disk.
	broken  map[string]*config.Broken
}

// read reads all that is not left out. It also returns the texts of the files.
func (s *isolation) read() (*config.Attempt, map[string]string) {
	read, o := map[string]string{}, s.keeper.options
	o.Files = versions{s.files, s.texts, read}
	earlier := map[string]string{}
	for file, texts := range s.keeper.good {
		earlier[file] = texts[file]
	}
	return config.Try(s.keeper.file, o, s.without, earlier), read
}

// isolate takes the problems of files that may be broken, and returns the others. It returns true if a file has to be replaced or left
// out, and all read again. Unless anyFile is set, it takes only those of files known to be broken: a file that had no problem at first has
// one because of what is missing now.
func (s *isolation) isolate(a *config.Attempt, anyFile bool) (others document.Problems, again bool) {
	found := map[string]document.Problems{}
	for _, p := range a.Problems {
		file := a.NamedIn(p.File)
		if !slices.Contains(a.Kept, file) || !anyFile && s.broken[file] == nil {
			others = append(others, p)
			continue
		}
		found[file] = append(found[file], p)
	}
	for file, problems := range found {
		earlier := s.keeper.good[file]
		b := s.broken[file]
		if b == nil {
			s.broken[file] = &config.Broken{File: file, Problems: problems, Earlier: earlier != nil}
			maps.Copy(s.texts, earlier)
		} else { // The last good version does not fit what the others say today.
			b.Earlier = false
			maps.DeleteFunc(s.texts, func(name, _ string) bool { return earlier[name] != "" })
		}
		if !s.broken[file].Earlier {
			s.without.Files[file] = true
		}
	}
	return others, len(found) > 0
}

// leaveOut leaves out the KPIs and reports that have failed, and reports whether there are any that it had not left out before.
func (s *isolation) leaveOut(a *config.Attempt) bool {
	before := len(s.without.KPIs) + len(s.without.Reports)
	for _, name := range a.KPIs {
		s.without.KPIs[name] = true
	}
	for _, name := range a.Reports {
		s.without.Reports[name] = true
	}
	return len(s.without.KPIs)+len(s.without.Reports) > before
}

// config returns what was read, and what was not.
func (s *isolation) config(a *config.Attempt) *config.Config {
	c := a.Config()
	for _, file := range slices.Sorted(maps.Keys(s.broken)) {
		c.Broken = append(c.Broken, *s.broken[file])
	}
	c.Left = config.Left{KPIs: slices.Sorted(maps.Keys(s.without.KPIs)), Reports: slices.Sorted(maps.Keys(s.without.Reports))}
	return c
}

// versions returns the last good version of each file that has one.
func (s *isolation) versions(a *config.Attempt, read map[string]string) good {
	all := good{}
	for _, file := range a.Kept {
		switch {
		case s.broken[file] != nil && s.keeper.good[file] != nil:
			all[file] = s.keeper.good[file]
		case s.broken[file] == nil:
			all[file] = map[string]string{file: read[file]}
			for _, name := range a.Names(file) {
				all[file][name] = read[name]
			}
		}
	}
	return all
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
