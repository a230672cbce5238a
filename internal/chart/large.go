package chart

import (
	"math"
	"slices"
)

// letter is the width of a letter, at most on average.
const letter = 7.0

// mostTicks is how many numbers stand beside an axis at most.
const mostTicks = 6

// Large draws the line with an axis, its bounds by name, and a label under as many periods as there is room for. Text keeps its
// size, so a page has one drawing for wide screens and one for narrow ones.
func (l *Line) Large(width float64) string {
	f := frame{width: width, height: 280, left: 64, right: 84, top: 26, bottom: 30}
	if width < 500 {
		f = frame{width: width, height: 230, left: 52, right: 14, top: 26, bottom: 30}
	}
	named := f.right > 40 // There is room beside the line.
	var b svg
	b.begin("chart-large", l.Title, f.width, f.height)
	s, ticks := l.largeScale(f)
	if !s.empty() {
		f.left = max(f.left, min(l.widest(ticks)+12, f.width/2))
		for _, v := range ticks {
			y := s.y(v)
			b.line("chart-grid", []point{{f.left, y}, {f.width - f.right, y}})
			if l.Format != nil {
				b.text("chart-text", "end", point{f.left - 8, y + 4}, l.Format(v))
			}
		}
		for _, bound := range l.Bounds {
			for _, run := range l.runs(bound.Values, f, &s, len(bound.Values)) {
				b.line("chart-limit", run)
			}
		}
		l.draw(&b, f, &s)
		if named {
			l.names(&b, f, &s)
		}
	}
	l.marks(&b, f)
	l.periodLabels(&b, f)
	return b.end()
}

// largeScale returns the scale of Large, which makes room for every bound, and the numbers beside its axis.
func (l *Line) largeScale(f frame) (scale, []float64) {
	s := l.scale(f)
	for _, bound := range l.Bounds {
		for _, v := range bound.Values {
			s.add(v)
		}
	}
	if s.empty() {
		return s, nil
	}
	numbers := ticks(&s, max(l.Step, 0))
	s.low, s.high = min(s.low, numbers[0]), max(s.high, numbers[len(numbers)-1])
	return s, numbers
}

// widest returns the room that the widest of the numbers beside an axis takes.
func (l *Line) widest(ticks []float64) float64 {
	longest := 0
	for _, v := range ticks {
		if l.Format != nil {
			longest = max(longest, len([]rune(l.Format(v))))
		}
	}
	return letter * float64(longest)
}

// names writes at the end of the lines what they are, and the last value.
func (l *Line) names(b *svg, f frame, s *scale) {
	type name struct {
		class, text string
		y           float64
	}
	var list []name
	add := func(class, text string, values []*float64) {
		if v := last(values); v != nil {
			list = append(list, name{class, text, s.y(*v)})
		}
	}
	if v := last(l.Values); v != nil && l.Format != nil {
		list = append(list, name{"chart-value", l.Format(*v), s.y(*v)})
	}
	add("chart-target", "target", l.Lower)
	add("chart-target", "target", l.Upper)
	for _, bound := range l.Bounds {
		add("chart-text", bound.Name, bound.Values)
	}
	slices.SortStableFunc(list, func(a, b name) int { return int(math.Copysign(1, a.y-b.y)) })
	const line = 14
	for i := range list { // Downwards as far as needed, so that none covers another.
		if i > 0 {
			list[i].y = max(list[i].y, list[i-1].y+line)
		}
	}
	for i := len(list) - 1; i >= 0; i-- { // And up again from the bottom.
		limit := f.height - f.bottom + 2
		if i < len(list)-1 {
			limit = list[i+1].y - line
		}
		list[i].y = min(list[i].y, limit)
	}
	for _, n := range list {
		b.text(n.class, "start", point{f.width - f.right + 10, n.y + 4}, n.text)
	}
}

// periodLabels writes which periods there are, as many as there is room for, the last one always.
func (l *Line) periodLabels(b *svg, f frame) {
	n := len(l.Periods)
	if n == 0 {
		return
	}
	longest := 0
	for _, p := range l.Periods {
		longest = max(longest, len([]rune(p)))
	}
	room := letter * float64(longest+2)
	every := 1
	if n > 1 {
		every = int(math.Ceil(room / ((f.width - f.left - f.right) / float64(n-1))))
	}
	for i := n - 1; i >= 0; i -= every {
		at := point{l.x(i, f), f.height - 8}
		anchor := "middle"
		if end := f.width - room/2; at.x > end { // It would be cut.
			anchor, at.x = "end", f.width-2
		}
		b.text("chart-text", anchor, at, l.Periods[i])
		if n == 1 {
			return
		}
	}
}

// ticks returns round numbers that cover a scale: multiples of 1, 2 or 5 times a power of ten times the step.
func ticks(s *scale, step float64) []float64 {
	if step == 0 {
		step = 1
	}
	low, high := s.low/step, s.high/step
	span := high - low
	if !(span > 1e-9*max(math.Abs(low), math.Abs(high))) || math.IsInf(span, 0) { // A level line, or numbers beyond all measure.
		return []float64{s.low}
	}
	size := math.Pow(10, math.Floor(math.Log10(span)))
	for _, candidate := range []float64{0.1, 0.2, 0.25, 0.5, 1, 2, 5} {
		by := size * candidate
		first, past := math.Floor(low/by), math.Ceil(high/by)
		if past-first < mostTicks {
			list := make([]float64, 0, mostTicks)
			for i := first; i <= past; i++ {
				list = append(list, i*by*step)
			}
			return list
		}
	}
	return []float64{s.low, s.high}
}
