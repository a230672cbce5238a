package state

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	saveEvery = time.Minute
	lastWords = 2 * time.Second // How long the last save may take: the program ends in time even if the disk does not answer.
)

// Saver keeps one file up to date. What goes wrong is logged, and stops nothing.
type Saver struct {
	path   string
	logger *slog.Logger
	saved  atomic.Int64 // In Unix nanoseconds.

	// The rest belongs to whoever loads, and then saves.
	known   fs.FileInfo // The file as it was loaded or saved last; nil: there was none.
	version uint64      // Of what was saved last.
	failing string      // Why nothing could be saved the last time, as logged.
	shared  bool        // It was logged that others write the file.
}

// Source is what a Saver saves.
type Source interface {
	// StateVersion returns a number that grows whenever there is something to save.
	StateVersion() uint64
	// State returns what is to be saved.
	State() *State
}

// NewSaver returns a saver of a file.
func NewSaver(path string, logger *slog.Logger) *Saver {
	return &Saver{path: path, logger: logger}
}

// Load returns what the file holds, nil if that cannot be used.
func (s *Saver) Load() *State {
	loaded, info, err := Load(s.path)
	s.known = info
	switch {
	case errors.Is(err, fs.ErrNotExist) && !s.hasFolder():
		s.logger.Warn("The state cannot be saved, because its folder is missing: create it, or name another one", "file", s.path)
	case errors.Is(err, fs.ErrNotExist):
		s.logger.Info("There is no state yet; values appear as they are evaluated", "file", s.path)
	case err != nil:
		s.logger.Warn("State not used; values appear as they are evaluated", "file", s.path, "err", err)
	}
	return loaded
}

// hasFolder reports whether there is a folder to save in, also where the path is a link to a file that is not there yet.
func (s *Saver) hasFolder() bool {
	path := s.path
	if target, err := os.Readlink(path); err == nil {
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	_, err := os.Stat(filepath.Dir(path))
	return !errors.Is(err, fs.ErrNotExist)
}

// Saved returns when the file last held all that there was to save; zero if it never did.
func (s *Saver) Saved() time.Time {
	at := s.saved.Load()
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at)
}

// Run saves every minute, and once more when ctx ends. A disk that does not answer holds up nothing else, and the end by two seconds.
func (s *Saver) Run(ctx context.Context, source Source) {
	removeUnfinished(s.path)
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for last := false; !last; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			last = true
		}
		saving := make(chan struct{})
		go func() {
			defer close(saving)
			s.save(source)
		}()
		if !s.wait(ctx, saving) {
			s.logger.Error("State not saved: the disk does not answer", "file", s.path)
			return
		}
	}
}

// wait waits for a save, but not for long once ctx has ended.
func (s *Saver) wait(ctx context.Context, saving <-chan struct{}) bool {
	select {
	case <-saving:
		return true
	case <-ctx.Done():
	}
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-saving:
		return true
	case <-timer.C:
		return false
	}
}

func (s *Saver) save(source Source) {
	now, version := time.Now(), source.StateVersion()
	if version == s.version && s.failing == "" && s.intact() {
		s.saved.Store(now.UnixNano())
		return
	}
	others := s.isOfOthers()
	info, err := Save(s.path, source.State())
	if err != nil {
		if why := err.Error(); why != s.failing {
			s.failing = why
			s.logger.Error("State not saved; it is tried again every minute", "file", s.path, "err", err)
		}
		return
	}
	if s.failing != "" {
		s.failing = ""
		s.logger.Info("State saved again", "file", s.path)
	}
	if others && !s.shared {
		s.shared = true
		s.logger.Warn("Another process has written the state file; give each exporter a file of its own, or the last one to write wins", "file", s.path)
	}
	s.known, s.version = info, version
	s.saved.Store(now.UnixNano())
}

// intact reports whether the file is the one that was saved last.
func (s *Saver) intact() bool {
	info, err := os.Stat(s.path)
	return err == nil && s.isKnown(info)
}

func (s *Saver) isKnown(info fs.FileInfo) bool {
	return s.known != nil && os.SameFile(info, s.known) && info.ModTime().Equal(s.known.ModTime())
}

// isOfOthers reports whether somebody else writes the file, too. The last one to write wins: the file is always that of one of them.
func (s *Saver) isOfOthers() bool {
	info, err := os.Stat(s.path)
	return err == nil && !s.isKnown(info)
}
