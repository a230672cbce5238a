package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// TestIncludeUnread has folders of included files that cannot be read: that is an error, not an empty folder. A folder that does not exist, or
// that is empty, is none.
func TestIncludeUnread(t *testing.T) {
	const empty = "warning: no file matches"
	for name, test := range map[string]struct{ link, include, want string }{
		"a loop":                      {"teams", "teams/*.yaml", "kpi.yaml:2:11: teams: too many levels of symbolic links"},
		"a loop with on_error":        {"teams", "{path: teams/*.yaml, on_error: keep}", "kpi.yaml:2:18: teams: too many levels of symbolic links"},
		"a link to nothing":           {"gone", "teams/*.yaml", "kpi.yaml:2:11: teams: no such file or directory"},
		"a link on the way":           {"gone", "teams/*/kpis/*.yaml", "kpi.yaml:2:11: teams: no such file or directory"},
		"a file by name":              {"teams", "teams/a.yaml", "kpi.yaml:2:11: teams/a.yaml: too many levels of symbolic links"},
		"a file in place of a folder": {"kpi.yaml", "teams/*.yaml", "kpi.yaml:2:11: teams: not a directory"},
		"a folder in place of a file": {"sub", "teams", "teams: not a regular file"},
		"a loop behind a wildcard":    {"teams", "t*/*.yaml", "kpi.yaml:2:11: teams: too many levels of symbolic links"},
		"a hidden loop":               {"teams", "\"*/*.yaml\"", "kpi.yaml:2:11: teams: too many levels of symbolic links"},
		"an empty folder":             {"sub", "teams/*.yaml", empty},
		"no folder":                   {"sub", "none/*.yaml", empty},
		"no folder in a link":         {"sub", "teams/none/*.yaml", empty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Mkdir("sub", 0o700); err != nil {
				t.Fatal(err)
			}
			for _, link := range [][2]string{{test.link, "teams"}, {".hidden", ".hidden"}} {
				if err := os.Symlink(link[0], link[1]); err != nil {
					t.Fatal(err)
				}
			}
			write(t, "kpi.yaml", "databases: {app: {url: sqlite://a}}\ninclude: ["+test.include+"]\nkpis: {a: {title: A, period: day, query: SELECT 1 AS value}}\n")
			c, err := Load("kpi.yaml")
			said := fmt.Sprint(err)
			if err == nil {
				said = document.Problems(c.Warnings).Error()
			}
			if !strings.HasPrefix(said, test.want) && (test.want != empty || !strings.Contains(said, empty)) || strings.Contains(said, "hidden") {
				t.Errorf("it says %s\nwant %s", said, test.want)
			}
		})
	}
}
