package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// File is a file that a URL names and that is read for each connection.
type File struct {
	Name string // What names it: a parameter of the URL, or a key of the http_config_file.
	Path string // As the driver opens it.

	access accessRule
}

// accessRule says who else than the owner may have access to a file.
type accessRule int

const (
	anyAccess          accessRule = iota
	ownerOnly                     // As with libpq for a passfile: otherwise it is not read.
	ownerOrGroupOfRoot            // As with libpq for a key: the group may read one that belongs to root.
)

// PrivateKey returns the file of a key, to which nobody else may have access.
func PrivateKey(name, path string) File { return File{name, path, ownerOrGroupOfRoot} }

// Check says why a file cannot be used; nil if it can. What is not there is not shown: it may be the secret itself.
func (f File) Check() error {
	err := Regular(f.Path)
	if err == nil {
		err = isReadable(f.Path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, secret.WithoutPath(err))
	}
	if f.isOpen() {
		return &PartError{f.Name + ": others than its owner have access to " + f.Path + ", so it is not used", "chmod 600"}
	}
	return nil
}

var errNotRegular = errors.New("it is not a regular file")

// Regular refuses what is at a path unless it is a file: a pipe would wait for a writer.
func Regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	return err
}

func isReadable(path string) error {
	f, err := os.Open(path)
	if err == nil {
		f.Close()
	}
	return err
}

// isOpen reports whether others than those whom the rule allows have access to the file.
func (f File) isOpen() bool {
	info, err := os.Stat(f.Path)
	if err != nil || f.access == anyAccess {
		return false
	}
	most := fs.FileMode(0o600)
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid == 0 && f.access == ownerOrGroupOfRoot {
		most = 0o640
	}
	return info.Mode().Perm()&^most != 0
}
