package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

const testsComment = `Tests of the rules beside this file, written by "kpi_exporter generate rules --tests" for the KPIs of the file.
Run them with: promtool test rules kpi.rules.test.yml
`

// testJob is the job of the exporter in tests; any name would do.
const testJob = "kpi"

// testStep is the distance of evaluations in tests. They take their time from the texts of alerts that fire, which each evaluation
// renders, so there are as few as may be: a sample is too old after five minutes.
const testStep = 4 * time.Minute

// testFile is what promtool test rules reads.
type testFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	GroupEvalOrder     []string       `yaml:"group_eval_order,flow"`
	Tests              []ruleTest     `yaml:"tests"`
}

type ruleTest struct {
	Name           string         `yaml:"name"`
	Interval       model.Duration `yaml:"interval"`
	InputSeries    []inputSeries  `yaml:"input_series"`
	AlertRuleTests []alertTest    `yaml:"alert_rule_test"`
}

type inputSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type alertTest struct {
	EvalTime  model.Duration  `yaml:"eval_time"`
	AlertName string          `yaml:"alertname"`
	ExpAlerts []expectedAlert `yaml:"exp_alerts,omitempty"`
}

type expectedAlert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

// Tests returns a file for promtool test rules that takes every KPI with a target through all of its statuses and says
// which alerts fire when, with their texts. RuleFile is the name of the file of rules, as seen from the file of tests.
func Tests(cfg *config.Config, ruleFile string) ([]byte, error) {
	file := testFile{
		RuleFiles:          []string{ruleFile},
		EvaluationInterval: model.Duration(testStep),
		GroupEvalOrder:     []string{rulesGroup, historyGroup, alertsGroup},
		Tests:              []ruleTest{},
	}
	for _, k := range cfg.KPIs {
		if k.Target == nil {
			continue
		}
		test, err := testOf(cfg, k)
		if err != nil {
			return nil, err
		}
		file.add(test)
	}
	return marshal(testsComment, file)
}

// add puts KPIs that go through the same phases into one test: evaluating all rules is what takes promtool its time.
func (f *testFile) add(test ruleTest) {
	i := slices.IndexFunc(f.Tests, func(t ruleTest) bool { return t.Name == test.Name })
	if i < 0 {
		f.Tests = append(f.Tests, test)
		return
	}
	same := &f.Tests[i]
	same.InputSeries = append(same.InputSeries, test.InputSeries...)
	for i, expected := range test.AlertRuleTests {
		same.AlertRuleTests[i].ExpAlerts = append(same.AlertRuleTests[i].ExpAlerts, expected.ExpAlerts...)
	}
}

// testOf takes one KPI from on target through unknown and at risk to off target and back.
func testOf(cfg *config.Config, k *config.KPI) (ruleTest, error) {
	off := k.Alert.Off
	loud := *k
	loud.Alert.Off = false // What would fire, to see that it does not.
	missed, err := exampleFor(cfg, &loud, testJob, status.OffTarget)
	if err != nil {
		return ruleTest{}, err
	}
	scenarios := []*scenario{missed}
	if risk, err := exampleFor(cfg, &loud, testJob, status.AtRisk); err == nil {
		scenarios = []*scenario{risk, missed} // A KPI of which any miss is off target is never at risk.
	}

	var names []string
	for _, s := range scenarios {
		names = append(names, fmt.Sprintf("%s after %s", s.rule.Alert, s.rule.For))
	}
	t := timeline{inputs: inputs{}, test: ruleTest{Name: strings.Join(names, ", "), Interval: model.Duration(testStep)}}
	t.phase(missed, "0", 5*time.Minute)
	t.phase(missed, "_", 5*time.Minute+time.Duration(missed.rule.For))
	for _, s := range scenarios {
		t.expect(s.rule.Alert, -testStep)
	}
	for _, s := range scenarios {
		status := "2"
		if s.rule.Alert == AtRisk {
			status = "1"
		}
		hold := time.Duration(s.rule.For)
		start := t.now
		t.phase(s, status, hold+5*time.Minute)
		if rest := hold % testStep; rest > 0 {
			hold += testStep - rest
		}
		if hold > 0 {
			t.expect(s.rule.Alert, start-t.now+hold-testStep)
		}
		if off {
			t.expect(s.rule.Alert, start-t.now+hold)
			continue
		}
		if then, ok := t.inputs.at(described(series.Value, s.own), start+hold-7*24*time.Hour); ok && then != s.value && len(k.Compare) == 0 {
			s.before = append(s.before, earlierValue{aWeekAgo, then})
		}
		alert, err := s.alert()
		if err != nil {
			return ruleTest{}, fmt.Errorf("kpi %q: %w", k.Name, err)
		}
		delete(alert.Labels, "alertname") // Promtool wants it beside the labels.
		t.expect(s.rule.Alert, start-t.now+hold, expectedAlert(alert))
	}
	t.phase(missed, "0", time.Duration(keepFiring)+5*time.Minute)
	for _, s := range scenarios {
		t.expect(s.rule.Alert, -testStep)
	}
	t.test.InputSeries = t.inputs.series()
	return t.test, nil
}

// timeline builds a test phase by phase.
type timeline struct {
	test   ruleTest
	now    time.Duration
	inputs inputs
}

// phase lasts for at least d with one status, or "_" for none, and the numbers of a scenario.
func (t *timeline) phase(s *scenario, status string, d time.Duration) {
	from, n := int(t.now/testStep), int((d+testStep-1)/testStep)
	for _, exposed := range s.exposed() {
		t.inputs.add(exposed.series, strconv.FormatFloat(exposed.value, 'f', -1, 64), from, n)
	}
	t.inputs.add(described(series.Status, s.own), status, from, n)
	t.now += time.Duration(n) * testStep
}

// expect lists what fires at an instant, counted from the end of the latest phase.
func (t *timeline) expect(alert string, offset time.Duration, alerts ...expectedAlert) {
	t.test.AlertRuleTests = append(t.test.AlertRuleTests,
		alertTest{EvalTime: model.Duration(t.now + offset), AlertName: alert, ExpAlerts: alerts})
}
