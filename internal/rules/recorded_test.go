package rules

import (
	"regexp"
	"slices"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// TestRecordedNames makes sure that rules record, and alerts read, exactly the names that internal/series has.
func TestRecordedNames(t *testing.T) {
	groups, err := Generate(&config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	name := regexp.MustCompile(`\bkpi:\w+:\w+`)
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				records = append(records, rule.Record)
			}
			texts := []string{rule.Expr}
			for _, text := range rule.Annotations {
				texts = append(texts, text)
			}
			for _, text := range texts {
				for _, read := range name.FindAllString(text, -1) {
					if !slices.Contains(series.AllRecorded(), read) {
						t.Errorf("%s%s reads %s, which internal/series does not name", rule.Record, rule.Alert, read)
					}
				}
			}
		}
	}
	want := series.AllRecorded()
	slices.Sort(records)
	slices.Sort(want)
	if !slices.Equal(records, want) {
		t.Errorf("recorded: %q\nin internal/series: %q", records, want)
	}
}
