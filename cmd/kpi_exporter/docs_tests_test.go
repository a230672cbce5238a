package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsTests checks that each promise in the tables of these pages names tests, and that there are tests of these names.
func TestDocsTests(t *testing.T) {
	name := regexp.MustCompile("`([a-z_/]+)\\.(Test[A-Za-z0-9]+)(?:/([a-z_]+))?`")
	for _, page := range []string{"docs/security.md", "docs/operations.md"} {
		promises, inTable := 0, false
		for line := range strings.Lines(string(readBytes(t, "../../"+page))) {
			line = strings.TrimSpace(line)
			switch {
			case !strings.HasPrefix(line, "|"):
				inTable = false
			case strings.HasSuffix(line, "| tests |"):
				inTable = true
			case inTable && !strings.HasPrefix(line, "| ---"):
				promises++
				cells := strings.Split(line, " | ")
				found := name.FindAllStringSubmatch(cells[len(cells)-1], -1)
				if len(found) == 0 {
					t.Errorf("%s: no test holds that %s: %s", page, strings.TrimPrefix(cells[0], "| "), cells[1])
				}
				for _, test := range found {
					if !isTest(t, test[1], test[2], test[3]) {
						t.Errorf("%s: there is no test %s", page, test[0])
					}
				}
			}
		}
		if promises < 20 {
			t.Errorf("%s: %d promises", page, promises)
		}
	}
}

// isTest reports whether a package has a test, and a script of that name if one is named.
func isTest(t *testing.T, folder, test, script string) bool {
	t.Helper()
	if script != "" {
		if _, err := os.Stat("../../" + folder + "/testdata/script/" + script + ".txtar"); err != nil {
			return false
		}
	}
	files, err := filepath.Glob("../../" + folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.Contains(string(readBytes(t, file)), "\nfunc "+test+"(t *testing.T) {") {
			return true
		}
	}
	return false
}
