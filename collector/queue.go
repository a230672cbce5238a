package collector

import (
	"container/heap"
	"time"
)

// queue holds all KPIs, the one first that is to be looked at first.
type queue struct{ states byWake }

// byWake implements heap.Interface.
type byWake []*state

func (q *byWake) Len() int           { return len(*q) }
func (q *byWake) Less(i, j int) bool { return (*q)[i].wake.Before((*q)[j].wake) }

func (q *byWake) Swap(i, j int) {
	all := *q
	all[i], all[j] = all[j], all[i]
	all[i].place, all[j].place = i, j
}

func (q *byWake) Push(x any) {
	s := x.(*state) //nolint:forcetypeassert // The queue holds nothing else.
	s.place = len(*q)
	*q = append(*q, s)
}

func (q *byWake) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	(*q)[last], *q = nil, (*q)[:last]
	return s
}

// plan replaces what is in the queue.
func (q *queue) plan(states []*state, now moment) {
	q.states = q.states[:0]
	for i, s := range states {
		s.wake, s.place = s.wakeAt(now), i
		q.states = append(q.states, s)
	}
	heap.Init(&q.states)
}

// fix moves a KPI to its new place after something about it has changed.
func (q *queue) fix(s *state, now moment) {
	s.wake = s.wakeAt(now)
	heap.Fix(&q.states, s.place)
}

// due takes out the KPIs that are to be looked at; whoever takes them puts them back with add.
func (q *queue) due(now time.Time) (due []*state) {
	for len(q.states) > 0 && !q.states[0].wake.After(now) {
		due = append(due, heap.Pop(&q.states).(*state)) //nolint:forcetypeassert // As above.
	}
	return due
}

func (q *queue) add(s *state, now moment) {
	s.wake = s.wakeAt(now)
	heap.Push(&q.states, s)
}

// next returns when the first KPI is to be looked at; now, if that is overdue, and at the latest after maxSleep.
func (q *queue) next(now time.Time) time.Duration {
	if len(q.states) == 0 {
		return maxSleep
	}
	return min(max(q.states[0].wake.Sub(now), 0), maxSleep)
}

// wakeAt returns when the KPI is to be looked at: it is due, goes stale, or its data is late. What the other clock says is
// foreseen on that of the wall; after that was set, all is planned again.
func (s *state) wakeAt(now moment) time.Time {
	wake := now.wall.Add(now.until(s.staleAt().earlier(onWall(s.nextLate()))))
	if s.running == nil && !s.next.IsZero() && s.next.Before(wake) {
		wake = s.next
	}
	return wake
}
