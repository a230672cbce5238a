package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// writeFile writes a file whole or not at all, and leaves links, pipes and devices what they are. What a process has open, as /dev/stdout
// of the exporter, gets the content behind what is there. Once ctx has ended it does not wait for the reader of a pipe.
func writeFile(ctx context.Context, name string, content []byte) error {
	path, err := follow(name)
	if err != nil {
		return err
	}
	var write func() error // It may wait for a reader.
	if isOpenFile(path) {
		write = func() error { return appendToOpen(name, path, content) }
	} else if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		write = func() error { return os.WriteFile(path, content, 0o600) }
	}
	if write != nil {
		_, err := await(ctx, func() (struct{}, error) { return struct{}{}, write() })
		return err
	}
	temporary, err := writeTemporary(filepath.Dir(path), generated{filepath.Base(path), content})
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil && temporary != "" {
		_ = os.Remove(temporary)
	}
	return err
}

// follow returns where links lead, be it to a file that does not exist yet. It stops at what a process has open, which only looks like
// a link to its file.
func follow(path string) (string, error) {
	named := path
	for range 40 { // As many as Linux follows.
		dir, name := filepath.Split(path)
		if name == "" || name == "." || name == ".." { // A folder, which nothing is written to.
			return path, nil
		}
		dir, err := filepath.EvalSymlinks(cmp.Or(dir, "."))
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, name)
		target, err := os.Readlink(path)
		if isLink := err == nil && !isOpenFile(path); !isLink {
			return path, nil
		}
		if !filepath.IsAbs(target) {
			target = dir + "/" + target // As it is: what .. means in it depends on links.
		}
		path = target
	}
	return "", &os.PathError{Op: "open", Path: named, Err: syscall.ELOOP}
}

// isOpenFile reports whether a path without links is that of what a process has open.
func isOpenFile(path string) bool {
	dir := filepath.Dir(path)
	return dir == "/dev/fd" || strings.HasPrefix(dir, "/proc/") && filepath.Base(dir) == "fd"
}

// appendToOpen writes to what a process has open.
func appendToOpen(name, path string, content []byte) error {
	file, err := openAgain(name, path)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

// openAgain opens what a process has open. If that is the exporter itself, both have the same place in the file: the shell that opened it
// continues behind what was written.
func openAgain(name, path string) (*os.File, error) {
	number, err := strconv.Atoi(filepath.Base(path))
	isOwn := strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, fmt.Sprintf("/proc/%d/", os.Getpid()))
	if err != nil || !isOwn {
		return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	}
	same, err := syscall.Dup(number)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(same), name), nil
}
