package report

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// warnedDays is how many days before its end a target is mentioned.
const warnedDays = 30

// keepHouse lists what is to be done for a KPI itself.
func (r *Report) keepHouse(s *subject) {
	r.add(&r.Reviews, s, reviewSentence(s, r.AsOf))
	r.add(&r.Targets, s, targetSentence(s, r.AsOf))
	r.add(&r.Stale, s, staleSentence(s))
	if f := s.Now.Failure; f != nil {
		r.add(&r.Failed, s, Naming(s.KPI, nil)+" failed: "+r.said.failure(f.Reason)+".")
	}
}

// add adds an entry to a list if there is something to say.
func (r *Report) add(to *[]Entry, s *subject, sentence string) {
	if sentence != "" {
		*to = append(*to, s.entry(sentence))
	}
}

func reviewSentence(s *subject, asOf time.Time) string {
	due := s.KPI.ReviewDue
	if due.IsZero() || due.After(asOf) {
		return ""
	}
	return Naming(s.KPI, nil) + ": its review was due on " + s.said.day(due) + "."
}

// targetSentence says that a target is missing, or will be.
func targetSentence(s *subject, asOf time.Time) string {
	name := Naming(s.KPI, nil)
	if s.KPI.Target == nil {
		return name + " has no target."
	}
	if s.now.Status == status.Unknown && s.now.Reason == status.NoBound {
		return name + " has no target in force: " + unknownText(&s.now) + "."
	}
	at, ok := s.KPI.Target.Expires()
	switch {
	case !ok || at.After(asOf.AddDate(0, 0, warnedDays)):
		return ""
	case at.After(asOf):
		return name + ": its target ends on " + s.said.day(at) + "."
	}
	return name + ": its last target was for the time before " + s.said.day(at) + "."
}

func staleSentence(s *subject) string {
	if s.Now.Failure != nil || !s.Now.Incomplete && !s.Now.Clipped {
		return ""
	}
	if s.Now.DataUntil.IsZero() {
		return Naming(s.KPI, nil) + " waits for data: none has arrived."
	}
	return Naming(s.KPI, nil) + " waits for data: it reaches to " + s.said.minute(s.Now.DataUntil.In(s.KPI.Calendar.Location)) + "; measured is " +
		s.said.window(s.KPI.Period, s.Now.Window) + "."
}
