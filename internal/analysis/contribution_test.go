package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes segments as a test reads them: value amount (points of the previous total) unexpected.
func show(segments []Contribution) string {
	var all []string
	for _, s := range segments {
		text := fmt.Sprintf("%s %+.4g", s.Value, s.Amount)
		if s.Points != nil {
			text += fmt.Sprintf(" (%+.1f)", 100**s.Points)
		}
		if s.Unexpected != nil {
			text += fmt.Sprintf(" %+.4g", *s.Unexpected)
		}
		if s.New {
			text += " new"
		}
		if s.Gone {
			text += " gone"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestContribute(t *testing.T) {
	for name, test := range map[string]struct {
		parts          []Part
		segments       string
		alike, oneSign bool
	}{
		"A1": {
			[]Part{{"eu", new(600.0), new(570.0)}, {"us", new(300.0), new(210.0)}, {"asia", new(100.0), new(120.0)}},
			"us -90 (-9.0) -60, asia +20 (+2.0) +30, eu -30 (-3.0) +30", false, false,
		},
		"A2, all alike": {
			[]Part{{"eu", new(900.0), new(810.0)}, {"us", new(100.0), new(90.0)}},
			"eu -90 (-9.0) +0, us -10 (-1.0) +0", true, true,
		},
		"A3, from nothing": {[]Part{{"eu", new(0.0), new(50.0)}}, "eu +50", false, true},
		"new and gone": {
			[]Part{{"web", new(60.0), nil}, {"app", nil, new(30.0)}, {"api", new(40.0), new(40.0)}},
			"web -60 (-60.0) -42 gone, app +30 (+30.0) +30 new, api +0 (+0.0) +12", false, false,
		},
		"both signs before": {
			[]Part{{"profit", new(100.0), new(90.0)}, {"loss", new(-50.0), new(-70.0)}},
			"loss -20 (-40.0), profit -10 (-20.0)", false, true,
		},
		"a loss that grows": {
			[]Part{{"a", new(-60.0), new(-90.0)}, {"b", new(-40.0), new(-40.0)}},
			"a -30 (-30.0) -12, b +0 (+0.0) +12", false, true,
		},
		"the total did not change": {
			[]Part{{"a", new(10.0), new(20.0)}, {"b", new(20.0), new(10.0)}},
			"a +10 (+33.3) +10, b -10 (-33.3) -10", false, false,
		},
		"nothing changed":    {[]Part{{"a", new(10.0), new(10.0)}, {"b", new(20.0), new(20.0)}}, "a +0 (+0.0) +0, b +0 (+0.0) +0", false, true},
		"one segment":        {[]Part{{"a", new(10.0), new(20.0)}}, "a +10 (+100.0) +0", false, true},
		"decimals":           {[]Part{{"a", new(0.1), new(0.3)}, {"b", new(0.2), new(0.2)}}, "a +0.2 (+66.7) +0.1333, b +0 (+0.0) -0.1333", false, true},
		"ties come by value": {[]Part{{"b", new(10.0), new(20.0)}, {"a", new(10.0), new(20.0)}, {"c", new(20.0), new(0.0)}}, "c -20 (-50.0) -20, a +10 (+25.0) +10, b +10 (+25.0) +10", false, false},
		"no segments":        {nil, "", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := Contribute(test.parts)
			if diff := cmp.Diff(test.segments, show(got.Segments)); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
			if got.Alike != test.alike || got.OneSign != test.oneSign {
				t.Errorf("alike %v, one sign %v; want %v, %v", got.Alike, got.OneSign, test.alike, test.oneSign)
			}
		})
	}
}

// TestContributionsSum checks, over random parts in cents, that the amounts make the change of the total exactly, that
// order does not matter, and that swapping the periods flips every sign.
func TestContributionsSum(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	cents := func() *float64 {
		if random.IntN(8) == 0 {
			return nil
		}
		return new(float64(random.IntN(2_000_000)-1_000_000) / 100)
	}
	for range 500 {
		parts := make([]Part, 1+random.IntN(12))
		for i := range parts {
			parts[i] = Part{fmt.Sprintf("s%02d", i), cents(), cents()}
		}
		got := Contribute(parts)
		sum := 0
		for _, s := range got.Segments {
			sum += int(math.Round(100 * s.Amount))
		}
		if want := int(math.Round(100 * (got.To - got.From))); sum != want {
			t.Fatalf("%v: the amounts sum to %d cents, want %d", parts, sum, want)
		}
		shuffled, swapped := slices.Clone(parts), slices.Clone(parts)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(show(got.Segments), show(Contribute(shuffled).Segments)); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
		for i, p := range swapped {
			swapped[i].Before, swapped[i].After = p.After, p.Before
		}
		amounts := map[string]float64{}
		for _, s := range got.Segments {
			amounts[s.Value] = s.Amount
		}
		for _, s := range Contribute(swapped).Segments {
			if s.Amount != -amounts[s.Value] {
				t.Fatalf("%s: %v, swapped %v", s.Value, amounts[s.Value], s.Amount)
			}
		}
	}
}
