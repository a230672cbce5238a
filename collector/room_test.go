package collector

import (
	"runtime"
	"testing"
)

// TestMakeRoom collects garbage for large results only, and not where they are a small part of what is there.
func TestMakeRoom(t *testing.T) {
	forced := func() uint32 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.NumForcedGC
	}
	much := make([]byte, 128<<20) // Without a pointer, and never touched: it takes no memory.
	runtime.GC()
	for _, tc := range []struct {
		name string
		rows []int
		want uint32
	}{
		{"nothing is known", []int{0, 0}, 0},
		{"few rows", []int{10_000}, 0},
		{"many rows, but little beside what is there", []int{100_000}, 0},
		{"most of what is there", []int{500_000, 500_000}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			requests := make([]Request, len(tc.rows))
			for i, n := range tc.rows {
				requests[i].rows = n
			}
			before := forced()
			if makeRoom(requests); forced()-before != tc.want {
				t.Errorf("%d collections, want %d", forced()-before, tc.want)
			}
		})
	}
	runtime.KeepAlive(much)
}
