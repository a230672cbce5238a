package state

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	maxBytes  = 256 << 20        // A larger file is not read.
	leftAfter = 10 * time.Minute // After which an unfinished file was left by an exporter that was killed.
)

// Load reads a file. A file that is not there is fs.ErrNotExist; every other error says why the file is not used.
func Load(path string) (*State, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, withoutPath(err)
	}
	if err := suits(info); err != nil { // Before it is opened: a pipe would wait for a writer.
		return nil, info, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, info, withoutPath(err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, withoutPath(err)
	}
	if err := suits(info); err != nil {
		return nil, info, err
	}
	s, err := Decode(f, info.Size())
	return s, info, err
}

// suits reports why a file is not read.
func suits(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("it is a folder")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case isOfOther(info):
		return errors.New("it belongs to another user")
	case info.Mode().Perm()&0o002 != 0: // A group may: Kubernetes lets that of the pod.
		return errors.New("anybody may write it")
	case info.Size() > maxBytes:
		return fmt.Errorf("it has more than %d MB", maxBytes>>20)
	}
	return nil
}

func isOfOther(info fs.FileInfo) bool {
	of, known := info.Sys().(*syscall.Stat_t)
	return known && int(of.Uid) != os.Geteuid()
}

// checkReplaced says why what is at a path must not be replaced: nothing else may be lost than a state.
func checkReplaced(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil //nolint:nilerr // There is nothing, or saving fails, too.
	case !info.Mode().IsRegular():
		return errors.New("there is something that is not a regular file")
	}
	foreign, err := IsForeign(path)
	switch {
	case err != nil:
		return fmt.Errorf("it is not known whether the file that is there is a state: %w", err)
	case foreign:
		return errors.New("there is a file that is not a state of kpi_exporter")
	}
	return nil
}

// IsForeign reports whether a regular file is at a path that is not a state of kpi_exporter, of whatever version and however much of it is
// left. It has something to lose: a file of zeros, as a crash may leave, has not.
func IsForeign(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() { // Before it is opened: a pipe would wait for a writer.
		return false, withoutPath(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return false, withoutPath(err)
	}
	defer f.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return false, withoutPath(err)
	case strings.HasPrefix(magic, string(head[:n])):
		return false, nil
	}
	zeros, err := isZeros(io.MultiReader(bytes.NewReader(head[:n]), io.LimitReader(f, maxBytes)))
	return !zeros || info.Size() > maxBytes, withoutPath(err)
}

// isZeros reports whether there is nothing but zero bytes to read.
func isZeros(r io.Reader) (bool, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	for {
		switch c, err := b.ReadByte(); {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil || c != 0:
			return false, err
		}
	}
}

// Save writes a file in place of the one that is there, which is whole until the new one is: whenever the program or the machine
// stops, one of the two is there.
func Save(path string, s *State) (info fs.FileInfo, err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // A link stays one.
	}
	if err := checkReplaced(path); err != nil {
		return nil, err
	}
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, temporary(base))
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // The error is what counts.
		}
	}()
	if err := write(f, s); err != nil {
		return nil, withoutPath(err)
	}
	if info, err = os.Stat(f.Name()); err != nil {
		return nil, withoutPath(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return nil, withoutPath(err)
	}
	return info, withoutPath(syncDir(dir))
}

// temporary is what unfinished files are called, which are written beside the file itself.
func temporary(base string) string { return "." + base + ".*.tmp" }

// write writes a file so that it is on the disk when it has its name. It has mode 0600 from the beginning.
func write(f *os.File, s *State) error {
	err := Encode(f, s)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir has the disk remember which file has the name. Some file systems cannot do that, and need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil //nolint:nilerr // A folder may be writable without being readable.
	}
	_ = d.Sync()
	return d.Close()
}

// removeUnfinished removes what an exporter left that was killed while it wrote.
func removeUnfinished(path string) {
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), temporary(filepath.Base(path))))
	if err != nil { // The name has brackets: what is left is left.
		return
	}
	for _, name := range names {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > leftAfter {
			_ = os.Remove(name) // Else it costs some space.
		}
	}
}

// withoutPath returns an error without the path, which whoever logs it has named.
func withoutPath(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	if of, ok := errors.AsType[*os.LinkError](err); ok {
		return of.Err
	}
	return err
}
