package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
)

var errNotInstalled = errors.New("PostgreSQL is not installed: run make deps")

// findBinaries returns the folder of PostgreSQL's server programs. Debian keeps them out of PATH, in a folder for each
// version; the newest is taken.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err != nil {
		return "", err
	}
	if path := newest(found); path != "" {
		return filepath.Dir(path), nil
	}
	path, err := exec.LookPath("pg_ctl")
	if err != nil {
		return "", errNotInstalled
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

// newest returns the path …/VERSION/bin/pg_ctl with the highest version, or "" when there is none. Versions are
// numbers: 15 is newer than 9.6.
func newest(paths []string) string {
	var best string
	highest := -1.0
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(filepath.Dir(path)))
		version, err := strconv.ParseFloat(name, 64)
		if err == nil && version > highest {
			best, highest = path, version
		}
	}
	return best
}

// serverAccount returns the user and group that the server runs as: those of this process, or the user postgres in
// place of root.
func serverAccount() (uid, gid int, err error) {
	if os.Geteuid() != 0 {
		return os.Geteuid(), os.Getegid(), nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	if uid, err = strconv.Atoi(account.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(account.Gid)
	return uid, gid, err
}
