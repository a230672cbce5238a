package backfill

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

const maxMilliseconds = math.MaxInt64

// held is what a KPI shows since its last step.
type held struct {
	write func(ms int64) error // Nil before the first step, and after one that failed.
	next  int64                // When it is written again, in Unix milliseconds.
	shown *collector.Result    // What write writes.

	late    int64                // From when on the data is late, in Unix milliseconds.
	waiting func(ms int64) error // What is written then, without verdicts. Nil while no data is known to be missing.
}

// wait withdraws the verdicts of what is shown from the instant on at which the data of a later result is late.
func (h *held) wait(w *writer, later *collector.Result) {
	if h.write == nil || h.waiting != nil {
		return
	}
	waiting := h.shown.Waiting()
	h.late, h.waiting = later.LateAt().UnixMilli(), w.out.hold(w.expose.of(&waiting))
}

// writeAt writes what is shown at an instant.
func (h *held) writeAt(ms int64) error {
	if h.waiting != nil && ms >= h.late {
		return h.waiting(ms)
	}
	return h.write(ms)
}

// writer puts the samples of all KPIs into one order.
type writer struct {
	job    *Job
	out    sink
	expose *exposition
	ends   []time.Time
	held   []held          // One a range.
	failed map[string]bool // KPIs of which a step failed.
	gaps   bool            // A step was left out: a later run has to begin again there.
}

// step writes what comes before the instant, and then its own samples.
func (w *writer) step(ctx context.Context, at time.Time, due []int, results []collector.Result, report *Report) error {
	for _, r := range results {
		if err := stopped(ctx, r); err != nil {
			report.Failed++
			return err
		}
	}
	if err := w.repeat(at.UnixMilli()); err != nil {
		return err
	}
	if !w.gaps {
		if err := w.out.reached(at); err != nil {
			return err
		}
	}
	for i, k := range due {
		r := &results[i]
		switch {
		case r.Failure != nil:
			w.held[k], w.gaps = held{}, true
			w.fail(r)
			report.Failed++
			continue
		case r.BeforeData: // There is nothing to show.
			w.held[k] = held{}
			report.Done++
			continue
		case r.Incomplete: // As the exporter does: what was shown stays, and its verdict until the data is late.
			w.held[k].wait(w, r)
			w.gaps = true
			report.Incomplete++
			continue
		}
		w.show(k, at, at.Add(1), r)
		if err := w.held[k].writeAt(at.UnixMilli()); err != nil {
			return err
		}
		report.Done++
	}
	return nil
}

// show holds the result of a step, which is repeated from an instant on. What is shown in place of a period that is not known yet
// keeps its verdict until that is late.
func (w *writer) show(k int, step, from time.Time, r *collector.Result) {
	h := &w.held[k]
	*h = held{write: w.out.hold(w.expose.of(r)), next: repeatFrom(step, from), shown: r}
	if r.AsOf.Before(step) {
		h.wait(w, r)
	}
}

func (w *writer) fail(r *collector.Result) {
	if name := r.KPI.Name; !w.failed[name] {
		w.failed[name] = true
		if w.job.Failed != nil {
			w.job.Failed(fmt.Errorf("as of %s: %w", clock(*r), r.Failure))
		}
	}
}

// repeat writes again what the KPIs show, at all instants before the given one.
func (w *writer) repeat(before int64) error {
	if w.job.Sparse {
		return nil
	}
	for {
		first := int64(maxMilliseconds)
		for i := range w.held {
			if h := &w.held[i]; h.write != nil && h.next <= w.ends[i].UnixMilli() {
				first = min(first, h.next)
			}
		}
		if first >= before {
			return nil
		}
		for i := range w.held {
			h := &w.held[i]
			if h.write == nil || h.next != first || h.next > w.ends[i].UnixMilli() {
				continue
			}
			if err := h.writeAt(first); err != nil {
				return err
			}
			h.next += repeatEvery.Milliseconds()
		}
	}
}

// repeatFrom returns the first instant that is not before the given one and at which a sample of a step is repeated.
func repeatFrom(step, from time.Time) int64 {
	passed := from.Sub(step) + repeatEvery - 1
	return step.Add(passed - passed%repeatEvery).UnixMilli()
}
