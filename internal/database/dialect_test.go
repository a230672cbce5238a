package database

import (
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// TestDialects holds that the two tables of engines have the same ones.
func TestDialects(t *testing.T) {
	if got, want := len(dialects()), len(engine.All()); got != want {
		t.Errorf("%d dialects for %d engines", got, want)
	}
	for _, e := range engine.All() {
		if dialectOf(e) == nil {
			t.Errorf("%s has no dialect", e.Title())
		}
	}
	if d := dialectOf(engine.MySQL{}); d != nil {
		t.Errorf("MySQL has the dialect %T", d)
	}
}
