package chart

// The size of a trend.
const sparkWidth, sparkHeight = 88, 20

// Sparkline draws a trend that fits into a line of text: no axes, a dot at its end, hollow if the last period is still running.
func Sparkline(title string, values []*float64, running bool) string {
	var b svg
	b.begin("chart-spark", title, sparkWidth, sparkHeight)
	s := newScale(4, sparkHeight-4)
	for _, v := range values {
		s.add(v)
	}
	x := func(i int) float64 {
		if len(values) < 2 {
			return sparkWidth / 2
		}
		return 4 + (sparkWidth-8)*float64(i)/float64(len(values)-1)
	}
	var run []point
	for i, v := range values {
		v = known(v)
		if v == nil || running && i == len(values)-1 {
			b.line("chart-line", run)
			run = nil
			if v == nil {
				continue
			}
		}
		run = append(run, point{x(i), s.y(*v)})
	}
	b.line("chart-line", run)
	if v := last(values); v != nil {
		b.dot("chart-dot", point{x(len(values) - 1), s.y(*v)}, running)
	}
	return b.end()
}
