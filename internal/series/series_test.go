package series

import (
	"slices"
	"testing"
)

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
