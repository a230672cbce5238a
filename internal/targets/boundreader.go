package targets

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// maxPeriodsBack is how many earlier periods a median or a mean may ask for: each of them runs the query once.
const maxPeriodsBack = 60

// bound reads a number, or a mapping that says where the bound comes from.
func (t *reader) bound(n *document.Node, what string) *Bound {
	n = document.Resolve(n)
	if n.Kind == document.MappingNode {
		return t.boundMapping(n, what)
	}
	number := quantity.Number(t.File, n, what, t.of.Unit)
	if !number.OK {
		return nil
	}
	t.warnOfPercent(number.Node, number.Value)
	return &Bound{Source: Fixed, Value: number.Value}
}

func (t *reader) boundMapping(n *document.Node, what string) *Bound {
	failed := t.ErrorCount()
	p := boundParts{reader: t}
	t.Mapping(n, what, keys.Names(t.Keys.bound, "bound"), func(k, v *document.Node) bool {
		if strings.HasPrefix(k.Value, "median_of_") || strings.HasPrefix(k.Value, "mean_of_") { // Over any number of periods.
			p.read(k, v, (*reader).past)
			return true
		}
		return keys.ReadOne(t.Keys.bound, "bound", &p, k, v)
	})
	switch {
	case t.ErrorCount() > failed:
		return nil
	case p.kind == nil && p.source == nil:
		t.Fail(n, "write a number", "%s is empty", what)
	case p.kind == nil:
		t.Fail(p.source, `write {benchmark: 3%, source: "where it was found"}`, "there is no benchmark beside its source")
	case p.kind.Value == "benchmark" && p.source == nil:
		t.Fail(n, `write {benchmark: 3%, source: "where it was found"}`, "a benchmark needs its source")
	case p.kind.Value != "benchmark" && p.source != nil:
		t.Fail(p.source, "leave it out", "source belongs to benchmark, not to %s", p.kind.Value)
	}
	if p.result != nil {
		p.result.Note = p.note
	}
	return p.result
}

func (t *reader) benchmark(k, v *document.Node) *Bound {
	number := quantity.Number(t.File, v, k.Value, t.of.Unit)
	if !number.OK {
		return nil
	}
	t.warnOfPercent(number.Node, number.Value)
	return &Bound{Source: Benchmark, Value: number.Value}
}

// stricter reads a list of bounds; the hardest to meet counts.
func (t *reader) stricter(k, v *document.Node) *Bound {
	b := &Bound{Source: StricterOf}
	items := 0
	t.Items(v, k.Value, func(item *document.Node) {
		items++
		one := t.bound(item, k.Value)
		switch {
		case one == nil: // It has been reported.
		case one.Source == StricterOf:
			t.Fail(item, "put all of them into one list", "stricter_of cannot contain stricter_of")
		default:
			b.Stricter = append(b.Stricter, *one)
		}
	})
	if items < 2 && document.Resolve(v).Kind == document.SequenceNode {
		t.Fail(document.Resolve(v), "write {stricter_of: [12k, {previous_period: +5%}]}", "stricter_of needs at least two bounds")
	}
	return b
}

// past reads a bound that follows from earlier values: how it differs from them.
func (t *reader) past(k, v *document.Node) *Bound {
	b := &Bound{Source: BoundSource(k.Value)}
	for prefix, source := range map[string]BoundSource{"median_of_": MedianOf, "mean_of_": MeanOf} {
		if periods, ok := strings.CutPrefix(k.Value, prefix); ok {
			b.Source = source
			n, err := strconv.Atoi(periods)
			if err != nil || strconv.Itoa(n) != periods || n < 2 || n > maxPeriodsBack {
				t.Fail(k, "write "+prefix+"6", "%s: the number of periods goes from 2 to %d", document.Quote(k.Value), maxPeriodsBack)
			}
			b.Past.Periods = n
		}
	}
	t.fitsPeriod(k, b.Source)
	n, ok := t.Scalar(v, k.Value)
	if !ok {
		return nil
	}
	change, relative, problem, hint := quantity.ParseChange(n.Value, t.of.Unit)
	if problem != "" {
		t.Fail(n, hint, "%s: %s", k.Value, problem)
		return nil
	}
	quantity.WarnOfThousands(t.File, n)
	if !relative && t.of.Unit.IsRatio() && math.Abs(change) >= 1 {
		if number, suffix := quantity.Cut(n.Value); suffix == "" {
			t.Warn("percent", n, "write "+number+"% or "+number+"pp", "%s of a ratio means %s", number, t.of.Unit.FormatDifference(change))
		}
	}
	b.Past.Change, b.Past.Relative = change, relative
	return b
}

// fitsPeriod reports a bound from the past for a KPI whose period has no such past.
func (t *reader) fitsPeriod(k *document.Node, source BoundSource) {
	if t.of.Period == nil {
		return
	}
	ago, steady := isAgo(source), t.of.Period.HasPrevious()
	switch {
	case ago != steady:
	case source == AYearAgo:
		t.Fail(k, "write same_period_last_year", "%s is for the periods instant and trailing; this one (%s) has a previous period", k.Value, t.of.Period)
	case ago:
		t.Fail(k, "write previous_period, or same_period_last_year", "%s is for the periods instant and trailing; this one (%s) has a previous period", k.Value, t.of.Period)
	case source == SamePeriodLastYear:
		t.Fail(k, "write a_year_ago, or a_month_ago", "%s: period %s has none", k.Value, t.of.Period)
	default:
		t.Fail(k, "write a_month_ago, or a_week_ago, a_quarter_ago, a_year_ago", "%s: period %s has no previous period", k.Value, t.of.Period)
	}
}

// isAgo reports a source that looks back by a length of time, which is for periods without a previous one.
func isAgo(s BoundSource) bool {
	return s == AWeekAgo || s == AMonthAgo || s == AQuarterAgo || s == AYearAgo
}

// Comparisons are the earlier values that can be shown beside a value.
const Comparisons = string(PreviousPeriod + " " + SamePeriodLastYear)

// ReadCompare reads what a value is shown beside: one word, or a list.
func ReadCompare(d *document.File, n *document.Node, _ string) document.Field[[]BoundSource] {
	n = document.Resolve(n)
	f := document.Good(d, n, []BoundSource{})
	items := []*document.Node{n}
	if n.Kind == document.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		word := d.Word(item, "comparison", Comparisons)
		switch {
		case !word.OK:
			f.OK = false
		case slices.Contains(f.Value, BoundSource(word.Value)):
			word.Fail("remove one of them", "%s appears twice in compare", document.Quote(word.Value))
			f.OK = false
		default:
			f.Value = append(f.Value, BoundSource(word.Value))
		}
	}
	return f
}
