package config

import (
	"slices"
	"strings"
)

// hasLabelSets reports whether something outside zero() determines the label sets; if not, that is an error.
func (r *formulaReader) hasLabelSets(root *Term, inputs []*KPI) bool {
	outside := root.outsideZero()
	if len(outside) == 0 {
		r.Fail(r.places[inputs[0]], "leave zero() out where there is always a row: a + zero(b)",
			"everything that the formula reads is inside zero(), so nothing determines the label sets")
		return false
	}
	labelled := func(k *KPI) bool { return len(k.LabelNames()) > 0 }
	if at := slices.IndexFunc(inputs, labelled); at >= 0 && !slices.ContainsFunc(outside, labelled) {
		names := strings.Join(inputs[at].LabelNames(), ", ")
		r.Fail(r.places[inputs[at]], "read it beside what has these labels, or read its total: labels: [] with merge: of a KPI that reads a named query",
			"%s has labels %s, but nothing outside zero() has them, so nothing determines the label sets", inputs[at].Name, names)
		return false
	}
	return true
}

// labels returns the labels of a formula: those of its inputs that have labels. A label is closed
// where it is closed in all inputs that determine the label sets, and has the values of all of them.
func (r *formulaReader) labels(inputs, outside []*KPI) []Label {
	var (
		first  *KPI
		labels []Label
	)
	for _, k := range outside {
		if len(k.LabelNames()) > 0 {
			first, labels = k, k.sampleLabels()
			break
		}
	}
	for _, k := range inputs {
		switch {
		case len(k.LabelNames()) == 0, k == first:
		case !sameLabels(first.LabelNames(), k.LabelNames()):
			return r.unlike(first, k)
		case slices.Contains(outside, k):
			for i := range labels {
				widen(&labels[i], k.sampleLabels())
			}
		}
	}
	return labels
}

// unlike reports that two inputs have different labels, where the formula first names the second.
func (r *formulaReader) unlike(first, second *KPI) []Label {
	r.Fail(r.places[second], "let them have the same labels, or none: labels: [] with merge: of a KPI that reads a named query",
		"%s has labels %s, but %s has %s", first.Name, strings.Join(first.LabelNames(), ", "),
		second.Name, strings.Join(second.LabelNames(), ", "))
	return nil
}

// widen lets a label have the values, too, that the label of its name in a list has.
func widen(l *Label, list []Label) {
	other := list[slices.IndexFunc(list, func(o Label) bool { return o.Name == l.Name })]
	if l.Closed == nil || other.Closed == nil {
		l.Closed = nil
		return
	}
	all := slices.Clone(l.Closed)
	for _, value := range other.Closed {
		if !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	l.Closed = all
}

// sampleLabels returns the labels of the KPI's samples in their order, the database label included.
func (k *KPI) sampleLabels() []Label {
	labels := slices.Clone(k.Labels)
	if k.DatabaseLabel {
		database := Label{Name: "database"}
		for _, d := range k.Databases {
			database.Closed = append(database.Closed, d.Name)
		}
		labels = append(labels, database)
	}
	return labels
}

func sameLabels(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
