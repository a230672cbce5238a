package kpitest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Case holds what some KPIs must be at an instant.
type Case struct {
	Name     string
	Expect   []*Expectation
	Position document.Position
}

// Expectation is what one KPI must be: Samples and no others, or a failure.
type Expectation struct {
	KPI      *config.KPI
	AsOf     time.Time
	Samples  []ExpectedSample
	Failure  string // The reason of the failure, "" where there must be none.
	Position document.Position
}

// ExpectedSample is what the sample with these labels must be. Only what is set is compared.
type ExpectedSample struct {
	Labels     []string // Values, in the order of KPI.LabelNames.
	Value      ExpectedNumber
	SampleSize ExpectedNumber
	Target     ExpectedNumber       // The bound that the value is judged by.
	Status     status.Status        // "" if not set.
	Reason     status.UnknownReason // "" if not set.
}

// ExpectedNumber is a number that must come out.
type ExpectedNumber struct {
	Said   bool
	Number *float64 // Nil: there must be no value.
}

const (
	caseKeys   = "name as_of expect"
	sampleKeys = "value sample_size target status reason labels"
)

func (l *loader) cases(n *document.Node) {
	names := map[string]int{}
	l.Items(n, "cases", func(item *document.Node) {
		c := &Case{Position: l.Position(item)}
		var asOf document.Field[string]
		var expect *document.Node
		said := l.keys(item, "a case", caseKeys, func(k, v *document.Node) {
			switch k.Value {
			case "name":
				name := l.Text(v, k.Value)
				if first := names[name.Value]; name.OK && first > 0 {
					name.Fail("give each case a name of its own", "case %s already exists, on line %d", document.Quote(name.Value), first)
				}
				names[name.Value] = name.Node.Line
				c.Name = name.Value
			case "as_of":
				asOf = l.Text(v, k.Value)
			case "expect":
				expect = v
			}
		})
		if said && expect != nil && asOf.Said() {
			l.expect(c, asOf, expect)
		}
		l.test.Cases = append(l.test.Cases, c)
	})
	if n = document.Resolve(n); n.Kind == document.SequenceNode && len(n.Content) == 0 {
		l.Fail(n, "", "there are no cases")
	}
}

// keys reads a mapping whose keys are all required, and reports whether they are set.
func (l *loader) keys(n *document.Node, what, required string, visit func(k, v *document.Node)) bool {
	l.Mapping(n, what, required, func(k, v *document.Node) bool {
		visit(k, v)
		return document.IsOneOf(k.Value, required)
	})
	if document.Resolve(n).Kind != document.MappingNode {
		return false
	}
	all := true
	for key := range strings.FieldsSeq(required) {
		if document.FindOwn(n, key) == nil {
			l.Fail(n, "", "%s needs %s:", what, key)
			all = false
		}
	}
	return all
}

func (l *loader) expect(c *Case, asOf document.Field[string], n *document.Node) {
	config := l.test.Config
	l.Pairs(n, "expect", func(k, v *document.Node) {
		kpi := config.KPI(k.Value)
		if kpi == nil {
			hint := config.NearestKPI(k.Value)
			if hint == "" {
				hint = "see " + config.Files[0]
			}
			l.Fail(k, hint, "the KPI file has no KPI %s", document.Quote(k.Value))
			return
		}
		if readsPromQL(kpi) {
			l.Fail(k, "test the KPIs of SQL that it is computed from, and compare this one with kpi_exporter query", "KPI %s reads a Prometheus, for which a test has no rows", document.Quote(k.Value))
			return
		}
		e := &Expectation{KPI: kpi, Position: l.Position(k)}
		if asOf.OK {
			var err error
			if e.AsOf, err = period.ParseTime(asOf.Value, kpi.Calendar.Location); err != nil {
				asOf.Fail("", "as_of: %s", err)
			}
		}
		l.expectation(e, k, document.Resolve(v))
		c.Expect = append(c.Expect, e)
	})
	if n = document.Resolve(n); n.Kind == document.MappingNode && len(n.Content) == 0 {
		l.Fail(n, "write a KPI and its value: revenue: 12k", "expect is empty")
	}
}

func (l *loader) expectation(e *Expectation, k, v *document.Node) {
	switch {
	case v.Kind == document.SequenceNode:
		if !l.Untagged(v) {
			return
		}
		seen := map[string]int{}
		for _, item := range v.Content {
			item = document.Resolve(item)
			s := l.sample(e, item)
			labels := strings.Join(s.Labels, "\x00")
			if first := seen[labels]; first > 0 {
				l.Fail(item, "", "the same labels are already on line %d", first)
			}
			seen[labels] = item.Line
			e.Samples = append(e.Samples, s)
		}
	case v.Kind == document.MappingNode && document.FindOwn(v, "failure") != nil:
		l.Mapping(v, "a failure", "failure", func(k, v *document.Node) bool {
			if k.Value == "failure" {
				e.Failure = l.Word(v, k.Value, words(collector.Reasons())).Value
			}
			return k.Value == "failure"
		})
	case v.Kind == document.MappingNode:
		e.Samples = []ExpectedSample{l.sample(e, v)}
	case len(e.KPI.LabelNames()) > 0:
		name := e.KPI.LabelNames()[0]
		l.Fail(k, "write a list: [{"+name+": …, value: …}], or [] for no rows", "KPI %s has labels: %s",
			document.Quote(e.KPI.Name), strings.Join(e.KPI.LabelNames(), ", "))
	default:
		e.Samples = []ExpectedSample{{Value: l.expected(v, k.Value, e.KPI.Unit)}}
	}
}

// sample reads one sample. Beside what is expected of it, its keys are the labels of the KPI; a label with the name of
// something that can be expected goes below labels.
func (l *loader) sample(e *Expectation, n *document.Node) ExpectedSample {
	names := e.KPI.LabelNames()
	s := ExpectedSample{Labels: make([]string, len(names))}
	found := map[string]bool{}
	label := func(k, v *document.Node) bool {
		for i, name := range names {
			if name == k.Value {
				found[name] = true
				if v, ok := l.Scalar(v, "label "+name); ok {
					s.Labels[i] = v.Value
				}
				return true
			}
		}
		return false
	}
	l.Pairs(n, "a sample", func(k, v *document.Node) {
		switch k.Value {
		case "value":
			s.Value = l.expected(v, k.Value, e.KPI.Unit)
		case "sample_size":
			s.SampleSize = l.expected(v, k.Value, "")
		case "target":
			s.Target = l.expected(v, k.Value, e.KPI.Unit)
		case "status":
			s.Status = status.Status(l.Word(v, k.Value, words(status.Statuses())).Value)
		case "reason":
			s.Reason = status.UnknownReason(l.Word(v, k.Value, words(status.Reasons())).Value)
		case "labels":
			l.Mapping(v, "labels", strings.Join(names, " "), label)
		default:
			if !label(k, v) {
				l.UnknownKey(k, v, "a sample of "+e.KPI.Name, strings.Join(append(strings.Fields(sampleKeys), names...), " "))
			}
		}
	})
	if n.Kind != document.MappingNode {
		return s
	}
	for _, name := range names {
		if !found[name] {
			l.Fail(n, "add "+name+": and its value", "which %s? KPI %s has labels: %s", name, document.Quote(e.KPI.Name), strings.Join(names, ", "))
		}
	}
	if !s.Value.Said && !s.SampleSize.Said && !s.Target.Said && s.Status == "" && document.FindOwn(n, "value") == nil && document.FindOwn(n, "status") == nil {
		l.Fail(n, "add value:, sample_size:, target: or status:", "nothing is expected of this sample")
	}
	return s
}

// expected reads a number in a unit as people write it, a fraction such as 2/3, or null for no value.
func (l *loader) expected(n *document.Node, what string, unit quantity.Unit) ExpectedNumber {
	n = document.Resolve(n)
	if document.IsNull(n) {
		if n.Value != "null" {
			l.Fail(n, "write null where there must be no value", "%s has no value", document.Quote(what))
		}
		return ExpectedNumber{Said: true}
	}
	above, below, isFraction := strings.Cut(n.Value, "/")
	if n.Kind != document.ScalarNode || !isFraction {
		f := quantity.Number(l.File, n, what, unit)
		return ExpectedNumber{Said: true, Number: &f.Value}
	}
	numerator, problem, hint := quantity.Parse(strings.TrimSpace(above), quantity.Plain)
	denominator, problemBelow, hintBelow := quantity.Parse(strings.TrimSpace(below), quantity.Plain)
	if problem == "" {
		problem, hint = problemBelow, hintBelow
	}
	if problem == "" && denominator == 0 {
		problem = strconv.Quote(n.Value) + " divides by 0"
	}
	if problem != "" {
		l.Fail(n, hint, "%s: %s", what, problem)
		return ExpectedNumber{Said: true}
	}
	value := numerator / denominator
	return ExpectedNumber{Said: true, Number: &value}
}

// words returns a list of words as a text.
func words[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = string(w)
	}
	return strings.Join(texts, " ")
}

// readsPromQL reports whether a KPI is computed from what a Prometheus says.
func readsPromQL(k *config.KPI) bool {
	return slices.ContainsFunc(k.Reads(), func(read *config.KPI) bool { return read.Query.IsPromQL() })
}
