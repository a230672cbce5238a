package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// golden compares a text with a golden file, or writes the file with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("differs from %s (-want +got):\n%s", name, diff)
	}
}

// cases returns the names of the cases of a folder of testdata: its .yml files, each of which must have a golden file with the given
// ending, and no golden file may be left without a case.
func cases(t *testing.T, folder, ending string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".yml")
		known[names[i]] = true
	}
	goldens, err := filepath.Glob(filepath.Join(folder, "*"+ending))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range goldens {
		if name := strings.TrimSuffix(filepath.Base(file), ending); !known[name] {
			t.Errorf("%s belongs to no case", file)
		}
	}
	return names
}

// TestLoadBad loads files with a fault each; what is said about them stands beside them.
func TestLoadBad(t *testing.T) {
	names := cases(t, "testdata/bad", ".txt")
	if len(names) < 50 {
		t.Fatalf("only %d files", len(names))
	}
	t.Chdir("testdata/bad")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := Load(name + ".yml")
			if err == nil {
				t.Fatalf("is fine: %+v", c)
			}
			golden(t, name+".txt", err.Error()+"\n")
		})
	}
}

// TestLoadGood loads files that are fine; what they mean stands beside them.
func TestLoadGood(t *testing.T) {
	names := cases(t, "testdata/good", ".json")
	t.Chdir("testdata/good")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := Load(name + ".yml")
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			encoder := json.NewEncoder(&text)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(readable(reflect.ValueOf(c))); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", text.String())
		})
	}
}

// readable turns a configuration into what encoding/json writes well: without what is not set, with values of other
// packages in the words of the file.
func readable(v reflect.Value) any {
	switch value := v.Interface().(type) {
	case time.Duration:
		return value.String()
	case time.Time:
		return value.Format(time.RFC3339)
	case period.Period:
		return value.String()
	case *period.Cron:
		return value.String()
	case period.Calendar:
		return fmt.Sprintf("%s, weeks from %s, years from %s", value.Location, value.WeekStart, value.YearStart)
	case engine.Statement:
		return value.SQL()
	case *valuesfile.Table:
		return strings.Split(strings.TrimSpace(value.String()), "\n")
	case *Formula:
		if value == nil {
			return nil
		}
		return value.Text
	case document.Position:
		return value.String()
	case document.Problem:
		return value.String()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return readable(v.Elem())
	case reflect.Slice:
		items := []any{}
		for i := range v.Len() {
			item := v.Index(i)
			if db, ok := reflect.TypeAssert[*Database](item); ok {
				items = append(items, databaseText(db))
				continue
			}
			items = append(items, readable(item))
		}
		return items
	case reflect.Struct:
		fields := map[string]any{}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && !v.Field(i).IsZero() {
				fields[field.Name] = readable(v.Field(i))
			}
		}
		return fields
	}
	return v.Interface()
}

func databaseText(db *Database) string {
	text := fmt.Sprintf("%s: %d connections", db.Name, db.MaxConnections)
	for _, part := range []struct{ name, value string }{
		{"url", db.url}, {"url_file", db.urlFile}, {"password_file", db.passwordFile}, {"session_timezone", db.SessionTimezone},
	} {
		if part.value != "" {
			text += ", " + part.name + " " + part.value
		}
	}
	if db.DataUntil != nil {
		text += ", data_until " + db.DataUntil.SQL()
	}
	return text
}

// TestLoadLimits loads what is too large, too deep, or grows too much.
func TestLoadLimits(t *testing.T) {
	const fine = "databases:\n  app: {url: \"${URL}\"}\nkpis:\n  a: {title: A, period: day, query: SELECT 1 AS value}\n"
	many := func(n int) string {
		text := "databases: {app: {url: \"${URL}\"}}\ndefaults: {period: day}\nkpis:\n"
		for i := range n {
			text += fmt.Sprintf("  k%d: {title: A, query: SELECT 1 AS value}\n", i)
		}
		return text
	}
	unknown := "databases: {app: {url: \"${URL}\"}}\nkpis:\n"
	for i := range 10_000 {
		unknown += fmt.Sprintf("  k%d: {title: A, formula: kk%d + 1}\n", i, i+1)
	}
	for _, test := range []struct {
		name, text, want string
	}{
		{"16 MB", fine + strings.Repeat("#", document.MaxFileSize-len(fine)), ""},
		{"one byte more", fine + strings.Repeat("#", document.MaxFileSize-len(fine)+1), "kpi.yml: larger than 16 MB, the most that is read"},
		{"deep lists", strings.Repeat("[\n", 10_001), "kpi.yml:10001:1: values are nested more than 10,000 deep"},
		{"deep mappings", "a: " + strings.Repeat("{a:\n ", 10_001), "kpi.yml:10001:2: values are nested more than 10,000 deep"},
		{
			"wide bomb", "a: &a [" + strings.Repeat("x,", 1000) + "]\nb: [" + strings.Repeat("*a,", 1000) + "]\n",
			"kpi.yml:2:602: the aliases of this file repeat more than 200000 values",
		},
		{"error at the end of a large file", fine + strings.Repeat("# comment\n", 200_000) + "product: @acme\n", "kpi.yml:200005:10: a value cannot begin with @ unless it is quoted"},
		{"a list of 16 MB", "a: [" + strings.Repeat("a,", document.MaxFileSize/2-4) + "]\n", "kpi.yml:1:1000000: all YAML files together have more than 500000 lines, commas, colons and brackets up to here, the most that is read"},
		{"a line with many values", "a: [" + strings.Repeat("a,", 5_000) + "]\n", "kpi.yml:1:1: unknown key \"a\" in the file"},
		{"lines with many values", "a: [\n" + strings.Repeat("a,a,a,a,\n", 100_000) + "]\n", "kpi.yml:100001:4: all YAML files together have more than 500000 lines, commas, colons and brackets up to here, the most that is read"},
		{"a list in a list", strings.Repeat("- ", 10_001), "kpi.yml:1:1: values are nested more than 10,000 deep"},
		{"10,000 KPIs", many(10_000), ""},
		{"one KPI more", many(10_001), "kpi.yml:10004:3: a KPI too many: all files together define more than 10,000"},
		{"formulas that read what is not there", unknown, "kpi.yml:3:27: formula of KPI \"k0\": unknown KPI \"kk1\""},
		{"byte order mark", "\ufeff" + fine, ""},
		{"line breaks of Windows", strings.ReplaceAll(fine, "\n", "\r\n"), ""},
		{"UTF-16", "\xff\xfed\x00", "kpi.yml:1:1: a byte that is not UTF-8"},
		{"no such key in a long line", fine + "  " + strings.Repeat("b", 200) + ": b\n", "kpi.yml:5:3: \"" + strings.Repeat("b", 60) + "…\" is not a name for a KPI"},
		{"long line", fine[:len(fine)-2] + strings.Repeat(" ", 200) + ", colour: blue}\n", "kpi.yml:4:256: unknown key \"colour\" in a KPI"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("kpi.yml", []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err := Load("kpi.yml")
			if took := time.Since(start); len(test.text) < 1<<20 && took > time.Minute {
				t.Errorf("took %s", took)
			}
			got := ""
			if err != nil {
				got, _, _ = strings.Cut(err.Error(), "\n")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLoadMissing(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, want := range map[string]string{"kpi.yml": "kpi.yml: no such file or directory", ".": ".: is a directory"} {
		if _, err := Load(name); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// FuzzLoad looks for text that makes Load panic, return neither or both, or problems that cannot be shown.
func FuzzLoad(f *testing.F) {
	for _, folder := range []string{"bad", "good"} {
		files, err := filepath.Glob("testdata/" + folder + "/*.yml")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	path := filepath.Join(f.TempDir(), "kpi.yml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		var problems document.Problems
		switch {
		case err == nil && c == nil, err != nil && c != nil:
			t.Fatalf("config %v with error %v", c, err)
		case err == nil:
			if len(c.KPIs) == 0 {
				t.Error("no KPIs and no problem")
			}
			for _, k := range c.KPIs {
				if (k.Query == nil) == (k.Formula == nil) || k.Title == "" || len(k.Databases) == 0 || k.Calendar.Location == nil || k.Every == 0 && k.Cron == nil {
					t.Errorf("KPI %s is incomplete: %+v", k.Name, k)
				}
				if k.Target != nil {
					checkTarget(t, k)
				}
			}
			return
		case !errors.As(err, &problems) || len(problems) == 0:
			t.Fatalf("error %v is no Problems", err)
		}
		for _, p := range problems {
			if p.File == "" || p.Message == "" || strings.Contains(p.Message, "\n") || strings.Contains(p.Source, "\n") || (p.Line == 0) != (p.Column == 0) {
				t.Errorf("problem %+v", p)
			}
		}
	})
}

// checkTarget makes sure of what whoever reads a target relies on.
func checkTarget(t *testing.T, k *KPI) {
	t.Helper()
	if k.Target.Direction == "" || (k.Target.From == nil) != (k.Target.FromDatabase == nil) {
		t.Errorf("the target of KPI %s is incomplete: %+v", k.Name, k.Target)
	}
	for b := range k.Target.bounds() {
		switch b.Source {
		case Fixed, Benchmark:
			_, ok := b.At(time.Unix(0, 0))
			if !ok {
				t.Errorf("KPI %s: %+v has no value", k.Name, b)
			}
		case Steps, Ramp:
			for i, s := range b.Steps {
				if value, ok := b.At(s.From); ok != (s.Value != nil) || ok && value != *s.Value {
					t.Errorf("KPI %s: %v %v at step %d of %+v", k.Name, value, ok, i, b)
				}
			}
			if _, ok := b.At(b.Steps[0].From.Add(-1)); ok {
				t.Errorf("KPI %s: a value before %+v", k.Name, b)
			}
		case StricterOf:
			if len(b.Stricter) < 2 {
				t.Errorf("KPI %s: %+v has nothing to choose from", k.Name, b)
			}
		case MedianOf, MeanOf:
			if b.Past.Periods < 2 {
				t.Errorf("KPI %s: %+v of nothing", k.Name, b)
			}
		case PreviousPeriod, SamePeriodLastYear, AWeekAgo, AMonthAgo, AQuarterAgo, AYearAgo:
		default:
			t.Errorf("KPI %s: bound %+v comes from nowhere", k.Name, b)
		}
	}
}

// loadText loads a file.
func loadText(t *testing.T, text string) *Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
