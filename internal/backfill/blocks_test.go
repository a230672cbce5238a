package backfill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// stored returns all samples of the blocks in a folder, by series, and the ranges of the blocks.
func stored(t *testing.T, dir string) (samples map[string]map[int64]float64, ranges []string) {
	t.Helper()
	samples = map[string]map[int64]float64{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		block, err := tsdb.OpenBlock(nil, filepath.Join(dir, entry.Name()), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		q, err := tsdb.NewBlockQuerier(block, math.MinInt64, math.MaxInt64)
		if err != nil {
			t.Fatal(err)
		}
		found := q.Select(t.Context(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, "kpi", ".+"))
		for found.Next() {
			name := found.At().Labels().String()
			if samples[name] == nil {
				samples[name] = map[int64]float64{}
			}
			points := found.At().Iterator(nil)
			for points.Next() != chunkenc.ValNone {
				ms, v := points.At()
				samples[name][ms] = v
			}
		}
		meta := block.Meta()
		ranges = append(ranges, fmt.Sprintf("%d hours in cell %d", (meta.MaxTime-meta.MinTime+3_599_999)/3_600_000, meta.MinTime/blockRange.Milliseconds()))
		if err := errors.Join(found.Err(), q.Close(), block.Close()); err != nil {
			t.Fatal(err)
		}
		if meta.MinTime/blockRange.Milliseconds() != (meta.MaxTime-1)/blockRange.Milliseconds() {
			t.Errorf("a block goes from %d to %d, over the grid", meta.MinTime, meta.MaxTime)
		}
	}
	return samples, ranges
}

func writeBlocks(t *testing.T, b Blocks, j Job) Report {
	t.Helper()
	report, err := b.Write(context.Background(), evaluator(t, j.Config), j)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestBlocksResume has a load that is missing in the middle: the run that resumes later leaves what a single run leaves, the
// names that look back among it.
func TestBlocksResume(t *testing.T) {
	const from, to = "2026-01-01T00:00:00+01:00", "2026-03-20T00:00:00+01:00"
	const broken = "SELECT CASE WHEN :period_end < (SELECT until FROM known) THEN julianday(:period_end) % 10 ELSE 'x' END AS value"
	const kpis = "  days: {title: Days, period: day, query: \"" + broken + "\", target: {at_least: 4}}\n"
	known := "CREATE TABLE known AS SELECT '2026-02-25' AS until"
	whole := job(t, load(t, kpis, "CREATE TABLE known AS SELECT '2027' AS until"), from, to)
	want := t.TempDir()
	writeBlocks(t, Blocks{Dir: want}, whole)

	cfg := load(t, kpis, known)
	j, dir := job(t, cfg, from, to), t.TempDir()
	report := writeBlocks(t, Blocks{Dir: dir}, j)
	if report.Failed == 0 {
		t.Fatal("nothing failed")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || entries[0].Name() != "kpi_exporter.partial" {
		t.Errorf("blocks got to their place although steps failed: %v %v", entries, err)
	}
	db, err := sql.Open("sqlite", filepath.Join(filepath.Dir(cfg.Files[0]), "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "UPDATE known SET until = '2027'")
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	report = writeBlocks(t, Blocks{Dir: dir}, j)
	if report.Failed > 0 || report.Earlier == 0 {
		t.Errorf("the second run: %+v", report)
	}
	wantSamples, wantRanges := stored(t, want)
	gotSamples, gotRanges := stored(t, dir)
	if diff := cmp.Diff(wantSamples, gotSamples); diff != "" {
		t.Errorf("(-at once +resumed)\n%.2000s", diff)
	}
	if diff := cmp.Diff(wantRanges, gotRanges); diff != "" || len(gotRanges) < 4 {
		t.Errorf("blocks (-at once +resumed)\n%s", diff)
	}
	for _, name := range []string{`{__name__="kpi:value:delta7d", job="kpi", kpi="days"}`, `{__name__="kpi:on_target:ratio28d", job="kpi", kpi="days"}`} {
		if len(gotSamples[name]) == 0 {
			t.Errorf("no samples of %s", name)
		}
	}
}

// TestBlocksKilledWhileMoved has a run end after some of its blocks are at their place: the next one moves the others.
func TestBlocksKilledWhileMoved(t *testing.T) {
	j, dir := job(t, load(t, days), "2026-01-01T00:00:00+01:00", "2026-03-20T00:00:00+01:00"), t.TempDir()
	b := Blocks{Dir: dir}
	ctx := t.Context()
	at := j
	at.Now = at.Now.Add(-untouched)
	state, err := b.state(at.fingerprint(), at.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.begin(state); err != nil {
		t.Fatal(err)
	}
	out := newBlockSink(ctx, b.partial(), state, true)
	at.retries = defaultRetries()
	if _, err := at.write(ctx, evaluator(t, j.Config), out, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := out.finish(); err != nil {
		t.Fatal(err)
	}
	for _, name := range out.state.Blocks[:2] { // And here it is killed.
		if err := os.Rename(filepath.Join(b.partial(), name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}

	writeBlocks(t, b, j)
	want := t.TempDir()
	writeBlocks(t, Blocks{Dir: want}, j)
	wantSamples, wantRanges := stored(t, want)
	gotSamples, gotRanges := stored(t, dir)
	if diff := cmp.Diff(wantSamples, gotSamples); diff != "" {
		t.Errorf("(-at once +killed)\n%.2000s", diff)
	}
	if diff := cmp.Diff(wantRanges, gotRanges); diff != "" || len(gotRanges) < 4 {
		t.Errorf("blocks (-at once +killed)\n%s", diff)
	}
}

// TestBlocksAsFile holds blocks against the file of the same job.
func TestBlocksAsFile(t *testing.T) {
	cfg := load(t, days)
	j, dir := job(t, cfg, "2026-01-01T00:00:00+01:00", "2026-02-20T06:00:00+01:00"), t.TempDir()
	writeBlocks(t, Blocks{Dir: dir}, j)
	samples, _ := stored(t, dir)
	count := 0
	for name, all := range samples {
		if !strings.Contains(name, "7d") && !strings.Contains(name, "28d") {
			count += len(all)
		}
	}
	inFile := 0
	for line := range strings.Lines(written(t, j)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		inFile++
	}
	if count != inFile {
		t.Errorf("%d samples in blocks, %d in the file", count, inFile)
	}
}

// TestBlocksLeaveTheNewest leaves out what Prometheus holds in its head.
func TestBlocksLeaveTheNewest(t *testing.T) {
	j, dir := job(t, load(t, days), "2026-01-01T00:00:00+01:00", "2026-01-20T00:00:00+01:00"), t.TempDir()
	j.Now = instant(t, "2026-01-10T12:00:00+01:00")
	writeBlocks(t, Blocks{Dir: dir}, j)
	samples, _ := stored(t, dir)
	newest := int64(0)
	for _, all := range samples {
		for ms := range all {
			newest = max(newest, ms)
		}
	}
	if got := time.UnixMilli(newest).UTC().Format(time.RFC3339); got != "2026-01-10T08:00:00Z" {
		t.Errorf("the newest sample is of %s, want three hours before now", got)
	}
}

func TestBlocksOverlap(t *testing.T) {
	cfg := load(t, days+"  other: {title: Other, period: day, query: \"SELECT 1 AS value\"}\n")
	dir := t.TempDir()
	j := job(t, cfg, "2026-01-01T00:00:00+01:00", "2026-01-20T00:00:00+01:00")
	first := j
	first.Ranges = j.Ranges[:1]
	writeBlocks(t, Blocks{Dir: dir}, first)
	writeBlocks(t, Blocks{Dir: dir}, Job{Config: cfg, Ranges: j.Ranges[1:], Now: j.Now, Labels: j.Labels}) // Another KPI.
	_, err := Blocks{Dir: dir}.Write(t.Context(), evaluator(t, cfg), j)
	if err == nil || !strings.Contains(err.Error(), "already has samples of days between 2025-12-31T23:00:00Z and ") {
		t.Errorf("no refusal: %v", err)
	}
	later := job(t, cfg, "2026-02-01T00:00:00+01:00", "2026-02-02T00:00:00+01:00")
	writeBlocks(t, Blocks{Dir: dir}, later)
	writeBlocks(t, Blocks{Dir: dir, Force: true}, j)
}

// TestBlocksOfAnotherUser writes as a user to whom the folder does not belong: that is said before anything is evaluated.
func TestBlocksOfAnotherUser(t *testing.T) {
	j := job(t, load(t, days), "2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00")
	evaluated := false
	j.Progress = func(Report) { evaluated = true }
	e, dir, user := evaluator(t, j.Config), "/", os.Geteuid() // The root folder is nobody's but root's.
	write := func() error {
		_, err := Blocks{Dir: dir}.Write(t.Context(), e, j)
		return err
	}
	var err error
	if user == 0 {
		const nobody = 65534
		dir, user = t.TempDir(), nobody
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // The folder of all temporary folders of the test.
			t.Fatal(err)
		}
		err = as(nobody, write)
	} else {
		err = write()
	}
	if want := fmt.Sprintf("%s belongs to user 0: run as that user (now %d)", dir, user); err == nil || !strings.Contains(err.Error(), want) || evaluated {
		t.Errorf("%v (evaluated: %t), want %q", err, evaluated, want)
	}
}

// as has root do something as another user.
func as(user uintptr, do func() error) error {
	errs := make(chan error)
	go func() { // A thread that has another user is not given to others: it ends with its goroutine.
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), user, ^uintptr(0)); errno != 0 {
			errs <- errno
			return
		}
		errs <- do()
	}()
	return <-errs
}

func TestBlocksFolder(t *testing.T) {
	j := job(t, load(t, days), "2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{file: "is not a folder", filepath.Join(t.TempDir(), "gone"): "no such file"} {
		if _, err := (Blocks{Dir: dir}).Write(t.Context(), evaluator(t, j.Config), j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Log("not root: blocks keep their owner")
	} else if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	want, err := Blocks{Dir: dir}.owner()
	if err != nil {
		t.Fatal(err)
	}
	writeBlocks(t, Blocks{Dir: dir}, j)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if got, err := (Blocks{Dir: filepath.Join(dir, entries[0].Name())}).owner(); err != nil || got.Uid != want.Uid || got.Gid != want.Gid {
		t.Errorf("the block belongs to %v (%v), its folder to %v", got, err, want)
	}
}
