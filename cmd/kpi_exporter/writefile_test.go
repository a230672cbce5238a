package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// What a process has open keeps what is in it and stays the same file, whatever it is called.
func TestWriteFileThatIsOpen(t *testing.T) {
	for name, path := range map[string]string{
		"of this process":         "/dev/fd/%d",
		"of this process in proc": "/proc/self/fd/%d",
		"of a thread":             "/proc/thread-self/fd/%d",
		"by number":               fmt.Sprintf("/proc/%d/fd/", os.Getpid()) + "%d",
		"behind a link":           "link",
		"behind a folder's link":  "folder/%d",
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			file, err := os.Create("all.md")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			links(t, fmt.Sprintf("/dev/fd/%d", file.Fd()), "link", "/proc/self/fd", "folder")
			if path != "link" {
				path = fmt.Sprintf(path, file.Fd())
			}
			_, err = file.WriteString("before ")
			if err == nil {
				err = writeFile(t.Context(), path, []byte("report "))
			}
			if err == nil {
				_, err = file.WriteString("after")
			}
			if got := string(readBytes(t, "all.md")); err != nil || got != "before report after" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("of another process", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "all.md")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		other := exec.CommandContext(t.Context(), "cat")
		other.Stdout = file
		stdin, err := other.StdinPipe()
		if err == nil {
			err = other.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteString("before ")
		if err == nil {
			err = writeFile(t.Context(), fmt.Sprintf("/proc/%d/fd/1", other.Process.Pid), []byte("report"))
		}
		if got := string(readBytes(t, path)); err != nil || got != "before report" {
			t.Errorf("%q, %v", got, err)
		}
		_ = stdin.Close()
		if err := other.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// A link stays one, and its file is written, be it for the first time.
func TestWriteFileBehindLinks(t *testing.T) {
	for name, path := range map[string]string{
		"no link":                "below/report.md",
		"a link":                 "link",
		"a link to a link":       "second",
		"a link with an address": "absolute",
		"a link's folder":        "folder/report.md",
		"up from a link":         "upwards",
	} {
		for _, old := range []string{"", "an older and longer report"} {
			t.Run(fmt.Sprintf("%s, %d bytes before", name, len(old)), func(t *testing.T) {
				dir := t.TempDir()
				t.Chdir(dir)
				if err := os.MkdirAll("below/deep", 0o700); err != nil {
					t.Fatal(err)
				}
				links(t, "below/report.md", "link", "link", "second", dir+"/below/report.md", "absolute", "below", "folder",
					"below/deep", "deep", "deep/../report.md", "upwards")
				if old != "" {
					if err := os.WriteFile("below/report.md", []byte(old), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				err := writeFile(t.Context(), path, []byte("report"))
				if got := string(readBytes(t, "below/report.md")); err != nil || got != "report" {
					t.Errorf("%q, %v", got, err)
				}
				for _, link := range []string{"link", "second", "absolute", "folder", "upwards"} {
					if _, err := os.Readlink(link); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func TestWriteFileFails(t *testing.T) {
	t.Chdir(t.TempDir())
	links(t, "loop", "loop", "absent/report.md", "link")
	for path, want := range map[string]string{
		"/dev/fd/99999": "open /dev/fd/99999: bad file descriptor",
		"loop":          "open loop: too many levels of symbolic links",
		"link":          "lstat absent: no such file or directory",
		"absent/x":      "lstat absent: no such file or directory",
		".":             "open .: is a directory",
		"./":            "open ./: is a directory",
	} {
		if err := writeFile(t.Context(), path, nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// A command that was asked to end does not wait for a reader that a pipe does not have.
func TestWriteFileNobodyReads(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancelCause(t.Context())
	end(errors.New("asked to end"))
	written := make(chan error, 1)
	go func() { written <- writeFile(ctx, pipe, []byte("report")) }()
	select {
	case err := <-written:
		if err == nil || err.Error() != "asked to end" {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it still waits")
	}
	reader, err := os.Open(pipe) // What was left behind ends, too.
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reader); err != nil || string(got) != "report" {
		t.Errorf("%q, %v", got, err)
	}
	_ = reader.Close()
}

// links makes a link of each pair of a target and a name.
func links(t *testing.T, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if err := os.Symlink(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
}
