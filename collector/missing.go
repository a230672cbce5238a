package collector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// maxNamedParts is how many missing parts are named; the rest are counted.
const maxNamedParts = 3

// describeMissing puts into words that a sample has none of its numbers, and why if that is known: "has no value".
func (s *Sample) describeMissing(what string) string {
	switch missing := s.Details().Missing; {
	case s.Suppressed:
		return "is withheld"
	case s.Reason == status.BeforeData:
		return "has no data yet"
	case missing != "":
		return "has no " + what + " because " + missing
	}
	return "has no " + what
}

// missingNumber returns which number that a merge needs is missing from a part, "" if none is.
func (s *Sample) missingNumber(how config.Merge) string {
	switch {
	case how == config.MergeRatio && s.Numerator == nil:
		return "numerator"
	case how == config.MergeRatio && s.Denominator == nil:
		return "denominator"
	case how != config.MergeRatio && s.Value == nil:
		return "value"
	}
	return ""
}

// missingParts are the rows that are missing from a total, by the number that they do not have.
type missingParts struct {
	what  string
	names []string // The first few.
	count int
}

func (m *missingParts) add(name, what string) {
	if m.count == 0 {
		m.what = what
	}
	if m.count++; len(m.names) < maxNamedParts {
		m.names = append(m.names, name)
	}
}

func (m *missingParts) String() string {
	text := strings.Join(m.names, ", ")
	if more := m.count - len(m.names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if m.count > 1 {
		return text + " have no " + m.what
	}
	return text + " has no " + m.what
}

// mergedPlaces returns where the columns are whose rows a KPI merges, -1 where the result has none.
func mergedPlaces(k *config.KPI, places map[string]int) []int {
	list := make([]int, len(k.MergedLabels))
	for i, name := range k.MergedLabels {
		list[i] = -1
		if at, ok := places[name]; ok {
			list[i] = at
		}
	}
	return list
}

// note remembers what its total needs and the current row does not have.
func (r *reader) note(at int, s *Sample, row []database.Value) {
	what := s.missingNumber(r.kpi.Merge)
	if what == "" {
		return
	}
	if r.missing == nil {
		r.missing = map[int]*missingParts{}
	}
	if r.missing[at] == nil {
		r.missing[at] = &missingParts{}
	}
	r.missing[at].add(r.partName(row), what)
}

// partName names the current row by the labels that the KPI does not have.
func (r *reader) partName(row []database.Value) string {
	var pairs []string
	for i, at := range r.merged {
		if at < 0 {
			continue
		}
		text := "NULL"
		if v := &row[at]; !v.Null() {
			written, _ := v.Text()
			text = firstRunes(written, 100)
		}
		pairs = append(pairs, r.kpi.MergedLabels[i]+"="+text)
	}
	if len(pairs) == 0 {
		return fmt.Sprintf("row %d", r.row)
	}
	return strings.Join(pairs, " ")
}

// missingDatabases returns why a label set of merged databases has no value, "" if each has one.
func missingDatabases(k *config.KPI, parts []fromDatabase, labels []string) string {
	var list []string
	for _, d := range k.Databases {
		at := slices.IndexFunc(parts, func(p fromDatabase) bool { return p.database == d.Name })
		row := -1
		if at >= 0 {
			row = slices.IndexFunc(parts[at].samples, func(s Sample) bool { return slices.Equal(s.Labels, labels) })
		}
		switch {
		case row < 0:
			list = append(list, "database "+d.Name+" has no row")
		default:
			s := &parts[at].samples[row]
			if what := s.missingNumber(k.Merge); what != "" {
				list = append(list, "database "+d.Name+" "+s.describeMissing(what))
			}
		}
	}
	return strings.Join(list, ", and ")
}
