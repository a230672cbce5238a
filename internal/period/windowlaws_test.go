package period

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWindowsTile holds for every zone, calendar and instant: consecutive windows leave no gap and do not overlap.
func TestWindowsTile(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 200 {
				asOf := randomInstant(random, loc)
				c := Calendar{loc, time.Weekday(random.IntN(7)), time.Month(1 + random.IntN(12))}
				unit := Unit(random.IntN(5))
				checkLast(t, Period{Kind: Last, Unit: unit, N: 1}, asOf, c)
				checkLast(t, Period{Kind: Last, Unit: unit, N: 2 + random.IntN(40)}, asOf, c)
				checkToDate(t, Period{Kind: ToDate, Unit: unit}, asOf, c)
				checkTrailing(t, Period{Kind: Trailing, Months: 1 + random.IntN(30)}, asOf, c)
				checkTrailing(t, Period{Kind: Trailing, Length: time.Duration(1+random.IntN(1000)) * time.Hour}, asOf, c)
				if t.Failed() {
					t.Fatalf("as of %s, %+v", asOf, c)
				}
			}
		})
	}
}

func checkLast(t *testing.T, p Period, asOf time.Time, c Calendar) {
	t.Helper()
	w := p.Window(asOf, c)
	if !w.Start.Before(w.End) || w.End.After(asOf) {
		t.Errorf("%s: window %s", p, w)
	}
	if diff := cmp.Diff(w, p.Window(w.End, c)); diff != "" {
		t.Errorf("%s: window at its own end (-want +got):\n%s", p, diff)
	}
	before := p.Window(w.Start, c)
	if !before.End.Equal(w.Start) {
		t.Errorf("%s: window %s, before it %s", p, w, before)
	}
	if diff := cmp.Diff(before, p.Previous(asOf, c)); diff != "" {
		t.Errorf("%s: Previous (-want +got):\n%s", p, diff)
	}
	next, ok := p.NextClose(asOf, c)
	if !ok || !next.After(asOf) {
		t.Errorf("%s: NextClose %s, %v", p, next, ok)
	}
	if diff := cmp.Diff(w, p.Window(next.Add(-1), c)); diff != "" {
		t.Errorf("%s: window moved before NextClose %s (-want +got):\n%s", p, next, diff)
	}
	if w := p.Window(next, c); !w.End.Equal(next) {
		t.Errorf("%s: window at NextClose %s is %s", p, next, w)
	}
	if p.N == 1 {
		if after := p.Window(next, c); !after.Start.Equal(w.End) {
			t.Errorf("%s: window %s, after it %s", p, w, after)
		}
	}
	if judged := p.Judged(asOf, c); judged.Before(w.Start) || !judged.Before(w.End) {
		t.Errorf("%s: judged at %s, outside of %s", p, judged, w)
	}
}

func checkToDate(t *testing.T, p Period, asOf time.Time, c Calendar) {
	t.Helper()
	w, full := p.Window(asOf, c), p.Full(asOf, c)
	if !w.Start.Equal(full.Start) || !w.End.Equal(asOf) || asOf.Before(full.Start) || !asOf.Before(full.End) {
		t.Errorf("%s: window %s, full %s", p, w, full)
	}
	last := Period{Kind: Last, Unit: p.Unit, N: 1}.Window(asOf, c)
	if !last.End.Equal(full.Start) {
		t.Errorf("%s: running %s, last complete %s", p, full, last)
	}
	previous := p.Previous(asOf, c)
	if !previous.Start.Equal(last.Start) || previous.End.Before(previous.Start) || previous.End.After(last.End) {
		t.Errorf("%s: previous %s, outside of %s", p, previous, last)
	}
	if elapsed := p.Elapsed(asOf, c); elapsed < 0 || elapsed >= 1 {
		t.Errorf("%s: elapsed %v", p, elapsed)
	}
}

func checkTrailing(t *testing.T, p Period, asOf time.Time, c Calendar) {
	t.Helper()
	w, previous := p.Window(asOf, c), p.Previous(asOf, c)
	if !w.End.Equal(asOf) || !w.Start.Before(w.End) {
		t.Errorf("%s: window %s", p, w)
	}
	if !previous.End.Equal(w.Start) || !previous.Start.Before(previous.End) {
		t.Errorf("%s: window %s, previous %s", p, w, previous)
	}
}
