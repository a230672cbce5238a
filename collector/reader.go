package collector

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

var errNotInList = errors.New("which is not in its list")

// maxLabelBytes bounds a label value: beyond it something other than a label was selected.
const maxLabelBytes = 1024

// What the label values of one result may have in bytes, for each series that max_series allows but at least for fewSeries, and at most.
// Those of real KPIs have 20 to 60 bytes per series.
const (
	labelBytesPerSeries = 256
	fewSeries           = 1000
	maxLabelBytesOfOne  = 32 << 20
)

// reader turns the rows of one result into the samples of one KPI, by the column contract.
type reader struct {
	kpi      *config.KPI
	database string // Value of the label database, "" if the KPI has none.
	earlier  bool   // A label that its closed list no longer has is passed over.
	names    []string

	// Places in the row; -1 where the KPI reads no such column.
	value, numerator, denominator, sampleSize int
	labels                                    []int

	merged  []int                 // Places of the labels whose rows are merged.
	missing map[int]*missingParts // By place in samples.
	extra   []string              // Columns that no KPI reads.
	row     int                   // Number of the current row, from 1.
	invalid uint64                // Label values so far that are not UTF-8.
	key     []byte                // Label values of the current row, joined.
	seen    map[string]int        // Place in samples of the rows so far, by key.
	samples []Sample
	bytes   int     // All label values in samples.
	longest longest // The longest label value in samples.

	texts   slab[string]
	numbers slab[float64]
}

// longest is a label value that is longer than others.
type longest struct {
	label      string
	row, bytes int
}

// slab hands out pieces of larger allocations, since every row needs two.
type slab[T any] struct {
	free []T
	size int
}

func (s *slab[T]) take(n int) []T {
	if len(s.free) < n {
		s.size = max(n, min(2*s.size, 256))
		s.free = make([]T, s.size)
	}
	piece := s.free[:n:n]
	s.free = s.free[n:]
	return piece
}

// newReader finds the KPI's columns in the result.
func newReader(k *config.KPI, databaseName string, columns []database.Column) (*reader, error) {
	r := &reader{kpi: k, names: k.LabelNames(), value: -1, numerator: -1, denominator: -1, sampleSize: -1, seen: map[string]int{}}
	if k.DatabaseLabel {
		r.database = databaseName
	}
	places, err := placesOf(columns)
	if err != nil {
		return nil, err
	}
	c := k.ColumnsIn(func(name string) bool { _, ok := places[name]; return ok })
	place := func(column string, at *int) error {
		if column == "" {
			return nil
		}
		i, ok := places[column]
		if !ok && k.Query.IsPromQL() {
			return missingLabel(column, k.Query, columns)
		}
		if !ok {
			return missingColumn(column, columns)
		}
		*at = i
		return nil
	}
	for _, number := range []struct {
		name string
		at   *int
	}{{c.Value, &r.value}, {c.Numerator, &r.numerator}, {c.Denominator, &r.denominator}, {c.SampleSizeColumn(), &r.sampleSize}} {
		if err := place(number.name, number.at); err != nil {
			return nil, err
		}
	}
	if k.Merge == config.MergeRatio { // For one row as for several.
		r.value = -1
	}
	r.merged = mergedPlaces(k, places)
	r.labels = make([]int, len(k.Labels))
	for i, l := range k.Labels {
		if err := place(l.Name, &r.labels[i]); err != nil {
			return nil, err
		}
	}
	r.extra, err = extraColumns(k.Query, c, columns) // Only now: for a misspelt column, the missing one makes the better message.
	return r, err
}

// maxExpected bounds what is allocated for rows that may not come.
const maxExpected = 100_000

// expect makes room for so many rows, with a few more.
func (r *reader) expect(rows int) {
	if rows = min(rows, r.kpi.MaxSeries, maxExpected); rows == 0 {
		return
	}
	rows += rows / 64
	r.seen, r.samples = make(map[string]int, rows), make([]Sample, 0, rows)
	r.texts.free = make([]string, rows*len(r.names))
	numbers := 0
	for _, at := range []int{r.value, r.numerator, r.denominator, r.sampleSize} {
		if at >= 0 {
			numbers++
		}
	}
	r.numbers.free = make([]float64, rows*numbers)
}

// add reads one row and keeps its sample.
func (r *reader) add(row []database.Value) error {
	s, err := r.read(row)
	if err != nil {
		if r.earlier && errors.Is(err, errNotInList) {
			return nil
		}
		return err
	}
	at, ok := r.seen[string(r.key)]
	if len(r.kpi.MergedLabels) > 0 {
		if !ok {
			at = len(r.samples)
		}
		r.note(at, &s, row)
	}
	if ok && len(r.kpi.MergedLabels) > 0 {
		r.samples[at].merge(r.kpi.Merge, &s)
		return nil
	}
	switch {
	case len(r.samples) == r.kpi.MaxSeries:
		return failf(ReasonTooManySeries, "the result has more than %d rows (max_series)", r.kpi.MaxSeries)
	case r.row > 1 && len(r.labels) == 0:
		return failf(ReasonDuplicate, "the result has more than one row, and the KPI has no labels to tell them apart")
	case r.has(r.key):
		return failf(ReasonDuplicate, "row %d has the same labels as an earlier one: %s", r.row, r.describe(s.Labels))
	}
	r.keep(&s)
	return r.weigh(&s)
}

// keep adds the sample of the current row. Its labels are pieces of its key, which is there for each sample anyway.
func (r *reader) keep(s *Sample) {
	key := string(r.key)
	r.seen[key] = len(r.samples)
	for i := range s.Labels[:len(r.labels)] {
		n := len(s.Labels[i])
		s.Labels[i], key = key[:n], key[n+1:]
	}
	r.samples = append(r.samples, *s)
}

// weigh counts the label values of a sample that is kept. It fails when there are too many bytes of them.
func (r *reader) weigh(s *Sample) error {
	for i, v := range s.Labels {
		if r.bytes += len(v); len(v) > r.longest.bytes {
			r.longest = longest{r.names[i], r.row, len(v)}
		}
	}
	if limit := min(labelBytesPerSeries*max(r.kpi.MaxSeries, fewSeries), maxLabelBytesOfOne); r.bytes > limit {
		return failf(ReasonTooLarge, "the label values have more than %d kB up to row %d, the longest is label %q with %d bytes in row %d: select shorter ones, such as a name or an ID",
			limit/1000, r.row, r.longest.label, r.longest.bytes, r.longest.row)
	}
	return nil
}

func (r *reader) has(key []byte) bool {
	_, ok := r.seen[string(key)]
	return ok
}

// read converts one row; it keeps nothing of it.
func (r *reader) read(row []database.Value) (Sample, error) {
	r.row++
	var s Sample
	if err := r.readLabels(row, &s); err != nil {
		return s, err
	}
	numbers := [...]struct {
		at    int
		value *float64
	}{{at: r.value}, {at: r.numerator}, {at: r.denominator}, {at: r.sampleSize}}
	for i := range numbers {
		n := &numbers[i]
		if n.at < 0 {
			continue
		}
		v, err := r.number(&row[n.at])
		if err != nil {
			return s, failf(ReasonValue, "row %d: %w", r.row, err)
		}
		n.value = v
	}
	value, numerator, denominator := numbers[0].value, numbers[1].value, numbers[2].value
	if r.value < 0 && numerator != nil && denominator != nil && *denominator != 0 {
		q := *numerator / *denominator
		if math.IsInf(q, 0) {
			return s, failf(ReasonValue, "row %d: %g / %g overflows", r.row, *numerator, *denominator)
		}
		value, s.IsQuotient = &q, true
	}
	s.Value, s.SampleSize, s.Numerator, s.Denominator = value, numbers[3].value, numerator, denominator
	return s, nil
}

// number returns nil for NULL and NaN: both mean that there is no value. An error names the column.
func (r *reader) number(v *database.Value) (*float64, error) {
	if v.Null() {
		return nil, nil
	}
	f, err := v.Number()
	if err != nil {
		return nil, err
	}
	if math.IsNaN(f) {
		return nil, nil
	}
	kept := &r.numbers.take(1)[0]
	*kept = f
	return kept, nil
}

func (r *reader) readLabels(row []database.Value, s *Sample) error {
	if len(r.names) > 0 {
		s.Labels = r.texts.take(len(r.names))[:0]
	}
	r.key = r.key[:0]
	for i, at := range r.labels {
		label, v := &r.kpi.Labels[i], &row[at]
		var text string
		switch {
		case !v.Null():
			var valid bool
			if text, valid = v.Text(); !valid {
				r.invalid++
			}
		case r.kpi.NullLabel != nil:
			text = *r.kpi.NullLabel
		default:
			return r.withoutLabel(label.Name)
		}
		if len(text) > maxLabelBytes {
			return failf(ReasonLabel, "label %q has %d bytes in row %d, more than %d", label.Name, len(text), r.row, maxLabelBytes)
		}
		if label.Closed != nil && !slices.Contains(label.Closed, text) {
			return failf(ReasonLabel, "label %q is %q in row %d, %w (%s)", label.Name, text, r.row, errNotInList, strings.Join(label.Closed, ", "))
		}
		s.Labels = append(s.Labels, text)
		r.key = append(append(r.key, text...), 0)
	}
	if r.kpi.DatabaseLabel {
		s.Labels = append(s.Labels, r.database)
	}
	return nil
}

// withoutLabel is the failure of a row without a label.
func (r *reader) withoutLabel(name string) *Failure {
	if r.kpi.Query.IsPromQL() {
		return failf(ReasonLabel, "series %d of the result has no label %q: select those that have one, %s!=\"\", or set null_label", r.row, name, name)
	}
	return failf(ReasonLabel, "label %q is NULL in row %d: select coalesce(%s, …) or set null_label", name, r.row, name)
}

func (r *reader) describe(labels []string) string { return describeLabels(r.names, labels) }

// describeLabels writes a label set as in messages.
func describeLabels(names, labels []string) string {
	pairs := make([]string, len(labels))
	for i, v := range labels {
		pairs[i] = fmt.Sprintf("%s=%q", names[i], v)
	}
	return strings.Join(pairs, ", ")
}

// finish adds the zeros of on_empty: zero, and suppresses values from too few observations.
func (r *reader) finish() []Sample {
	if r.kpi.OnEmptyZero {
		r.addZeroes(0, nil)
	}
	for at, m := range r.missing {
		r.samples[at].setMissing(m.String())
	}
	for i := range r.samples {
		if !mergesDatabases(r.kpi) { // Else they are suppressed when all are there.
			r.samples[i].suppress(r.kpi)
		}
	}
	r.seen = nil // It is as large as the samples.
	return r.samples
}

// addZeroes adds a 0 for every combination of closed label values, from the label at depth on, that had no row.
func (r *reader) addZeroes(depth int, labels []string) {
	if depth < len(r.kpi.Labels) {
		for _, v := range r.kpi.Labels[depth].Closed {
			r.addZeroes(depth+1, append(labels[:depth:depth], v))
		}
		return
	}
	r.key = r.key[:0]
	for _, v := range labels {
		r.key = append(append(r.key, v...), 0)
	}
	if r.has(r.key) {
		return
	}
	s := Sample{Labels: slices.Clone(labels), Value: new(float64)}
	if r.denominator >= 0 {
		s.Numerator, s.Denominator = new(float64), new(float64)
	}
	if r.sampleSize >= 0 {
		s.SampleSize = new(float64)
	}
	if r.kpi.DatabaseLabel {
		s.Labels = append(s.Labels, r.database)
	}
	r.samples = append(r.samples, s)
}
