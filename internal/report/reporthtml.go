package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/chart"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

//go:embed report.html.tmpl
var pageTemplate string

//go:embed report.css
var pageCSS string

// page is what the template of the HTML report is filled with.
type page struct {
	Report    *Report
	Title     string
	News      string
	CSS       template.CSS
	Policy    string // What the page may load: nothing but its own style.
	Tiles     []tile
	Sections  []pageSection
	Decisions []pageDecision
	Rows      []pageRow
	Duties    []duty
	Footer    string
}

// tile is one of the counts at the top.
type tile struct {
	Class, Shape, Word string
	Count              int
}

type pageSection struct {
	section
	MoreText string
	Articles []article
}

// article is an entry above the table.
type article struct {
	Entry          *Entry
	Class, Shape   string
	Subject        string
	Sentence, Note string
	picture
	Bars template.HTML
}

// picture is a chart with what its numbers mean, and all that it draws as a table.
type picture struct {
	Chart  template.HTML // "" without one.
	Legend []string
	Points []pagePoint
}

// pagePoint is a period of a chart.
type pagePoint struct{ Period, Value, Target, Usual string }

// pageDecision is a decision whose effect is due.
type pageDecision struct {
	decidedGroup
	Articles []article
}

type pageRow struct {
	row
	Class string
	Spark template.HTML
	Left  string // That there are more label sets; else "".
}

// HTML writes the report as one file that needs no other: for mail, a browser and paper. It has no script.
func (r *Report) HTML(w io.Writer) error {
	return writeHTML(w, "report", r.page())
}

// Content writes what HTML has between its heading and its end, for a page that has both and a style of its own.
func (r *Report) Content(w io.Writer) error {
	p := r.page()
	p.Footer = r.provenance() // The page says the rest at its foot.
	return writeHTML(w, "content", p)
}

func writeHTML(w io.Writer, name string, p *page) error {
	t, err := template.New("report").Parse(pageTemplate)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name, p); err != nil {
		return err
	}
	_, err = io.WriteString(w, format.Inert(b.String()))
	return err
}

// page puts the report into what its template is filled with.
func (r *Report) page() *page {
	style := pageCSS + chart.CSS()
	hash := sha256.Sum256([]byte(style))
	p := page{
		Report: r, Title: r.heading(), News: Capital(r.News), CSS: template.CSS(style), //nolint:gosec // It is a constant of the program.
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'",
		Tiles:  r.tiles(), Duties: r.duties(), Footer: r.footer(),
	}
	for _, s := range r.sections() {
		one := pageSection{section: s, MoreText: s.moreText()}
		for i := range s.Entries {
			one.Articles = append(one.Articles, newArticle(&s.Entries[i]))
		}
		p.Sections = append(p.Sections, one)
	}
	for _, g := range r.decisions() {
		one := pageDecision{decidedGroup: g}
		for i := range g.Effects {
			one.Articles = append(one.Articles, newDecidedArticle(&g.Effects[i]))
		}
		p.Decisions = append(p.Decisions, one)
	}
	for _, row := range r.rows() {
		e := row.Entry
		if e.Left > 0 {
			p.Rows = append(p.Rows, pageRow{row: row, Left: "And " + format.Count(e.Left, "more label set") + " of " + e.KPI.Title})
			continue
		}
		p.Rows = append(p.Rows, pageRow{row: row, Class: Class(e.Status), Spark: drawing(chart.Sparkline(e.trendTitle(), e.Past.Values, e.Past.Running))})
	}
	return &p
}

func newArticle(e *Entry) article {
	a := article{Entry: e, Class: Class(e.Status), Shape: Shape(e.Status), Note: e.note(), picture: newPicture(e)}
	a.Subject, a.Sentence = e.subject()
	if len(e.Moved) > 1 {
		bars := chart.Bars{Title: "What moved " + e.KPI.Title + ": " + e.Why}
		for _, part := range e.Moved {
			bars.Bars = append(bars.Bars, chart.Bar{Name: part.Name, Value: part.Amount, Text: part.Text})
		}
		a.Bars = drawing(bars.SVG())
	}
	return a
}

// subject returns what an entry is about, for a heading, and what the sentence says below it.
func (e *Entry) subject() (heading, sentence string) {
	if rest, ok := strings.CutPrefix(e.Sentence, Naming(e.KPI, e.Labels)+" "); ok {
		return Naming(e.KPI, e.Labels), Capital(rest)
	}
	return e.KPI.Title, e.Sentence
}

// statusBeside returns the status in words, "" where the sentence says it.
func (e *Entry) statusBeside(sentence string) string {
	if words := e.Status.Text(); !strings.Contains(sentence, words) {
		return words
	}
	return ""
}

// newDecidedArticle is about one KPI below a decision.
func newDecidedArticle(one *Decided) article {
	e := &one.Entry
	a := article{Entry: e, Class: Class(e.Status), Shape: Shape(e.Status), picture: newPicture(e)}
	a.Subject, a.Sentence = one.subject()
	if len(a.Legend) == 1 { // The heading says it.
		a.Legend = nil
	}
	return a
}

// newPicture draws the past of an entry; it is empty where there are not two values.
func newPicture(e *Entry) picture {
	if e.Past.Known() < 2 {
		return picture{}
	}
	past := e.Past.Begun()
	line := past.Line(e.KPI, e.trendTitle())
	write := line.Format
	line.Format = func(v float64) string { return e.said.numbers(write(v)) }
	line.Periods = make([]string, len(past.Windows))
	p := picture{Legend: past.legend(e.KPI, e.said)}
	for i, window := range past.Windows {
		line.Periods[i] = e.said.ended(e.KPI.Period, window)
		one := pagePoint{Period: line.Periods[i]}
		if e.said == spoken { // There is room.
			one.Period = format.Spoken(e.KPI.Period, window)
		}
		value, target := past.Beside(e.KPI, i)
		one.Value, one.Target = e.said.numbers(value), e.said.numbers(target)
		if usual := past.Usual[i]; usual != nil {
			one.Usual = e.said.numbers(e.KPI.Unit.Format(usual.Low) + " to " + e.KPI.Unit.Format(usual.High))
		}
		p.Points = append(p.Points, one)
	}
	p.Chart = drawing(line.SVG())
	return p
}

// Capital returns text that begins with a capital letter.
func Capital(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// drawing marks a chart as HTML: internal/chart escapes every text in it.
func drawing(svg string) template.HTML { return template.HTML(svg) } //nolint:gosec // See above.

// trendTitle says in a sentence what the chart of an entry shows.
func (e *Entry) trendTitle() string {
	return e.said.numbers(Naming(e.KPI, e.Labels) + " " + e.Past.Sentence(e.KPI) + ".")
}

// tiles returns the counts at the top, in their order.
func (r *Report) tiles() []tile {
	one := func(s status.Status, word string, n int) tile { return tile{Class(s), Shape(s), word, n} }
	return []tile{
		one(status.OffTarget, "off target", r.Counts.Off), one(status.AtRisk, "at risk", r.Counts.AtRisk), one(status.OnTarget, "on target", r.Counts.On),
		one(status.Unknown, "unknown", r.Counts.Unknown), one(status.NoTarget, "no target", r.Counts.NoTarget),
	}
}

// Class returns the class that colours a status.
func Class(s status.Status) string {
	switch s {
	case status.OnTarget:
		return "on"
	case status.AtRisk:
		return "risk"
	case status.OffTarget:
		return "off"
	case status.Unknown:
		return "unknown"
	}
	return "none"
}
