package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestFileCheck holds who may have access to a file that a URL names.
func TestFileCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	isRoot := os.Geteuid() == 0 // Whose file this is.
	for _, test := range []struct {
		mode                   os.FileMode
		passfile, key, another bool
	}{
		{0o600, true, true, true},
		{0o400, true, true, true},
		{0o700, false, false, true},
		{0o640, false, isRoot, true},
		{0o440, false, isRoot, true},
		{0o660, false, false, true},
		{0o610, false, false, true},
		{0o604, false, false, true},
		{0o644, false, false, true},
	} {
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		for name, parameter := range map[string]struct {
			access accessRule
			want   bool
		}{"passfile": {ownerOnly, test.passfile}, "sslkey": {ownerOrGroupOfRoot, test.key}, "sslcert": {anyAccess, test.another}} {
			err := File{name, path, parameter.access}.Check()
			if (err == nil) != parameter.want {
				t.Errorf("%s of %o: %v", name, test.mode, err)
			}
			if want := name + ": others than its owner have access to " + path + ", so it is not used: chmod 600"; err != nil && err.Error() != want {
				t.Errorf("%s of %o: %v", name, test.mode, err)
			}
		}
	}
}

// TestFileIsClosed holds that a file is not usable to whoever may not open it.
func TestFileIsClosed(t *testing.T) {
	folder := t.TempDir()
	for _, open := range []string{filepath.Dir(folder), folder} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // The thread ends with this goroutine, and nobody else is who it is.
		if os.Geteuid() == 0 {
			const nobody = 65534
			if err := syscall.Setfsuid(nobody); err != nil {
				failed <- err
				return
			}
		}
		failed <- File{Name: "sslrootcert", Path: path}.Check()
	}()
	err := <-failed
	if err == nil || !strings.HasPrefix(err.Error(), "sslrootcert: ") || !strings.HasSuffix(err.Error(), "permission denied") {
		t.Errorf("%v, want that permission is denied", err)
	}
}
