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
	matches map[string]listing // By pattern.

	unrepeatable bool          // One of them is not worth reading again: it is a pipe, or hangs.
	within       time.Duration // How long reading all of them may take; 0: as long as it takes.
	began        time.Time
	left         chan struct{} // Holds a value for each read under way, those that were left behind included.
	hung         error         // What took too long.
}

// listing is what a pattern finds.
type listing struct {
	paths []string
	why   string // Why there may be more; "" if there are none.
}

func listed(paths []string, err error) listing {
	if err != nil {
		return listing{paths, err.Error()}
	}
	return listing{paths: paths}
}

func (l listing) same(other listing) bool {
	return l.why == other.why && slices.Equal(l.paths, other.paths)
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

// NewSeen returns the files of the disk, of which none has been read.
func NewSeen() *Seen { return NewSeenWithin(0, nil) }

// NewSeenWithin is NewSeen for files that must not take longer to read than within; 0: as long as it takes. What hangs in a pipe or in a file
// system is left behind, and nothing more is read: see Hung. What was left behind and hangs still has a place in left; where that is full,
// nothing is read.
func NewSeenWithin(within time.Duration, left chan struct{}) *Seen {
	return &Seen{stamps: map[string]stamp{}, matches: map[string]listing{}, within: within, began: time.Now(), left: left}
}

// Read reads a file; see Files.
func (s *Seen) Read(path string, regular bool) (string, error) {
	now, err := inTime(s, path, func() (stamp, error) { return stampOf(path), nil })
	s.stamps[path] = now
	if err != nil {
		return "", err
	}
	s.unrepeatable = s.unrepeatable || now.info != nil && !now.info.Mode().IsRegular()
	return inTime(s, path, func() (string, error) { return s.Disk.Read(path, regular) })
}

// Glob returns the paths that match a pattern; see Files.
func (s *Seen) Glob(pattern string) ([]string, error) {
	matches, err := inTime(s, pattern, func() ([]string, error) { return s.Disk.Glob(pattern) })
	s.matches[pattern] = listed(matches, err)
	return matches, err
}

// Hung returns an error that names what took too long, nil if nothing did.
func (s *Seen) Hung() error { return s.hung }

// inTime returns what look returns about a path. It fails if that takes too long, and from then on at once.
func inTime[T any](s *Seen, path string, look func() (T, error)) (seen T, err error) {
	type result struct {
		seen T
		err  error
	}
	if s.within == 0 {
		return look()
	}
	if s.hung != nil {
		return seen, s.hung
	}
	select {
	case s.left <- struct{}{}:
	default:
		s.hang(fmt.Errorf("%s is not read: %d earlier attempts to read files hang; restart once the file system answers again", path, cap(s.left)))
		return seen, s.hung
	}
	found := make(chan result, 1)
	go func() {
		defer func() { <-s.left }()
		seen, err := look()
		found <- result{seen, err}
	}()
	timer := time.NewTimer(s.within - time.Since(s.began))
	defer timer.Stop()
	select {
	case r := <-found:
		return r.seen, r.err
	case <-timer.C:
		s.hang(fmt.Errorf("%s: reading takes longer than %s: a pipe or a file system hangs", path, s.within))
		return seen, s.hung
	}
}

func (s *Seen) hang(why error) { s.hung, s.unrepeatable = why, true }

// Inherit adds what older ones looked like of the files that were not read, and of the patterns that were not looked for.
func (s *Seen) Inherit(old *Seen) {
	for path, was := range old.stamps {
		if _, there := s.stamps[path]; !there {
			s.stamps[path] = was
		}
	}
	for pattern, were := range old.matches {
		if _, there := s.matches[pattern]; !there {
			s.matches[pattern] = were
		}
	}
}

// MayBeHalf reports whether somebody may be writing one of the files that were read, or be about to write one that was not there.
// It is false where reading them again is impossible.
func (s *Seen) MayBeHalf(now time.Time) bool {
	if s.unrepeatable {
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
	return maps.EqualFunc(s.stamps, other.stamps, stamp.same) && maps.EqualFunc(s.matches, other.matches, listing.same)
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
		are := listed(s.Disk.Glob(pattern))
		for _, path := range slices.Concat(were.paths, are.paths) {
			if slices.Contains(were.paths, path) != slices.Contains(are.paths, path) {
				changed[path] = true
			}
		}
		if were.why != are.why {
			changed[pattern] = true
		}
	}
	return slices.Sorted(maps.Keys(changed))
}
