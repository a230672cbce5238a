package pages

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// A change says to which instant it leads where the value is newer, and is neither better nor worse where it could be chance.
func TestChanges(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	of := func(kind period.Kind, later time.Duration, chance *analysis.Interval) scoreboard.KPI {
		k := *b.KPI("speed")
		definition := *k.Surveyed.KPI
		definition.Period = period.Period{Kind: kind, Length: 7 * 24 * time.Hour}
		k.Surveyed.KPI, k.Why.KPI, k.LastYear.Delta = &definition, &definition, nil
		k.Now.Window.End, k.Why.Chance = k.Why.Window.End.Add(later), chance
		return k
	}
	toDate := func(to time.Time) scoreboard.KPI {
		k := of(period.ToDate, 0, nil)
		k.Surveyed.KPI.Period.Unit, k.Why.KPI.Period.Unit = period.Month, period.Month
		k.Why.Window = period.Window{Start: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), End: to}
		k.Why.Previous = period.Window{Start: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), End: to.AddDate(0, -1, 0)}
		k.Now.Window = k.Why.Window
		return k
	}
	ended, runs := toDate(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)), toDate(time.Date(2026, 5, 9, 0, 0, 0, 0, time.UTC))
	for name, test := range map[string]struct {
		kpi  scoreboard.KPI
		want string
	}{
		"live":     {of(period.Trailing, 9*time.Hour, nil), "↓ −19s better than the period before; to midnight"},
		"level":    {of(period.Instant, time.Hour, nil), "↓ −19s better than 27 Apr 2026; to midnight"},
		"midnight": {of(period.Trailing, 0, nil), "↓ −19s better than the period before"},
		"chance":   {of(period.Trailing, 0, &analysis.Interval{Low: -40, High: 2}), "↓ −19s against the period before, could be chance"},
		"ended":    {ended, "↓ −19s better than Apr 2026"},
		"runs":     {runs, "↓ −19s better than Apr 2026 by then"},
		"certain":  {of(period.Trailing, 0, &analysis.Interval{Low: -40, High: -2}), "↓ −19s better than the period before"},
	} {
		t.Run(name, func(t *testing.T) {
			list := kpi{&test.kpi}.changes()
			if len(list) != 1 {
				t.Fatalf("%d changes", len(list))
			}
			c := list[0]
			got := strings.Join(strings.Fields(c.Arrow+" "+c.Amount+" "+c.Word+" "+c.Against), " ")
			if slices.Contains(kpi{&test.kpi}.notes(), "Changes are up to the last midnight.") {
				got += "; to midnight"
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// The table of segments has a column of trends only if there are any.
func TestTrendColumn(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	for _, drawn := range []bool{true, false} {
		k := *b.KPI("teams")
		if !drawn {
			k.History.Points = nil
		} else {
			k = *b.KPI("revenue")
		}
		r, v := render(t, &scoreboard.Board{Config: b.Config, AsOf: b.AsOf, KPIs: []scoreboard.KPI{k}})
		if got := strings.Contains(pageOf(t, r, v, "/kpi/"+k.KPI.Name), ">Trend</th>"); got != drawn {
			t.Errorf("a column of trends: %t, want %t", got, drawn)
		}
	}
}

// A card of a state never says what it cannot know.
func TestDayOne(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	for i := range b.KPIs {
		k := &b.KPIs[i]
		k.Explained, k.Why, k.LastYear, k.Unusual, k.History.Points, k.Unread = false, insight.Explanation{}, insight.Explanation{}, nil, nil, scoreboard.NotRead
	}
	r, v := render(t, b)
	for _, address := range []string{"/", "/objectives", "/kpi/seats", "/kpi/revenue", "/kpi/teams"} {
		page := text(pageOf(t, r, v, address))
		for _, word := range []string{"better than", "worse than", "unchanged since", "rose", "fell", "as usual", "Unusual", "over 13", "in all"} {
			if strings.Contains(strings.ReplaceAll(page, "First of all", ""), word) {
				t.Errorf("%s says %q on day one: %s", address, word, page)
			}
		}
	}
	for _, want := range []string{"There are no earlier values yet.", "Not known yet: the earlier values have not been read."} {
		if page := text(pageOf(t, r, v, "/kpi/teams")); !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
}

// The page of a KPI says why there is no past, and why a change is not explained.
func TestNoPast(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	without := func(change func(k *scoreboard.KPI)) scoreboard.KPI {
		k := *b.KPI("seats")
		k.Explained, k.Why, k.LastYear, k.Unusual, k.History.Points, k.Unread = false, insight.Explanation{}, insight.Explanation{}, nil, nil, scoreboard.NotRead
		change(&k)
		return k
	}
	hidden := func(k *scoreboard.KPI) {
		s := collector.Sample{Suppressed: true, Status: status.Unknown, Reason: status.Withheld}
		k.Now.Samples = []collector.Sample{s}
		k.History.Points = []insight.Point{{Samples: k.Now.Samples, Withheld: true}}
	}
	for name, test := range map[string]struct {
		kpi  scoreboard.KPI
		want []string
	}{
		"off":      {without(func(k *scoreboard.KPI) { k.Drawn = 0 }), []string{"History The history is off (history: 0).", "Why it changed Not known: the history is off (history: 0)."}},
		"withheld": {without(hidden), []string{"History Earlier values are withheld.", "withheld week to 3 May 2026 ○ Unknown: withheld"}},
		"failed": {without(func(k *scoreboard.KPI) {
			k.State, k.Now.Samples, k.Now.Failure = scoreboard.Failing, nil, &collector.Failure{Reason: collector.ReasonTimeout}
		}), []string{"History No earlier values are known: the evaluation failed (the query took too long).", "Why it changed Not known: the evaluation failed (the query took too long)."}},
		"not kept":              {without(func(k *scoreboard.KPI) { k.State, k.Now.Samples = scoreboard.NotKept, nil }), []string{"Why it changed Not kept for this instant."}},
		"compared with nothing": {without(func(k *scoreboard.KPI) { k.Unread = "" }), []string{"Why it changed Not known: what it is compared with is not kept."}},
		"the same always":       {without(func(k *scoreboard.KPI) { k.Unread = scoreboard.NoPast }), []string{"History There are no earlier values: the query gives the same as of any instant.", "Why it changed Not known: the query gives the same as of any instant."}},
		"new":                   {without(func(*scoreboard.KPI) {}), []string{"History There are no earlier values yet.", "Why it changed Not known yet: the earlier values have not been read."}},
	} {
		t.Run(name, func(t *testing.T) {
			r, v := render(t, &scoreboard.Board{Config: b.Config, AsOf: b.AsOf, KPIs: []scoreboard.KPI{test.kpi}})
			page := text(pageOf(t, r, v, "/kpi/seats"))
			for _, want := range test.want {
				if !strings.Contains(page, want) {
					t.Errorf("no %q in\n%s", want, page)
				}
			}
		})
	}
}

// Above the cards stands what is off target, the furthest from its target first; if nothing is, what is at risk.
func TestMissed(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	r, v := render(t, b)
	for address, want := range map[string]string{
		"/":                      "■ Off target: Teams, Revenue, <script>alert(1)</script> \"' onmouseover=alert(2), Rate, Band",
		"/?q=seats":              "▲ At risk: Seats",
		"/?q=speed":              "",
		"/?status=off_target":    "",
		"/?owner=growth&q=teams": "■ Off target: Teams",
	} {
		got := ""
		if match := regexp.MustCompile(`<p class="missed.*?</p>`).FindString(pageOf(t, r, v, address)); match != "" {
			got = text(match)
		}
		if got = strings.ReplaceAll(got, " ,", ","); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	var many []*card
	for range 9 {
		many = append(many, v.cards[slices.IndexFunc(v.cards, func(c *card) bool { return c.KPI.Name == "band" })])
	}
	if list := mostMissed(many); len(list) != 1 || len(list[0].KPIs) != 7 || list[0].More != "2 more" {
		t.Errorf("of nine: %+v", list)
	}
}

// On a page of the past every link stays in the past; on a page of now, only one does not.
func TestAsOf(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	href := regexp.MustCompile(`(?:href|action)="(/[^"#]*)`)
	for _, past := range []bool{false, true} {
		b.Past = past
		r, v := render(t, b)
		addresses := []string{"/?owner=growth", "/?kiosk=1", "/objectives", "/kpi/revenue?by=plan", "/kpi/band?against=last_year", "/report"}
		for _, k := range v.KPIs {
			addresses = append(addresses, "/kpi/"+k.KPI.Name)
		}
		for _, address := range addresses {
			var page string
			if address == "/report" {
				page = reportOf(t, r, v)
			} else {
				page = pageOf(t, r, v, address)
			}
			with, without := 0, 0
			for _, match := range href.FindAllStringSubmatch(page, -1) {
				if slices.Contains([]string{"/metrics", "/-/healthy"}, match[1]) || !past && match[1] == "/api/v1/kpis" {
					continue
				}
				if strings.Contains(match[1], "as_of=2026-05-05T00%3A00%3A00Z") {
					with++
				} else {
					without++
				}
			}
			form := strings.Count(page, "<form") // Its action has no query: a field has it.
			if past && (without != 1+form || form > 0 && !strings.Contains(page, `name="as_of" value="2026-05-05T00:00:00Z"`)) || !past && with != 1 {
				t.Errorf("past %v, %s: %d links with as_of, %d without", past, address, with, without)
			}
		}
	}
}
