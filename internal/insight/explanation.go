package insight

import (
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// Explanation is why a KPI changed between two instants, or why that is not known.
type Explanation struct { //nolint:recvcheck // What changes an explanation needs a pointer; encoding/json calls MarshalJSON on values.
	KPI              *config.KPI
	AsOf, Before     time.Time // The instants that are compared, before settle.
	Against          Against
	Window, Previous period.Window // What was measured as of each of them.

	From, To, Delta *float64 // The values of the KPI or, with labels, of its total; nil unless both are known and may be shown.
	Attributions    []Attribution
	Alike           bool // Contributions: with every label, no segment moved otherwise than the whole; name nobody.
	Reason          analysis.Reason
	Failure         *collector.Failure // With Reason Failed: what failed.

	// Chance is the range of the difference of two underlying rates, in which 0 means that the change could be chance. It is
	// nil unless both are numbers of cases out of others, in periods that do not overlap.
	Chance *analysis.Interval

	Incomplete bool // The data does not cover the period yet, so nothing is compared.
}

// Method is how a change was split.
type Method string

// The methods.
const (
	Contribution Method = "contribution" // What each segment added to a sum.
	MixRate      Method = "mix_rate"     // What each segment did to a ratio by its own ratio, and by its share.
	Shapley      Method = "shapley"      // What each operand did to the value of a formula.
	Change       Method = "change"       // What each segment changed by, where there is no total.
)

// Attribution is the change of a KPI by the values of one label, by the operands of its formula or, where there is no total,
// by its label sets.
type Attribution struct {
	Label     string // Its name; "" for operands. For label sets, all names: "plan, region".
	Method    Method
	Segments  []Segment // The largest first.
	Rate, Mix *float64  // With MixRate: the sums over the segments.
	OneSign   bool      // With Contribution: all have one sign, so each may be called a share of the change.
}

// Segment is one part of a change, in the KPI's unit. What its method does not have is nil.
type Segment struct {
	Value        string        // That of the label; for label sets "plan=pro, region=eu"; or the operand as the formula writes it.
	Unit         quantity.Unit // What From and To are in, with Shapley; "" if an operand has none.
	From, To     *float64      // With Change and Shapley: the segment's own values, nil where it has none.
	Delta        *float64      // With Change.
	Contribution *float64
	Points       *float64 // With Contribution: as a share of the previous total.
	Unexpected   *float64 // With Contribution: beyond what the segment would have changed by if it had moved as the whole did.
	Rate, Mix    *float64
	New, Gone    bool // It has no row before, or after.
	Small        bool // It has fewer observations than min_sample in one of the periods.
}

// Reasons why there is no explanation, besides those of internal/analysis.
const (
	NoLabels        analysis.Reason = "no_labels"         // The KPI has no parts.
	NoTotal         analysis.Reason = "no_total"          // merge: none: the parts overlap.
	Withheld        analysis.Reason = "withheld"          // A value is withheld by suppress_below.
	Failed          analysis.Reason = "failed"            // An evaluation failed.
	NotKept         analysis.Reason = "not_kept"          // What it is made from is not kept of the past. The values that it compares may be.
	NotTheQuotient  analysis.Reason = "not_the_quotient"  // A row has a value other than numerator / denominator.
	MergeMinMax     analysis.Reason = "merge_min_max"     // The total is the least or the greatest of its parts.
	LabelsOfFormula analysis.Reason = "labels_of_formula" // A formula with labels has no total.
)

// fail says why there is no explanation.
func (x *Explanation) fail(why analysis.Reason) { x.Reason, x.Attributions, x.Alike = why, nil, false }

// OneWay reports whether no two segments of a label contributed in opposite directions.
func (x *Explanation) OneWay() bool {
	return !slices.ContainsFunc(x.Attributions, func(a Attribution) bool { return a.Method == Contribution && !a.OneSign })
}

// Names reports whether the segments of an attribution are worth a table: not those that moved alike and one way.
func (x *Explanation) Names(at int) bool {
	return !x.Alike || x.Attributions[at].Method != Contribution || !x.OneWay()
}

// hide takes back what must not be shown.
func (x *Explanation) hide() { x.From, x.To, x.Delta, x.Chance = nil, nil, nil, nil }

// failure says which of results failed; false if none did.
func (x *Explanation) failure(results ...*collector.Result) bool {
	for _, r := range results {
		if r.Failure != nil {
			x.fail(Failed)
			x.Failure = r.Failure
			return true
		}
	}
	return false
}
