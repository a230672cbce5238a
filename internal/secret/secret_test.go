package secret

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRead(t *testing.T) {
	t.Setenv("KPI_TOKEN", "s3cret")
	t.Setenv("KPI_EMPTY", "")
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(pipe, []byte("s3cret\n"), 0o600) }() // It waits until the pipe is read.
	for name, test := range map[string]struct {
		source    Source
		want, err string
	}{
		"text":              {Source{Text: "as it is"}, "as it is", ""},
		"environment":       {Source{Text: "a${KPI_TOKEN}b"}, "as3cretb", ""},
		"not set":           {Source{Text: "${KPI_EMPTY}"}, "", "the environment variable KPI_EMPTY is not set"},
		"file":              {Source{Key: "token", File: file("token", " s3cret \r\n")}, " s3cret ", ""},
		"empty file":        {Source{Key: "token", File: file("empty", "\n")}, "", "token_file: " + filepath.Join(dir, "empty") + " is empty"},
		"two lines":         {Source{Key: "token", File: file("two", "s3cret\n# of the bot\n")}, "", "token_file: " + filepath.Join(dir, "two") + " has more than one line: leave only the token in it"},
		"control character": {Source{Key: "token", File: file("control", "s3\x1bcret")}, "", "token_file: " + filepath.Join(dir, "control") + " holds a control character: "},
		"a folder":          {Source{Key: "token", File: dir}, "", "token_file: read " + dir + ": is a directory"},
		"a pipe":            {Source{Key: "token", File: pipe}, "s3cret", ""},
		"endless":           {Source{Key: "token", File: "/dev/zero"}, "", "token_file: /dev/zero is larger than 64 kB, so it is not a secret"},
		"large":             {Source{Key: "token", File: file("large", strings.Repeat("s3cret", 20_000))}, "", "token_file: " + filepath.Join(dir, "large") + " is larger than 64 kB, so it is not a secret"},
		"file is not there": {Source{Key: "token", File: filepath.Join(dir, "none")}, "", "token_file: cannot open the file: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.source.Read()
			if got != test.want || (err == nil) != (test.err == "") || err != nil && (!strings.HasPrefix(err.Error(), test.err) || strings.Contains(err.Error(), "s3")) {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}
