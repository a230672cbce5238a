package rules

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

var units = []quantity.Unit{"", "count", "users", "ratio", "seconds", "currency:EUR"}

// numbers are where the words for numbers change.
var numbers = []float64{
	0, 0.00001, 0.004, 0.25, 0.5, 0.9, 0.99, 0.9901, 0.9912, 0.9995, 0.99953, 0.99995, 0.9999994, 0.99999999, 1, 1.0001, 1.2345678,
	9.99, 10.5, 12, 29.94, 45.678, 59.4, 59.9999, 60, 60.4, 90, 99.5, 100.5, 119, 999.4, 999.96, 1000, 1425, 1425.6, 3599.7, 3600, 5400,
	9999.4, 9999.6, 12_345, 18_849.2, 86_399, 86_400, 90_061, 187_200, 730_800, 999_499, 999_500.1, 999_900, 1_000_000, 3_820_000,
	10_049_000, 99_960_000, 123_456_789, 999_600_000, 1.5e10, 1.234e11, 2.5e12, 1e13, 9.87e14, 1e15, 1.2e16, 1.234e300,
}

// Alerts have the words of the terminal for every number; in percentages they have the digits of Prometheus. Prometheus itself puts them
// together.
func TestWordsOfAlerts(t *testing.T) {
	t.Parallel()
	groups := generate(t, &config.Config{})
	for _, g := range groups.Groups {
		for i := range g.Rules {
			g.Rules[i].For = 0 // So that one evaluation is enough.
		}
	}
	file := testFile{
		RuleFiles: []string{"rules.yml"}, EvaluationInterval: alertsInterval, GroupEvalOrder: []string{rulesGroup, historyGroup, alertsGroup},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, unit := range units {
		test := ruleTest{Name: string(unit), Interval: alertsInterval, AlertRuleTests: []alertTest{{AlertName: AtRisk}}}
		kpi := map[string]string{"job": testJob, "kpi": "it", "title": "It", "unit": string(unit)}
		test.add(described(series.Info, kpi), 1)
		delete(kpi, "title")
		delete(kpi, "unit")
		for i, v := range numbersOf(unit, random) {
			kpi["i"] = strconv.Itoa(i)
			test.add(described(series.Value, kpi), v)
			test.add(described(series.Status, kpi), 1)
			alert := expectedAlert{Labels: maps.Clone(kpi), Annotations: map[string]string{
				"summary": "It (i=" + kpi["i"] + ") is at risk.", "description": "It (i=" + kpi["i"] + ") is " + valueWords(unit, v) + ".", "runbook_url": "", "dashboard_url": "",
			}}
			alert.Labels["severity"] = info
			test.AlertRuleTests[0].ExpAlerts = append(test.AlertRuleTests[0].ExpAlerts, alert)
		}
		file.Tests = append(file.Tests, test)
	}
	promtool(t, groups, file)
}

// numbersOf are numbers of all sizes in which there may be values of a unit. They leave out what alerts write in other digits: trillions,
// of which they write all whole billions, half seconds, which PromQL rounds up, and more than can be counted.
func numbersOf(unit quantity.Unit, random *rand.Rand) []float64 {
	all := slices.Clone(numbers)
	for range 150 {
		v := math.Exp(random.Float64()*37 - 10)
		if unit.IsRatio() && random.IntN(2) == 0 {
			v = 1 - math.Exp(-random.Float64()*22-4.6) // An uptime.
		}
		all = append(all, v)
	}
	all = slices.DeleteFunc(all, func(v float64) bool {
		switch {
		case unit.IsRatio():
			return v > 1e15
		case unit.IsSeconds():
			return v > 60 && v-math.Floor(v) == 0.5
		}
		return v >= 999.5e9
	})
	all = append(all, 1e12, 2.5e12, 9.87e14)
	for _, v := range slices.Clone(all) {
		all = append(all, -v)
	}
	return all
}

// add gives the test a series with one sample.
func (r *ruleTest) add(name string, v float64) {
	r.InputSeries = append(r.InputSeries, inputSeries{Series: name, Values: format.Exact(&v)})
}

// TestAgesOfAlerts has Prometheus write how old something is.
func TestAgesOfAlerts(t *testing.T) {
	t.Parallel()
	rule := Rule{Alert: "Age", Expr: "number", Annotations: map[string]string{"age": duration("$value")}}
	test := ruleTest{Name: "ages", Interval: alertsInterval, AlertRuleTests: []alertTest{{AlertName: rule.Alert}}}
	for i, v := range numbers {
		if v < 60 || v > 1e9 {
			continue // Nothing that is alerted on is so young, or so old.
		}
		labels := map[string]string{"i": strconv.Itoa(i)}
		test.add(`number{i="`+labels["i"]+`"}`, v)
		test.AlertRuleTests[0].ExpAlerts = append(test.AlertRuleTests[0].ExpAlerts,
			expectedAlert{Labels: labels, Annotations: map[string]string{"age": format.Duration(v)}})
	}
	promtool(t, &Groups{Groups: []Group{{Name: "ages", Rules: []Rule{rule}}}},
		testFile{RuleFiles: []string{"rules.yml"}, EvaluationInterval: alertsInterval, GroupEvalOrder: []string{"ages"}, Tests: []ruleTest{test}})
}

// promtool runs tests of rules.
func promtool(t *testing.T, groups *Groups, file testFile) {
	t.Helper()
	dir := t.TempDir()
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
