package pages

import (
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

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
