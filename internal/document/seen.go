package document

import (
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
	once    bool                // One of them can be read only once, such as a pipe.
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
func NewSeen() *Seen { return &Seen{stamps: map[string]stamp{}, matches: map[string][]string{}} }

// Read reads a file; see Files.
func (s *Seen) Read(path string, regular bool) (string, error) {
	now := stampOf(path)
	s.once = s.once || now.info != nil && !now.info.Mode().IsRegular()
	s.stamps[path] = now
	return s.Disk.Read(path, regular)
}

// Glob returns the paths that match a pattern; see Files.
func (s *Seen) Glob(pattern string) ([]string, error) {
	matches, err := s.Disk.Glob(pattern)
	s.matches[pattern] = matches
	return matches, err
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
