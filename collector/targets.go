package collector

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// targetRow is a row of a named query that gives targets.
type targetRow struct {
	labels []*string          // In the order of config.KPI.LabelNames; nil: whatever the label is.
	bounds [numLines]*float64 // Only the target's and the critical ones.
}

// targetReader reads the rows that are for one KPI.
type targetReader struct {
	kpi     *config.KPI
	name    int            // Place of the column kpi.
	labels  []int          // Places of the columns of the labels, -1 where there is none.
	bounds  []targetColumn // With a place each.
	extra   []string       // Columns that no KPI reads.
	row     int            // Number of the current row, from 1.
	invalid uint64         // Label values so far that are not UTF-8.
	seen    map[string]int // Numbers of the rows by their labels.
	rows    []targetRow
}

// targetColumn is a column that holds a bound.
type targetColumn struct {
	name  string
	line  int // Its place in lines.
	place int // Its place in the row.
}

// targetColumns returns the columns of the KPI's target, its critical bound the last.
func targetColumns(k *config.KPI) []targetColumn {
	switch k.Target.Direction {
	case config.Higher:
		return []targetColumn{{name: "at_least", line: targetLower}, {name: "critical", line: criticalLower}}
	case config.Lower:
		return []targetColumn{{name: "at_most", line: targetUpper}, {name: "critical", line: criticalUpper}}
	default: // One number cannot be critical at both ends.
		return []targetColumn{{name: "low", line: targetLower}, {name: "high", line: targetUpper}}
	}
}

func newTargetReader(k *config.KPI, columns []database.Column) (*targetReader, error) {
	places, err := placesOf(columns)
	if err != nil {
		return nil, err
	}
	r := &targetReader{kpi: k, seen: map[string]int{}}
	name, ok := places["kpi"]
	if !ok {
		return nil, missingColumn("kpi", columns)
	}
	r.name = name
	for _, b := range targetColumns(k) {
		if b.place, ok = places[b.name]; ok {
			r.bounds = append(r.bounds, b)
		} else if b.name != "critical" {
			return nil, missingColumn(b.name, columns)
		}
	}
	for _, name := range k.LabelNames() {
		place, ok := places[name]
		if !ok {
			place = -1
		}
		r.labels = append(r.labels, place)
	}
	q := k.Target.From
	r.extra, err = unreadColumns(q, q.Columns, q.Columns, columns) // Only now: for a misspelt column, the missing one makes the better message.
	if err != nil {
		return nil, err
	}
	return r, nil
}

// add reads one row, and keeps it if it is for the KPI. A bound that is NULL is not known.
func (r *targetReader) add(row []database.Value) error {
	r.row++
	if name, _ := row[r.name].Text(); name != r.kpi.Name {
		return nil
	}
	if len(r.rows) == r.kpi.MaxSeries {
		return failf(ReasonTooManySeries, "the result has more than %d rows for the KPI (max_series)", r.kpi.MaxSeries)
	}
	t := targetRow{labels: make([]*string, len(r.labels))}
	var key []byte
	for i, at := range r.labels {
		if at >= 0 && !row[at].Null() {
			text, valid := row[at].Text()
			if !valid {
				r.invalid++
			}
			t.labels[i] = &text
			key = append(append(key, '='), text...)
		}
		key = append(key, 0)
	}
	if first, twice := r.seen[string(key)]; twice {
		return failf(ReasonDuplicate, "row %d is for the same labels as row %d", r.row, first)
	}
	r.seen[string(key)] = r.row
	if err := r.readBounds(row, &t); err != nil {
		return failf(ReasonValue, "row %d: %w", r.row, err)
	}
	r.rows = append(r.rows, t)
	return nil
}

func (r *targetReader) readBounds(row []database.Value, t *targetRow) error {
	for _, b := range r.bounds {
		if b.name == "critical" && row[b.place].Null() {
			continue // What the file says applies.
		}
		v, err := row[b.place].Number()
		if err != nil {
			return err
		}
		t.bounds[b.line] = &v
	}
	return nil
}

// findTarget returns the bounds of the row that names the most labels of the sample; between two, the one that names the earlier
// label; without a row, a target that is not known.
func findTarget(rows []targetRow, k *config.KPI, labels []string) [numLines]*float64 {
	var best *targetRow
	for i := range rows {
		if row := &rows[i]; row.matches(labels) && (best == nil || row.closer(best)) {
			best = row
		}
	}
	if best != nil {
		return best.bounds
	}
	unknown, none := math.NaN(), [numLines]*float64{}
	for _, b := range targetColumns(k) {
		if b.name != "critical" {
			none[b.line] = &unknown
		}
	}
	return none
}

func (t *targetRow) matches(labels []string) bool {
	for i, l := range t.labels {
		if l != nil && *l != labels[i] {
			return false
		}
	}
	return true
}

// closer reports whether t names more labels than other, or as many and the first that only one of them names.
func (t *targetRow) closer(other *targetRow) bool {
	more, first := 0, 0
	for i, l := range t.labels {
		d := 0
		if l != nil {
			d++
		}
		if other.labels[i] != nil {
			d--
		}
		more += d
		if first == 0 {
			first = d
		}
	}
	return more > 0 || more == 0 && first > 0
}
