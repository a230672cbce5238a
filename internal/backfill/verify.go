package backfill

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Difference is a number that a Prometheus holds of a period and that is another today.
type Difference struct {
	KPI      string
	Metric   string        // kpi_value, kpi_target or kpi_status.
	Labels   string        // The KPI's own, as plan="pro",region="eu".
	Window   period.Window // What was measured.
	Old, New *float64      // Nil: none.
}

// Verification is the result of a comparison.
type Verification struct {
	Report
	Compared    int // Periods that were compared.
	NotHeld     int // Periods that the server never showed.
	Differences int
}

// Verify evaluates the ranges again and calls found with every number that differs from what the server holds for the
// same period: the last one that it showed while that was the KPI's period.
func (p *Prometheus) Verify(ctx context.Context, e *collector.Evaluator, j Job, found func(Difference)) (Verification, error) {
	if j.retries == nil {
		j.retries = defaultRetries()
	}
	walk := newTimeline(j.Ranges, j.Now)
	v := Verification{Report: Report{Total: walk.count()}}
	compared := make([]time.Time, len(j.Ranges)) // The end of the period that was compared last.
	failed := map[string]bool{}
	results := func(requests []collector.Request, due []int) []collector.Result {
		for i, k := range due { // What the server showed last of a period counts.
			requests[i].KnownAt = walk.ends[k]
		}
		return j.patiently(ctx, e, requests)
	}
	err := j.evaluate(ctx, walk, results, func(_ time.Time, due []int, results []collector.Result) error {
		for i, k := range due {
			r := &results[i]
			if err := stopped(ctx, *r); err != nil {
				v.Failed++
				return err
			}
			if r.Failure != nil {
				v.Failed++
				if j.Failed != nil && !failed[r.KPI.Name] {
					j.Failed(fmt.Errorf("as of %s: %w", clock(*r), r.Failure))
				}
				failed[r.KPI.Name] = true
				continue
			}
			if r.Incomplete {
				v.Incomplete++
				continue
			}
			v.Done++
			if r.BeforeData || r.Window.End.Equal(compared[k]) {
				continue // Nothing is shown, or a finer step than the period.
			}
			compared[k] = r.Window.End
			if err := p.verify(ctx, &j, j.Ranges[k], r, &v, found); err != nil {
				return err
			}
		}
		if j.Progress != nil {
			j.Progress(v.Report)
		}
		return nil
	})
	return v, err
}

// verify compares one period.
func (p *Prometheus) verify(ctx context.Context, j *Job, kpi Range, r *collector.Result, v *Verification, found func(Difference)) error {
	elements, err := p.lastShown(ctx, j.selector(kpi), r)
	if err != nil {
		return err
	}
	if elements == nil {
		v.NotHeld++
		return nil
	}
	held := map[string]map[string]float64{}
	for _, metric := range verified() {
		held[metric] = map[string]float64{}
	}
	for _, e := range elements {
		held[e.labels["__name__"]][ownLabels(e.labels, j.Labels)] = e.value
	}
	v.Compared++
	for _, metric := range verified() {
		now := map[string]float64{}
		for _, s := range newExposition(j.Config, j.Labels).of(r) {
			labels := map[string]string{}
			for _, l := range s.labels {
				labels[l.Name] = l.Value
			}
			if labels["__name__"] == metric {
				now[ownLabels(labels, j.Labels)] = s.value
			}
		}
		all := maps.Clone(now)
		maps.Copy(all, held[metric])
		for _, labels := range slices.Sorted(maps.Keys(all)) {
			before, was := held[metric][labels]
			after, is := now[labels]
			if was && is && same(before, after) {
				continue
			}
			d := Difference{KPI: r.KPI.Name, Metric: metric, Labels: labels, Window: r.Window}
			if was {
				d.Old = &before
			}
			if is {
				d.New = &after
			}
			v.Differences++
			found(d)
		}
	}
	return nil
}

// verified are the metrics from which all others of a KPI follow.
func verified() []string { return []string{series.Value, series.Target, series.Status} }

// lastShown returns the numbers that the server held of a period when it showed it last, which may be none; nil if it
// never did.
func (p *Prometheus) lastShown(ctx context.Context, selector string, r *collector.Result) ([]element, error) {
	k, at := r.KPI, r.AsOf
	if next, ok := k.NextClose(r.AsOf); ok && next.After(at) {
		at = next
	}
	// A sample is seen for five minutes, and looked at every four.
	at = at.Add(repeatEvery + 59*time.Second)
	measured := series.PeriodEnd + selector
	last, err := p.query(ctx, fmt.Sprintf("max(max_over_time((timestamp(%s) and %[1]s == %s)[%ds:%ds]))",
		measured, seconds(r.Window.End),
		int64(at.Sub(r.Window.End)/time.Second)+1, int64(repeatEvery/time.Second)), at)
	if err != nil || len(last) == 0 {
		return nil, err
	}
	// What was exposed together has the same timestamp. A series that ended before is seen for five minutes more, but is
	// none of this period.
	selector = fmt.Sprintf("{__name__=~%q,%s", strings.Join(verified(), "|"), strings.TrimPrefix(selector, "{"))
	return p.samplesAt(ctx, selector, time.UnixMilli(int64(math.Round(last[0].value*1000))))
}

// ownLabels returns what tells the samples of one KPI apart.
func ownLabels(labels, extra map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if _, added := extra[name]; added || slices.Contains([]string{"__name__", "kpi", "job", "instance", "pod"}, name) {
			continue
		}
		pairs = append(pairs, name+"="+strconv.Quote(labels[name]))
	}
	return strings.Join(pairs, ",")
}

// same takes as equal what adding in another order may give.
func same(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}
