package backfill

import (
	"context"
	"log/slog"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// longest is the longest block that Prometheus makes by itself.
const longest = 31 * 24 * time.Hour

// hourly is a series of another job with a sample an hour.
func hourly(name string, from, to time.Time) storage.Series {
	var list []chunks.Sample
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		list = append(list, hourSample(at.UnixMilli()))
	}
	return storage.NewListSeries(labels.FromStrings(model.MetricNameLabel, name, "job", "other"), list)
}

// hourSample is a sample whose value is its instant.
type hourSample int64

func (s hourSample) T() int64                    { return int64(s) }
func (s hourSample) ST() int64                   { return 0 }
func (s hourSample) F() float64                  { return float64(s) }
func (hourSample) H() *histogram.Histogram       { return nil }
func (hourSample) FH() *histogram.FloatHistogram { return nil }
func (hourSample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s hourSample) Copy() chunks.Sample         { return s }

// compacted lets the compaction of a Prometheus with long retention finish and returns the longest block then there is, and how many
// samples there are of all jobs.
func compacted(t *testing.T, dir string) (time.Duration, int) {
	t.Helper()
	options := tsdb.DefaultOptions()
	options.MinBlockDuration, options.MaxBlockDuration = (2 * time.Hour).Milliseconds(), longest.Milliseconds()
	options.RetentionDuration = (100 * 365 * 24 * time.Hour).Milliseconds()
	db, err := tsdb.Open(dir, slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for before := -1; before != len(db.Blocks()); { // Each round may make room for the next.
		before = len(db.Blocks())
		if err := db.Compact(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	var most time.Duration
	for _, b := range db.Blocks() {
		most = max(most, time.Duration(b.MaxTime()-b.MinTime())*time.Millisecond)
	}
	q, err := db.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	count := 0
	found := q.Select(t.Context(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, "job", ".+"))
	for found.Next() {
		points := found.At().Iterator(nil)
		for points.Next() != chunkenc.ValNone {
			count++
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return most, count
}

// TestBlocksStayShort writes half a year of history where a Prometheus already has blocks of another job, of the ranges that its own
// compaction leaves. Compaction merges both, loses nothing, and leaves no block longer than 31 days. Blocks of calendar months, which
// overlap those of the grid, are chained into a longer one: what the grid is for.
func TestBlocksStayShort(t *testing.T) {
	from, to := instant(t, "2026-01-01T00:00:00+01:00"), instant(t, "2026-06-20T00:00:00+02:00")
	foreign := func(t *testing.T, dir string) (samples int) {
		t.Helper()
		for _, hours := range []int64{162, 54} {
			size := time.Duration(hours) * time.Hour
			start := from.Truncate(time.Hour)
			if hours == 54 {
				start = to.Add(-20 * 24 * time.Hour)
			}
			for at := time.UnixMilli(start.UnixMilli() / size.Milliseconds() * size.Milliseconds()); at.Before(to); at = at.Add(size) {
				end := at.Add(size)
				if hours == 162 && end.After(to.Add(-20*24*time.Hour)) {
					break
				}
				if _, err := tsdb.CreateBlock([]storage.Series{hourly("load", at, end)}, dir, size.Milliseconds(), slog.New(slog.DiscardHandler)); err != nil {
					t.Fatal(err)
				}
				samples += int(hours)
			}
		}
		return samples
	}
	t.Run("on the grid", func(t *testing.T) {
		dir := t.TempDir()
		others := foreign(t, dir)
		j := job(t, load(t, days), from.Format(time.RFC3339), to.Format(time.RFC3339))
		report := writeBlocks(t, Blocks{Dir: dir}, j)
		before, err := filepath.Glob(filepath.Join(dir, "*", "meta.json"))
		if err != nil {
			t.Fatal(err)
		}
		most, samples := compacted(t, dir)
		after, err := filepath.Glob(filepath.Join(dir, "*", "meta.json"))
		if err != nil || len(after) >= len(before) {
			t.Errorf("nothing was compacted: %d blocks before, %d after (%v)", len(before), len(after), err)
		}
		if most > longest {
			t.Errorf("a block of %s", most)
		}
		if want := others + report.Samples; samples != want {
			t.Errorf("%d samples after compaction, want %d", samples, want)
		}
	})
	t.Run("calendar months", func(t *testing.T) {
		dir := t.TempDir()
		foreign(t, dir)
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(to); at = at.AddDate(0, 1, 0) {
			if _, err := tsdb.CreateBlock([]storage.Series{hourly("kpi_value", at, at.AddDate(0, 1, 0))}, dir, longest.Milliseconds(), slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
		}
		if most, _ := compacted(t, dir); most <= longest {
			t.Errorf("the longest block has %s: does the test still see what the grid prevents?", most)
		}
	})
}
