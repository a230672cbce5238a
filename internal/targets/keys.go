package targets

import (
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// ruleNodes are the parts of a target, or of one of its segments, as they stand in the file.
type ruleNodes struct {
	kind                                    string // at_least, at_most, between, of a target also from; or "".
	bound                                   *document.Node
	critical, tolerance, stretch, minSample *document.Node
}

// Paces are how a bound grows in the course of a running period.
const Paces = "linear profile"

// Keys are the keys of targets and bounds, made once for all.
type Keys struct {
	target []keys.Into[*targetParts]
	bound  []keys.Into[*boundParts]
	names  string // The names of a target's keys.
}

// NewKeys returns the keys.
func NewKeys() Keys {
	k := Keys{target: targetKeys(), bound: boundKeys()}
	k.names = keys.Names(k.target, "target")
	return k
}

// Names returns the names of the keys of a target, with spaces between them.
func (t Keys) Names() string { return t.names }

// Sections describe the keys, for the schema and the reference page.
func (t Keys) Sections() []schema.Section {
	return []schema.Section{
		keys.Section("Keys of a target", "[Targets](targets.md) explains them.", t.target),
		keys.Section("Keys of a bound", "For a bound that is more than a number.", t.bound),
	}
}

// targetParts are what the keys of a target, or of a segment, say.
type targetParts struct {
	*reader
	nodes      ruleNodes
	from, pace document.Field[string]
	segments   *document.Node
	none       bool // For a segment: there is no target.
}

// targetKeys returns the keys of a target and of a segment, which has its labels, too.
func targetKeys() []keys.Into[*targetParts] {
	const inBoth = "target segment"
	bound := schema.Mapping("bound", "number, or a [key](#keys-of-a-bound)")
	return []keys.Into[*targetParts]{
		keys.To("from", "target", schema.Text(), "a named query that gives the target of each label set", func(p *targetParts, k, v *document.Node) {
			if p.exclusive(k) {
				p.nodes.kind, p.from = k.Value, p.Text(v, k.Value)
			}
		}),
		keys.To("pace", "target", schema.Words(Paces), "the bound of a running period grows as time passes, in a straight line, or as earlier periods did", func(p *targetParts, k, v *document.Node) {
			p.pace = p.Word(v, k.Value, Paces)
		}),
		keys.To("segments", "target", schema.List(schema.Mapping("segment", "labels and keys")), "targets for some label sets: `{plan: pro, at_least: 5k}`; the first match wins", func(p *targetParts, _, v *document.Node) {
			p.segments = v
		}),
		keys.To("target", "segment", schema.Words("none"), "there is no target here", func(p *targetParts, k, v *document.Node) {
			if word := p.Text(v, k.Value); word.OK && word.Value != "none" {
				word.Fail("write target: none, or at_least: and the like without target", "a segment's target can only be none")
			}
			p.none = true
		}),
		keys.To("at_least", inBoth, bound, "the least value that meets the target", (*targetParts).setBound),
		keys.To("at_most", inBoth, bound, "the greatest value that meets the target", (*targetParts).setBound),
		keys.To("between", inBoth, schema.Pair(bound).As("two numbers, or [keys](#keys-of-a-bound)"), "the range that meets the target: `[low, high]`", (*targetParts).setBound),
		keys.To("critical", inBoth, schema.Either(bound, schema.Pair(bound)).As("the form of the target: one bound, or two for a range"), "the line beyond which the KPI is off target", func(p *targetParts, k, v *document.Node) {
			p.nodes.critical = v
			p.criticalOrTolerance(k)
		}),
		keys.To("tolerance", inBoth, schema.Number(), "how far beyond the target a value is still at risk: `10%`, `2pp`, or a number in the unit", func(p *targetParts, k, v *document.Node) {
			p.nodes.tolerance = v
			p.criticalOrTolerance(k)
		}),
		keys.To("stretch", inBoth, bound, "an ambitious goal beyond the target", func(p *targetParts, _, v *document.Node) { p.nodes.stretch = v }),
		keys.To("min_sample", inBoth, schema.Number(), "with fewer observations the status is unknown", func(p *targetParts, _, v *document.Node) { p.nodes.minSample = v }),
	}
}

func (p *targetParts) setBound(k, v *document.Node) {
	if p.exclusive(k) {
		p.nodes.kind, p.nodes.bound = k.Value, v
	}
}

func (p *targetParts) criticalOrTolerance(k *document.Node) {
	if p.nodes.critical != nil && p.nodes.tolerance != nil {
		p.Fail(k, "leave one of them out", "critical and tolerance cannot be used together")
	}
}

// exclusive reports a second key that says the target.
func (p *targetParts) exclusive(k *document.Node) bool {
	hint := "for a range write between: [low, high]"
	switch {
	case p.nodes.kind == "":
		return true
	case p.nodes.kind == "from" || k.Value == "from":
		hint = "leave one of them out"
	}
	p.Fail(k, hint, "%s and %s cannot be used together", p.nodes.kind, k.Value)
	return false
}
