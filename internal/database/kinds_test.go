package database

import (
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// TestKinds holds that the two tables of engines have the same ones.
func TestKinds(t *testing.T) {
	if got, want := len(kinds()), len(engine.All()); got != want {
		t.Errorf("%d kinds of sources for %d engines", got, want)
	}
	for _, e := range engine.All() {
		if opener(e) == nil {
			t.Errorf("no source of %s can be made", e.Title())
		}
	}
}
