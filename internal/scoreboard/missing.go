package scoreboard

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Reason is why there is nothing of what the past says about a KPI.
type Reason string

// The reasons.
const (
	HistoryOff Reason = "history_off" // The file says history: 0.
	NoPast     Reason = "no_past"     // The query gives the same as of any instant.
	NotRead    Reason = "not_read"    // It has not been read yet.
	NoneKept   Reason = Reason(ReasonNotKept)
	PastFailed Reason = Reason(insight.Failed) // The newest closed period could not be evaluated.
	NoPeriod   Reason = "no_period"            // There is no closed period with data.
	NoValue    Reason = Reason(status.NoValue)
	NoPace     Reason = "no_pace"   // The target has no pace.
	Ended      Reason = "ended"     // The period is over.
	TooEarly   Reason = "too_early" // Too little of the period has elapsed.
)

// unread returns why nothing is known of the past of a KPI.
func unread(k *config.KPI, cfg *config.Config) Reason {
	switch {
	case cfg.History == 0:
		return HistoryOff
	case !k.HasPast():
		return NoPast
	}
	return NotRead
}

// HistoryReason returns why the history is empty; "" if it is not.
func (e *KPI) HistoryReason() Reason {
	switch {
	case len(e.History.Points) > 0:
		return ""
	case e.Unread != "":
		return e.Unread
	case e.past, e.NoRoom():
		return NoneKept
	case e.History.Stopped != nil:
		return PastFailed
	}
	return NoPeriod
}

// NoRoom reports whether there is no room for the period before the oldest of the history.
func (e *KPI) NoRoom() bool { return stoppedForRoom(&e.History) }

// WhyReason returns why it is not known what moved the KPI; "" if Why and LastYear say it, or have a reason of their own.
func (e *KPI) WhyReason() Reason {
	switch {
	case e.Explained:
		return ""
	case e.Unread != "":
		return e.Unread
	}
	return NoneKept
}

// UnusualReason returns why the newest period is not judged at all; "" if it is, or Unusual has a reason of its own.
func (e *KPI) UnusualReason() Reason {
	switch {
	case len(e.Unusual) > 0:
		return ""
	case e.Unread != "":
		return e.Unread
	case e.past:
		return NoneKept
	}
	return NoValue
}

// ForecastReason returns why no sample has a forecast; "" if one has.
func (e *KPI) ForecastReason() Reason {
	k := e.Surveyed.KPI
	t := k.Target
	has := func(f func(s collector.Sample) bool) bool { return slices.ContainsFunc(e.Now.Samples, f) }
	switch {
	case has(func(s collector.Sample) bool { return s.Details().Forecast != nil }):
		return ""
	case t == nil || !t.Pace:
		return NoPace
	case e.State == NotKept:
		return NoneKept
	case !has(func(s collector.Sample) bool { return s.Value != nil }):
		return NoValue
	case k.Period.Ended(e.Now.Window, k.Calendar):
		return Ended
	}
	return TooEarly
}
