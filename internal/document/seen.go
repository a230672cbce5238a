package document

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// settled is how old a file is that nobody is still writing, as far as anybody can tell.
const settled = time.Second

// Seen is the files of the disk, and what they looked like just before they were read: it tells whether one may be half written.
type Seen struct {
	Disk
	stamps  map[string]stamp
	matches map[string][]string // By pattern.
	once    bool                // One of them is not worth reading again: it is a pipe, or hangs.
	within  time.Duration       // How long reading all of them may take; 0: as long as it takes.
	began   time.Time
}

// stamp is what tells two states of a file apart without reading it.
type stamp struct {
	size     int64
	modified time.Time // Zero if there is no such file.
	info     os.FileInfo
}

func (s stamp) same(other stamp) bool {
	if s.size != other.size || !s.modified.Equal(other.modified) {
		return false
	}
	return s.info == nil || other.info == nil || os.SameFile(s.info, other.info)
}

// stampOf returns what a file looks like now.
func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime(), info}
}

// NewSeen returns the files of the disk, of which none has been read. Reading all of them must not take longer than within, unless that is
// 0: what hangs in a pipe or in a file system is an error then, and left behind.
func NewSeen(within time.Duration) *Seen {
	return &Seen{stamps: map[string]stamp{}, matches: map[string][]string{}, within: within, began: time.Now()}
}

// Read reads a file; see Files.
func (s *Seen) Read(path string, regular bool) (string, error) {
	type result struct {
		now  stamp
		text string
		err  error
	}
	r, err := inTime(s, func() (r result) {
		r.now = stampOf(path)
		r.text, r.err = s.Disk.Read(path, regular)
		return r
	})
	if err != nil {
		return "", err
	}
	s.once = s.once || r.now.info != nil && !r.now.info.Mode().IsRegular()
	s.stamps[path] = r.now
	return r.text, r.err
}

// Glob returns the paths that match a pattern; see Files.
func (s *Seen) Glob(pattern string) ([]string, error) {
	type result struct {
		matches []string
		err     error
	}
	r, err := inTime(s, func() (r result) {
		r.matches, r.err = s.Disk.Glob(pattern)
		return r
	})
	if err != nil {
		return nil, err
	}
	s.matches[pattern] = r.matches
	return r.matches, r.err
}

// inTime returns what look returns. It fails if that takes too long.
func inTime[T any](s *Seen, look func() T) (seen T, err error) {
	if s.within == 0 {
		return look(), nil
	}
	found := make(chan T, 1)
	go func() { found <- look() }()
	timer := time.NewTimer(s.within - time.Since(s.began))
	defer timer.Stop()
	select {
	case seen = <-found:
		return seen, nil
	case <-timer.C:
	}
	select {
	case seen = <-found: // Just in time.
		return seen, nil
	default:
		s.once = true
		return seen, fmt.Errorf("reading takes longer than %s: a pipe or a file system hangs", s.within)
	}
}

// MayBeHalf reports whether somebody may be writing one of the files that were read, or be about to write one that was not there.
// It is false where reading them again is impossible.
func (s *Seen) MayBeHalf(now time.Time) bool {
	if s.once {
		return false
	}
	for _, file := range s.stamps {
		if file.modified.IsZero() || now.Sub(file.modified) < settled {
			return true
		}
	}
	return false
}

// Equal reports whether the same files were read, each as it was for the other.
func (s *Seen) Equal(other *Seen) bool {
	return maps.EqualFunc(s.stamps, other.stamps, stamp.same) && maps.EqualFunc(s.matches, other.matches, slices.Equal[[]string])
}

// Paths returns the paths of the files that were read, or could not be, sorted.
func (s *Seen) Paths() []string { return slices.Sorted(maps.Keys(s.stamps)) }

// Patterns returns the patterns that were looked for, sorted.
func (s *Seen) Patterns() []string { return slices.Sorted(maps.Keys(s.matches)) }

// Changes returns the files that look different from when they were read, and those that a pattern has found since or no longer
// finds: paths, sorted.
func (s *Seen) Changes() []string {
	changed := map[string]bool{}
	for path, was := range s.stamps {
		if !was.same(stampOf(path)) {
			changed[path] = true
		}
	}
	for pattern, were := range s.matches {
		are, _ := s.Disk.Glob(pattern) // It was a good pattern before.
		for _, path := range slices.Concat(were, are) {
			if slices.Contains(were, path) != slices.Contains(are, path) {
				changed[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(changed))
}
