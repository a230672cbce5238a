package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIncludeHiddenFiles includes files from a folder with what editors, archives and mounted ConfigMaps leave there.
func TestIncludeHiddenFiles(t *testing.T) {
	const main = "conf/kpi.yaml"
	files := []string{
		"conf/kpis/growth.yaml", "conf/kpis/growth.yaml~", "conf/kpis/#growth.yaml#", "conf/kpis/.hidden.yaml", "conf/..2026_11_29/mounted.yaml", "conf/.d/deep/x.yaml",
		"conf/teams/.git/config.yaml", "conf/teams/a/a.yaml", ".shared/common.yaml", "shared/common.yaml",
		`te[am]*?\x/in/y.yaml`, `te[am]*?\x/in/.z.yaml`,
	}
	tests := map[string]struct {
		main     string
		patterns []string
		want     []string // Relative to the folder of the main file.
		warning  string
	}{
		"a pattern":                          {patterns: []string{"kpis/*.yaml"}, want: []string{"kpis/growth.yaml"}},
		"any ending":                         {patterns: []string{"kpis/*"}, want: []string{"kpis/growth.yaml"}},
		"a copy by its name":                 {patterns: []string{"kpis/growth.yaml~"}, want: []string{"kpis/growth.yaml~"}},
		"a question mark":                    {patterns: []string{"kpis/?hidden.yaml"}, warning: `no file matches "kpis/?hidden.yaml"`},
		"a class":                            {patterns: []string{"kpis/[.]hidden.yaml", "kpis/[^a]hidden.yaml"}, warning: `no file matches "kpis/[.]hidden.yaml"`},
		"folders":                            {patterns: []string{"*/*.yaml"}, want: []string{"kpis/growth.yaml"}},
		"folders in folders":                 {patterns: []string{"*/*/*.yaml"}, want: []string{"teams/a/a.yaml"}},
		"two stars":                          {patterns: []string{"**/*.yaml"}, want: []string{"kpis/growth.yaml"}},
		"a pattern with the dot":             {patterns: []string{"kpis/.h*.yaml"}, want: []string{"kpis/.hidden.yaml"}},
		"a pattern with an escaped dot":      {patterns: []string{`kpis/\.h*.yaml`}, want: []string{"kpis/.hidden.yaml"}},
		"a folder with the dot":              {patterns: []string{"..2026*/*.yaml"}, want: []string{"..2026_11_29/mounted.yaml"}},
		"a folder by its name":               {patterns: []string{".d/*/*.yaml"}, want: []string{".d/deep/x.yaml"}},
		"a folder by its name after a star":  {patterns: []string{"*/.git/*.yaml"}, want: []string{"teams/.git/config.yaml"}},
		"the dot in the folder only":         {patterns: []string{".*/*/*.yaml"}, want: []string{".d/deep/x.yaml"}},
		"a file by its name":                 {patterns: []string{"kpis/.hidden.yaml"}, want: []string{"kpis/.hidden.yaml"}},
		"another folder's hidden folders":    {patterns: []string{"../*/common.yaml"}, want: []string{"../shared/common.yaml"}},
		"from a hidden folder":               {patterns: []string{"../.shared/*.yaml"}, want: []string{"../.shared/common.yaml"}},
		"an absolute pattern":                {patterns: []string{"ROOT/conf/kpis/*.yaml"}, want: []string{"ROOT/conf/kpis/growth.yaml"}},
		"an absolute pattern, not clean":     {patterns: []string{"ROOT/conf//./kpis/*.yaml"}, want: []string{"ROOT/conf/kpis/growth.yaml"}},
		"a main file in a hidden folder":     {main: ".shared/kpi.yaml", patterns: []string{"*.yaml"}, want: []string{"common.yaml"}},
		"a main file in a folder of pattern": {main: `te[am]*?\x/kpi.yaml`, patterns: []string{"*/*.yaml"}, want: []string{"in/y.yaml"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			t.Chdir(root)
			if test.main == "" {
				test.main = main
			}
			folder := filepath.Dir(test.main)
			for i, file := range files {
				write(t, file, fmt.Sprintf("kpis:\n  k%d: {title: K, period: instant, database: app, query: SELECT 1 AS value}\n", i))
			}
			write(t, "conf/kpis/._growth.yaml", "\x00\x05\x16\x07\xff")
			for _, link := range []string{"conf/kpis/.#growth.yaml", "conf/.#kpi.yaml"} {
				if err := os.Symlink("me@host.1:2", link); err != nil {
					t.Fatal(err)
				}
			}
			patterns := strings.ReplaceAll(fmt.Sprintf("%q", test.patterns), "ROOT", root)
			write(t, test.main, "product: Shop\nallow_paths: [..]\ndatabases: {app: {url: sqlite://x.db}}\ninclude: "+strings.ReplaceAll(patterns, `" "`, `", "`)+
				"\nkpis:\n  one: {title: One, period: instant, query: SELECT 1 AS value}\n")

			c, err := Load(test.main)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{test.main}
			for _, file := range test.want {
				if file = strings.Replace(file, "ROOT", root, 1); !filepath.IsAbs(file) {
					file = filepath.Join(folder, file)
				}
				want = append(want, file)
			}
			if got := fmt.Sprint(c.Files); got != fmt.Sprint(want) {
				t.Errorf("files %v\nwant  %v", got, want)
			}
			var warnings []string
			for _, w := range c.Warnings {
				if w.Check == "empty_include" {
					warnings = append(warnings, w.Message)
				}
			}
			if got := strings.Join(warnings, "\n"); !strings.HasPrefix(got, test.warning) || test.warning == "" && got != "" {
				t.Errorf("warnings %q, want %q", got, test.warning)
			}
		})
	}
}

// TestIncludeLinkOut has a folder of a team hold a link to a file that the team may not read.
func TestIncludeLinkOut(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "secret.yaml", "hunter2\n")
	write(t, "conf/teams/growth.yaml", "kpis:\n  one: {title: One, period: day, query_file: innocent.sql}\n")
	write(t, "conf/kpi.yaml", "databases: {app: {url: sqlite://x.db}}\ninclude: [teams/*.yaml]\n")
	for link, target := range map[string]string{"conf/teams/innocent.yaml": "../../secret.yaml", "conf/teams/innocent.sql": "/proc/self/environ"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load("conf/kpi.yaml")
	said := fmt.Sprint(err)
	for _, want := range []string{
		`conf/teams/innocent.yaml: not below the folder of the main KPI file`,
		`conf/teams/growth.yaml:2:46: "innocent.sql" is not below the folder of the main KPI file`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "hunter2") {
		t.Errorf("the file was read:\n%s", said)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDanglingLink holds that a link to nothing is called one, however it was found.
func TestDanglingLink(t *testing.T) {
	for main, want := range map[string]string{
		"include: [\"teams/*.yaml\"]":                     "kpi.yaml:1:11: teams/a.yaml: no such file or directory",
		"include: [teams/a.yaml]":                         "kpi.yaml:1:11: teams/a.yaml: no such file or directory",
		"include: [{path: teams/a.yaml, on_error: keep}]": "kpi.yaml:1:18: teams/a.yaml: no such file or directory",
		"databases: {app: {url: sqlite://a}}\nkpis: {a: {title: A, period: day, query_file: teams/a.yaml}}": "kpi.yaml:2:47: teams/a.yaml: no such file or directory",
	} {
		t.Chdir(t.TempDir())
		if err := os.Mkdir("teams", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("gone.yaml", "teams/a.yaml"); err != nil {
			t.Fatal(err)
		}
		write(t, "kpi.yaml", main+"\n")
		_, err := Load("kpi.yaml")
		if said := fmt.Sprint(err); !strings.HasPrefix(said, want) || !strings.Contains(said, "hint: it is a symbolic link to something that does not exist") {
			t.Errorf("%s\n got %s", main, said)
		}
	}
}
