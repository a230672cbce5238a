package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// largeMove is from how many usual changes on a change is worth a place above the table.
const largeMove = 3

// entry returns what every list says about a KPI: the labels, value and target of its worst sample.
func (s *subject) entry(sentence string) Entry {
	e := Entry{KPI: s.KPI, Status: s.now.Status, Reason: s.now.Reason, Parts: s.now.Parts, Sentence: sentence, Mention: true}
	if w := s.now.Worst; w != nil {
		e.Labels, e.Value, e.Target = w.Labels, w.Value, w.Details().Target
	}
	e.Past = PastOf(s.Surveyed, s.series, e.Labels, false)
	return e
}

// changed returns what is said about a KPI whose status changed. A status that was or is missing because a query failed has not changed.
func (s *subject) changed() (Entry, bool) {
	if s.running || s.now.Failed || s.before.Failed || s.now.Status == s.before.Status {
		return Entry{}, false
	}
	e := s.entry(changedSentence(s))
	e.Why, e.Moved, e.Also = s.said.why(&s.Why), PartsMoved(&s.Why, maxNamedSegments), alsoUnusual(s)
	return e, true
}

// sortChanged puts the worst first and of those alike the company's before a team's.
func sortChanged(list []Entry) {
	slices.SortStableFunc(list, func(a, b Entry) int {
		return cmp.Or(changedOrder(a.Status)-changedOrder(b.Status), levelOrder(a.KPI)-levelOrder(b.KPI))
	})
}

// changedOrder puts what is bad now first, then what is good, and last what says little.
func changedOrder(s status.Status) int {
	switch s {
	case status.OffTarget:
		return 0
	case status.AtRisk:
		return 1
	case status.OnTarget:
		return 2
	}
	return 3
}

// levelOrder puts the KPIs of the company before all others.
func levelOrder(k *config.KPI) int {
	if k.Level == "company" {
		return 0
	}
	return 1
}

// stillOff is what is said about a KPI that misses its target now and did so a period before.
type stillOff struct {
	Entry
	attainment float64
}

func (s *subject) stillOff() (e stillOff, ok bool) {
	if s.running || !missed(s.now.Status) || !missed(s.before.Status) {
		return e, false
	}
	e = stillOff{s.entry(stillOffSentence(s)), math.Inf(1)}
	e.Why, e.Moved, e.Also = s.said.why(&s.Why), PartsMoved(&s.Why, maxNamedSegments), alsoUnusual(s)
	if a := s.now.Worst.Details().Attainment; a != nil {
		e.attainment = *a
	}
	return e, true
}

// sortedOff returns the entries with the worst attainment first.
func sortedOff(list []stillOff) []Entry {
	slices.SortStableFunc(list, func(a, b stillOff) int { return cmp.Compare(a.attainment, b.attainment) })
	entries := make([]Entry, len(list))
	for i := range list {
		entries[i] = list[i].Entry
	}
	return entries
}

// behindPace returns what is said about a running period that will miss its target.
func (s *subject) behindPace() (Entry, bool) {
	if !s.running || !missed(s.now.Status) {
		return Entry{}, false
	}
	return s.entry(paceSentence(s)), true
}

// ofSeries returns what a list says about a series of a KPI: of its total the values of the total, which has no target.
func (s *subject) ofSeries(labels []string, total bool, value *float64) Entry {
	e := s.entry("")
	if total || len(labels) > 0 {
		e.Labels, e.Target = labels, nil
	}
	e.Value = value
	if point := s.newest(); !total && point != nil {
		if sample := sampleOf(point.Samples, labels); sample != nil {
			e.Target, e.Status, e.Reason = sample.Details().Target, sample.Status, sample.Reason
		}
	}
	e.Past = PastOf(s.Surveyed, s.series, labels, total)
	return e
}

// newest returns the newest point of the history, nil where there is none.
func (s *subject) newest() *insight.Point {
	if n := len(s.History.Points); n > 0 {
		return &s.History.Points[n-1]
	}
	return nil
}

// sampleOf returns the sample with these labels of those of a result, which are in their order; nil where there is none.
func sampleOf(samples []collector.Sample, labels []string) *collector.Sample {
	at, ok := slices.BinarySearchFunc(samples, labels, func(s collector.Sample, labels []string) int { return slices.Compare(s.Labels, labels) })
	if !ok {
		return nil
	}
	return &samples[at]
}

// unusual returns the series of a KPI whose newest value is unusual, and how many were judged.
func (s *subject) unusual() (list []Entry, judged int) {
	if s.running || s.gone() {
		return nil, 0
	}
	for i := range s.found {
		u := &s.found[i]
		if u.Reason == "" {
			judged++
		}
		if !u.Unusual && u.Equal == 0 {
			continue
		}
		e := s.ofSeries(u.Labels, u.Total, u.Value)
		e.Usual, e.Z, e.Sentence = &u.Usual, u.Z, unusualSentence(s, u)
		e.explain(s)
		list = append(list, e)
	}
	return list, judged
}

// sortUnusual puts first what lies the furthest from what was expected.
func sortUnusual(list []Entry) {
	slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Compare(magnitude(b.Z), magnitude(a.Z)) })
}

// moves returns the series of a KPI that changed.
func (s *subject) moves() []Entry {
	if s.running || s.gone() {
		return nil
	}
	var list []Entry
	for i := range s.found {
		u := &s.found[i]
		if u.Delta == nil || *u.Delta == 0 {
			continue
		}
		e := s.ofSeries(u.Labels, u.Total, u.Value)
		e.Delta, e.Sentence, e.Mention = u.Delta, moveSentence(s, u), *u.Size >= largeMove
		if !math.IsInf(*u.Size, 0) {
			e.Size = u.Size
		}
		e.explain(s)
		list = append(list, e)
	}
	return list
}

// sortMoves puts the largest change first, in units of what is usual.
func sortMoves(list []Entry) {
	slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Compare(magnitude(b.Size), magnitude(a.Size)) })
}

// magnitude returns how large a number is without its sign; one that cannot be written is infinite.
func magnitude(v *float64) float64 {
	if v == nil {
		return math.Inf(1)
	}
	return math.Abs(*v)
}

// explain says why the KPI changed, if that is known.
func (e *Entry) explain(s *subject) {
	if x := whyOf(s); x != nil {
		e.Why, e.Moved = s.said.why(x), PartsMoved(x, maxNamedSegments)
	}
}

// whyOf returns why the newest point of the history differs from the one before; nil where the explanation is of another period.
func whyOf(s *subject) *insight.Explanation {
	if p := s.newest(); p == nil || !p.Window.End.Equal(s.Why.Window.End) {
		return nil
	}
	return &s.Why
}

// mostListed is how many label sets of a KPI a page lists.
const mostListed = 100

// listed returns a result with the label sets that have a row: on a page the worst, if there are many.
func (w wording) listed(r collector.Result) collector.Result {
	if w == spoken && len(r.Samples) > mostListed {
		worst := WorstFirst(r.Samples)
		r.Samples = make([]collector.Sample, mostListed)
		for i := range r.Samples {
			r.Samples[i] = *worst[i]
		}
	}
	return r
}

// all returns a row for every sample of a KPI, and for each of its databases that has none.
func (s *subject) all() []Entry {
	measured := s.said.measured(spanned(s.KPI, s.Now.Window), s.Now.Window)
	now := s.said.listed(s.Now)
	rows := Rows(now)
	without := len(rows) - len(now.Samples) // What failed comes first.
	failed := failures(s.Now)
	list := make([]Entry, 0, len(rows)+1)
	for i, row := range rows {
		if i < len(failed) {
			row.Status = "failed: " + s.said.failure(failed[i].Failure.Reason)
		}
		e := Entry{KPI: s.KPI, Status: s.now.Status, Reason: s.now.Reason, Parts: s.now.Parts, text: cells{row, measured}}
		var sample *collector.Sample
		if i >= without {
			sample = &now.Samples[i-without]
			e.Labels, e.Value, e.Target, e.Status, e.Reason = sample.Labels, sample.Value, sample.Details().Target, sample.Status, sample.Reason
			e.Past = PastOf(s.Surveyed, s.series, sample.Labels, false)
			if i > without { // There may be many label sets, of the same periods.
				e.Past.shareWindows(&list[i-1].Past)
			}
		}
		e.Sentence = rowSentence(s, sample)
		list = append(list, e)
	}
	if left := len(s.Now.Samples) - len(now.Samples); left > 0 {
		list = append(list, Entry{KPI: s.KPI, Left: left})
	}
	return list
}
