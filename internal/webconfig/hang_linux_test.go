package webconfig

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lease has everybody wait who opens a file, until it is given back, as a file system does that has lost its server.
func lease(t *testing.T, path string) (f *os.File, giveBack func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	set := func(how uintptr) error {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_SETLEASE, how); errno != 0 {
			return errno
		}
		return nil
	}
	if err := set(syscall.F_WRLCK); err != nil {
		t.Skipf("this file system has no leases: %v", err)
	}
	return f, func() {
		if err := set(syscall.F_UNLCK); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that hangs is read no longer than for a while, has one line in the log, and its last good version is used until it answers again.
func TestFileHangs(t *testing.T) {
	g := open(t, users(t, "first"))
	g.patience = 10 * time.Millisecond
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	f, giveBack := lease(t, g.path)
	if _, err := f.WriteAt([]byte(users(t, "other")), 0); err != nil { // It is as long.
		t.Fatal(err)
	}
	for deadline := time.Now().Add(long); len(g.left) < maxHanging; g.look(t.Context(), logger) {
		if time.Now().After(deadline) {
			t.Fatalf("%d reads hang", len(g.left))
		}
	}
	for range 3 { // It does not wait for another one.
		g.look(t.Context(), logger)
	}
	if !allows(t, g, "first") || allows(t, g, "other") {
		t.Error("the last good version is not used")
	}
	if got := strings.Count(log.String(), "takes longer than 10ms"); got != 1 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log: %s", log.String())
	}
	giveBack()
	g.patience = long
	for deadline := time.Now().Add(long); !allows(t, g, "other"); g.look(t.Context(), logger) {
		if time.Now().After(deadline) {
			t.Fatal("what the file says now is not used")
		}
	}
}
