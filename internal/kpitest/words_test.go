package kpitest

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// TestWords has a test file take every status and reason that there is.
func TestWords(t *testing.T) {
	for _, list := range []struct{ words, file, constant string }{
		{words(status.Statuses()), "../status/status.go", "Status"},
		{words(status.Reasons()), "../status/status.go", "UnknownReason"},
		{words(collector.Reasons()), "../../collector/failure.go", "FailureReason"},
	} {
		text, err := os.ReadFile(list.file)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, constant := range regexp.MustCompile(`(?m)^\t\w+ +`+list.constant+` += "(\w+)"`).FindAllSubmatch(text, -1) {
			all = append(all, string(constant[1]))
		}
		if diff := cmp.Diff(words(all), list.words); diff != "" {
			t.Errorf("%s in %s (-constants +list):\n%s", list.constant, list.file, diff)
		}
	}
}
