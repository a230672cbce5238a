package scoreboard

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
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
	mu      sync.RWMutex
	entries map[key]entry
	labels  map[string][]string // Each label set once.
	total   int                 // How many samples the entries have.
}

// entry is one result. Its KPI is nil: whoever asks for it says which one it is for.
type entry struct {
	result collector.Result
	readAt time.Time
}

func newKept() *kept { return &kept{entries: map[key]entry{}, labels: map[string][]string{}} }

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
	r := e.result
	r.KPI = k
	if r.Failure != nil {
		r.Failure = failure(k, r.Failure.Reason)
	}
	return r, at, true
}

// put keeps the result of a request, without the sentences of databases.
func (s *kept) put(q collector.Request, r collector.Result, now time.Time) {
	r = r.Kept()
	r.KPI = nil
	if r.Failure != nil {
		r.Failure = &collector.Failure{Reason: r.Failure.Reason}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range r.Samples {
		r.Samples[i].Labels = s.shared(r.Samples[i].Labels)
	}
	at := keyOf(q.KPI, q.AsOf)
	s.delete(at)
	s.entries[at] = entry{r, now}
	s.total += len(r.Samples)
}

// shared returns the label set that is kept for equal ones.
func (s *kept) shared(labels []string) []string {
	text := strings.Join(labels, "\x00")
	if known, ok := s.labels[text]; ok {
		return known
	}
	s.labels[text] = labels
	return labels
}

// drop drops those of the results under some keys for which f holds.
func (s *kept) drop(keys map[key]bool, f func(key, entry) bool) {
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
	if len(s.entries) == 0 {
		clear(s.labels)
	}
}

func (s *kept) delete(at key) {
	s.total -= len(s.entries[at].result.Samples)
	delete(s.entries, at)
}

// samples returns how many samples are kept under some keys, or under all for nil.
func (s *kept) samples(keys map[key]bool) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if keys == nil {
		return s.total
	}
	n := 0
	for at := range keys {
		n += len(s.entries[at].result.Samples)
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
