package reload

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// TestManyWarningsInTheLog has more warnings of one check than anybody reads, and one of another.
func TestManyWarningsInTheLog(t *testing.T) {
	cfg := &config.Config{}
	for range 25 {
		cfg.Warnings = append(cfg.Warnings, document.Problem{Warning: true, Check: "odd_unit", Message: "unit EUR is read as a word"})
	}
	cfg.Warnings = append(cfg.Warnings, document.Problem{Warning: true, Check: "empty_include", Message: "no file matches"})
	var log bytes.Buffer
	logWarnings(slog.New(slog.NewTextHandler(&log, nil)), cfg)
	for words, want := range map[string]int{"Configuration warning": 12, "unit EUR": 10, "no file matches": 1, "and 15 more [odd_unit]": 1} {
		if got := strings.Count(log.String(), words); got != want {
			t.Errorf("%d lines with %q, want %d, in:\n%s", got, words, want, log.String())
		}
	}
}
