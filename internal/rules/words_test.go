package rules

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// valueText is an annotation of nothing but a value in a unit.
var valueText = withWords(`{{ template "value" (args $value $labels.unit) }}`)

var units = []quantity.Unit{"", "count", "users", "ratio", "seconds", "currency:EUR"}

// numbers are where the words for numbers change.
var numbers = []float64{
	0, 0.00001, 0.004, 0.25, 0.5, 0.9, 0.99, 0.9901, 0.9912, 0.9995, 0.99953, 0.99995, 0.9999994, 0.99999999, 1, 1.0001, 1.2345678,
	9.99, 10.5, 12, 29.94, 45.678, 59.4, 59.9999, 60, 60.4, 90, 99.5, 100.5, 119, 999.4, 999.96, 1000, 1425, 1425.6, 3599.7, 3600, 5400,
	9999.4, 9999.6, 12_345, 18_849.2, 86_399, 86_400, 90_061, 187_200, 730_800, 999_499, 999_500.1, 999_900, 1_000_000, 3_820_000,
	10_049_000, 99_960_000, 123_456_789, 999_600_000, 1.5e10, 1.234e11, 2.5e12, 1e13, 9.87e14, 1e15, 1.2e16, 1.234e300,
}

// Alerts have the words of the terminal for every number; in percentages they have the digits of Prometheus.
func TestWordsOfAlerts(t *testing.T) {
	text, err := parseTemplate(valueText, nil)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, unit := range units {
		for _, size := range numbers {
			for _, v := range []float64{size, -size} {
				sameWords(t, text, unit, v)
			}
		}
		for range 2000 {
			v := math.Exp(random.Float64()*60 - 10)
			if unit.IsRatio() && random.IntN(2) == 0 {
				v = 1 - math.Exp(-random.Float64()*22-4.6) // An uptime.
			}
			sameWords(t, text, unit, v)
		}
	}
}

func sameWords(t *testing.T, text *template.Template, unit quantity.Unit, v float64) {
	t.Helper()
	var b strings.Builder
	if err := text.Execute(&b, sample{Labels: map[string]string{"unit": string(unit)}, Value: v}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), valueWords(unit, v); got != want {
		t.Errorf("%v of unit %q: %q, want %q", v, unit, got, want)
	}
}

// Prometheus itself renders these words.
func TestPrometheusWritesWords(t *testing.T) {
	t.Parallel()
	rule := Rule{
		Alert: "Words", Expr: "number",
		Annotations: map[string]string{"value": valueText, "age": withWords(`{{ template "duration" $value }}`)},
	}
	file := testFile{
		RuleFiles: []string{"rules.yml"}, EvaluationInterval: alertsInterval, GroupEvalOrder: []string{"words"},
		Tests: []ruleTest{{Name: "words", Interval: alertsInterval, AlertRuleTests: []alertTest{{AlertName: "Words"}}}},
	}
	test := &file.Tests[0]
	for _, unit := range units {
		for i, v := range numbers {
			labels := map[string]string{"unit": string(unit), "i": fmt.Sprint(i)}
			test.InputSeries = append(test.InputSeries, inputSeries{
				Series: strings.Replace(described("number", labels), `instance="exporter:10574",`, "", 1), Values: format.Exact(&v),
			})
			if unit == "" {
				delete(labels, "unit")
			}
			test.AlertRuleTests[0].ExpAlerts = append(test.AlertRuleTests[0].ExpAlerts, expectedAlert{
				Labels: labels, Annotations: map[string]string{"value": valueWords(unit, v), "age": format.Duration(v)},
			})
		}
	}
	dir := t.TempDir()
	groups := &Groups{Groups: []Group{{Name: "words", Rules: []Rule{rule}}}}
	tests, err := marshal("", file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"rules.yml": contentOf(t, groups.File), "tests.yml": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program(t, dir, "promtool", "test", "rules", "tests.yml")
}

// valueWords is what alerts must write for a value that stands alone: quantity.Unit.Format, and a unit that is a word
// behind it, except count.
func valueWords(unit quantity.Unit, v float64) string {
	if unit.IsRatio() {
		return format.PercentTo(v, format.NumberDigits)
	}
	if unit == "" || unit == "count" || unit.IsSeconds() || unit.Currency() != "" {
		return unit.Format(v)
	}
	return unit.Format(v) + " " + string(unit)
}
