package scoreboard

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
)

// large is a KPI file of KPIs with rows of 250 bytes of labels, which are others in each period, and a small one at the end.
// Its max_series lets label values of that size onto the page.
func large(url string, kpis, rows int) string {
	var b strings.Builder
	for i := range kpis {
		_, _ = fmt.Fprintf(&b, "  k%d: {title: K, period: day, labels: [l], query: \"SELECT md5(g::text||:period_start)||repeat('x',220) AS l, g AS value FROM generate_series(1,%d) g WHERE :period_end IS NOT NULL\"}\n", i, rows)
	}
	b.WriteString("  small: {title: Small, period: day, query: \"SELECT 1 AS value WHERE :period_end IS NOT NULL\"}\n")
	return busy(url, fmt.Sprintf("max_series: %d", 10*kpis*rows), b.String())
}

// held returns how many bytes what the keeper has found takes, each sample once.
func held(k *Keeper) (bytes int) {
	seen := map[*collector.Sample]bool{}
	once := func(samples []collector.Sample) {
		if len(samples) > 0 && !seen[&samples[0]] {
			seen[&samples[0]] = true
			bytes += collector.Bytes(samples)
		}
	}
	for _, f := range k.findings.Load().byName {
		for i := range f.history.Points {
			once(f.history.Points[i].Samples)
		}
		bytes += f.why.Bytes() + f.lastYear.Bytes()
	}
	k.kept.mu.RLock()
	defer k.kept.mu.RUnlock()
	for _, e := range k.kept.entries {
		once(e.samples)
	}
	return bytes
}

// TestKeptBytes has KPIs whose past is much larger than there is room for: what is kept stays within the limit, the newest periods of large KPIs
// are kept while there is room, and those of a small one beyond it.
func TestKeptBytes(t *testing.T) {
	const kpis = 30
	_, k := serve(t, load(t, large(server.NewDatabase(t), kpis, 1000)))
	eventually(t, "all is read", k.whole)
	const limit = commonBytes + (kpis+1)*shareBytes
	if got := held(k); got > limit || got < commonBytes/2 {
		t.Errorf("%d bytes are kept, want at most %d", got, limit)
	}
	if got := k.kept.all(); got > limit || got < held(k) {
		t.Errorf("%d bytes are counted of %d, want at most %d", got, held(k), limit)
	}
	b := k.Board()
	none := 0
	for i := range b.KPIs {
		e := &b.KPIs[i]
		points := e.History.Points
		switch {
		case e.State != Current || len(e.Now.Samples) == 0:
			t.Errorf("%s: %s, with %d rows", e.Surveyed.KPI.Name, e.State, len(e.Now.Samples))
		case len(points) == 0:
			none++
			if why := e.HistoryReason(); why != NoneKept {
				t.Errorf("%s has no history: %q", e.Surveyed.KPI.Name, why)
			}
		case !points[len(points)-1].Window.End.Equal(e.Now.Window.End):
			t.Errorf("%s: the newest period that is kept ends at %v, want %v", e.Surveyed.KPI.Name, points[len(points)-1].Window.End, e.Now.Window.End)
		case len(points) == insight.MostHistory(e.Surveyed.KPI) && len(points[0].Samples) > 1:
			t.Errorf("%s has all of its history", e.Surveyed.KPI.Name)
		}
		if e.Why.Attributions == nil && e.Why.Reason != insight.NotKept && len(e.Surveyed.KPI.LabelNames()) > 0 {
			t.Errorf("%s: no explanation, %q", e.Surveyed.KPI.Name, e.Why.Reason)
		}
	}
	if small := b.KPI("small"); none == 0 || none == kpis || len(small.History.Points) < 13 {
		t.Errorf("%d of %d large KPIs have no history, and the small one has %d periods", none, kpis, len(small.History.Points))
	}
}

// TestRoom takes room for results of 100 bytes each, in this order; the fingerprint "old" is of results that were there before.
func TestRoom(t *testing.T) {
	for _, test := range []struct {
		name                string
		common, share, most int
		others              int    // Bytes of other groups.
		old                 string // Results of before, by their instants from 1 on; those that are used in upper case.
		takes               int    // How many are wanted,
		want                int    // and how many there is room for.
		left                string // What is left of old.
	}{
		{"enough for all", 1000, 0, 1000, 500, "", 5, 5, ""},
		{"others were first", 1000, 0, 1000, 900, "", 5, 1, ""},
		{"a share of its own", 1000, 300, 1000, 1000, "", 5, 3, ""},
		{"the most that it may have", 1000, 300, 400, 0, "", 5, 4, ""},
		{"the oldest gives way", 1000, 300, 1000, 1000, "abc", 2, 2, "c"},
		{"what is used does not give way", 1000, 300, 1000, 1000, "AbC", 2, 1, "AC"},
		{"nothing gives way where there is room", 1000, 0, 1000, 0, "abc", 5, 5, "abc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := newKept()
			r := &room{kept: k, common: test.common, share: test.share, most: test.most, old: map[key]bool{}, used: map[key]bool{}}
			k.put(key{fingerprint: "other"}, &entry{bytes: test.others})
			for i, c := range test.old {
				at := key{fingerprint: string(c), asOf: int64(i + 1)}
				r.old[at] = true
				r.used[at] = c < 'a'
				k.put(at, &entry{bytes: 100})
				r.has += 100
			}
			got := 0
			for i := range test.takes {
				if r.take(100) {
					k.put(key{fingerprint: "new", asOf: int64(100 + i)}, &entry{bytes: 100})
					got++
				}
			}
			left := ""
			for i, c := range test.old {
				if k.entries[key{fingerprint: string(c), asOf: int64(i + 1)}] != nil {
					left += string(c)
				}
			}
			if got != test.want || r.full != (got < test.takes) || left != test.left || r.has != 100*(got+len(left)) || k.all() != test.others+r.has {
				t.Errorf("room for %d, full %t, %q left, %d bytes of %d; want room for %d, %q left", got, r.full, left, r.has, k.all(), test.want, test.left)
			}
		})
	}
}

// BenchmarkKept measures what a kept period takes of the memory, and what is counted: of one value, and of a thousand rows.
func BenchmarkKept(b *testing.B) {
	for _, rows := range []int{1, 1000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			const periods = 20_000
			n := periods / rows
			labels := make([][]string, rows)
			for i := range labels {
				labels[i] = []string{fmt.Sprintf("segment %d", i)}
			}
			kpi := &config.KPI{Name: "k"}
			for b.Loop() {
				var before, after runtime.MemStats
				k := newKept()
				var like []collector.Sample
				runtime.GC()
				runtime.ReadMemStats(&before)
				points := make([]insight.Point, n)
				for i := range n {
					samples := make([]collector.Sample, rows)
					for j := range samples {
						samples[j] = collector.Sample{Labels: slices.Clone(labels[j]), Value: new(float64(j))}
					}
					e := newEntry(collector.Result{KPI: kpi, Samples: samples}, time.Time{}, like)
					like = e.samples
					k.put(key{asOf: int64(i)}, e)
					points[i].Samples = e.samples
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n*rows), "B/row")
				b.ReportMetric(float64(k.all())/float64(n*rows), "counted-B/row")
				runtime.KeepAlive(points)
			}
		})
	}
}
