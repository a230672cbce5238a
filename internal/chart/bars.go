package chart

import "math"

// Bars are what parts add to a whole, or take from it, one below the other.
type Bars struct {
	Title string // A sentence that says what is to be seen.
	Bars  []Bar
}

// Bar is one part.
type Bar struct {
	Name  string
	Value float64
	Text  string // The value in words.
}

// The size of a bar chart: names stand left, values right.
const (
	barsWidth, barHeight = 340, 20
	namesWidth           = 130
	textsWidth           = 78
	maxBarName           = 22 // Letters.
)

// SVG draws the bars from a common zero: to the right what adds, to the left what takes.
func (c *Bars) SVG() string {
	var b svg
	b.begin("chart-bars", c.Title, barsWidth, barHeight*float64(len(c.Bars)))
	low, high := 0.0, 0.0
	for i := range c.Bars {
		if v := known(&c.Bars[i].Value); v != nil {
			low, high = min(low, *v), max(high, *v)
		}
	}
	const left, width = namesWidth, barsWidth - namesWidth - textsWidth
	span := high/2 - low/2 // Halved: see scale.
	at := func(v float64) float64 {
		if span == 0 {
			return left
		}
		return left + width*min(1, max(0, (v/2-low/2)/span))
	}
	zero := at(0)
	for i := range c.Bars {
		bar := &c.Bars[i]
		y := barHeight * float64(i)
		b.text("chart-text", "end", point{namesWidth - 6, y + 14}, cut(bar.Name, maxBarName))
		if v := known(&bar.Value); v != nil {
			class := "chart-up"
			if *v < 0 {
				class = "chart-down"
			}
			x, end := math.Min(zero, at(*v)), math.Max(zero, at(*v))
			b.WriteString(`<rect class="` + class + `" fill="currentColor" x="` + number(x) + `" y="` + number(y+4) + `" width="` + number(max(1, end-x)) + `" height="12"/>`)
		}
		b.text("chart-text", "end", point{barsWidth - 4, y + 14}, bar.Text)
	}
	if len(c.Bars) > 0 {
		b.line("chart-axis", []point{{zero, 0}, {zero, barHeight * float64(len(c.Bars))}})
	}
	return b.end()
}

// cut cuts text to so many letters.
func cut(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}
