package reload

import (
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Keeper reads a KPI file again and again, and keeps the last good version of each included file with on_error: keep.
type Keeper struct {
	file    string
	options config.Options
	narrow  func(*config.Config) error
	used    used // What is in use.
	latest  used // What was read last.

	seen atomic.Pointer[document.Seen] // What the files of the disk looked like when they were read last; nil before.
	read chan struct{}                 // Holds a value after they were read.
	left chan struct{}                 // See document.NewSeenWithin.
}

// maxHanging is how many reads that hang may be left behind: each takes a thread.
const maxHanging = 10

// used is what there is to know about a configuration when the next one is read.
type used struct {
	any  bool // It has KPIs that are for this exporter.
	good good // Nil before the start.
	left config.Without
	kpis map[string]bool // By name, those for other exporters too.

	defined map[config.Definition]string // In which file.
}

// good is versions of included files that were in use, by name.
type good map[string]version

// version is a file at some time.
type version struct {
	path  string            // For those who look for files by a pattern.
	texts map[string]string // By name: that of the file, and those of files that it names and that no file without on_error: keep names.
}

// NewKeeper returns a keeper of a KPI file. narrow leaves out the KPIs of a file that are not for this exporter; it fails if none is.
func NewKeeper(file string, o config.Options, narrow func(*config.Config) error) *Keeper {
	return &Keeper{file: file, options: o, narrow: narrow, read: make(chan struct{}, 1), left: make(chan struct{}, maxHanging)}
}

// Read loads the files of the disk as they are now.
func (k *Keeper) Read() (*config.Config, error) {
	cfg, _, err := k.once(0)
	return cfg, err
}

// once is Read within a time, unless that is 0; it also returns what the files looked like.
func (k *Keeper) once(within time.Duration) (*config.Config, *document.Seen, error) {
	seen := document.NewSeenWithin(within, k.left)
	cfg, err := k.Load(seen)
	if why := seen.Hung(); why != nil {
		cfg, err = nil, why
		if old := k.seen.Load(); old != nil {
			seen.Inherit(old)
		}
	}
	k.seen.Store(seen)
	select {
	case k.read <- struct{}{}:
	default:
	}
	return cfg, seen, err
}

// Keep notes that what was read last is in use: the next Load falls back to it.
func (k *Keeper) Keep() { k.used = k.latest }

// Load reads files as config.LoadWith does, each once. Where something is wrong with files that are included with on_error: keep, or
// elsewhere because of them, the last good version of each takes its place. What then still needs something that is missing is left out
// by name, and so is a file without a good version: see Broken and Left of the Config. The error is what is wrong with all other files:
// one of type refused if included files are broken, too. Once the Config is in use, call Keep.
func (k *Keeper) Load(files document.Files) (*config.Config, error) {
	s := newIsolation(k, files)
	for {
		a := s.read(s.old)
		switch {
		case len(a.Faults) == 0:
			c := s.config(a)
			latest := s.used(a, c)
			if err := k.narrowed(c); err != nil {
				return nil, err
			}
			latest.any = len(c.KPIs) > 0
			k.latest = latest
			return c, nil
		case s.giveWay(a), s.leaveOut(a):
		default:
			return nil, s.refuse(a)
		}
	}
}

// refused is the error of a KPI file that cannot be used whatever included files say, of which some are broken, too.
type refused struct {
	document.Problems // Why it cannot be used.

	broken []config.Broken
}

// Unwrap returns why the file cannot be used.
func (r refused) Unwrap() error { return r.Problems }

// narrowError is the error that no KPI of a file is for this exporter.
type narrowError struct{ error }

func (e narrowError) Unwrap() error { return e.error }

// narrowed leaves out the KPIs that are not for this exporter. If none is left, that may be because of what is missing: then an exporter
// that has no KPIs in use runs without.
func (k *Keeper) narrowed(c *config.Config) error {
	err := k.narrow(c)
	if err == nil {
		return nil
	}
	missing := len(c.Left.KPIs) > 0
	for _, b := range c.Broken {
		missing = missing || b.Use == config.UseNothing
	}
	if !missing || k.used.any {
		return narrowError{err}
	}
	c.Select(nil)
	c.NoMatch = err
	return nil
}
