package collector

import "strings"

// What the label values of all KPIs together may have in bytes on /metrics, for each series that they may have, but at least for
// defaultSeries. What is on show takes a multiple of that in memory.
const (
	labelBytesPerSeriesOfAll = 80
	defaultSeries            = 200_000
)

// size is how many samples there are, and how many bytes their label values have on /metrics.
type size struct{ rows, bytes int }

func sizeOf(samples []Sample) size {
	s := size{rows: len(samples)}
	for i := range samples {
		s.bytes += samples[i].labelBytes() * samples[i].series()
	}
	return s
}

func (s size) add(more size) size { return size{s.rows + more.rows, s.bytes + more.bytes} }

func (s size) without(other size) size { return size{s.rows - other.rows, s.bytes - other.bytes} }

// labelBytes returns how many bytes the label values have on /metrics.
func (s *Sample) labelBytes() (n int) {
	for _, v := range s.Labels {
		n += len(v) + strings.Count(v, `"`) + strings.Count(v, `\`) + strings.Count(v, "\n") // These are escaped.
	}
	return n
}

// series returns how many series there are of the sample, each with its labels; see Result.Series.
func (s *Sample) series() int {
	n := 2 // Its status, and the information about it.
	more := s.Details()
	for _, v := range s.numbers(&more) {
		if v.value != nil {
			n++
		}
	}
	return n + len(more.Bounds) + len(more.Previous)
}

// limit turns a result into a failure if with it all KPIs together had more samples than the exporter may have, or more bytes of label
// values.
func (c *Collector) limit(s *state, r *Result) {
	own := sizeOf(r.Samples)
	more := own.without(s.size)
	all := c.size.add(more)
	most := labelBytesPerSeriesOfAll * max(c.cfg.MaxSeries, defaultSeries)
	var why *Failure
	switch {
	case more.rows > 0 && all.rows > c.cfg.MaxSeries:
		why = failf(ReasonTooManySeries, "kpi %q: with its %d rows all KPIs would have %d, more than %d (max_series of the whole file)",
			s.KPI.Name, own.rows, all.rows, c.cfg.MaxSeries)
	case more.bytes > 0 && all.bytes > most:
		why = failf(ReasonTooLarge, "kpi %q: with its %d bytes of label values on /metrics all KPIs would have %d, more than %d: select shorter ones, such as a name or an ID",
			s.KPI.Name, own.bytes, all.bytes, most)
	default:
		return
	}
	r.Samples, r.FailedDatabases, r.Failure = nil, nil, why
}

// count measures the samples that are shown of a KPI, and returns how much more they are than when they were measured last.
func (s *state) count() (more size) {
	var now size
	if s.Good != nil {
		now = sizeOf(s.Good.Samples)
	}
	more, s.size = now.without(s.size), now
	return more
}
