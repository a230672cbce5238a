// Package chart draws small charts as SVG: a line with its bounds, bars, and a trend without axes. It is pure: the same numbers
// give the same bytes. A number that is missing, NaN or infinite is a gap.
//
// Charts have classes and presentation attributes, and neither styles nor scripts, so a page with a strict Content-Security-Policy
// may hold them. CSS gives the classes their colours, for light and dark. Each chart is one image to a screen reader, which reads
// its title.
package chart

import (
	_ "embed"
	"html"
	"math"
	"strconv"
	"strings"
)

//go:embed chart.css
var css string

// CSS returns the rules that colour charts. A page may set the custom properties in them to other colours.
func CSS() string { return css }

// svg is a drawing that is being written.
type svg struct{ strings.Builder }

// begin writes the head of an image of this size, which a reader hears as its title.
func (b *svg) begin(class, title string, width, height float64) {
	b.WriteString(`<svg class="chart ` + class + `" role="img" xmlns="http://www.w3.org/2000/svg" width="` + number(width) + `" height="` + number(height) +
		`" viewBox="0 0 ` + number(width) + ` ` + number(height) + `"><title>` + escape(title) + `</title>`)
}

func (b *svg) end() string {
	b.WriteString("</svg>")
	return b.String()
}

// point is a place in a drawing.
type point struct{ x, y float64 }

// line draws a line through points.
func (b *svg) line(class string, points []point) {
	if len(points) < 2 {
		return
	}
	b.WriteString(`<polyline class="` + class + `" fill="none" stroke="currentColor" points="`)
	b.points(points)
	b.WriteString(`"/>`)
}

func (b *svg) area(class string, points []point) {
	b.WriteString(`<polygon class="` + class + `" fill="currentColor" fill-opacity="0.15" points="`)
	b.points(points)
	b.WriteString(`"/>`)
}

func (b *svg) points(points []point) {
	for i, p := range points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(number(p.x) + "," + number(p.y))
	}
}

// dot draws a value; hollow for one that is not final.
func (b *svg) dot(class string, p point, hollow bool) {
	fill := "currentColor"
	if hollow {
		class, fill = class+" chart-hollow", "none"
	}
	b.WriteString(`<circle class="` + class + `" fill="` + fill + `" stroke="currentColor" cx="` + number(p.x) + `" cy="` + number(p.y) + `" r="3"/>`)
}

// text writes text that begins, ends or is centred at a place: anchor is start, end or middle.
func (b *svg) text(class, anchor string, p point, text string) {
	b.WriteString(`<text class="` + class + `" fill="currentColor" font-size="11" text-anchor="` + anchor + `" x="` + number(p.x) + `" y="` + number(p.y) + `">` +
		escape(text) + `</text>`)
}

// number writes a coordinate to a tenth.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	text = strings.TrimSuffix(text, ".0")
	if text == "-0" {
		return "0"
	}
	return text
}

// escape writes text so that it is text in SVG; letters that XML does not allow are replaced.
func escape(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r == '\uFFFE', r == '\uFFFF', r < ' ':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return html.EscapeString(clean)
}

// known returns a number that can be drawn, nil for any other.
func known(v *float64) *float64 {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return v
}

// scale maps numbers to heights.
type scale struct{ low, high, top, bottom float64 }

// add makes room for a number.
func (s *scale) add(v *float64) {
	if v = known(v); v != nil {
		s.low, s.high = min(s.low, *v), max(s.high, *v)
	}
}

func newScale(top, bottom float64) scale { return scale{math.Inf(1), math.Inf(-1), top, bottom} }

// empty reports whether there is nothing to draw.
func (s *scale) empty() bool { return s.low > s.high }

// y returns the height of a number. All is halved, since the distance between two numbers can be more than the largest number.
func (s *scale) y(v float64) float64 {
	span := s.high/2 - s.low/2
	if span <= 1e-9*max(math.Abs(s.low), math.Abs(s.high)) {
		return (s.top + s.bottom) / 2
	}
	return s.bottom - (v/2-s.low/2)/span*(s.bottom-s.top)
}
