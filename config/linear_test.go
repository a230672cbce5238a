package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// TestLoadIsLinear reads large files that would take many minutes if anything looked at the rest of a line, of a text or of a list for each
// of its parts.
func TestLoadIsLinear(t *testing.T) {
	const head = `{"databases":{"app":{"url":"${URL}"}},"defaults":{"period":"day"},"kpis":{`
	fill := func(begin, again, end string) string {
		return begin + strings.Repeat(again, (document.MaxFileSize-len(begin)-len(end))/len(again)) + end
	}
	minified := func(kpis int, title string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range kpis {
			fmt.Fprintf(&b, `%s"k%d":{"title":%q,"query":"SELECT 1 AS value"}`, strings.Repeat(",", min(i, 1)), i, title)
		}
		return b.String() + "}}"
	}
	block := func(text string) string {
		return "databases: {app: {url: \"${URL}\"}}\ndefaults: {period: day}\nkpis:\n  a:\n    title: A\n    query: |\n      " + text + "\n"
	}
	sql := func(begin, again, end string) string {
		return block(begin + strings.Repeat(again, 2<<20/len(again)) + end)
	}
	var unknown strings.Builder
	unknown.WriteString(head + `"k":{`)
	for i := range 100_000 {
		fmt.Fprintf(&unknown, `"z%d":1,`, i)
	}
	segments := func(kpis, n int) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range kpis {
			fmt.Fprintf(&b, `%s"k%d":{"title":"A","query":"SELECT 1 AS value","labels":["a"],"target":{"at_least":3,"segments":[`, strings.Repeat(",", min(i, 1)), i)
			for j := range n {
				fmt.Fprintf(&b, `%s{"a":"%d","at_least":5}`, strings.Repeat(",", min(j, 1)), j)
			}
			b.WriteString("]}}")
		}
		return b.String() + "}}"
	}
	for _, test := range []struct {
		name, text, want string
	}{
		{"brackets", strings.Repeat("[", 1_000_000), "kpi.yml:1:500000: all YAML files together have more than 500000 lines"},
		{"fewer brackets", strings.Repeat("[", 400_000), "kpi.yml:1:1: values are nested more than 10,000 deep"},
		{"minified", minified(9_000, "A"), ""},
		{"minified of 16 MB", minified(9_000, strings.Repeat("a", 1_700)), ""},
		{"unknown keys in a line", unknown.String() + "}}}", "kpi.yml:1:75: KPI \"k\" has no query"},
		{"URLs in a line", fill("a: ", "url='", ""), "kpi.yml:"},
		{"labels", head + `"k":{"title":"A","labels":[` + strings.Repeat("a,", 400_000) + "]}}}", "kpi.yml:1:75: KPI \"k\" has no query"},
		{"operators", sql("SELECT 1 ", "+", ""), ""},
		{"brackets of SQL", sql("SELECT ", "(", ""), ""},
		{"conditions", sql("SELECT 1 AS value FROM t WHERE a", " OR a = 'b'", ""), ""},
		{"strings", sql("SELECT 'a'", " || ''", ""), ""},
		{"dollars", sql("SELECT ", "$a ", ""), ""},
		{"segments", segments(80, 1_000), ""},
		{"more segments", segments(1, 40_000), "kpi.yml:1:25061: a target has at most 1000 segments"},
		{"selects", sql("SELECT 1 AS value", " UNION SELECT 1", ""), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("kpi.yml", []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err := Load("kpi.yml")
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s", took)
			}
			got := ""
			if err != nil {
				got, _, _ = strings.Cut(err.Error(), "\n")
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
