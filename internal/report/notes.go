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
			if more := s.Details(); more.PaceMethod == collector.PaceProfile && more.Forecast != nil {
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
	more := s.Details()
	if !ok || more.RangeLow == nil || more.Target == nil || s.Status != status.AtRisk && s.Status != status.OffTarget {
		return ""
	}
	target := *more.Target
	if i := (analysis.Interval{Low: *more.RangeLow, High: *more.RangeHigh}); !i.Contains(target) {
		return ""
	}
	words := fmt.Sprintf("could be chance: the underlying rate is between %s and %s", k.Unit.Format(*more.RangeLow), k.Unit.Format(*more.RangeHigh))
	if fewer := analysis.CasesAbove(q, target); fewer > 0 && *s.Value > target {
		return words + "; " + format.Digits(fewer) + " fewer would meet it"
	}
	if missing := analysis.CasesBelow(q, target); missing > 0 && *s.Value < target {
		return words + "; " + format.Digits(missing) + " more would meet it"
	}
	return words
}

// PaceText says where a pace is linear although the target asks for a profile, and "" elsewhere.
func PaceText(k *config.KPI, s *collector.Sample) string {
	if k.Target == nil || !k.Target.Profile || s.Details().PaceMethod != collector.PaceLinear {
		return ""
	}
	return fmt.Sprintf("the pace is linear, because there are fewer than %d earlier %ss to go by", analysis.LeastPeriods, k.Period.Unit)
}

// ForecastText says where a running period will end: "115.9k, between 100k and 133.3k in 5 of 7 cases". It is "" where that is
// not known.
func ForecastText(k *config.KPI, s *collector.Sample) string {
	d := s.Details()
	if d.Forecast == nil {
		return ""
	}
	text := k.Unit.Format(*d.Forecast)
	cases := fmt.Sprintf(" in %d of %d cases", d.PacePeriods-1, d.PacePeriods+1)
	switch {
	case d.ForecastLow != nil && d.ForecastHigh != nil:
		return text + ", between " + k.Unit.Format(*d.ForecastLow) + " and " + k.Unit.Format(*d.ForecastHigh) + cases
	case d.ForecastLow != nil:
		return text + ", " + format.AtLeast + k.Unit.Format(*d.ForecastLow) + cases
	case d.ForecastHigh != nil:
		return text + ", " + format.AtMost + k.Unit.Format(*d.ForecastHigh) + cases
	}
	return text
}
