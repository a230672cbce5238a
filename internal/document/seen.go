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
}

// NewSeen returns the files of the disk, of which none has been read.
func NewSeen() *Seen { return &Seen{stamps: map[string]stamp{}, matches: map[string][]string{}} }

// Read reads a file; see Files.
func (s *Seen) Read(path string, regular bool) (string, error) {
	var now stamp
	if info, err := os.Stat(path); err == nil {
		now = stamp{info.Size(), info.ModTime()}
		s.once = s.once || !info.Mode().IsRegular()
	}
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
	same := func(a, b stamp) bool { return a.size == b.size && a.modified.Equal(b.modified) }
	return maps.EqualFunc(s.stamps, other.stamps, same) && maps.EqualFunc(s.matches, other.matches, slices.Equal[[]string])
}
