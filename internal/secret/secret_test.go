package secret

import (
	"os"
	"path/filepath"
	"strings"
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
	for name, test := range map[string]struct {
		source    Source
		want, err string
	}{
		"text":              {Source{Text: "as it is"}, "as it is", ""},
		"environment":       {Source{Text: "a${KPI_TOKEN}b"}, "as3cretb", ""},
		"not set":           {Source{Text: "${KPI_EMPTY}"}, "", "the environment variable KPI_EMPTY is not set"},
		"file":              {Source{Key: "token", File: file("token", " s3cret \r\n")}, " s3cret ", ""},
		"empty file":        {Source{Key: "token", File: file("empty", "\n")}, "", "token_file: " + filepath.Join(dir, "empty") + " is empty"},
		"file is not there": {Source{Key: "token", File: filepath.Join(dir, "none")}, "", "token_file: open "},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.source.Read()
			if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}
