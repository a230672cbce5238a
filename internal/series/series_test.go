package series

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docsRow is a row of a table of docs/metrics.md.
var docsRow = regexp.MustCompile("(?m)^\\| `(kpi_[a-z0-9_]+)` \\| ([^|]*?) ?\\|")

// TestDocs compares the families and their labels with the tables of docs/metrics.md.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range docsRow.FindAllStringSubmatch(string(text), -1) {
		if _, twice := got[row[1]]; twice {
			t.Errorf("%s has two rows", row[1])
		}
		got[row[1]] = row[2]
	}
	want := map[string]string{}
	for _, f := range All() {
		want[f.Name] = strings.Join(f.LabelNames([]string{"*own*"}), ", ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/metrics.md (-want +got):\n%s", diff)
	}
}

func TestFamilies(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		if seen[f.Name] || f.Help == "" {
			t.Errorf("%s: there twice, or without a help text", f.Name)
		}
		seen[f.Name] = true
		if f.HasOwn && f.Labels[0] != "kpi" {
			t.Errorf("%s has a KPI's own labels, but not kpi before them", f.Name)
		}
		if found := Find(f.Name); found.Help != f.Help {
			t.Errorf("%s: found %+v", f.Name, found)
		}
	}
	if f := Find("kpi_lost"); f.Name != "" {
		t.Errorf("found %+v", f)
	}
}

// TestLabelNamesAreTheirOwn appends to what LabelNames returns, which must not change a family.
func TestLabelNamesAreTheirOwn(t *testing.T) {
	f, own := Find(Bound), []string{"plan"}
	first := f.LabelNames(own)
	_ = append(f.LabelNames(own[:1]), "other")
	if want := []string{"kpi", "plan", "tier", "side"}; !slices.Equal(first, want) {
		t.Errorf("got %v, want %v", first, want)
	}
}
