package document

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// MaxFileSize is how large a file may be, in bytes.
const MaxFileSize = 16 << 20

// Files is where files are read from: the disk, or what holds them as they once were. Paths are those of the disk.
type Files interface {
	// Read returns the text of a file of at most MaxFileSize bytes. With regular only a regular file will do, so that a
	// pattern that matches a pipe or a terminal cannot block. The error does not name the file.
	Read(path string, regular bool) (string, error)
	// Glob returns the paths that match a pattern of filepath.Match, sorted. With an error of type UnreadError there may be others.
	Glob(pattern string) ([]string, error)
	// Name returns a path as the user knows it, for problems.
	Name(path string) string
	// Real returns an absolute path with as many of its symbolic links followed as there are on the disk.
	Real(path string) string
}

// Disk is the files of this machine as they are now.
type Disk struct{}

// Read reads a file; see Files.
func (Disk) Read(path string, regular bool) (string, error) { return ReadFile(path, regular) }

// Glob returns the paths that match a pattern; see Files.
func (Disk) Glob(pattern string) ([]string, error) { return glob(pattern) }

// Name returns the path.
func (Disk) Name(path string) string { return path }

// ErrNotRegular is the error about a folder, a pipe or a terminal where a file is read.
var ErrNotRegular = errors.New("not a regular file")

// hintOf says what to do about a file that cannot be read; relative is for one that is not there.
func hintOf(path string, err error, relative string) string {
	switch {
	case errors.Is(err, ErrNotRegular):
		return "name a file: a folder, a pipe or a device is not read"
	case errors.Is(err, fs.ErrNotExist) && isLink(path):
		return "it is a symbolic link to something that does not exist"
	case errors.Is(err, fs.ErrNotExist):
		return relative
	}
	return ""
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// TooLarge returns the error about a file of more than MaxFileSize bytes.
func TooLarge() error { return fmt.Errorf("larger than %d MB, the most that is read", MaxFileSize>>20) }

// ReadFile returns the text of a file of at most MaxFileSize bytes. With regular only a regular file will do, so that a
// pattern that matches a pipe or a terminal cannot block.
func ReadFile(name string, regular bool) (string, error) {
	if regular {
		info, err := os.Stat(name)
		if err != nil {
			return "", reason(err)
		}
		if !info.Mode().IsRegular() {
			return "", ErrNotRegular
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return "", reason(err)
	}
	defer f.Close()

	var b strings.Builder
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() <= MaxFileSize {
		b.Grow(int(info.Size()))
	}
	n, err := io.Copy(&b, io.LimitReader(f, MaxFileSize+1))
	if err != nil {
		return "", reason(err)
	}
	if n > MaxFileSize {
		return "", TooLarge()
	}
	return b.String(), nil
}

// reason returns the cause without the path, which the problem names already.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
