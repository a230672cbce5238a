package backfill

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// timeline walks through the steps of all ranges in time order.
type timeline struct {
	ranges []Range
	ends   []time.Time // The last instant of each range: To, or now.
	taken  []int       // Steps of each range that were walked.
	at     []time.Time // The next step of each range, zero after the last.
	moved  []int       // How many distances of Range.Step were walked. A date that the zone left out counts.
}

func newTimeline(ranges []Range, now time.Time) *timeline {
	t := &timeline{ranges: ranges}
	t.ends = make([]time.Time, len(ranges))
	for i, r := range ranges {
		t.ends[i] = r.To
		if now.Before(r.To) {
			t.ends[i] = now
		}
	}
	t.rewind()
	return t
}

func (t *timeline) rewind() {
	n := len(t.ranges)
	t.taken, t.at, t.moved = make([]int, n), make([]time.Time, n), make([]int, n)
	for i, r := range t.ranges {
		if !r.From.After(t.ends[i]) {
			t.at[i] = r.From
		}
	}
}

// peek returns the next instant, zero after the last.
func (t *timeline) peek() time.Time {
	var first time.Time
	for _, at := range t.at {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// next returns the next instant and the ranges that have a step there.
func (t *timeline) next() (at time.Time, due []int, ok bool) {
	at = t.peek()
	if at.IsZero() {
		return at, nil, false
	}
	for i := range t.at {
		if t.at[i].Equal(at) {
			due = append(due, i)
			t.advance(i)
		}
	}
	return at, due, true
}

// advance moves a range to its next step: where a complete period that its KPI reads closes, where a row that is kept by hand, of its
// values or its plan, becomes known, where a decision about the KPI takes effect, and for what the KPI measures up to the instant itself
// where Range.Step says. So between two steps no complete period is another.
func (t *timeline) advance(i int) {
	r, before := t.ranges[i], t.at[i]
	t.taken[i]++
	var next time.Time
	moves := false
	earlier := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, t := range r.KPI.Tables() {
		if known, ok := t.NextKnown(before); ok {
			earlier(known.Add(time.Second - 1).Truncate(time.Second))
		}
	}
	for _, k := range r.KPI.Reads() {
		closed, ok := k.NextClose(before)
		if !ok {
			moves = true
			continue
		}
		earlier(closed)
	}
	if moves {
		step := r.Step.After(r.From, t.moved[i], r.KPI.Calendar.Location)
		for !step.After(before) {
			t.moved[i]++
			step = r.Step.After(r.From, t.moved[i], r.KPI.Calendar.Location)
		}
		earlier(step)
	}
	if decided := collector.NextDecision(r.KPI, before); !decided.IsZero() {
		earlier(decided)
	}
	if next.After(t.ends[i]) {
		next = time.Time{}
	}
	t.at[i] = next
}

// skipTo walks to the first instant that is not before the given one, and returns the last step before it of each range,
// zero if it has none. The zero instant skips nothing.
func (t *timeline) skipTo(instant time.Time) []time.Time {
	last := make([]time.Time, len(t.ranges))
	for i := range t.ranges {
		for !t.at[i].IsZero() && t.at[i].Before(instant) {
			last[i] = t.at[i]
			t.advance(i)
		}
	}
	return last
}

// count returns how many steps there are in all, and starts over.
func (t *timeline) count() int {
	n := 0
	for i := range t.ranges {
		for !t.at[i].IsZero() {
			t.advance(i)
		}
		n += t.taken[i]
	}
	t.rewind()
	return n
}
