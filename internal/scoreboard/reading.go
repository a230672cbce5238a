package scoreboard

import (
	"context"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// reading evaluates in the background what is not kept yet, and keeps it. It implements insight.Evaluator.
type reading struct {
	kept      *kept
	also      *kept               // Where values may be kept too, if requests wait for the results; else nil.
	snapshot  *collector.Snapshot // Nil: nothing is evaluated.
	known     time.Time           // As of when values are known that are kept by hand; zero: as of the instant of each.
	used      map[key]bool        // What was asked for.
	unsettled bool                // Something failed that may succeed soon: it was interrupted, say.
	logged    *failureLog         // Where failures are logged.
}

// Evaluate returns one result per request, in their order.
func (r *reading) Evaluate(ctx context.Context, requests []collector.Request) []collector.Result {
	results := make([]collector.Result, len(requests))
	var missing []collector.Request
	places := map[key][]int{}
	for i, q := range requests {
		known, at, ok := r.kept.get(q.KPI, q.AsOf)
		if !ok && r.also != nil {
			known, _, ok = r.also.get(q.KPI, q.AsOf)
			ok = ok && known.Failure == nil
		}
		r.used[at] = true
		if ok {
			results[i] = known
			continue
		}
		if places[at] == nil {
			q.KnownAt = r.known
			missing = append(missing, q)
		}
		places[at] = append(places[at], i)
	}
	if len(missing) == 0 {
		return results
	}
	if r.snapshot == nil {
		for _, q := range missing {
			for _, place := range places[keyOf(q.KPI, q.AsOf)] {
				results[place] = notKept(requests[place])
			}
		}
		return results
	}
	now := time.Now()
	for i, result := range r.snapshot.EvaluateInBackground(ctx, missing) {
		q := missing[i]
		if r.keeps(&result) {
			r.kept.put(q, result, readAt(&result, now))
		}
		if result.Failure != nil {
			if ctx.Err() == nil {
				r.logged.add(q, result.Failure, now)
			}
			result.Failure = failure(q.KPI, result.Failure.Reason)
		}
		for _, place := range places[keyOf(q.KPI, q.AsOf)] {
			results[place] = result
			results[place].KPI = requests[place].KPI
		}
	}
	return results
}

// keeps reports whether a result will be the same when it is asked for again, at least for a day. Where requests wait for the result,
// a failure is never kept: whoever asks next has it tried again.
func (r *reading) keeps(result *collector.Result) bool {
	if why := result.Failure; why != nil {
		passes := why.Interrupted() || why.Reason == collector.ReasonConnect || why.Reason == collector.ReasonConflict ||
			why.Reason == collector.ReasonInternal
		r.unsettled = r.unsettled || passes
		return !passes && r.also == nil
	}
	return !result.Incomplete && !result.Clipped
}
