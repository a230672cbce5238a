package pages

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

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
