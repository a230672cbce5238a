package chart

import (
	"slices"
	"strings"
)

// Line is a series over periods, the oldest first. All lists have one element per period, or none.
type Line struct {
	Title   string   // A sentence that says what is to be seen.
	Periods []string // What was measured.
	Values  []*float64
	Lower   []*float64 // The ends of the target.
	Upper   []*float64
	Low     []*float64 // The ends of what is usual.
	High    []*float64
	Marks   []Mark // In order.
	Running bool   // The last period is still running: its value is a hollow mark, and no line leads there.
	Format  func(v float64) string
}

// Mark is something that happened in a period, by its number in the text.
type Mark struct {
	Period int // Its place in Periods.
	Number string
}

// The size of a line chart, and the room for text in it.
const (
	lineWidth, lineHeight = 340, 132
	lineLeft, lineRight   = 8, 8
	lineTop, lineBottom   = 30, 22
)

// SVG draws the line, with its target and what is usual.
func (l *Line) SVG() string {
	var b svg
	b.begin("chart-lines", l.Title, lineWidth, lineHeight)
	s := newScale(lineTop, lineHeight-lineBottom)
	for _, list := range [][]*float64{l.Values, l.Lower, l.Upper, l.Low, l.High} {
		for _, v := range list {
			s.add(v)
		}
	}
	if !s.empty() {
		l.band(&b, &s)
		for _, bound := range [][]*float64{l.Lower, l.Upper} {
			for _, run := range l.runs(bound, &s, len(bound)) {
				b.line("chart-bound", run)
			}
		}
		l.values(&b, &s)
		l.labels(&b)
	}
	for _, m := range l.Marks {
		x := l.x(m.Period)
		b.line("chart-mark", []point{{x, lineTop - 4}, {x, lineHeight - lineBottom}})
		b.text("chart-number", "middle", point{x, lineTop - 7}, m.Number)
	}
	if n := len(l.Periods); n > 0 {
		b.text("chart-text", "start", point{lineLeft, lineHeight - 6}, l.Periods[0])
		if n > 1 {
			b.text("chart-text", "end", point{lineWidth - lineRight, lineHeight - 6}, l.Periods[n-1])
		}
	}
	return b.end()
}

// x returns the place of a period; a single one is in the middle.
func (l *Line) x(i int) float64 {
	const width = lineWidth - lineLeft - lineRight - 8
	if len(l.Periods) < 2 {
		return lineWidth / 2
	}
	return lineLeft + 4 + width*float64(i)/float64(len(l.Periods)-1)
}

// runs returns the stretches of numbers without a gap, of the first n.
func (l *Line) runs(values []*float64, s *scale, n int) [][]point {
	var runs [][]point
	var run []point
	for i, v := range values[:n] {
		if v = known(v); v == nil {
			runs, run = append(runs, run), nil
			continue
		}
		run = append(run, point{l.x(i), s.y(*v)})
	}
	return append(runs, run)
}

// band draws what is usual, as far as both ends are known.
func (l *Line) band(b *svg, s *scale) {
	var lower, upper []point
	draw := func() {
		if len(lower) > 1 {
			for _, p := range slices.Backward(lower) {
				upper = append(upper, p)
			}
			b.area("chart-band", upper)
		}
		lower, upper = nil, nil
	}
	for i := range min(len(l.Low), len(l.High)) {
		low, high := known(l.Low[i]), known(l.High[i])
		if low == nil || high == nil {
			draw()
			continue
		}
		lower, upper = append(lower, point{l.x(i), s.y(*low)}), append(upper, point{l.x(i), s.y(*high)})
	}
	draw()
}

// values draws the line, a dot for a value without neighbours, and one for the last.
func (l *Line) values(b *svg, s *scale) {
	n := len(l.Values)
	closed := n
	if l.Running && n > 0 {
		closed--
	}
	for _, run := range l.runs(l.Values, s, closed) {
		b.line("chart-line", run)
		if len(run) == 1 {
			b.dot("chart-dot", run[0], false)
		}
	}
	if n > 0 {
		if v := known(l.Values[n-1]); v != nil {
			b.dot("chart-dot", point{l.x(n - 1), s.y(*v)}, l.Running)
		}
	}
}

// labels writes the last value and target above the line.
func (l *Line) labels(b *svg) {
	if l.Format == nil {
		return
	}
	if v := last(l.Values); v != nil {
		b.text("chart-value", "end", point{lineWidth - lineRight, 12}, l.Format(*v))
	}
	var ends []string
	for _, list := range [][]*float64{l.Lower, l.Upper} {
		if v := last(list); v != nil {
			ends = append(ends, l.Format(*v))
		}
	}
	if len(ends) > 0 {
		b.text("chart-target", "start", point{lineLeft, 12}, "target "+strings.Join(ends, " to "))
	}
}

// last returns the last number, nil where that is missing.
func last(values []*float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	return known(values[len(values)-1])
}
