package config

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

var updatePage = flag.Bool("update-page", false, "write the tables of the reference page")

// errorsOf returns what Load says about a file, "" if it is right.
func errorsOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestKeysAreRead makes sure that each key in a table is read where the table says so, and that no other is.
func TestKeysAreRead(t *testing.T) {
	const target = "databases: {app: {url: sqlite://x}}\nkpis:\n  a:\n    title: A\n    period: day\n    query: SELECT 1\n    target:\n      "
	texts := map[string]string{
		"main":      "KEY: &a []\n",
		"database":  "databases:\n  a:\n    KEY: []\n",
		"owner":     "owners:\n  a:\n    KEY: []\n",
		"objective": "objectives:\n  a:\n    KEY: []\n",
		"lint":      "lint:\n  KEY: {}\n",
		"kpi":       "kpis:\n  a:\n    KEY: []\n",
		"query":     "queries:\n  a:\n    KEY: []\n",
		"defaults":  "defaults:\n  KEY: []\n",
		"alert":     "defaults:\n  alert:\n    KEY: &a []\n",
		"target":    target + "KEY: []\n",
		"bound":     target + "at_least:\n        KEY: &a []\n",
		"segment":   target + "at_least: 1\n      segments:\n        - KEY: {}\n",
		"period":    "defaults:\n  period:\n    KEY: x\n",
	}
	names := map[string]bool{}
	for _, section := range Keys(nil) {
		for _, key := range section.Keys {
			names[key.Name] = true
		}
	}
	for mapping, text := range texts {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			t.Run(mapping+" "+name, func(t *testing.T) {
				said := errorsOf(t, strings.ReplaceAll(text, "KEY", name))
				refused := regexp.MustCompile(`unknown key|belongs (in|to)|cannot be a default|a named query has no|not a label of this KPI|is not one of days|pace is for the whole target`).MatchString(said)
				if read := hasKey(mapping, name); read == refused {
					t.Errorf("in the table: %v, but Load says\n%s", read, said)
				}
			})
		}
	}
}

func hasKey(mapping, name string) bool {
	for _, section := range Keys(nil) {
		for _, key := range section.Keys {
			if key.Name == name && key.IsIn(mapping) {
				return true
			}
		}
	}
	return false
}

// TestKeyTable makes sure that an entry in the table is all that a key of KPIs needs: it has a reader, a form and a help text
// of its own, and the code asks only for keys that there are, by the type that is read.
func TestKeyTable(t *testing.T) {
	for _, section := range Keys(nil) {
		for _, key := range section.Keys {
			if key.Help == "" || strings.HasSuffix(key.Help, ".") || reflect.ValueOf(key.Form).IsZero() {
				t.Errorf("%s: key %s has help %q and form %v", section.Title, key.Name, key.Help, key.Form)
			}
		}
	}
	l := newLoader(Options{})
	types := map[string]string{}
	for _, key := range l.keys.All() {
		if other := l.keys.Find(key.Inherit.Excepts); key.Inherit.Excepts != "" && (other == nil || other.Inherit.Excepts != key.Name) {
			t.Errorf("%s excepts %s, which does not except it", key.Name, key.Inherit.Excepts)
		}
		f := document.NewReport().NewFile("kpi.yml", "[]\n")
		field := reflect.TypeOf(key.Read(f, f.Parse(), key.Name)).Elem()
		value, _ := field.FieldByName("Value")
		types[key.Name] = strings.NewReplacer("config.", "", "targets.", "", "yaml.Node", "document.Node").Replace(value.Type.String())
	}
	uses := regexp.MustCompile(`\bkeys\.Get\[([^\]]*(?:\[\])?[^\]]*)\]\([\w.]+, "(\w+)"\)|\b(?:s|near|decl|q|k)\.(Text)\("(\w+)"\)`)
	var files []string
	for _, pattern := range []string{"*.go", "../internal/targets/*.go"} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, matches...)
	}
	used := map[string]bool{}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range uses.FindAllStringSubmatch(string(code), -1) {
			typ, key := use[1], use[2]
			if use[3] != "" {
				typ, key = "string", use[4]
			}
			used[key] = true
			if types[key] != typ {
				t.Errorf("%s: %s: key %s is read as %q", file, use[0], key, types[key])
			}
		}
	}
	for key := range types {
		if !used[key] {
			t.Errorf("key %s is read, and not used", key)
		}
	}
}

// TestReferencePage makes sure that the reference page has the tables that follow from the keys. With -update-page it writes them.
func TestReferencePage(t *testing.T) {
	const (
		path  = "../docs/kpi-files.md"
		begin = "<!-- The tables below are made from the keys: go test ./config -run TestReferencePage -update-page -->\n"
		end   = "<!-- End of the tables. -->\n"
	)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the tables", path)
	}
	want := before + begin + "\n" + schema.Page(Keys(nil)) + "\n" + end + after
	if want == string(text) {
		return
	}
	if !*updatePage {
		t.Fatalf("%s is not what the keys say: run go test ./config -run TestReferencePage -update-page", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}
