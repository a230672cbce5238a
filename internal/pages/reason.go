package pages

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// statusText returns the status in words, with the reason of one that is not known.
func (k kpi) statusText(v *report.Verdict) string {
	text := v.Status.Text()
	if reason := k.unknownReason(v); reason != "" {
		text += ": " + reason
	}
	return text
}

// unknownReason says why the status, or without a target the value, is not known; "" if it is.
func (k kpi) unknownReason(v *report.Verdict) string {
	switch {
	case k.State == scoreboard.NotKept:
		return "not kept for this instant"
	case len(k.Now.Samples) == 0 && k.State == scoreboard.Failing:
		return "the evaluation failed (" + k.failed().Text() + ")"
	case len(k.Now.Samples) == 0 && k.State == scoreboard.Waiting && k.Now.DataUntil.IsZero() && k.Evaluated.IsZero():
		return "not evaluated yet"
	case len(k.Now.Samples) == 0 && k.State == scoreboard.Waiting:
		return status.DataLate.Text()
	case v.Status == status.Unknown && v.Worst != nil:
		return reasonText(v.Worst)
	case v.Status == status.Unknown:
		return v.Reason.Text()
	case len(k.Now.Samples) == 0, len(k.Now.Samples) == 1 && k.Now.Samples[0].Value == nil && !k.Now.Samples[0].Suppressed:
		return status.NoValue.Text()
	}
	return ""
}

// failed returns why the latest evaluation failed, "" if it did not.
func (k kpi) failed() collector.FailureReason {
	if k.Now.Failure == nil {
		return ""
	}
	return k.Now.Failure.Reason
}

// reasonText says why the status of a sample is not known.
func reasonText(s *collector.Sample) string {
	if s.Reason == status.Stale {
		return "the last value is too old"
	}
	return s.ReasonText()
}

// statusOf returns the status of a sample in words, with the reason of one that is not known.
func statusOf(s *collector.Sample) string {
	if s.Status == status.Unknown && !s.Suppressed {
		return s.Status.Text() + ": " + reasonText(s)
	}
	return s.Status.Text()
}

// withheld reports whether a value is missing because it is withheld, which earlier values must not make up for.
func (k kpi) withheld() bool {
	return slices.ContainsFunc(k.Now.Samples, func(s collector.Sample) bool { return s.Suppressed })
}
