package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.JSON(Keys(nil))))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("kpi.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("kpi.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// parsed returns a file as an editor reads it: YAML 1.2, where on, off and dates are text.
func parsed(t *testing.T, text string) any {
	t.Helper()
	report := document.NewReport()
	d := report.NewFile("kpi.yml", text)
	root := d.Parse()
	if root == nil {
		t.Fatal(report.Errors())
	}
	return plain(d, root)
}

func plain(d *document.File, n *document.Node) any {
	n = document.Resolve(n)
	switch n.Kind {
	case document.MappingNode:
		m := map[string]any{}
		d.Pairs(n, "", func(k, v *document.Node) { m[k.Value] = plain(d, v) })
		return m
	case document.SequenceNode:
		items := []any{}
		for _, item := range n.Content {
			items = append(items, plain(d, item))
		}
		return items
	}
	if number, err := strconv.ParseFloat(n.Value, 64); err == nil && document.IsPlain(n) {
		return number
	}
	switch {
	case n.Tag == "!!bool":
		return n.Value == "true"
	case document.IsNull(n):
		return nil
	}
	return n.Value
}

// Every file that is right is right by the schema.
func TestSchemaOfGoodFiles(t *testing.T) {
	compiled := compiledSchema(t)
	var files []string
	for _, pattern := range []string{"testdata/good/*.yml", "testdata/good/teams/*.yml", "../examples/product/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal("no file matches ", pattern, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(parsed(t, string(text))); err != nil {
				t.Error(err)
			}
		})
	}
}

// Most of what Load refuses in a single place the schema refuses too.
func TestSchemaOfBadFiles(t *testing.T) {
	compiled := compiledSchema(t)
	refused := 0
	t.Chdir("testdata/bad")
	for _, name := range cases(t, ".", ".txt") {
		text, err := os.ReadFile(name + ".yml")
		if err != nil {
			t.Fatal(err)
		}
		d := document.NewReport().NewFile(name, string(text))
		if root := d.Parse(); root != nil && compiled.Validate(plain(d, root)) != nil {
			refused++
		}
	}
	if refused < 60 {
		t.Errorf("the schema finds fault with only %d of the bad files", refused)
	}
}

func TestSchemaRefuses(t *testing.T) {
	compiled := compiledSchema(t)
	const app = "databases: {app: {url: \"${URL}\"}}\n"
	for _, test := range []struct{ name, text, want string }{
		{"unknown key of the file", "prodct: Shop\n", "prodct"},
		{"unknown key of a KPI", "kpis: {a: {title: A, lables: [plan]}}\n", "lables"},
		{"no title", "kpis: {a: {period: day}}\n", "title"},
		{"name of a KPI", "kpis: {Revenue: {title: A}}\n", "Revenue"},
		{"word", "kpis: {a: {title: A, level: boss}}\n", "level"},
		{"number", "kpis: {a: {title: A, target: {at_least: \"12,000\"}}}\n", "at_least"},
		{"length of time", "kpis: {a: {title: A, every: 5}}\n", "every"},
		{"period", "kpis: {a: {title: A, period: {day: 3}}}\n", "period"},
		{"range", "kpis: {a: {title: A, target: {between: [1, 2, 3]}}}\n", "between"},
		{"time of a step", "kpis: {a: {title: A, target: {at_least: {steps: {2026-Q5: 1}}}}}\n", "steps"},
		{"label of a segment", "kpis: {a: {title: A, target: {at_least: 1, segments: [{plan: [pro]}]}}}\n", "plan"},
		{"key of a default", "defaults: {title: A}\n", "title"},
		{"key of a query", "queries: {a: {value: x}}\n", "value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := compiled.Validate(parsed(t, app+test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want something about %s", err, test.want)
			}
		})
	}
}
