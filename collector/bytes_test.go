package collector

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	statefile "github.com/kpi-exporter/kpi_exporter/internal/state"
)

// wide returns samples with a label value of 200 bytes each.
func wide(rows int) []Sample {
	samples := make([]Sample, rows)
	for i := range samples {
		samples[i] = Sample{Labels: []string{fmt.Sprintf("%0200d", i)}, Value: new(float64(i)), Numerator: new(float64(i)), More: &Details{Bounds: make([]BoundValue, 1)}}
	}
	return samples
}

// TestBytes compares what is counted with what the heap has more.
func TestBytes(t *testing.T) {
	const rows = 50_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	samples := wide(rows)
	runtime.GC()
	runtime.ReadMemStats(&after)
	got, want := float64(Bytes(samples)), float64(after.HeapAlloc-before.HeapAlloc)
	if math.Abs(got-want) > want/10 {
		t.Errorf("%.0f bytes are counted, and %.0f are there", got/rows, want/rows)
	}
	runtime.KeepAlive(samples)
}

// TestCachedBytes caches readings that take more than there is room for.
func TestCachedBytes(t *testing.T) {
	samples := wide(10_000)
	readings := map[readingKey]readout{{}: {samples: []fromDatabase{{samples: samples}}}}
	n := bytesOf(readings)
	if n < 10_000*200 {
		t.Fatalf("%d bytes of 10,000 rows with labels of 200 bytes", n)
	}
	c := readingCache{byFingerprint: map[string]cacheEntry{}}
	for round := range 2 {
		for i := range 10 {
			c.put(fmt.Sprint(i), cacheEntry{readings: readings, bytes: n})
		}
		if kept := len(c.byFingerprint); kept != maxCachedBytes/n || c.bytes != kept*n {
			t.Errorf("round %d: %d are cached, with %d bytes of %d", round, kept, c.bytes, kept*n)
		}
	}
	c.put("0", cacheEntry{bytes: maxCachedBytes + 1})
	if kept := len(c.byFingerprint); c.byFingerprint["0"].bytes != 0 || c.bytes != kept*n {
		t.Errorf("%d are cached, with %d bytes of %d, after one that is too large", kept, c.bytes, kept*n)
	}
}

// TestRememberedBytes remembers readings of the past that take more than there is room for. What the present is restored from always has room.
func TestRememberedBytes(t *testing.T) {
	reading := func(past bool) statefile.Reading {
		return statefile.Reading{Past: past, Read: time.Now(), Samples: savedSamples(wide(10_000))}
	}
	n := bytesOfReading(new(reading(true)))
	if n < 10_000*200 {
		t.Fatalf("%d bytes of 10,000 rows with labels of 200 bytes", n)
	}
	m := newMemory()
	for i := range 30 {
		m.put(readingKey{strings.Repeat("k", i), 0}, reading(true), false)
	}
	if kept := len(m.readings); kept != maxRemembered/n || m.bytes != kept*n {
		t.Errorf("%d are remembered, with %d bytes of %d", kept, m.bytes, kept*n)
	}
	m.put(readingKey{"present", 0}, reading(false), true)
	if _, there := m.readings[readingKey{"present", 0}]; !there {
		t.Error("the present is not restored")
	}
	for key := range m.readings {
		m.delete(key)
	}
	if m.bytes != 0 {
		t.Errorf("nothing takes %d bytes", m.bytes)
	}
}
