package scoreboard

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// ReasonNotKept is why there is nothing to show of an instant.
const ReasonNotKept collector.FailureReason = "not_kept"

// key is equal for requests that give the same.
type key struct {
	fingerprint string
	judged      bool  // With a target.
	asOf        int64 // In Unix nanoseconds.
}

func keyOf(k *config.KPI, asOf time.Time) key {
	return key{k.Fingerprint(), k.Target != nil, asOf.UnixNano()}
}

// kept holds results of the past.
type kept struct {
	mu       sync.RWMutex
	entries  map[key]*entry
	bytes    int // What the entries take.
	findings int // What explanations take that are made from them.
}

// entry is one result. There are many of them: it has only what is shown of a result. Whoever asks for it says which KPI it is for.
type entry struct {
	samples    []collector.Sample
	window     period.Window
	elapsed    float64
	dataUntil  time.Time
	readAt     time.Time
	failure    collector.FailureReason      // "" if it did not fail.
	failed     *[]collector.DatabaseFailure // Mostly nil.
	beforeData bool
	bytes      int
}

// entryBytes is what an entry takes beside its samples, with its key and its place in a history.
const entryBytes = 352

func newKept() *kept { return &kept{entries: map[key]*entry{}} }

// newEntry returns what is kept of a result, without the sentences of databases. Label sets that like has, too, are those of like.
func newEntry(r collector.Result, now time.Time, like []collector.Sample) *entry {
	r = r.Kept()
	r.Samples = slices.Clone(r.Samples)
	share(r.Samples, like)
	e := &entry{
		samples: r.Samples, window: r.Window, elapsed: r.Elapsed, dataUntil: r.DataUntil, readAt: now, beforeData: r.BeforeData,
		bytes: entryBytes + collector.Bytes(r.Samples),
	}
	if r.Failure != nil {
		e.failure = r.Failure.Reason
	}
	if r.FailedDatabases != nil {
		e.failed = &r.FailedDatabases
	}
	return e
}

// share has samples use the label sets of others where they are the same. Both are sorted by labels.
func share(samples, like []collector.Sample) {
	for i, j := 0, 0; i < len(samples) && j < len(like); {
		switch c := slices.Compare(samples[i].Labels, like[j].Labels); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			samples[i].Labels = like[j].Labels
			i, j = i+1, j+1
		}
	}
}

// result returns an entry as the result of a request.
func (e *entry) result(k *config.KPI, asOf time.Time) collector.Result {
	r := collector.Result{
		KPI: k, AsOf: asOf, Window: e.window, Elapsed: e.elapsed, Samples: e.samples, DataUntil: e.dataUntil, BeforeData: e.beforeData, ReadAt: e.readAt,
	}
	if e.failure != "" {
		r.Failure = failure(k, e.failure)
	}
	if e.failed != nil {
		r.FailedDatabases = *e.failed
	}
	return r
}

// get returns the result of a KPI as of an instant. One that was judged by a target serves a request without it, too.
func (s *kept) get(k *config.KPI, asOf time.Time) (collector.Result, key, bool) {
	at := keyOf(k, asOf)
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.entries[at]
	if !ok && !at.judged {
		at.judged = true
		e, ok = s.entries[at]
	}
	if !ok {
		return collector.Result{}, keyOf(k, asOf), false
	}
	return e.result(k, asOf), at, true
}

// put keeps the entry of a request.
func (s *kept) put(at key, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delete(at)
	s.entries[at] = e
	s.bytes += e.bytes
}

// remove drops an entry, and returns how many bytes that frees.
func (s *kept) remove(at key) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.delete(at)
}

// drop drops those of the results under some keys for which f holds.
func (s *kept) drop(keys map[key]bool, f func(key, *entry) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range keys {
		if e, ok := s.entries[at]; ok && f(at, e) {
			s.delete(at)
		}
	}
}

// retain drops the results for which f does not hold.
func (s *kept) retain(f func(key) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range s.entries {
		if !f(at) {
			s.delete(at)
		}
	}
}

func (s *kept) delete(at key) int {
	e, ok := s.entries[at]
	if !ok {
		return 0
	}
	s.bytes -= e.bytes
	delete(s.entries, at)
	return e.bytes
}

// explained notes that the explanations take so many bytes more.
func (s *kept) explained(more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings += more
}

// all returns how many bytes everything takes.
func (s *kept) all() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bytes + s.findings
}

// under returns how many bytes the results take that are kept under some keys.
func (s *kept) under(keys map[key]bool) (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for at := range keys {
		if e, ok := s.entries[at]; ok {
			n += e.bytes
		}
	}
	return n
}

// Evaluate implements insight.Evaluator: it returns what is kept.
func (s *kept) Evaluate(_ context.Context, requests []collector.Request) []collector.Result {
	results := make([]collector.Result, len(requests))
	for i, q := range requests {
		r, _, ok := s.get(q.KPI, q.AsOf)
		if !ok {
			r = notKept(q)
		}
		results[i] = r
	}
	return results
}

// notKept is the result of a request of which nothing is kept.
func notKept(q collector.Request) collector.Result {
	return collector.Result{KPI: q.KPI, AsOf: q.AsOf, Window: q.KPI.Period.Window(q.KPI.Settled(q.AsOf).Time, q.KPI.Calendar), Failure: failure(q.KPI, ReasonNotKept)}
}

// failure is a failure in words that hold nothing of rows and files.
func failure(k *config.KPI, reason collector.FailureReason) *collector.Failure {
	text := "the evaluation failed (" + string(reason) + "); see the log"
	if reason == ReasonNotKept {
		text = "no evaluation is kept for this instant"
	}
	return &collector.Failure{Reason: reason, Err: fmt.Errorf("kpi %q: %s", k.Name, text)}
}
