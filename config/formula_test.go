package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFormulaLimits has formulas that would overflow the stack of the parser.
func TestFormulaLimits(t *testing.T) {
	const million = 1000000
	for name, test := range map[string]struct{ formula, says string }{
		"signs":             {strings.Repeat("-", million) + "a", `kpi.yaml:3:127: formula of KPI "b": it is nested more than 100 deep`},
		"signs and blanks":  {strings.Repeat("- ", 3_000) + "a", "it is nested more than 100 deep"},
		"brackets":          {strings.Repeat("(", million) + "a", `kpi.yaml:3:127: formula of KPI "b": it is nested more than 100 deep`},
		"closed brackets":   {strings.Repeat("(", million) + "a" + strings.Repeat(")", million), "it is nested more than 100 deep"},
		"functions":         {strings.Repeat("positive(", million) + "a", "it is nested more than 100 deep"},
		"terms":             {"a" + strings.Repeat(" + a", million), "it is longer than 10,000 characters"},
		"a name":            {strings.Repeat("a", million), "it is longer than 10,000 characters"},
		"as deep as it may": {strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100), ""},
		"as long as it may": {"a" + strings.Repeat(" + 1", 2499), ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kpi.yaml")
			text := "databases: {app: {url: \"${URL}\"}}\nkpis: {a: {title: A, period: instant, query: SELECT 1 AS value},\n  b: {title: B, formula: '" + test.formula + "'}}\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if got := fmt.Sprint(err); test.says == "" && err != nil || !strings.Contains(got, test.says) {
				t.Errorf("%.300s…, want %s", got, test.says)
			}
			if got := fmt.Sprint(err); len(got) > 1000 {
				t.Errorf("the error has %d bytes", len(got))
			}
		})
	}
}

// TestChainLimits has chains of formulas, each of which reads the one before it.
func TestChainLimits(t *testing.T) {
	for name, test := range map[string]struct {
		links         int
		formula, says string // READ is the link before.
	}{
		"of the present":         {4000, "READ + 1", ""},
		"back to the beginning":  {900, "READ + previous(k0)", ""},
		"as far back as it may":  {100, "previous(READ) + 1", ""},
		"one further":            {101, "previous(READ) + 1", `kpi.yaml:104:30: formula of KPI "k101": the formula looks back 101 times, one within the other, through the formulas that it names: 100 are allowed`},
		"what to write":          {101, "previous(READ) + 1", "hint: let the SQL of one query read all of these periods: that is one evaluation"},
		"a mean of means":        {101, "mean(READ, 1)", "looks back 101 times"},
		"of the year before":     {101, "0 + last_year(READ)", "looks back 101 times"},
		"double with every link": {11, "READ + previous(READ)", "more than 1000 evaluations"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "databases: {app: {url: \"${URL}\"}}\nkpis:\n  k0: {title: T, period: month, query: SELECT 1 AS value}\n"
			for i := range test.links {
				text += fmt.Sprintf("  k%d: {title: T, formula: '%s'}\n", i+1, strings.ReplaceAll(test.formula, "READ", fmt.Sprintf("k%d", i)))
			}
			path := filepath.Join(t.TempDir(), "kpi.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if got := fmt.Sprint(err); test.says == "" && err != nil || !strings.Contains(got, test.says) {
				t.Errorf("%.500s, want %s", got, test.says)
			}
		})
	}
}

// BenchmarkChainOfFormulas loads formulas of which each reads the one before it.
func BenchmarkChainOfFormulas(b *testing.B) {
	for _, links := range []int{1000, 4000} {
		b.Run(fmt.Sprint(links), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "kpi.yaml")
			text := "databases: {app: {url: \"${URL}\"}}\nkpis:\n  k0: {title: T, period: instant, query: SELECT 1 AS value}\n"
			for i := range links {
				text += fmt.Sprintf("  k%d: {title: T, formula: k%d + 1}\n", i+1, i)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Load(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
