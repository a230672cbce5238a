package kpidiff

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// month returns what a KPI was in a month of 2026.
func month(k *config.KPI, m time.Month, samples ...collector.Sample) collector.Result {
	start := time.Date(2026, m, 1, 0, 0, 0, 0, k.Calendar.Location)
	return collector.Result{KPI: k, Window: period.Window{Start: start, End: start.AddDate(0, 1, 0)}, Samples: samples}
}

func sample(v float64, is status.Status, bound float64) collector.Sample {
	return collector.Sample{Value: &v, Status: is, More: &collector.Details{Bounds: []collector.BoundValue{{Tier: "target", Side: "upper", Value: bound}}}}
}

// in gives a sample the only label of its KPI.
func in(country string, s collector.Sample) collector.Sample {
	s.Labels = []string{country}
	return s
}

func TestCompareValues(t *testing.T) {
	cfg := load(t, base)
	rate, orders := cfg.KPI("rate"), cfg.KPI("orders")
	const on, off = status.OnTarget, status.OffTarget
	failed := month(rate, time.May)
	failed.Failure = &collector.Failure{Reason: collector.ReasonConnect, Err: errors.New("no route")}
	empty := collector.Sample{Status: status.Unknown, Reason: status.NoValue}
	small := empty
	small.Reason = status.SmallSample
	results := func(list ...collector.Result) []collector.Result { return list }
	for name, tc := range map[string]struct {
		before, after []collector.Result
		want          Counts
		differ, known bool
	}{
		"not compared": {},
		"the same":     {results(month(rate, 5, sample(1, on, 2))), results(month(rate, 5, sample(1, on, 2))), Counts{All: 1, Same: 1}, false, true},
		"added up in another order": {
			results(month(rate, 5, sample(0.1+0.2, on, 0.3))), results(month(rate, 5, sample(0.3, on, 0.1+0.2))), Counts{All: 1, Same: 1}, false, true,
		},
		"just the same":     {results(month(rate, 5, sample(1e12, on, 2))), results(month(rate, 5, sample(1e12+999, on, 2))), Counts{All: 1, Same: 1}, false, true},
		"just not the same": {results(month(rate, 5, sample(1e12, on, 2))), results(month(rate, 5, sample(1e12+1002, on, 2))), Counts{All: 1}, true, true},
		"0 and nearly 0":    {results(month(rate, 5, sample(0, on, 2))), results(month(rate, 5, sample(1e-30, on, 2))), Counts{All: 1}, true, true},
		"another status":    {results(month(rate, 5, sample(1, on, 2))), results(month(rate, 5, sample(1, off, 2))), Counts{All: 1, Same: 1, Statuses: 1}, true, true},
		"another bound":     {results(month(rate, 5, sample(1, on, 2))), results(month(rate, 5, sample(1, on, 3))), Counts{All: 1, Same: 1, Bounds: 1}, true, true},
		"another reason":    {results(month(rate, 5, empty)), results(month(rate, 5, small)), Counts{All: 1, Empty: 1, Statuses: 1}, true, true},
		"no value":          {results(month(rate, 5, empty)), results(month(rate, 5, empty)), Counts{All: 1, Empty: 1}, false, true},
		"no row":            {results(month(rate, 5)), results(month(rate, 5)), Counts{All: 1, Empty: 1}, false, true},
		"a value now":       {results(month(rate, 5)), results(month(rate, 5, sample(1, on, 2))), Counts{All: 1}, true, true},
		"one of two months": {
			results(month(rate, 4, sample(1, on, 2)), month(rate, 5, sample(1, on, 2))), results(month(rate, 4, sample(1, on, 2)), month(rate, 5, sample(2, on, 2))),
			Counts{All: 2, Same: 1},
			true, true,
		},
		"other months": {
			results(month(rate, 4, sample(1, on, 2)), month(rate, 5, sample(1, on, 2))), results(month(rate, 3, sample(1, on, 2)), month(rate, 4, sample(1, on, 2))),
			Counts{All: 3, Same: 1},
			true, true,
		},
		"one fails":  {results(month(rate, 5, sample(1, on, 2))), results(failed), Counts{All: 1}, true, true},
		"both fail":  {results(failed), results(failed), Counts{All: 1, Failed: 1}, false, false},
		"label sets": {results(month(orders, 5, in("DE", sample(1, on, 2)), in("FR", sample(1, on, 2)))), results(month(orders, 5, in("DE", sample(1, on, 2)), in("US", sample(1, on, 2)))), Counts{All: 1}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			v := compareValues(tc.before, tc.after)
			if diff := cmp.Diff(tc.want, v.Count()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if v.Differ() != tc.differ || v.known() != tc.known {
				t.Errorf("differ %t, known %t", v.Differ(), v.known())
			}
		})
	}
}

// TestJSONValues has a row for each period and label set of either file.
func TestJSONValues(t *testing.T) {
	k := load(t, base).KPI("orders")
	failed := month(k, time.May)
	failed.Failure = &collector.Failure{Reason: collector.ReasonQuery, Err: errors.New("no table")}
	d := &Diff{Changed: []Change{{Old: k, New: k, Details: []Detail{{Key: "query", Kind: Computes}}}}}
	d.SetValues(
		[]collector.Result{month(k, time.April, in("DE", sample(1, status.OnTarget, 2)), in("FR", collector.Sample{Status: status.Unknown})), failed},
		[]collector.Result{month(k, time.April, in("DE", sample(3, status.OffTarget, 2))), month(k, time.May, in("DE", sample(1, status.OnTarget, 2)))}, 2)
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const april, may = `"period_start":"2026-04-01T00:00:00+02:00","period_end":"2026-05-01T00:00:00+02:00",`, `"period_start":"2026-05-01T00:00:00+02:00","period_end":"2026-06-01T00:00:00+02:00",`
	const want = `{"added":[],"removed":[],"changed":[{"kpi":"orders","what":["query"],"values":[` +
		`{` + april + `"labels":{"country":"DE"},"old":1,"new":3,"old_status":"on_target","new_status":"off_target"},` +
		`{` + april + `"labels":{"country":"FR"},"old":null,"new":null,"old_status":"unknown","new_status":null},` +
		`{` + may + `"labels":{"country":"DE"},"old":null,"new":1,"old_status":"unknown","new_status":"on_target"}` +
		`]}],"effect":true}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
