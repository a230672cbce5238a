package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// TestCase is what some KPIs must be at an instant.
type TestCase struct {
	Name     string
	Expect   []*Expectation
	Position Position
}

// Expectation is what one KPI must be: Samples and no others, or a failure.
type Expectation struct {
	KPI      *KPI
	AsOf     time.Time
	Samples  []ExpectedSample
	Failure  string // The reason of the failure, "" where there must be none.
	Position Position
}

// ExpectedSample is what the sample with these labels must be. Only what was said is compared.
type ExpectedSample struct {
	Labels     []string // Values, in the order of KPI.LabelNames.
	Value      ExpectedNumber
	SampleSize ExpectedNumber
	Target     ExpectedNumber // The bound that the value is judged by.
	Status     status.Status  // "" if not said.
	Reason     status.Reason  // "" if not said.
}

// ExpectedNumber is a number that must come out.
type ExpectedNumber struct {
	Said   bool
	Number *float64 // Nil: there must be no value.
}

const (
	caseKeys       = "name as_of expect"
	sampleKeys     = "value sample_size target status reason labels"
	statusWords    = "on_target at_risk off_target no_target unknown"
	unknownReasons = "no_value small_sample stale no_bound data_late before_data failed"
	failureReasons = "connect timeout query conflict write column value label duplicate too_many_series input internal"
)

func (l *testLoader) cases(n *node) {
	names := map[string]int{}
	l.items(n, "cases", func(item *node) {
		c := &TestCase{Position: l.position(item)}
		var asOf field[string]
		var expect *node
		said := l.keys(item, "a case", caseKeys, func(k, v *node) {
			switch k.Value {
			case "name":
				name := l.text(v, k.Value)
				if first := names[name.value]; name.ok && first > 0 {
					name.fail("give each case a name of its own", "case %s already exists, on line %d", quote(name.value), first)
				}
				names[name.value] = name.n.Line
				c.Name = name.value
			case "as_of":
				asOf = l.text(v, k.Value)
			case "expect":
				expect = v
			}
		})
		if said && expect != nil && asOf.said() {
			l.expect(c, asOf, expect)
		}
		l.test.Cases = append(l.test.Cases, c)
	})
	if n = resolve(n); n.Kind == sequenceNode && len(n.Content) == 0 {
		l.fail(n, "", "there are no cases")
	}
}

// keys reads a mapping all of whose keys must be said, and reports whether they are.
func (l *testLoader) keys(n *node, what, required string, visit func(k, v *node)) bool {
	l.mapping(n, what, required, func(k, v *node) bool {
		visit(k, v)
		return isOneOf(k.Value, required)
	})
	if resolve(n).Kind != mappingNode {
		return false
	}
	all := true
	for key := range strings.FieldsSeq(required) {
		if findOwn(n, key) == nil {
			l.fail(n, "", "%s needs %s:", what, key)
			all = false
		}
	}
	return all
}

func (l *testLoader) expect(c *TestCase, asOf field[string], n *node) {
	config := l.test.Config
	l.pairs(n, "expect", func(k, v *node) {
		kpi := config.KPI(k.Value)
		if kpi == nil {
			hint := config.NearestKPI(k.Value)
			if hint == "" {
				hint = "see " + config.Files[0]
			}
			l.fail(k, hint, "the KPI file has no KPI %s", quote(k.Value))
			return
		}
		e := &Expectation{KPI: kpi, Position: l.position(k)}
		if asOf.ok {
			var err error
			if e.AsOf, err = period.ParseTime(asOf.value, kpi.Calendar.Location); err != nil {
				asOf.fail("", "as_of: %s", err)
			}
		}
		l.expectation(e, k, resolve(v))
		c.Expect = append(c.Expect, e)
	})
	if n = resolve(n); n.Kind == mappingNode && len(n.Content) == 0 {
		l.fail(n, "write a KPI and its value: revenue: 12k", "expect is empty")
	}
}

func (l *testLoader) expectation(e *Expectation, k, v *node) {
	switch {
	case v.Kind == sequenceNode:
		if !l.untagged(v) {
			return
		}
		seen := map[string]int{}
		for _, item := range v.Content {
			item = resolve(item)
			s := l.sample(e, item)
			labels := strings.Join(s.Labels, "\x00")
			if first := seen[labels]; first > 0 {
				l.fail(item, "", "the same labels are already on line %d", first)
			}
			seen[labels] = item.Line
			e.Samples = append(e.Samples, s)
		}
	case v.Kind == mappingNode && findOwn(v, "failure") != nil:
		l.mapping(v, "a failure", "failure", func(k, v *node) bool {
			if k.Value == "failure" {
				e.Failure = l.word(v, k.Value, failureReasons).value
			}
			return k.Value == "failure"
		})
	case v.Kind == mappingNode:
		e.Samples = []ExpectedSample{l.sample(e, v)}
	case len(e.KPI.LabelNames()) > 0:
		name := e.KPI.LabelNames()[0]
		l.fail(k, "write a list: [{"+name+": …, value: …}], or [] for no rows", "KPI %s has labels: %s",
			quote(e.KPI.Name), strings.Join(e.KPI.LabelNames(), ", "))
	default:
		e.Samples = []ExpectedSample{{Value: l.expected(v, k.Value, e.KPI.Unit)}}
	}
}

// sample reads one sample. Beside what is expected of it, its keys are the labels of the KPI; a label that is called like
// what can be expected stands below labels.
func (l *testLoader) sample(e *Expectation, n *node) ExpectedSample {
	names := e.KPI.LabelNames()
	s := ExpectedSample{Labels: make([]string, len(names))}
	found := map[string]bool{}
	label := func(k, v *node) bool {
		for i, name := range names {
			if name == k.Value {
				found[name] = true
				if v, ok := l.scalar(v, "label "+name); ok {
					s.Labels[i] = v.Value
				}
				return true
			}
		}
		return false
	}
	l.pairs(n, "a sample", func(k, v *node) {
		switch k.Value {
		case "value":
			s.Value = l.expected(v, k.Value, e.KPI.Unit)
		case "sample_size":
			s.SampleSize = l.expected(v, k.Value, "")
		case "target":
			s.Target = l.expected(v, k.Value, e.KPI.Unit)
		case "status":
			s.Status = status.Status(l.word(v, k.Value, statusWords).value)
		case "reason":
			s.Reason = status.Reason(l.word(v, k.Value, unknownReasons).value)
		case "labels":
			l.mapping(v, "labels", strings.Join(names, " "), label)
		default:
			if !label(k, v) {
				l.unknownKey(k, v, "a sample of "+e.KPI.Name, strings.Join(append(strings.Fields(sampleKeys), names...), " "))
			}
		}
	})
	if n.Kind != mappingNode {
		return s
	}
	for _, name := range names {
		if !found[name] {
			l.fail(n, "add "+name+": and its value", "which %s? KPI %s has labels: %s", name, quote(e.KPI.Name), strings.Join(names, ", "))
		}
	}
	if !s.Value.Said && !s.SampleSize.Said && !s.Target.Said && s.Status == "" && findOwn(n, "value") == nil && findOwn(n, "status") == nil {
		l.fail(n, "add value:, sample_size:, target: or status:", "nothing is expected of this sample")
	}
	return s
}

// expected reads a number in a unit as people write it, a fraction such as 2/3, or null for no value.
func (l *testLoader) expected(n *node, what string, unit Unit) ExpectedNumber {
	n = resolve(n)
	if isNull(n) {
		if n.Value != "null" {
			l.fail(n, "write null where there must be no value", "%s has no value", quote(what))
		}
		return ExpectedNumber{Said: true}
	}
	above, below, isFraction := strings.Cut(n.Value, "/")
	if n.Kind != scalarNode || !isFraction {
		f := readNumber(l.decoder, n, what, unit)
		return ExpectedNumber{Said: true, Number: &f.value}
	}
	numerator, problem, hint := parseNumber(strings.TrimSpace(above), "")
	denominator, problemBelow, hintBelow := parseNumber(strings.TrimSpace(below), "")
	if problem == "" {
		problem, hint = problemBelow, hintBelow
	}
	if problem == "" && denominator == 0 {
		problem = strconv.Quote(n.Value) + " divides by 0"
	}
	if problem != "" {
		l.fail(n, hint, "%s: %s", what, problem)
		return ExpectedNumber{Said: true}
	}
	value := numerator / denominator
	return ExpectedNumber{Said: true, Number: &value}
}
