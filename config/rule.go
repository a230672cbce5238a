package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/target"
)

// targetDecoder reads the target of one KPI, whose unit and labels are known.
type targetDecoder struct {
	*decoder
	unit   Unit
	labels []Label
}

// ruleNodes are the parts of a target, or of one of its segments, as they stand in the file.
type ruleNodes struct {
	kind                                    string // at_least, at_most, between, or "".
	bound                                   *node
	critical, tolerance, stretch, minSample *node
	segments                                *node
}

// target reads a target; tolerance and minSample are those of the defaults. It returns nil when it makes no sense.
func (t *targetDecoder) target(n *node, tolerance, minSample field[*node]) *Target {
	failed := len(t.report.errors)
	if value := resolve(n); value.Kind == scalarNode {
		t.fail(value, "write target: {at_least: "+strings.TrimLeft(value.Value, "<>= ")+"}, or at_most", "target must say which way")
		return nil
	}
	var parts ruleNodes
	t.mapping(n, "target", "at_least at_most between critical tolerance stretch min_sample segments", func(k, v *node) bool {
		if k.Value == "segments" {
			parts.segments = v
			return true
		}
		return t.part(&parts, k, v)
	})
	if parts.kind == "" {
		if len(t.report.errors) == failed {
			t.fail(n, "add at_least, at_most or between", "target has no bound")
		}
		return nil
	}
	result := &Target{Direction: directionOf(parts.kind)}
	result.Rule = t.rule(parts, parts.kind, nil)
	if parts.tolerance == nil && parts.critical == nil && tolerance.ok {
		result.Tolerance = t.in(tolerance.d).tolerance(tolerance.value)
	}
	if parts.minSample == nil && minSample.ok {
		result.MinSample = t.in(minSample.d).minSample(minSample.value)
	}
	if parts.segments != nil {
		t.items(parts.segments, "segments", func(item *node) {
			if segment, ok := t.segment(item, parts.kind, &result.Rule); ok {
				t.reachable(item, result.Segments, segment)
				result.Segments = append(result.Segments, segment)
			}
		})
	}
	if len(t.report.errors) > failed {
		return nil
	}
	return result
}

// in returns the same for a value that stands in another file.
func (t *targetDecoder) in(d *decoder) *targetDecoder {
	return &targetDecoder{decoder: d, unit: t.unit, labels: t.labels}
}

// directionOf returns which way is better for at_least, at_most or between.
func directionOf(kind string) Direction {
	switch kind {
	case "at_least":
		return Higher
	case "at_most":
		return Lower
	}
	return Within
}

// part keeps what a target and a segment have in common; it returns false for a key that is none of it.
func (t *targetDecoder) part(parts *ruleNodes, k, v *node) bool {
	switch k.Value {
	case "at_least", "at_most", "between":
		if parts.kind != "" {
			t.fail(k, "for a range write between: [low, high]", "%s and %s exclude each other", parts.kind, k.Value)
			return true
		}
		parts.kind, parts.bound = k.Value, v
	case "critical":
		parts.critical = v
	case "tolerance":
		parts.tolerance = v
	case "stretch":
		parts.stretch = v
	case "min_sample":
		parts.minSample = v
	case "from", "pace":
		t.notSupported(k, k.Value)
	default:
		return false
	}
	if parts.critical != nil && parts.tolerance != nil && (k.Value == "critical" || k.Value == "tolerance") {
		t.fail(k, "leave one of them out", "critical and tolerance exclude each other")
	}
	return true
}

// rule turns the parts into bounds. What a segment does not say comes from the target it belongs to.
func (t *targetDecoder) rule(parts ruleNodes, kind string, above *Rule) Rule {
	var r Rule
	if above != nil {
		r = *above
	}
	if parts.bound != nil {
		r.Target = t.bounds(parts.bound, kind, kind)
	}
	if parts.critical != nil {
		r.Tolerance, r.Critical = nil, t.bounds(parts.critical, "critical", kind)
	}
	if parts.tolerance != nil {
		r.Critical, r.Tolerance = BoundRange{}, t.tolerance(parts.tolerance)
	}
	switch {
	case parts.stretch != nil && kind == "between":
		t.fail(parts.stretch, "", "stretch has no meaning with between")
	case parts.stretch != nil:
		r.Stretch = t.bounds(parts.stretch, "stretch", kind)
	}
	if parts.minSample != nil {
		r.MinSample = t.minSample(parts.minSample)
	}
	t.ordered(parts, &r)
	return r
}

// ordered checks that critical lies on the bad side of the target, and stretch on the good side. Of an inherited bound
// that lies on the wrong side it only warns: meeting the target always wins.
func (t *targetDecoder) ordered(parts ruleNodes, r *Rule) {
	crossed := func(low, high *Bound) bool { return low != nil && high != nil && low.Value > high.Value }
	check := func(wrong bool, own *node, message, inherited string) {
		switch {
		case !wrong:
		case own != nil:
			t.fail(resolve(own), "", "%s", message)
		case parts.bound != nil:
			t.warn(resolve(parts.bound), "say it here too", "%s", inherited)
		}
	}
	check(crossed(r.Critical.Lower, r.Target.Lower), parts.critical,
		"critical must not be above the target: it is the line beyond which it is off target",
		"the inherited critical is above this target, so that nothing is ever at risk")
	check(crossed(r.Target.Upper, r.Critical.Upper), parts.critical,
		"critical must not be below the target: it is the line beyond which it is off target",
		"the inherited critical is below this target, so that nothing is ever at risk")
	check(crossed(r.Target.Lower, r.Stretch.Lower), parts.stretch,
		"stretch must not be below the target", "the inherited stretch is below this target")
	check(crossed(r.Stretch.Upper, r.Target.Upper), parts.stretch,
		"stretch must not be above the target", "the inherited stretch is above this target")
}

// bounds reads a bound for the side of the kind, or for between one for each side.
func (t *targetDecoder) bounds(n *node, what, kind string) BoundRange {
	switch kind {
	case "at_least":
		return BoundRange{Lower: t.bound(n, what)}
	case "at_most":
		return BoundRange{Upper: t.bound(n, what)}
	}
	n = resolve(n)
	if n.Kind != sequenceNode || len(n.Content) != 2 {
		hint := "write " + what + ": [3, 5]"
		if n.Kind == sequenceNode && len(n.Content) > 2 {
			hint = "a comma separates the two: write 12000 or 12k, not 12,000"
		}
		t.fail(n, hint, "%s must be a list of two numbers, the lower first", what)
		return BoundRange{}
	}
	r := BoundRange{Lower: t.bound(n.Content[0], what), Upper: t.bound(n.Content[1], what)}
	if r.Lower != nil && r.Upper != nil && r.Lower.Value > r.Upper.Value {
		t.fail(n, "write the lower one first", "%s: the lower number is above the upper one", what)
	}
	return r
}

// bound reads a number, or a benchmark with its source.
func (t *targetDecoder) bound(n *node, what string) *Bound {
	n = resolve(n)
	if n.Kind != mappingNode {
		number := t.number(n, what, t.unit)
		if !number.ok {
			return nil
		}
		t.warnOfPercent(number.n, number.value)
		return &Bound{Value: number.value, Source: "fixed"}
	}
	b := &Bound{Source: "benchmark"}
	ok, supported := false, true
	t.mapping(n, what, "benchmark source", func(k, v *node) bool {
		switch k.Value {
		case "benchmark":
			number := t.number(v, "benchmark", t.unit)
			b.Value, ok = number.value, number.ok
			if ok {
				t.warnOfPercent(number.n, number.value)
			}
		case "source":
			b.Note = t.text(v, "source").value
		default:
			if !isFutureBound(k.Value) {
				return false
			}
			t.notSupported(k, k.Value)
			supported = false
		}
		return true
	})
	if ok && b.Note == "" {
		t.fail(n, `write {benchmark: 3%, source: "where it was found"}`, "a benchmark needs its source")
	}
	if !ok && supported && len(n.Content) == 0 {
		t.fail(n, "write a number", "%s is empty", what)
	}
	if !ok {
		return nil
	}
	return b
}

// isFutureBound reports whether a key will say how a bound comes about.
func isFutureBound(key string) bool {
	return strings.HasPrefix(key, "median_of_") || strings.HasPrefix(key, "mean_of_") ||
		isOneOf(key, "steps ramp previous_period same_period_last_year stricter_of a_week_ago a_month_ago a_quarter_ago a_year_ago")
}

// warnOfPercent warns of a plain number above 1 for a ratio, which often is a percentage without its sign.
func (t *targetDecoder) warnOfPercent(n *node, value float64) {
	if _, suffix := cutNumber(n.Value); suffix == "" && t.unit.IsRatio() && value > 1 {
		number := strings.TrimPrefix(n.Value, "+")
		t.warn(n, "write "+number+"%, or "+percent(value)+" if it is meant", "%s of a ratio means %s", number, percent(value))
	}
}

func (t *targetDecoder) tolerance(n *node) *target.Tolerance {
	n, ok := t.scalar(n, "tolerance")
	if !ok {
		return nil
	}
	tolerance, problem, hint := parseTolerance(n.Value, t.unit)
	if problem != "" {
		t.fail(n, hint, "tolerance: %s", problem)
		return nil
	}
	return &tolerance
}

func (t *targetDecoder) minSample(n *node) *float64 {
	number := t.positive(n, "min_sample")
	if !number.ok {
		return nil
	}
	return &number.value
}

// segment reads the target of some label sets: labels with their values, and what differs from the target above.
func (t *targetDecoder) segment(n *node, kind string, above *Rule) (Segment, bool) {
	var (
		parts  ruleNodes
		none   bool
		failed = len(t.report.errors)
		s      = Segment{Match: map[string]string{}}
	)
	t.each(n, "a segment", func(k, v *node) {
		switch {
		case k.Value == "target":
			if word := t.text(v, "target"); word.ok && word.value != "none" {
				word.fail("write target: none, or at_least: and the like without target", "a segment's target can only be none")
			}
			none = true
		case !t.part(&parts, k, v):
			t.match(k, v, s.Match)
		}
	})
	switch {
	case len(t.report.errors) > failed:
		return s, false
	case len(s.Match) == 0:
		t.fail(resolve(n), "write {plan: pro, …}", "a segment needs a label and its value")
	case none && parts != (ruleNodes{}):
		t.fail(resolve(n), "leave the bounds out", "a segment with target: none has no bounds")
	case none:
		s.Rule = Rule{None: true}
	case parts == (ruleNodes{}):
		t.fail(resolve(n), "add at_least and the like, or target: none", "a segment needs something that differs from the target above")
	case parts.kind != "" && parts.kind != kind:
		t.fail(resolve(parts.bound), "use "+kind, "a segment must be of the same kind as its target, which is %s", kind)
	default:
		s.Rule = t.rule(parts, kind, above)
	}
	return s, len(t.report.errors) == failed
}

// match reads a label of a segment with its value.
func (t *targetDecoder) match(k, v *node, match map[string]string) {
	i := slices.IndexFunc(t.labels, func(l Label) bool { return l.Name == k.Value })
	if i < 0 {
		names := make([]string, len(t.labels))
		for i, l := range t.labels {
			names[i] = l.Name
		}
		known := strings.Join(names, " ")
		hint := nearest(k.Value, known+" at_least at_most between critical tolerance stretch min_sample target")
		switch {
		case hint != "":
		case known == "":
			hint = "the KPI has no labels"
		default:
			hint = "its labels are: " + strings.Join(names, ", ")
		}
		t.fail(k, hint, "%s is not a label of this KPI", quote(k.Value))
		return
	}
	value := t.text(v, k.Value)
	if closed := t.labels[i].Closed; value.ok && closed != nil && !slices.Contains(closed, value.value) {
		value.fail(didYouMean(value.value, strings.Join(closed, " "), "it is one of"),
			"%s is not a value of label %s", quote(value.value), k.Value)
	}
	match[k.Value] = value.value
}

// reachable reports a segment that an earlier one, which wants less, always comes before.
func (t *targetDecoder) reachable(n *node, earlier []Segment, s Segment) {
	for _, e := range earlier {
		covers := true
		for name, value := range e.Match {
			covers = covers && s.Match[name] == value
		}
		if covers {
			hint := "remove it"
			if !maps.Equal(e.Match, s.Match) {
				hint = "move it up: the first match wins"
			}
			t.fail(n, hint, "this segment is never reached, because an earlier one matches the same")
			return
		}
	}
}
