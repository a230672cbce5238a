package report

import (
	"cmp"
	_ "embed"
	"html/template"
	"mime/quotedprintable"
	"sort"
	"strings"
)

//go:embed mail.html.tmpl
var mailTemplate string

// maxMail is how many bytes the two texts of a mail have at most, as they are sent. Mail programs cut what is longer.
const maxMail = 95_000

// maxSubject is how many letters a subject has.
const maxSubject = 150

// Mail is a report as a mail, which says the same twice: as text, and as HTML of tables with inline styles, without pictures. The
// page that HTML writes is to be attached to it.
type Mail struct {
	Subject string // One line.
	Text    string
	HTML    string
}

// Mail returns the report as a mail that no mail program cuts: it has as many rows and letters as there is room for.
func (r *Report) Mail() (Mail, error) {
	t, err := template.New("mail").Parse(mailTemplate)
	if err != nil {
		return Mail{}, err
	}
	product := cmp.Or(r.Product, "KPIs")
	m := Mail{Subject: clip(clip(product, maxTitle)+": "+r.Headline, maxSubject)}
	whole := r.shortened(r.whole())
	fits := func(to room) bool {
		if err == nil {
			short := whole.shortened(to)
			err = short.mail(t, &m)
		}
		return err != nil || encodedLength(m.Text)+encodedLength(m.HTML) <= maxMail
	}
	to := room{wide, 0, maxNames}
	for !fits(to) && to.letters > 1 {
		to.letters /= 2
	}
	to.rows = sort.Search(len(r.All), func(n int) bool { return !fits(room{to.letters, n + 1, to.names}) })
	fits(to)
	return m, err
}

// encodedLength returns how long a text is in a mail.
func encodedLength(text string) int {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // A builder takes everything.
	_ = w.Close()
	return b.Len()
}

// mailPage is what the template of the mail is filled with.
type mailPage struct {
	Report   *Report
	Title    string
	News     string
	Tiles    []mailTile
	Sections []mailSection
	Rows     []mailRow
	Left     string
	Duties   []duty
	Footer   string

	DecisionsTitle, NoDecisions, LeftDecisions string
	Decisions                                  []mailDecision
}

type mailTile struct {
	tile
	Colour string
}

type mailSection struct {
	section
	MoreText string
	Entries  []mailEntry
}

// mailEntry is an entry above the table.
type mailEntry struct {
	Entry                   *Entry
	Class, Colour           string
	Shape                   string
	Subject, Sentence, Note string
	Status                  string // In words, "" where the sentence says it.
	Trend                   string // As block letters.
}

// mailDecision is a decision whose effect is due.
type mailDecision struct {
	decidedGroup
	Entries []mailEntry
}

type mailRow struct {
	row
	Class, Colour string
}

// mailColours are the colours of statuses, by class. Those for the dark are in the template.
var mailColours = map[string]string{"off": "#b3261e", "risk": "#8a5a00", "on": "#1b6e3c", "unknown": "#56616d", "none": "#56616d"}

// mail writes the texts of a mail.
func (r *Report) mail(t *template.Template, m *Mail) error {
	p := mailPage{
		Report: r, Title: r.heading(), News: Capital(r.News), Left: r.leftText(), Duties: r.duties(), Footer: r.footer(),
		DecisionsTitle: decisionsTitle, NoDecisions: noDecisions, LeftDecisions: r.leftDecisionsText(),
	}
	for _, one := range r.tiles() {
		if one.Count > 0 {
			p.Tiles = append(p.Tiles, mailTile{one, mailColours[one.Class]})
		}
	}
	for _, s := range r.sections() {
		one := mailSection{section: s, MoreText: s.moreText()}
		for i := range s.Entries {
			entry := newMailEntry(&s.Entries[i])
			entry.Subject, entry.Sentence = entry.Entry.subject()
			entry.Status = entry.Entry.statusBeside(entry.Sentence)
			entry.Note = entry.Entry.note()
			one.Entries = append(one.Entries, entry)
		}
		p.Sections = append(p.Sections, one)
	}
	for _, g := range r.decisions() {
		one := mailDecision{decidedGroup: g}
		for i := range g.Effects {
			entry := newMailEntry(&g.Effects[i].Entry)
			entry.Subject, entry.Sentence = g.Effects[i].subject()
			entry.Status = entry.Entry.statusBeside(entry.Sentence)
			one.Entries = append(one.Entries, entry)
		}
		p.Decisions = append(p.Decisions, one)
	}
	for _, row := range r.rows() {
		p.Rows = append(p.Rows, mailRow{row, Class(row.Entry.Status), mailColours[Class(row.Entry.Status)]})
	}
	var text, html strings.Builder
	if err := r.writeText(&text, r.listText); err != nil {
		return err
	}
	if err := t.Execute(&html, p); err != nil {
		return err
	}
	m.Text, m.HTML = text.String(), html.String()
	return nil
}

// newMailEntry returns an entry without its words.
func newMailEntry(e *Entry) mailEntry {
	class := Class(e.Status)
	return mailEntry{Entry: e, Class: class, Colour: mailColours[class], Shape: Shape(e.Status), Trend: Sparkline(e.Past.Values)}
}
