package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentation has the page of the checks explain each of them in the order of the list, beginning with what it finds, and
// nothing else.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	texts := map[string]string{}
	for part := range strings.SplitSeq(string(page), "\n## ") {
		for _, section := range strings.Split(part, "\n### ")[1:] {
			heading, text, _ := strings.Cut(section, "\n")
			explained = append(explained, heading)
			texts[heading] = strings.Join(strings.Fields(text), " ")
		}
	}
	var ids []string
	for _, c := range Checks() {
		ids = append(ids, c.ID)
		if text := texts[c.ID]; !strings.HasPrefix(text, c.Finds) {
			t.Errorf("%s begins with %q, want %q", c.Page(), text[:min(len(c.Finds), len(text))], c.Finds)
		}
		if says := strings.Contains(texts[c.ID], "Found by `check --connect`"); says != (c.At == OnConnect) {
			t.Errorf("%s says that it is found by check --connect: %t", c.Page(), says)
		}
	}
	if diff := cmp.Diff(ids, explained); diff != "" {
		t.Errorf("the checks and their explanations (-list +page):\n%s", diff)
	}
}

// TestOnRead has config, and the packages that read parts of a file for it, report the checks of the list that are made while a
// file is read, and no others.
func TestOnRead(t *testing.T) {
	var files []string
	for _, folder := range []string{"../../config", "../document", "../formula", "../keys", "../quantity", "../sqlfile", "../targets"} {
		found, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(found) == 0 {
			t.Fatal(folder, err)
		}
		files = append(files, found...)
	}
	var reported []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`(?:\.Warn(?:In)?\(|Check: )"(\w+)"`).FindAllSubmatch(text, -1) {
			reported = append(reported, string(call[1]))
		}
	}
	slices.Sort(reported)
	var want []string
	for _, c := range Checks() {
		if (c.find != nil) != (c.At == OnRun) {
			t.Errorf("%s has a function, or none", c.ID)
		}
		if c.At == OnRead {
			want = append(want, c.ID)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(reported)); diff != "" {
		t.Errorf("(-list +config):\n%s", diff)
	}
}
