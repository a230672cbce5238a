package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// printNotes writes below a table what is to be known about its verdicts: which of them could be chance, where a
// running period will end by a profile, and where the pace is linear for want of earlier periods.
func printNotes(w io.Writer, results []collector.Result) error {
	var notes []string
	for i := range results {
		r := &results[i]
		for j := range r.Samples {
			s := &r.Samples[j]
			name := strings.TrimSpace(r.KPI.Name + " " + format.Labels(r.KPI.LabelNames(), s.Labels))
			if words := ChanceText(r.KPI, s); words != "" {
				notes = append(notes, name+" "+words)
			}
			if words := PaceText(r.KPI, s); words != "" {
				notes = append(notes, name+": "+words)
			}
			if s.PaceMethod == collector.PaceProfile && s.Forecast != nil {
				notes = append(notes, name+" will come to "+ForecastText(r.KPI, s))
			}
		}
	}
	if len(notes) == 0 {
		return nil
	}
	for i := range notes {
		notes[i] = format.Visible(notes[i])
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(notes, "\n"))
	return err
}

// ChanceText says that a missed target could be chance, which it could where the range of the underlying rate holds the target,
// and how many cases it was missed by: "could be chance: the underlying rate is between 1.706% and 7.047%; 1 fewer would meet
// it". It is "" for any other verdict. The verdict itself does not depend on it.
func ChanceText(k *config.KPI, s *collector.Sample) string {
	q, ok := s.Cases(k)
	if !ok || s.RangeLow == nil || s.Target == nil || s.Status != status.AtRisk && s.Status != status.OffTarget {
		return ""
	}
	if i := (analysis.Interval{Low: *s.RangeLow, High: *s.RangeHigh}); !i.Contains(*s.Target) {
		return ""
	}
	words := fmt.Sprintf("could be chance: the underlying rate is between %s and %s", k.Unit.Format(*s.RangeLow), k.Unit.Format(*s.RangeHigh))
	if fewer := analysis.CasesAbove(q, *s.Target); fewer > 0 && *s.Value > *s.Target {
		return words + "; " + format.Digits(fewer) + " fewer would meet it"
	}
	if more := analysis.CasesBelow(q, *s.Target); more > 0 && *s.Value < *s.Target {
		return words + "; " + format.Digits(more) + " more would meet it"
	}
	return words
}

// PaceText says where a pace is linear although the target asks for a profile, and "" elsewhere.
func PaceText(k *config.KPI, s *collector.Sample) string {
	if k.Target == nil || !k.Target.Profile || s.PaceMethod != collector.PaceLinear {
		return ""
	}
	return fmt.Sprintf("the pace is linear, because there are fewer than %d earlier %ss to go by", analysis.LeastPeriods, k.Period.Unit)
}

// ForecastText says where a running period will end: "115.9k, between 100k and 133.3k in 5 of 7 cases". It is "" where that is
// not known.
func ForecastText(k *config.KPI, s *collector.Sample) string {
	if s.Forecast == nil {
		return ""
	}
	text := k.Unit.Format(*s.Forecast)
	cases := fmt.Sprintf(" in %d of %d cases", s.PacePeriods-1, s.PacePeriods+1)
	switch {
	case s.ForecastLow != nil && s.ForecastHigh != nil:
		return text + ", between " + k.Unit.Format(*s.ForecastLow) + " and " + k.Unit.Format(*s.ForecastHigh) + cases
	case s.ForecastLow != nil:
		return text + ", " + format.AtLeast + k.Unit.Format(*s.ForecastLow) + cases
	case s.ForecastHigh != nil:
		return text + ", " + format.AtMost + k.Unit.Format(*s.ForecastHigh) + cases
	}
	return text
}
