package chart

import (
	"math"
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
	Bounds  []Bound // More lines to judge by, which only Large draws.
	Marks   []Mark  // In order.
	Running bool    // The last period is still running: its value is a hollow mark, and no line leads there.
	Format  func(v float64) string
	Step    float64 // What the numbers beside the axis of Large are round multiples of; 1 if it is 0.
}

// Bound is a line to judge by besides the target.
type Bound struct {
	Name   string // As it is written at its end.
	Values []*float64
}

// Mark is something that happened in a period, by its number in the text.
type Mark struct {
	Period int // Its place in Periods.
	Number string
}

// frame is the size of a drawing, and the room around the line.
type frame struct{ width, height, left, right, top, bottom float64 }

// The frames: a line with its last value, and one without any text.
var (
	labelled = frame{width: 340, height: 132, left: 12, right: 12, top: 30, bottom: 22}
	bare     = frame{width: 300, height: 56, left: 6, right: 6, top: 6, bottom: 6}
)

// SVG draws the line, with its target and what is usual.
func (l *Line) SVG() string {
	var b svg
	f := labelled
	b.begin("chart-lines", l.Title, f.width, f.height)
	s := l.scale(f)
	l.draw(&b, f, &s)
	if !s.empty() {
		l.labels(&b, f)
	}
	l.marks(&b, f)
	if n := len(l.Periods); n > 0 {
		b.text("chart-text", "start", point{f.left - 4, f.height - 6}, l.Periods[0])
		if n > 1 {
			b.text("chart-text", "end", point{f.width - f.right + 4, f.height - 6}, l.Periods[n-1])
		}
	}
	return b.end()
}

// Trend draws the line without any text, with its target, what is usual and its marks, for where the text stands beside it.
func (l *Line) Trend() string {
	var b svg
	b.begin("chart-trend", l.Title, bare.width, bare.height)
	s := l.scale(bare)
	l.draw(&b, bare, &s)
	for _, m := range l.Marks {
		x := l.x(m.Period, bare)
		b.line("chart-mark", []point{{x, 0}, {x, bare.height}})
	}
	return b.end()
}

// scale makes room for the line and its target, and for what is usual as far as that leaves the line at least half of the height.
func (l *Line) scale(f frame) scale {
	s := newScale(f.top, f.height-f.bottom)
	for _, list := range [][]*float64{l.Values, l.Lower, l.Upper} {
		for _, v := range list {
			s.add(v)
		}
	}
	low, high := math.Inf(-1), math.Inf(1)
	if !s.empty() {
		margin := s.high/2 - s.low/2
		if margin <= 1e-9*max(math.Abs(s.low), math.Abs(s.high)) { // A level line.
			margin = max(math.Abs(s.low), math.Abs(s.high))
		}
		if margin > 0 {
			low, high = s.low-margin, s.high+margin
		}
	}
	for _, list := range [][]*float64{l.Low, l.High} {
		for _, v := range list {
			if v = known(v); v != nil {
				s.add(new(min(max(*v, low), high)))
			}
		}
	}
	return s
}

// BandCut reports whether what is usual reaches beyond what Large draws of it.
func (l *Line) BandCut() bool {
	s, _ := l.largeScale(bare) // The numbers of a scale do not depend on the size.
	for i := range min(len(l.Low), len(l.High)) {
		low, high := known(l.Low[i]), known(l.High[i])
		if low != nil && high != nil && (*low < s.low || *high > s.high) && !s.empty() {
			return true
		}
	}
	return false
}

// draw draws what is usual, the target, and the line.
func (l *Line) draw(b *svg, f frame, s *scale) {
	if s.empty() {
		return
	}
	l.band(b, f, s)
	for _, bound := range [][]*float64{l.Lower, l.Upper} {
		for _, run := range l.runs(bound, f, s, len(bound)) {
			b.line("chart-bound", run)
		}
	}
	l.values(b, f, s)
}

// x returns the place of a period; a single one is in the middle.
func (l *Line) x(i int, f frame) float64 {
	if len(l.Periods) < 2 {
		return f.width / 2
	}
	return f.left + (f.width-f.left-f.right)*float64(i)/float64(len(l.Periods)-1)
}

// runs returns the stretches of numbers without a gap, of the first n.
func (l *Line) runs(values []*float64, f frame, s *scale, n int) [][]point {
	var runs [][]point
	var run []point
	for i, v := range values[:n] {
		if v = known(v); v == nil {
			runs, run = append(runs, run), nil
			continue
		}
		run = append(run, point{l.x(i, f), s.y(*v)})
	}
	return append(runs, run)
}

// band draws what is usual, as far as both ends are known and there is room.
func (l *Line) band(b *svg, f frame, s *scale) {
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
		at := func(v float64) point { return point{l.x(i, f), s.y(min(max(v, s.low), s.high))} }
		lower, upper = append(lower, at(*low)), append(upper, at(*high))
	}
	draw()
}

// values draws the line, a dot for a value without neighbours, and one for the last.
func (l *Line) values(b *svg, f frame, s *scale) {
	n := len(l.Values)
	closed := n
	if l.Running && n > 0 {
		closed--
	}
	for _, run := range l.runs(l.Values, f, s, closed) {
		b.line("chart-line", run)
		if len(run) == 1 {
			b.dot("chart-dot", run[0], false)
		}
	}
	if n > 0 {
		if v := known(l.Values[n-1]); v != nil {
			b.dot("chart-dot", point{l.x(n-1, f), s.y(*v)}, l.Running)
		}
	}
}

// marks draws what happened.
func (l *Line) marks(b *svg, f frame) {
	for _, m := range l.Marks {
		x := l.x(m.Period, f)
		b.line("chart-mark", []point{{x, f.top - 4}, {x, f.height - f.bottom}})
		b.text("chart-number", "middle", point{x, f.top - 7}, m.Number)
	}
}

// labels writes the last value and target above the line.
func (l *Line) labels(b *svg, f frame) {
	if l.Format == nil {
		return
	}
	if v := last(l.Values); v != nil {
		b.text("chart-value", "end", point{f.width - f.right + 4, 12}, l.Format(*v))
	}
	var ends []string
	for _, list := range [][]*float64{l.Lower, l.Upper} {
		if v := last(list); v != nil {
			ends = append(ends, l.Format(*v))
		}
	}
	if len(ends) > 0 {
		b.text("chart-target", "start", point{f.left - 4, 12}, "target "+strings.Join(ends, " to "))
	}
}

// last returns the last number, nil where that is missing.
func last(values []*float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	return known(values[len(values)-1])
}
