package lint

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSimilarPairs compares the pairs with those of a comparison of each name with each, for random names of which many are similar.
func TestSimilarPairs(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		names := randomNames(r, 120)
		var want []pair
		for i, later := range names {
			for j, earlier := range names[:i] {
				if sameWords(later) == sameWords(earlier) || oneSlip(later, earlier) {
					want = append(want, pair{i, j})
				}
			}
		}
		if len(want) == 0 {
			t.Errorf("seed %d: none is similar", seed)
		}
		if diff := cmp.Diff(want, similarPairs(names), cmp.AllowUnexported(pair{})); diff != "" {
			t.Fatalf("seed %d: %q (-each with each +found):\n%s", seed, names, diff)
		}
	}
}

// randomNames returns names of few characters, half of them with a change of one or two characters of another, in any order.
func randomNames(r *rand.Rand, n int) []string {
	const characters = "ab12s_"
	seen := map[string]bool{}
	var names []string
	add := func(name []byte) {
		if text := string(name); text != "" && !seen[text] {
			seen[text] = true
			names = append(names, text)
		}
	}
	letter := func() byte { return characters[r.IntN(len(characters))] }
	for len(names) < n {
		name := make([]byte, 5+r.IntN(8))
		for i := range name {
			name[i] = letter()
		}
		add(name)
		for range 1 + r.IntN(2) {
			switch at := r.IntN(len(name) - 1); r.IntN(4) {
			case 0:
				name = slices.Insert(slices.Clone(name), at, letter())
			case 1:
				name = slices.Delete(slices.Clone(name), at, at+1)
			case 2:
				name[at], name[at+1] = name[at+1], name[at]
			case 3:
				name[at] = letter()
			}
			add(name)
		}
	}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

// BenchmarkSimilarPairs shows what ten times the names cost.
func BenchmarkSimilarPairs(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("orders_of_shop_%d_in_region_%d", i, i%7)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				similarPairs(names)
			}
		})
	}
}
