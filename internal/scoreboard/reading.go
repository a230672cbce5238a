package scoreboard

import (
	"context"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// reading evaluates in the background what is not kept yet, and keeps it. It implements insight.Evaluator.
type reading struct {
	*room
	also      *kept               // Where values may be kept too, if requests wait for the results; else nil.
	snapshot  *collector.Snapshot // Nil: nothing is evaluated.
	known     time.Time           // As of when values are known that are kept by hand; zero: as of the instant of each.
	unsettled bool                // Something failed that may succeed soon: it was interrupted, say.
	logged    *failureLog         // Where failures are logged.

	like map[string][]collector.Sample // A result of each KPI, by its fingerprint: others mostly have the same labels.
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
			r.like[at.fingerprint] = known.Samples
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
		if result.Failure != nil && ctx.Err() == nil {
			r.logged.add(q, result.Failure, now)
		}
		switch {
		case r.keeps(&result):
			result = r.keep(q, result, readAt(&result, now))
		case result.Failure != nil:
			result.Failure = failure(q.KPI, result.Failure.Reason)
		}
		for _, place := range places[keyOf(q.KPI, q.AsOf)] {
			results[place] = result
			results[place].KPI = requests[place].KPI
		}
	}
	return results
}

// keep keeps a result if there is room for it. It returns what is kept of it; if that is nothing, only requests that wait for the result
// get it.
func (r *reading) keep(q collector.Request, result collector.Result, at time.Time) collector.Result {
	e := newEntry(result, at, r.like[q.KPI.Fingerprint()])
	if !r.take(e.bytes) {
		if r.also != nil {
			return result
		}
		return notKept(q)
	}
	r.kept.put(keyOf(q.KPI, q.AsOf), e)
	r.like[q.KPI.Fingerprint()] = e.samples
	return e.result(q.KPI, q.AsOf)
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
