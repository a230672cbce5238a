package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

const (
	// blockRange is the longest range of Prometheus's own grid, which begins at the epoch, below its limit of 31 days: two hours
	// times 3⁵. Blocks on the grid are never chained with others into one that is longer.
	blockRange = 486 * time.Hour
	// commitEvery is how many samples are appended at a time.
	commitEvery = 10_000
)

// blockSink writes samples into one block after the other.
type blockSink struct {
	ctx     context.Context //nolint:containedctx // The context of the one job that it lives for.
	dir     string
	state   blocksState
	derived *derived // Nil without the derived names.

	head    *tsdb.Head // The block that is being written; nil before the first sample.
	app     storage.Appender
	end     int64  // Where the block ends, in Unix milliseconds, excluded.
	blocks  uint64 // Blocks so far: references to series are those of one block.
	pending int    // Samples that are not committed.

	written []wholeBlock // Those that are not in the state yet.
	reachTo time.Time    // As last reached.
	count   int
}

// wholeBlock is a block with its end.
type wholeBlock struct {
	name string
	end  time.Time
}

func newBlockSink(ctx context.Context, dir string, s blocksState, derives bool) *blockSink {
	sink := &blockSink{ctx: ctx, dir: dir, state: s}
	if derives {
		sink.derived = newDerived()
	}
	return sink
}

func (s *blockSink) samples() int { return s.count }

// hold makes the labels once, since a sample is mostly a repetition.
func (s *blockSink) hold(list []exposedSeries) func(ms int64) error {
	all := make([]labels.Labels, len(list))
	for i, one := range list {
		all[i] = labelsOf(one)
	}
	refs, of := make([]storage.SeriesRef, len(list)), s.blocks
	var more *derivedStep
	if s.derived != nil {
		more = s.derived.hold(list)
	}
	return func(ms int64) error {
		if more != nil {
			more.advance(ms)
		}
		if ms < s.state.Next.UnixMilli() { // It is in a block of an earlier run.
			return nil
		}
		if err := s.at(ms); err != nil {
			return err
		}
		if of != s.blocks {
			clear(refs)
			of = s.blocks
		}
		for i, l := range all {
			if err := s.append(&refs[i], l, ms, list[i].value); err != nil {
				return err
			}
		}
		if more == nil {
			return nil
		}
		return more.each(ms, func(ref *storage.SeriesRef, l labels.Labels, value float64) error {
			return s.append(ref, l, ms, value)
		}, s.blocks)
	}
}

func labelsOf(one exposedSeries) labels.Labels {
	b := labels.NewScratchBuilder(len(one.labels))
	for _, l := range one.labels {
		b.Add(l.Name, l.Value)
	}
	b.Sort()
	return b.Labels()
}

func (s *blockSink) append(ref *storage.SeriesRef, l labels.Labels, ms int64, value float64) (err error) {
	if *ref, err = s.app.Append(*ref, l, ms, value); err != nil {
		return fmt.Errorf("%s: %w", l, err)
	}
	s.count++
	if s.pending++; s.pending < commitEvery {
		return nil
	}
	s.pending = 0
	err = s.app.Commit()
	s.app = s.head.Appender(s.ctx)
	return err
}

// at begins a new block if an instant is not in the present one.
func (s *blockSink) at(ms int64) error {
	if s.head != nil && ms < s.end {
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	size := blockRange.Milliseconds()
	s.end = (ms/size + 1) * size
	s.blocks++
	options := tsdb.DefaultHeadOptions()
	options.ChunkRange = size
	options.ChunkDirRoot = filepath.Join(s.dir, "head")
	if err := os.MkdirAll(options.ChunkDirRoot, 0o755); err != nil { //nolint:gosec // As Prometheus makes its folders.
		return err
	}
	head, err := tsdb.NewHead(nil, slog.New(slog.DiscardHandler), nil, nil, options, tsdb.NewHeadStats())
	if err != nil {
		return err
	}
	s.head = head
	if err := head.Init(math.MinInt64); err != nil {
		return err
	}
	s.app = head.Appender(s.ctx)
	return nil
}

// flush writes the present block.
func (s *blockSink) flush() error {
	if s.head == nil {
		return nil
	}
	if err := s.app.Commit(); err != nil {
		return err
	}
	s.pending = 0
	compactor, err := tsdb.NewLeveledCompactor(s.ctx, nil, slog.New(slog.DiscardHandler), []int64{blockRange.Milliseconds()}, chunkenc.NewPool(), nil)
	if err != nil {
		return err
	}
	ids, err := compactor.Write(s.dir, s.head, s.head.MinTime(), s.head.MaxTime()+1, nil) // The end of a block is excluded.
	if err != nil {
		return err
	}
	for _, id := range ids {
		s.written = append(s.written, wholeBlock{id.String(), time.UnixMilli(s.end).UTC()})
		s.state.Blocks = append(s.state.Blocks, id.String())
	}
	return s.close()
}

// finish makes the last block and saves that all are whole.
func (s *blockSink) finish() error {
	if err := s.flush(); err != nil {
		return err
	}
	if len(s.written) > 0 {
		s.reachTo = s.written[len(s.written)-1].end
	}
	return s.save()
}

// close gives up the present block.
func (s *blockSink) close() error {
	if s.head == nil {
		return nil
	}
	err := errors.Join(s.head.Close(), os.RemoveAll(filepath.Join(s.dir, "head")))
	s.head, s.app = nil, nil
	return err
}

// reached notes which blocks a later run need not write again: those before the first step that was left out.
func (s *blockSink) reached(next time.Time) error {
	s.reachTo = next
	for _, b := range s.written {
		if b.end.After(s.state.Next) && !b.end.After(next) {
			return s.save()
		}
	}
	return nil
}

// save writes the state, with the blocks that are before the first step that was left out.
func (s *blockSink) save() error {
	state := s.state
	state.Blocks = state.Blocks[:len(state.Blocks)-len(s.written)]
	for _, b := range s.written {
		if b.end.After(s.reachTo) {
			break
		}
		state.Blocks, state.Next = append(state.Blocks, b.name), b.end
	}
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	temporary := blocksStateFile(s.dir) + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o644); err != nil { //nolint:gosec // As the blocks.
		return err
	}
	return os.Rename(temporary, blocksStateFile(s.dir))
}
