package pages

import (
	"cmp"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// wallPage is what the template of a scoreboard on a wall is filled with. Nobody scrolls a wall, so all of it fits on one screen: what
// is off target first and large, then what is at risk, and of the rest as much as there is room for.
type wallPage struct {
	Heading, Summary string
	Counts           []count
	Sections         []wallSection
}

// wallSection is the KPIs of one status.
type wallSection struct {
	Class, Shape, Word string
	Large              bool
	Tiles              []tile
	More               string // Those for which there is no room: "and 3 more: Revenue, …".

	rest   []*card // They.
	seen   int     // How many are seen.
	status status.Status
}

// tile is one KPI on a wall.
type tile struct {
	*card
	Of     string // The label set that the value is of, or that it is the last known.
	Figure figure
	Says   string // What the value needs, or why there is none.
	Drawn  template.HTML
}

// The room on a wall, in rem: style.css makes a screen 54 high, and these parts as high as this.
const (
	wallRoom    = 47.0 // Below the counts.
	wallHeading = 2.8
	wallLine    = 2.3 // The names of KPIs for which there is no room, on one line.
	restLine    = 1.4 // Each further line of them.
	largeRow    = 9.6
	smallRow    = 6.1
)

// lineLetters is how many letters a line of names has at least: a screen is 96 wide.
const lineLetters = 170

// How many tiles stand side by side.
const largeColumns, smallColumns = 4, 6

// urgency has the statuses as a wall shows them: what cannot be judged before what is well.
func urgency() []status.Status {
	return []status.Status{status.OffTarget, status.AtRisk, status.Unknown, status.OnTarget, status.NoTarget}
}

// newWall lays out the KPIs that a filter leaves.
func newWall(cards []*card) []wallSection {
	var sections []wallSection
	of := map[status.Status][]*card{}
	for _, c := range cards {
		of[c.Verdict.Status] = append(of[c.Verdict.Status], c)
	}
	// As large as everything that misses its target can be seen.
	for _, large := range [][]status.Status{urgency(), {status.OffTarget}, nil} {
		var allSeen bool
		if sections, allSeen = layOut(of, large); allSeen {
			break
		}
	}
	return sections
}

// layOut gives each status its rows, in the order of urgency, and reports whether all that is large or misses its target has a tile.
func layOut(of map[status.Status][]*card, large []status.Status) (sections []wallSection, allSeen bool) {
	room, allSeen := wallRoom, true
	for i, s := range urgency() {
		cards := of[s]
		if len(cards) == 0 {
			continue
		}
		left := room // Each status to come has a line.
		for _, later := range urgency()[i+1:] {
			if len(of[later]) > 0 {
				left -= wallLine
			}
		}
		one := wallSection{Class: report.Class(s), Shape: report.Shape(s), Word: report.Capital(s.Text()), Large: slices.Contains(large, s)}
		height, columns := smallRow, smallColumns
		if one.Large {
			height, columns = largeRow, largeColumns
		}
		rows := (len(cards) + columns - 1) / columns
		if wallHeading+float64(rows)*height > left {
			rows = max(0, int(math.Floor((left-wallHeading-wallLine)/height)))
			room -= wallLine
		}
		if rows > 0 {
			room -= wallHeading + float64(rows)*height
		}
		cards = mostUrgent(cards)
		seen := min(len(cards), rows*columns)
		for _, c := range cards[:seen] {
			one.Tiles = append(one.Tiles, newTile(c))
		}
		if rest := cards[seen:]; len(rest) > 0 {
			one.rest, one.seen, one.status = rest, seen, s
			allSeen = allSeen && !one.Large && !misses(s)
		}
		sections = append(sections, one)
	}
	lines := int(room / restLine) // Beyond the one that each of them has.
	for i := range sections {
		if one := &sections[i]; len(one.rest) > 0 {
			var used int
			one.More, used = newRest(one.rest, one.seen, one.status, 1+lines)
			lines -= used - 1
		}
	}
	return sections, allSeen
}

func misses(s status.Status) bool { return s == status.OffTarget || s == status.AtRisk }

// mostUrgent returns cards with the worst attainment first where they miss their target, else as they are.
func mostUrgent(cards []*card) []*card {
	attainment := func(c *card) float64 {
		if w := c.Verdict.Worst; w != nil && w.Details().Attainment != nil {
			return *w.Details().Attainment
		}
		return math.Inf(1)
	}
	if !misses(cards[0].Verdict.Status) {
		return cards
	}
	cards = slices.Clone(cards)
	slices.SortStableFunc(cards, func(a, b *card) int { return cmp.Compare(attainment(a), attainment(b)) })
	return cards
}

// newRest names the KPIs for which there is no room, with why they are not known if they are not, on so many lines. Those for which
// there is no room either are counted.
func newRest(cards []*card, seen int, s status.Status, lines int) (text string, used int) {
	names := make([]string, len(cards))
	for i, c := range cards {
		names[i] = c.Title
		if reason, ok := strings.CutPrefix(c.Status, report.Capital(s.Text())+": "); ok {
			names[i] += " (" + reason + ")"
		}
	}
	begin := strconv.Itoa(len(cards)) + " " + s.Text() + ": "
	if seen > 0 {
		begin = "and " + strconv.Itoa(len(cards)) + " more " + s.Text() + ": "
	}
	for named := len(names); ; named-- {
		if named == 0 {
			return strings.TrimSuffix(begin, ": "), 1
		}
		text = begin + strings.Join(names[:named], ", ")
		if others := len(names) - named; others > 0 {
			text += " and " + format.Count(others, "other")
		}
		if used = 1 + utf8.RuneCountInString(text)/lineLetters; used <= lines {
			return text, used
		}
	}
}

// newTile says the worst of a KPI: of several label sets, that is one of them.
func newTile(c *card) tile {
	t := tile{card: c, Figure: c.Value, Says: c.Needs, Drawn: c.Trend}
	if len(c.Rows) > 0 && (misses(c.Verdict.Status) || c.Value.Number == "") {
		t.Of, t.Figure, t.Says = c.Rows[0].Labels, figure{Number: c.Rows[0].Value}, c.Rows[0].Needs
		if w := c.Verdict.Worst; w != nil && w.Value != nil {
			t.Figure = newFigure(c.KPI, w)
		}
		if t.Of != c.TrendOf {
			t.Drawn = "" // It is of another label set, or of the total.
		}
	}
	t.Says = strings.TrimPrefix(t.Says, "needs ")
	if c.Value.Faded {
		t.Of = c.Whole
	}
	switch {
	case c.Verdict.Status == status.Unknown, c.unknownReason(&c.Verdict) != "":
		t.Says = c.Status
	case c.Value.Faded && t.Says == "":
		t.Says = status.DataLate.Text()
	}
	return t
}
