package targets

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Target is what a KPI should reach, as its file says it.
type Target struct {
	Direction Direction
	BoundSet            // Applies where no segment matches.
	Segments  []Segment // The first whose Match holds applies.
	Pace      bool      // For a to_date period: the bound is for all of it, and the elapsed share of it is in force.
	Profile   bool      // With Pace: in force is the share that earlier periods had come to by then, not that of the time.
}

// Of is the KPI that a target is for. Everything else of it is known.
type Of struct {
	Name         string
	Unit         quantity.Unit
	Labels       []keys.Label
	Period       *period.Period // Nil when there is something wrong with it.
	Calendar     period.Calendar
	FiscalYear   period.FiscalYear
	YearsUnclear bool // The year does not begin in January, and the file does not say which year's name it carries.

	// From returns which way is better in the targets that a named query gives, and false when it cannot give any.
	From func(query document.Field[string]) (Direction, bool)
}

// reader reads the target of one KPI.
type reader struct {
	*document.File
	Keys
	of Of
}

// Read reads a target of a file; the settings have the tolerance, min_sample and pace of the defaults. It returns nil when the target makes
// no sense.
func (t Keys) Read(d *document.File, of Of, n *document.Node, s keys.Settings) *Target {
	r := reader{d, t, of}
	return r.read(n, s)
}

func (t *reader) read(n *document.Node, s keys.Settings) *Target {
	failed := t.ErrorCount()
	if value := document.Resolve(n); value.Kind == document.ScalarNode {
		t.scalarTarget(value)
		return nil
	}
	parts := targetParts{reader: t}
	t.Mapping(n, "target", t.Names(), func(k, v *document.Node) bool { return keys.ReadOne(t.target, "target", &parts, k, v) })
	if t.ErrorCount() == failed && parts.nodes.kind == "" {
		t.Fail(n, "add at_least, at_most, between or from", "target has no bound")
	}
	result := &Target{Direction: directionOf(parts.nodes.kind)}
	switch {
	case parts.nodes.kind == "", parts.from.Said() && t.ErrorCount() > failed:
		return nil
	case parts.from.Said():
		direction, ok := t.of.From(parts.from)
		if !ok {
			return nil
		}
		result.Direction, parts.nodes.kind = direction, kindOf(direction)
	}
	t.pace(n, result, parts.pace, s.Text("pace"))
	result.BoundSet = t.boundSet(parts.nodes, parts.nodes.kind, nil)
	if tolerance := keys.Get[*document.Node](s, "tolerance"); tolerance.OK && parts.nodes.tolerance == nil && parts.nodes.critical == nil {
		result.Tolerance = t.in(tolerance.File).tolerance(tolerance.Value, true)
	}
	if least := keys.Get[*document.Node](s, "min_sample"); least.OK && parts.nodes.minSample == nil {
		result.MinSample = t.in(least.File).minSample(least.Value)
	}
	if parts.segments != nil {
		t.segments(parts, result)
	}
	if t.ErrorCount() > failed {
		return nil
	}
	return result
}

// scalarTarget reports a target that is one word or number.
func (t *reader) scalarTarget(n *document.Node) {
	if document.IsOneOf(strings.ToLower(n.Value), "none off no false") {
		t.Fail(n, "leave target out", "target cannot be %s", document.Quote(n.Value))
		return
	}
	number := strings.TrimLeft(n.Value, "<>= ")
	if _, problem, _ := quantity.Parse(number, t.of.Unit); problem != "" {
		number = "12k"
	}
	t.Fail(n, "write target: {at_least: "+number+"}, or at_most", "target needs a direction")
}

// pace decides whether the target is for a whole period of which a part has elapsed: it is so where the period is to_date,
// and there it must be set.
func (t *reader) pace(n *document.Node, result *Target, own, inherited document.Field[string]) {
	if t.of.Period == nil {
		return
	}
	toDate := t.of.Period.Kind == period.ToDate
	switch {
	case own.OK && !toDate:
		own.Fail("leave it out, or measure period: {to_date: month}", "pace is for a period that is running, not for %s", t.of.Period)
	case toDate && !own.Said() && !inherited.Said():
		t.Fail(n, "add pace: linear, so that the bound grows to this value in the course of the "+t.of.Period.Unit.String()+"; or pace: profile, as earlier ones did",
			"a target on period to_date needs pace: linear or profile")
	}
	result.Pace = toDate
	result.Profile = toDate && (own.Value == "profile" || !own.Said() && inherited.Value == "profile")
}

// in returns the same for a value in another file.
func (t *reader) in(d *document.File) *reader {
	other := *t
	other.File = d
	return &other
}

// kindOf returns the key of bounds for which this way is better.
func kindOf(d Direction) string {
	switch d {
	case Higher:
		return "at_least"
	case Lower:
		return "at_most"
	}
	return "between"
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

// boundSet turns the parts into bounds. What a segment does not say comes from the target it belongs to.
func (t *reader) boundSet(parts ruleNodes, kind string, above *BoundSet) BoundSet {
	var r BoundSet
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
		r.Critical, r.Tolerance = BoundRange{}, t.tolerance(parts.tolerance, false)
	}
	switch {
	case parts.stretch != nil && kind == "between":
		t.Fail(parts.stretch, "", "stretch has no meaning with between")
	case parts.stretch != nil:
		r.Stretch = t.bounds(parts.stretch, "stretch", kind)
	}
	if parts.minSample != nil {
		r.MinSample = t.minSample(parts.minSample)
	}
	t.ordered(parts, &r)
	return r
}

// ordered checks that critical lies on the bad side of the target, and stretch on the good side. It only warns
// about an inherited bound on the wrong side: meeting the target always wins.
func (t *reader) ordered(parts ruleNodes, r *BoundSet) {
	check := func(wrong bool, own *document.Node, message, inherited string) {
		switch {
		case !wrong:
		case own != nil:
			t.Fail(document.Resolve(own), "", "%s", message)
		case parts.bound != nil:
			t.Warn("inherited_bound", document.Resolve(parts.bound), "set it here too", "%s", inherited)
		}
	}
	check(crossed(r.Critical.Lower, r.Target.Lower), parts.critical,
		"critical must not be above the target: it is the line beyond which it is off target",
		"the inherited critical is above this target, so nothing is ever at risk")
	check(crossed(r.Target.Upper, r.Critical.Upper), parts.critical,
		"critical must not be below the target: it is the line beyond which it is off target",
		"the inherited critical is below this target, so nothing is ever at risk")
	check(crossed(r.Target.Lower, r.Stretch.Lower), parts.stretch,
		"stretch must not be below the target", "the inherited stretch is below this target")
	check(crossed(r.Stretch.Upper, r.Target.Upper), parts.stretch,
		"stretch must not be above the target", "the inherited stretch is above this target")
}

// bounds reads a bound for the side of the kind; for between, one for each side.
func (t *reader) bounds(n *document.Node, what, kind string) BoundRange {
	switch kind {
	case "at_least":
		return BoundRange{Lower: t.bound(n, what)}
	case "at_most":
		return BoundRange{Upper: t.bound(n, what)}
	}
	n = document.Resolve(n)
	if n.Kind != document.SequenceNode || len(n.Content) != 2 {
		hint := "write " + what + ": [3, 5]"
		if n.Kind == document.SequenceNode && len(n.Content) > 2 {
			hint = "a comma separates the two: write 12000 or 12k, not 12,000"
		}
		t.Fail(n, hint, "%s must be a list of two numbers, the lower first", what)
		return BoundRange{}
	}
	r := BoundRange{Lower: t.bound(n.Content[0], what), Upper: t.bound(n.Content[1], what)}
	if crossed(r.Lower, r.Upper) {
		t.Fail(n, "write the lower one first", "%s: the lower number is above the upper one", what)
	}
	return r
}

// warnOfPercent warns of a plain number above 1 for a ratio, which often is a percentage without its sign.
func (t *reader) warnOfPercent(n *document.Node, value float64) {
	if _, suffix := quantity.Cut(n.Value); suffix == "" && t.of.Unit.IsRatio() && value > 1 {
		number := strings.TrimPrefix(n.Value, "+")
		t.Warn("percent", n, "write "+number+"%, or "+format.Digits(100*value)+"% if it is meant", "%s of a ratio means %s%%", number, format.Digits(100*value))
	}
}

// tolerance reads a tolerance. An inherited one that would do for another unit is wrong for this KPI only, so that the
// KPI is named.
func (t *reader) tolerance(n *document.Node, inherited bool) *status.Tolerance {
	n, ok := t.Scalar(n, "tolerance")
	if !ok {
		return nil
	}
	tolerance, problem, hint := quantity.ParseTolerance(n.Value, t.of.Unit)
	if problem != "" {
		what := "tolerance"
		if inherited && (isTolerance(n.Value, quantity.Ratio) || isTolerance(n.Value, quantity.Seconds)) {
			what, hint = "tolerance of KPI "+document.Quote(t.of.Name), "give the target of the KPI a tolerance of its own, such as 10%"
		}
		t.Fail(n, hint, "%s: %s", what, problem)
		return nil
	}
	quantity.WarnOfThousands(t.File, n)
	return &tolerance
}

func isTolerance(text string, scale quantity.Unit) bool {
	_, problem, _ := quantity.ParseTolerance(text, scale)
	return problem == ""
}

func (t *reader) minSample(n *document.Node) *float64 {
	number := quantity.Positive(t.File, n, "min_sample")
	if !number.OK {
		return nil
	}
	return &number.Value
}

// segment reads the target of some label sets: labels with their values, and what differs from the target above.
func (t *reader) segment(n *document.Node, above targetParts, target *Target) (Segment, bool) {
	kind := above.nodes.kind
	failed := t.ErrorCount()
	s := Segment{Match: map[string]string{}}
	parts := targetParts{reader: t}
	t.Each(n, "a segment", func(k, v *document.Node) {
		switch {
		case k.Value == "pace":
			t.Fail(k, "write it beside segments", "pace is for the whole target")
		case !keys.ReadOne(t.target, "segment", &parts, k, v):
			t.match(k, v, s.Match)
		}
	})
	switch {
	case t.ErrorCount() > failed:
		return s, false
	case len(s.Match) == 0:
		t.Fail(document.Resolve(n), "write {plan: pro, …}", "a segment needs a label and its value")
	case parts.none && parts.nodes != (ruleNodes{}):
		t.Fail(document.Resolve(n), "leave the bounds out", "a segment with target: none has no bounds")
	case parts.none:
		s.BoundSet = BoundSet{None: true}
	case parts.nodes == (ruleNodes{}):
		t.Fail(document.Resolve(n), "add at_least, at_most or between, or target: none", "a segment needs something that differs from the target above")
	case parts.nodes.kind != "" && above.from.Said():
		t.Fail(document.Resolve(parts.nodes.bound), "let it return a row for these labels", "the query %s says %s", document.Quote(above.from.Value), parts.nodes.kind)
	case parts.nodes.kind != "" && parts.nodes.kind != kind:
		t.Fail(document.Resolve(parts.nodes.bound), "use "+kind, "a segment must be of the same kind as its target, which is %s", kind)
	default:
		s.BoundSet = t.boundSet(parts.nodes, kind, &target.BoundSet)
	}
	return s, t.ErrorCount() == failed
}

// match reads a label of a segment with its value.
func (t *reader) match(k, v *document.Node, match map[string]string) {
	i := slices.IndexFunc(t.of.Labels, func(l keys.Label) bool { return l.Name == k.Value })
	if i < 0 {
		names := make([]string, len(t.of.Labels))
		for i, l := range t.of.Labels {
			names[i] = l.Name
		}
		known := strings.Join(names, " ")
		hint := document.Nearest(k.Value, known+" "+keys.Names(t.target, "segment"))
		switch {
		case hint != "":
		case known == "":
			hint = "the KPI has no labels"
		default:
			hint = "its labels are: " + strings.Join(names, ", ")
		}
		t.Fail(k, hint, "%s is not a label of this KPI", document.Quote(k.Value))
		return
	}
	value := t.Text(v, k.Value)
	if closed := t.of.Labels[i].Closed; value.OK && closed != nil && !slices.Contains(closed, value.Value) {
		value.Fail(document.DidYouMean(value.Value, strings.Join(closed, " "), "it is one of"),
			"%s is not a value of label %s", document.Quote(value.Value), k.Value)
	}
	match[k.Value] = value.Value
}
