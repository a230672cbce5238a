package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"fmt"
	"html"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// asOf is a Tuesday.
var asOf = time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)

// writeKinds writes the file and its database, and returns the path of the file.
func writeKinds(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "rows.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE as_of AS SELECT ? AS at", asOf.Format(time.DateTime))
	for name, use := range map[string]func(content []byte){
		"rows.sql":   func(content []byte) { exec(string(content)) },
		"kinds.yaml": func(content []byte) { writeFile(t, filepath.Join(dir, "kpi.yaml"), content) },
	} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		use(content)
	}
	return filepath.Join(dir, "kpi.yaml")
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// boardOf evaluates the KPIs of a file as of an instant.
func boardOf(t testing.TB, path string, asOf time.Time) *scoreboard.Board {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	reader := insight.NewReader(cfg, e)
	survey := reader.Survey(context.Background(), cfg.KPIs, asOf, report.Before(asOf, period.Week, cfg.Calendar), nil)
	requests := make([]insight.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = insight.Request{KPI: k, AsOf: asOf, LastYear: true}
	}
	lastYear := reader.Explain(context.Background(), requests)
	b := &scoreboard.Board{Version: "1", Config: cfg, AsOf: asOf.In(cfg.Calendar.Location)}
	for i := range survey.KPIs {
		s := survey.KPIs[i]
		k := scoreboard.KPI{
			Surveyed: s, State: scoreboard.Current, Evaluated: asOf, Attempts: []collector.Attempt{{At: asOf, AsOf: asOf, Took: 4 * time.Millisecond, Samples: len(s.Now.Samples)}}, DataUntil: s.Now.DataUntil, LastYear: lastYear[i], Explained: true, Unusual: s.History.Unusual(),
		}
		if s.Now.Failure != nil {
			k.State, k.Evaluated = scoreboard.Failing, time.Time{}
		}
		for _, d := range s.KPI.Decisions {
			if from := d.From(cfg.Calendar.Location); !from.After(asOf) {
				k.Decisions = append(k.Decisions, scoreboard.Decided{Decision: d, Effects: s.History.After(from)})
			}
		}
		b.KPIs = append(b.KPIs, k)
	}
	return b
}

var (
	drawings = regexp.MustCompile(`(?s)<svg.*?</svg>|<style>.*?</style>|<script>.*?</script>|<details>.*?</details>`)
	tags     = regexp.MustCompile(`<[^>]*>`)
)

// text returns what a person reads of HTML, without its charts and what is folded away.
func text(page string) string {
	page = strings.ReplaceAll(drawings.ReplaceAllString(page, " "), "<", " <")
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, ""))), " ")
}

// render returns the renderer, and the view of a board.
func render(t testing.TB, b *scoreboard.Board) (*Renderer, *View) {
	t.Helper()
	r, err := NewRenderer("/metrics", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.NewView(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, v
}

func pageOf(t testing.TB, r *Renderer, v *View, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Page(v, u.Path, u.Query())
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return string(page)
}

// reportOf returns the page of the report of a board that is not kept.
func reportOf(t testing.TB, r *Renderer, v *View) string {
	t.Helper()
	s := insight.Survey{AsOf: v.AsOf, Before: report.Before(v.AsOf, period.Week, v.Config.Calendar)}
	for i := range v.KPIs {
		s.KPIs = append(s.KPIs, v.KPIs[i].Surveyed)
	}
	page, err := r.report(v, s, period.Week)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// Each state of a KPI reads right on its card.
func TestCards(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	stale := *b.KPI("seats")
	stale.State, stale.LastKnown = scoreboard.Stale, &collector.Result{KPI: stale.Now.KPI, Window: stale.Now.Window, Samples: stale.Now.Samples}
	stale.Now = stale.Now.Stale()
	failing := *b.KPI("seats")
	failing.State, failing.Now.Failure = scoreboard.Failing, &collector.Failure{Reason: collector.ReasonTimeout}
	fresh := *b.KPI("seats")
	fresh.State, fresh.Evaluated, fresh.Explained, fresh.Unusual, fresh.History.Points, fresh.Now.Samples = scoreboard.Waiting, time.Time{}, false, nil, nil, nil
	notKept := *b.KPI("seats")
	notKept.State, notKept.Now.Samples = scoreboard.NotKept, nil
	failedWithout, staleWithout, emptyWithout, notKeptWithout := withoutTarget(b)
	dayOne := *b.KPI("seats")
	dayOne.Explained, dayOne.Why, dayOne.LastYear, dayOne.Unusual, dayOne.History.Points = false, insight.Explanation{}, insight.Explanation{}, nil, nil
	for name, test := range map[string]struct {
		kpi  *scoreboard.KPI
		want string
	}{
		"off target":                {b.KPI("seats"), "Seats growth 84 week to 3 May 2026 ▲ At risk needs ≥ 120, 36 short ↓ −19 worse than 26 Apr 2026 8 Feb 2026 3 May 2026 Unusual: usually 87.17 to 121.8."},
		"on target":                 {b.KPI("level"), "First of all growth 5 week to 3 May 2026 ● On target needs ≥ 5 → unchanged since 26 Apr 2026 → unchanged since 4 May 2025 8 Feb 2026 3 May 2026"},
		"with a total":              {b.KPI("revenue"), "Revenue growth 210 EUR in all, week to 3 May 2026 ■ Off target basic 42 EUR ■ off target pro 168 EUR ● on target ↓ −18.4% worse than 26 Apr 2026 8 Feb 2026 3 May 2026 Unusual: usually 217.9 EUR to 304.6 EUR."},
		"no target":                 {b.KPI("speed"), "Speed growth 1m24s week to 3 May 2026 – No target ↓ −19s better than 26 Apr 2026"},
		"between":                   {b.KPI("band"), "Band growth 84 week to 3 May 2026 ■ Off target needs 90 to 100, 6 short ↓ −19 worse than 26 Apr 2026"},
		"chance":                    {b.KPI("rate"), "Rate growth 3.5% week to 3 May 2026 ■ Off target needs ≤ 3%, 0.5 pp over → unchanged since 26 Apr 2026 → unchanged since 4 May 2025 8 Feb 2026 3 May 2026 Could be chance: the underlying rate is between 1.71% and 7.05%; 1 fewer would meet it."},
		"failed":                    {b.KPI("failed"), "Failed growth ○ Unknown: the evaluation failed (a value is not a number) Last attempt: 5 May 2026, 00:00."},
		"waiting":                   {b.KPI("waiting"), "Waiting growth 84 week to 3 May 2026 ○ Unknown: waits for data needs ≥ 1 1 Feb 2026 26 Apr 2026 Waits for data: it reaches to 29 Apr 2026, 00:00."},
		"small sample":              {b.KPI("small"), "Small growth 75% week to 3 May 2026 ○ Unknown: small sample needs ≥ 50%"},
		"withheld part":             {b.KPI("patients"), "Patients growth week to 3 May 2026 ● On target basic 9 ● on target pro withheld (fewer than 5) ○ unknown"},
		"withheld":                  {b.KPI("few"), "Few growth withheld (fewer than 5) week to 3 May 2026 ○ Unknown: small sample needs ≥ 1"},
		"empty":                     {b.KPI("empty"), "Empty growth ○ Unknown: no value"},
		"running":                   {b.KPI("month"), "Running month growth"},
		"many label sets":           {b.KPI("teams"), "Teams growth week to 3 May 2026 ■ Off target a 1 ■ off target bb 2 ■ off target ccc 3 ● on target dddd 4 ● on target eeeee 5 ● on target 2 more label sets"},
		"stale":                     {&stale, "Seats growth 84 last known, week to 3 May 2026 ○ Unknown: the last value is too old"},
		"failing":                   {&failing, "Seats growth 84 week to 3 May 2026 ▲ At risk needs ≥ 120, 36 short ↓ −19 worse than 26 Apr 2026 8 Feb 2026 3 May 2026 The latest evaluation failed (the query took too long); this is of 5 May 2026, 00:00. Unusual: usually 87.17 to 121.8."},
		"not evaluated":             {&fresh, "Seats growth ○ Unknown: not evaluated yet"},
		"not kept":                  {&notKept, "Seats growth ○ Unknown: not kept for this instant"},
		"failed without a target":   {&failedWithout, "Speed growth 1m24s last known, week to 3 May 2026 ○ Unknown: the evaluation failed (the query took too long)"},
		"stale without a target":    {&staleWithout, "Speed growth 1m24s last known, week to 3 May 2026 ○ Unknown: the last value is too old"},
		"no value without a target": {&emptyWithout, "Speed growth 1m24s last known, week to 3 May 2026 – No target: no value"},
		"not kept without a target": {&notKeptWithout, "Speed growth ○ Unknown: not kept for this instant"},
		"day one":                   {&dayOne, "Seats growth 84 week to 3 May 2026 ▲ At risk needs ≥ 120, 36 short"},
	} {
		t.Run(name, func(t *testing.T) {
			r, v := render(t, &scoreboard.Board{Config: b.Config, AsOf: b.AsOf, KPIs: []scoreboard.KPI{*test.kpi}})
			if got := text(string(v.html[v.cards[0]])); !strings.HasPrefix(got, test.want) {
				t.Errorf("the card says\n%s\nwant\n%s", got, test.want)
			}
			pageOf(t, r, v, "/kpi/"+test.kpi.KPI.Name)
		})
	}
}

// withoutTarget returns a KPI without a target whose evaluation fails, whose values went stale, which has none, and of which none is kept.
func withoutTarget(b *scoreboard.Board) (failed, stale, empty, notKept scoreboard.KPI) {
	of := func(state scoreboard.State, reason collector.FailureReason, samples []collector.Sample) scoreboard.KPI {
		k := *b.KPI("speed")
		last := k.Now
		k.State, k.LastKnown, k.Now.Samples = state, &last, samples
		if reason != "" {
			k.Now.Failure = &collector.Failure{Reason: reason}
		}
		return k
	}
	return of(scoreboard.Failing, collector.ReasonTimeout, nil),
		of(scoreboard.Stale, "", []collector.Sample{{Status: status.Unknown, Reason: status.Stale}}),
		of(scoreboard.Current, "", []collector.Sample{{Status: status.NoTarget}}),
		of(scoreboard.NotKept, scoreboard.ReasonNotKept, nil)
}

// A tile of a wall says in words what is wrong with a KPI, also without a target.
func TestTiles(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	failed, stale, empty, notKept := withoutTarget(b)
	never := failed
	never.LastKnown = nil
	for name, test := range map[string]struct {
		kpi  scoreboard.KPI
		want string
	}{
		"failed":         {failed, "Unknown: 1m24s (last known) Unknown: the evaluation failed (the query took too long)"},
		"never measured": {never, "Unknown:  () Unknown: the evaluation failed (the query took too long)"},
		"stale":          {stale, "Unknown: 1m24s (last known) Unknown: the last value is too old"},
		"no value":       {empty, "No target: 1m24s (last known) No target: no value"},
		"not kept":       {notKept, "Unknown:  () Unknown: not kept for this instant"},
		"off target":     {*b.KPI("band"), "Off target: 84 () 90 to 100, 6 short"},
		"waits":          {*b.KPI("waiting"), "Unknown: 84 () Unknown: waits for data"},
		"no target":      {*b.KPI("speed"), "No target: 1m24s () "},
	} {
		t.Run(name, func(t *testing.T) {
			_, v := render(t, &scoreboard.Board{Config: b.Config, AsOf: b.AsOf, KPIs: []scoreboard.KPI{test.kpi}})
			wall := newWall(v.cards)
			tile := &wall[0].Tiles[0]
			if got := wall[0].Word + ": " + tile.Figure.Number + " (" + tile.Of + ") " + tile.Says; strings.ReplaceAll(got, "\u00a0", " ") != test.want {
				t.Errorf("the tile says %q, want %q", got, test.want)
			}
		})
	}
}

// Decisions stand on the page of their KPIs, the newest first, with what followed them; planned ones do not.
func TestDecisions(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	page := pageOf(t, r, v, "/kpi/seats")
	want := "Decisions In the chart: 2 27 Apr 2026 <b>Packs</b> are larger Nothing can be compared yet, because values are missing. " +
		"In the chart: 1 2 Mar 2026 Seats are sold in packs growth 4 weeks after: 103 on average, 8 weeks before: 100.9 (+2.125). Not enough history to tell: there are 0"
	if got := text(page); !strings.Contains(got, want) {
		t.Errorf("the page says\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(page, "Planned") || !strings.Contains(page, `<a href="https://example.org/decisions/1" rel="noreferrer">`) {
		t.Error("a planned decision is there, or a link is not")
	}
	if strings.Contains(pageOf(t, r, v, "/kpi/rate"), "Decisions") {
		t.Error("decisions about other KPIs are there")
	}
}

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

// Nothing that a user wrote, or that a database holds, becomes an element, and nothing has a style or a script of its own.
func TestEscaping(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	values := regexp.MustCompile(`="[^"]*"`)
	active := regexp.MustCompile(`<(script>alert|img|link|iframe|object|[^>]*[ "'](on[a-z]+|style)=)[^>]*>`)
	for _, address := range []string{"/", "/?kiosk=1", `/?q="><script>alert(7)</script>&owner="><img+src=x>`, "/objectives", "/kpi/hostile", "/?q=%1b[31m%E2%80%AEx"} {
		page := pageOf(t, r, v, address)
		if strings.ContainsAny(page, "\x1b\u202e") {
			t.Errorf("%s has a raw control sequence or mark of direction", address)
		}
		if found := active.FindString(values.ReplaceAllString(page, `=""`)); found != "" {
			t.Errorf("%s has %s", address, found)
		}
		if strings.Count(page, "<style>") != 1 || strings.Count(page, "<script>") != 1 {
			t.Errorf("%s has %d styles and %d scripts", address, strings.Count(page, "<style>"), strings.Count(page, "<script>"))
		}
	}
	if page := pageOf(t, r, v, "/kpi/hostile"); !strings.Contains(page, "&lt;/pre&gt;&lt;script&gt;alert(6)&lt;/script&gt;") {
		t.Error("the hostile SQL is not there")
	}
}

// The pages claim no cause.
func TestNoCause(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	cause := regexp.MustCompile(`(?i)\b(caused?|causes|led to|leads to|impact(ed|s)?)\b`)
	addresses := []string{"/", "/objectives"}
	for _, k := range v.KPIs {
		addresses = append(addresses, "/kpi/"+k.KPI.Name)
	}
	for _, address := range addresses {
		page := strings.ReplaceAll(text(pageOf(t, r, v, address)), "not proof of cause", "")
		if word := cause.FindString(page); word != "" {
			t.Errorf("%s says %q", address, word)
		}
	}
}

// A filter leaves what it says, the counts are of what the rest of it leaves, and level company stands first.
func TestFilters(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	r, v := render(t, b)
	heading := regexp.MustCompile(`<h3[^>]*><a href="([^"]*)">`)
	for address, want := range map[string]string{
		"/":                          "level seats revenue speed band rate failed waiting small patients few empty month teams hostile",
		"/?level=company":            "level",
		"/?q=WEEK":                   "",
		"/?q=run+MON":                "month",
		"/?status=no_target":         "speed",
		"/?status=on_target&q=first": "level",
		"/?objective=none":           "hostile",
		"/?owner=growth&q=teams":     "teams",
		"/?category=financial":       "",
	} {
		var names []string
		for _, match := range heading.FindAllStringSubmatch(pageOf(t, r, v, address), -1) {
			names = append(names, strings.TrimPrefix(match[1], "/kpi/"))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s\nwant %s", address, got, want)
		}
	}
	page := pageOf(t, r, v, "/?q=first&status=no_target")
	for _, want := range []string{`href="/?q=first&amp;status=on_target"><span class="count">1</span>`, `href="/?q=first" aria-current="true"><span class="count">0</span>`, "No KPI matches the filter: 0 of 15 KPIs."} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
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

// TestScreenshotsAreCurrent fails while the docs show pages that look otherwise now.
func TestScreenshotsAreCurrent(t *testing.T) {
	drawn, err := os.ReadFile("testdata/screenshots.sum")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(drawn)) != Look() {
		t.Error("the pictures of the scoreboard are of an older one: run make screenshots")
	}
}

// A new board makes new cards of what is new, and only of that.
func TestCardsAreKept(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	r, first := render(t, b)
	next := *b
	next.KPIs = slices.Clone(b.KPIs)
	change := map[string]func(k *scoreboard.KPI){
		"seats": func(k *scoreboard.KPI) { k.Evaluated = k.Evaluated.Add(time.Second) },
		"revenue": func(k *scoreboard.KPI) {
			k.State, k.Now.Failure = scoreboard.Failing, &collector.Failure{Reason: collector.ReasonTimeout}
		},
		"band": func(k *scoreboard.KPI) { k.History.Points = slices.Clone(k.History.Points) },
		"speed": func(k *scoreboard.KPI) {
			k.Explained, k.Why, k.LastYear = false, insight.Explanation{}, insight.Explanation{}
		},
		"month": func(k *scoreboard.KPI) { k.Now.Samples = nil },
	}
	for name, f := range change {
		f(next.KPI(name))
	}
	second, err := r.NewView(&next, first)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range second.cards {
		if kept := c == first.cards[i]; kept != (change[c.KPI.Name] == nil) {
			t.Errorf("%s: kept %v", c.KPI.Name, kept)
		}
	}
}

// manyKPIs returns a board of 200 KPIs with 13 periods each.
func manyKPIs(t testing.TB) *scoreboard.Board {
	t.Helper()
	board := boardOf(t, writeKinds(t), asOf)
	many := &scoreboard.Board{Version: "1", Config: board.Config, AsOf: board.AsOf}
	for i := range 200 {
		k := *board.KPI("seats")
		definition := *k.Surveyed.KPI
		definition.Name, definition.Title = fmt.Sprintf("kpi_%d", i), fmt.Sprintf("KPI of the number %d", i)
		k.Surveyed.KPI = &definition
		k.Now.Samples = slices.Clone(k.Now.Samples)
		k.Now.Samples[0].Value = new(*k.Now.Samples[0].Value + float64(i))
		k.History.Points = slices.Clone(k.History.Points)
		for at := range k.History.Points {
			p := &k.History.Points[at]
			if len(p.Samples) == 0 {
				continue
			}
			p.Samples = slices.Clone(p.Samples)
			p.Samples[0].Value = new(*p.Samples[0].Value + float64((7919*i+104729*at)%10_007)/100)
		}
		many.KPIs = append(many.KPIs, k)
	}
	return many
}

// A board of 200 KPIs is at most 150 KB on its way.
func TestPageIsSmall(t *testing.T) {
	r, v := render(t, manyKPIs(t))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	page := pageOf(t, r, v, "/")
	if _, err := io.WriteString(w, page); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(page, "<article"); got != 200 {
		t.Errorf("%d cards", got)
	}
	if got := strings.Count(page, "<th scope=row>"); got != 200*13 {
		t.Errorf("%d periods", got)
	}
	t.Logf("%d bytes, %d packed", len(page), packed.Len())
	if packed.Len() > 150_000 {
		t.Errorf("the page has %d bytes", packed.Len())
	}
}

// BenchmarkScoreboard measures the page of 200 KPIs with 13 periods: "new" when all of them are new, as after the start; "one" when one
// of them is, as after an evaluation; "ready" when the view is there, as for another filter.
func BenchmarkScoreboard(b *testing.B) {
	many := manyKPIs(b)
	r, first := render(b, many)
	page := func(v *View) {
		if _, err := r.Page(v, "/", nil); err != nil {
			b.Fatal(err)
		}
	}
	view := func(board *scoreboard.Board, last *View) *View {
		v, err := r.NewView(board, last)
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			page(view(many, nil))
		}
	})
	b.Run("one", func(b *testing.B) {
		last, next := first, *many
		for b.Loop() {
			next.KPIs = slices.Clone(next.KPIs)
			next.KPIs[7].Evaluated = next.KPIs[7].Evaluated.Add(time.Second)
			board := next
			last = view(&board, last)
			page(last)
		}
	})
	b.Run("ready", func(b *testing.B) {
		for b.Loop() {
			page(first)
		}
	})
}
