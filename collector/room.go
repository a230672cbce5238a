package collector

import (
	"runtime"
	"runtime/metrics"
)

const (
	bytesPerRow  = 200     // What a row takes until it is judged, about.
	largeResults = 4 << 20 // In bytes.
)

// makeRoom collects garbage before results that take at least a quarter of the memory in use, if they are large: else the heap would grow
// to twice what it has while both the old and the new results are there. It costs less than the results do, since what it has to
// look through is that little.
func makeRoom(requests []Request) {
	size := uint64(0)
	for i := range requests {
		size += uint64(requests[i].rows) * bytesPerRow //nolint:gosec // Counts are not negative.
	}
	if size < largeResults {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	if metrics.Read(live); size >= live[0].Value.Uint64()/4 {
		runtime.GC()
	}
}
