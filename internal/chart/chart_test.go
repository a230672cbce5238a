package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected charts again")

// values returns numbers; NaN is one that is missing.
func values(numbers ...float64) []*float64 {
	list := make([]*float64, len(numbers))
	for i, v := range numbers {
		if v == v {
			list[i] = &v
		}
	}
	return list
}

func periods(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = "2026-" + strconv.Itoa(10+i)
	}
	return list
}

func format(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// drawings are charts of every kind, by name.
func drawings() map[string]string {
	none := math.NaN()
	full := Line{
		Title: "Churn rose from 2% to 4%, above its target.", Periods: periods(6), Values: values(2, 3, none, 2.5, 3, 4), Lower: values(1, 1, 1, 1, 1, 1),
		Upper: values(3, 3, 3, 3.5, 3.5, 3.5), Low: values(none, 1.5, 1.5, 1.5, 1.8, 1.8), High: values(none, 3, 3, 3, 3.2, 3.2),
		Marks: []Mark{{3, "1"}}, Format: format,
	}
	running := Line{Title: "Sales", Periods: periods(3), Values: values(5, 6, 2), Running: true, Format: format}
	one := Line{Title: "One", Periods: periods(1), Values: values(5), Lower: values(4), Format: format}
	nothing := Line{Title: "Nothing"}
	hostile := Line{Title: `</title><script>alert("1")</script>` + "\x00\xff", Periods: []string{`"><b>`, "&"}, Values: values(1, 2), Marks: []Mark{{0, "<i>"}}}
	bounds := full
	bounds.Bounds = []Bound{{"critical", values(4.2, 4.2, 4.2, 4.2, 4.2, 4.2)}, {"stretch", values(none, none, none, 1.2, 1.2, 1.2)}}
	bars := Bars{"What moved it", []Bar{{"pro", 12, "+12"}, {"a name that is longer than its room", -3, "-3"}, {"none", 0, "0"}, {"<b>", none, "?"}}}
	noBars := Bars{Title: "No parts"}
	return map[string]string{
		"line": full.SVG(), "line_running": running.SVG(), "line_one": one.SVG(), "line_nothing": nothing.SVG(), "line_hostile": hostile.SVG(),
		"trend": full.Trend(), "trend_nothing": nothing.Trend(), "large": bounds.Large(720), "large_narrow": bounds.Large(360), "large_running": running.Large(720),
		"large_one": one.Large(720), "large_nothing": nothing.Large(720), "large_hostile": hostile.Large(360),
		"bars": bars.SVG(), "bars_none": noBars.SVG(),
		"spark": Sparkline("Up", values(1, 2, none, 3, 5), false), "spark_running": Sparkline("Up", values(1, 2, 1), true), "spark_none": Sparkline("Nothing", nil, false),
		"spark_flat": Sparkline("Flat", values(0.3, 0.1+0.2), false),
	}
}

func TestCharts(t *testing.T) {
	for name, got := range drawings() {
		t.Run(name, func(t *testing.T) {
			check(t, got)
			path := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got+"\n" {
				t.Errorf("%s: got\n%s", path, got)
			}
		})
	}
}

// The numbers beside the axis are not cut at the left, however long they are.
func TestAxisHasRoom(t *testing.T) {
	number := regexp.MustCompile(`text-anchor="end" x="([0-9.]+)"[^>]*>([^<]*EUR)<`)
	l := Line{Title: "Sales", Periods: periods(3), Values: values(100, 110, 120), Format: func(v float64) string { return format(v) + "k EUR" }}
	for _, width := range []float64{360, 720} {
		found := number.FindAllStringSubmatch(l.Large(width), -1)
		if len(found) < 3 {
			t.Errorf("width %v: %d numbers", width, len(found))
		}
		for _, label := range found {
			if x, err := strconv.ParseFloat(label[1], 64); err != nil || x < 6.9*float64(len(label[2])) {
				t.Errorf("width %v: %q ends at %v", width, label[2], x)
			}
		}
	}
}

// What is usual takes at most half of the height, and the line keeps the rest.
func TestBandLeavesRoom(t *testing.T) {
	for name, l := range map[string]Line{
		"above": {Values: values(2, 3, 4), Low: values(-5, -5, -5), High: values(80, 80, 80)},
		"level": {Values: values(3, 3, 3), Low: values(-400, -400, -400), High: values(400, 400, 400)},
		"near":  {Values: values(2, 3, 4), Low: values(1.5, 1.5, 1.5), High: values(4.5, 4.5, 4.5)},
	} {
		l.Periods = periods(3)
		s := l.scale(bare)
		if want := map[string][2]float64{"above": {1, 5}, "level": {0, 6}, "near": {1.5, 4.5}}[name]; s.low != want[0] || s.high != want[1] {
			t.Errorf("%s: from %v to %v, want %v", name, s.low, s.high, want)
		}
		for _, drawing := range []string{l.Trend(), l.SVG(), l.Large(360)} {
			check(t, drawing)
			if !strings.Contains(drawing, "chart-band") {
				t.Errorf("%s: no band", name)
			}
		}
	}
}

var coordinate = regexp.MustCompile(`-?\d+(\.\d+)?|NaN|Inf`)

// check reports what is wrong with any chart: it is XML of one image with a title, has no style and no script, and draws nothing
// outside of itself.
func check(t *testing.T, drawing string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(drawing))
	var size [2]float64
	titles := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, drawing)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "svg":
		case "title":
			titles++
		case "polyline", "polygon", "circle", "rect", "text":
		default:
			t.Errorf("element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "width", "height", "x", "y", "cx", "cy", "points":
				for i, text := range coordinate.FindAllString(a.Value, -1) {
					v, err := strconv.ParseFloat(text, 64)
					if e.Name.Local == "svg" && err == nil {
						size[map[string]int{"width": 0, "height": 1}[a.Name.Local]] = v
						continue
					}
					axis := map[string]int{"width": 0, "x": 0, "cx": 0, "height": 1, "y": 1, "cy": 1, "points": i % 2}[a.Name.Local]
					if err != nil || math.IsNaN(v) || v < -1 || v > size[axis]+1 {
						t.Errorf("%s %s=%q is outside of %v: %s", e.Name.Local, a.Name.Local, a.Value, size, drawing)
					}
				}
			case "style":
				t.Error("a style attribute")
			}
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
				t.Errorf("attribute %s", a.Name.Local)
			}
		}
	}
	if titles != 1 || !strings.Contains(drawing, ` role="img" `) {
		t.Errorf("%d titles: %s", titles, drawing)
	}
}

// Whatever the numbers are, charts hold, and are the same each time.
func FuzzCharts(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, "Title", true)
	f.Add(math.NaN(), math.Inf(1), math.Inf(-1), 0.0, "<&>\x00", false)
	f.Add(math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1), "\xff\u2028", true)
	f.Fuzz(func(t *testing.T, a, b, c, d float64, title string, running bool) {
		list := []*float64{&a, nil, &b, &c, &d}
		draw := func() []string {
			line := Line{
				Title: title, Periods: periods(5), Values: list, Lower: []*float64{&d, &d, nil, &a, &b}, Upper: list,
				Low: []*float64{&a, &b, &c, &d, &a}, High: []*float64{&b, &c, &d, &a, &b}, Running: running, Format: format, Marks: []Mark{{2, title}},
			}
			bars := Bars{title, []Bar{{title, a, title}, {title, b, title}, {title, c, title}}}
			return []string{line.SVG(), bars.SVG(), Sparkline(title, list, running)}
		}
		first, second := draw(), draw()
		for i := range first {
			check(t, first[i])
			if first[i] != second[i] {
				t.Error("other bytes the second time")
			}
		}
	})
}

// Every class that is drawn has a rule, and every rule is of a class that is drawn.
func TestCSS(t *testing.T) {
	var all strings.Builder
	for _, drawing := range drawings() {
		all.WriteString(drawing)
	}
	drawn := map[string]bool{}
	for _, list := range regexp.MustCompile(`class="([^"]*)"`).FindAllStringSubmatch(all.String(), -1) {
		for name := range strings.FieldsSeq(list[1]) {
			drawn[name] = true
		}
	}
	for _, rule := range regexp.MustCompile(`\.(chart[a-z-]*) \{`).FindAllStringSubmatch(CSS(), -1) {
		if rule[1] != "chart" && !drawn[rule[1]] {
			t.Errorf("nothing has the class %s", rule[1])
		}
		delete(drawn, rule[1])
	}
	for _, frame := range []string{"chart", "chart-lines", "chart-bars", "chart-spark", "chart-trend", "chart-large"} {
		delete(drawn, frame) // They only say which kind of chart it is.
	}
	for name := range drawn {
		t.Errorf("class %s has no rule", name)
	}
}
