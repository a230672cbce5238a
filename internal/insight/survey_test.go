package insight

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// TestWithheldSaysSo withholds values of KPIs with and without a target.
func TestWithheldSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		kpi    *config.KPI
		status status.Status
		reason status.UnknownReason
	}{
		"target":    {&config.KPI{Target: &config.Target{}}, status.Unknown, "withheld"},
		"no target": {&config.KPI{}, status.NoTarget, ""},
	} {
		r := collector.Result{KPI: test.kpi, Samples: []collector.Sample{{Value: new(4.0), Status: status.OnTarget}}}
		if s := hiddenSamples(r.KPI, r.Samples)[0]; s.Value != nil || !s.Suppressed || s.Status != test.status || s.Reason != test.reason {
			t.Errorf("%s: %+v, want %s, %s", name, s, test.status, test.reason)
		}
	}
}

// manyRows evaluates KPIs to rows without a database: as many as the test says, by the name of the KPI.
type manyRows struct {
	samples []collector.Sample // Of which each result has the first.
	rows    map[string]int
	read    int // How many samples results had.
}

func (m *manyRows) Evaluate(_ context.Context, requests []collector.Request) []collector.Result {
	results := make([]collector.Result, len(requests))
	for i, q := range requests {
		n := m.rows[q.KPI.Name]
		m.read += n
		results[i] = collector.Result{KPI: q.KPI, AsOf: q.AsOf, Window: q.KPI.Period.Window(q.AsOf, q.KPI.Calendar), Elapsed: 1, Samples: m.samples[:n:n]}
	}
	return results
}

// TestSurveyInPortions counts how many samples are read before what was found of their KPIs is handed out.
func TestSurveyInPortions(t *testing.T) {
	const days, compared = 119, 2 + 2 // What a KPI reads of its past, now and before, and to explain it.
	for name, test := range map[string]struct {
		kpis, rows int
		portions   int // How many there are.
	}{
		"all at once":              {20, 5, 1},
		"a few at once":            {20, 300, 10},
		"one at a time":            {5, 1000, 5},
		"each larger than allowed": {2, 2 * mostSamples / days, 2},
		"none":                     {0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var kpis strings.Builder
			m := &manyRows{rows: map[string]int{}, samples: make([]collector.Sample, test.rows)}
			for i := range m.samples {
				m.samples[i] = collector.Sample{Labels: []string{fmt.Sprintf("%06d", i)}, Value: new(1.0)}
			}
			for i := range test.kpis {
				k := fmt.Sprintf("k%02d", i)
				kpis.WriteString("  " + k + ": {title: K, period: day, labels: [a], query: \"SELECT 1 AS value, '' AS a WHERE " + inPeriod + "\"}\n")
				m.rows[k] = test.rows
			}
			p := open(t, "", kpis.String()+"  last: {title: K, period: day, query: \"SELECT 1 AS value WHERE "+inPeriod+"\"}", nil)
			asked := p.KPIs[:test.kpis]
			asOf := at(t, "2026-03-10T00:00:00Z")
			var names, want []string
			var progress [2]int
			read, portions := 0, 0
			survey := p.With(m).Survey(t.Context(), asked, asOf, asOf.Add(-7*24*time.Hour), func(read, most int) {
				if read < progress[0] || most != days*test.kpis {
					t.Errorf("after %d of %d periods: %d of %d", progress[0], progress[1], read, most)
				}
				progress = [2]int{read, most}
			})
			for one := range survey {
				if len(one.History.Points) != days || len(one.Now.Samples) != test.rows || one.Why.KPI != one.KPI {
					t.Errorf("%s has %d periods and %d samples", one.KPI.Name, len(one.History.Points), len(one.Now.Samples))
				}
				if m.read > read {
					portions++
					if most := max(mostSamples, days*test.rows) + compared*test.rows*test.kpis; m.read-read > most {
						t.Errorf("%d samples were read before %s, at most %d have room", m.read-read, one.KPI.Name, most)
					}
					read = m.read
				}
				names = append(names, one.KPI.Name)
			}
			for _, k := range asked {
				want = append(want, k.Name)
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if portions != test.portions || progress != [2]int{days * test.kpis, days * test.kpis} {
				t.Errorf("%d portions, want %d; at last %v periods", portions, test.portions, progress)
			}
		})
	}
}
