package backfill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/prometheus/prometheus/tsdb"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

const (
	// untouched is how much of the newest time is left to Prometheus: on start it replays what it scraped only from the end of
	// the newest block on, so a block that reaches now would hide other jobs' samples.
	untouched = 3 * time.Hour
	// derivedReach is how far back the derived recorded names look, and so how much is evaluated again when a run resumes.
	derivedReach = 28 * 24 * time.Hour
)

// Blocks is the data folder of a Prometheus, into which history is written as blocks. They are made in a folder of their own
// within it, which Prometheus does not look at, and are moved when all are whole.
type Blocks struct {
	Dir   string // As in --storage.tsdb.path.
	Force bool   // Write beside samples of the same KPIs that are there, and over what another backfill left unfinished.
}

// blocksState is how far an unfinished run came.
type blocksState struct {
	Fingerprint string    `json:"fingerprint"` // The job's.
	Now         time.Time `json:"now"`         // When it was begun: nothing later belongs into the blocks.
	Next        time.Time `json:"next"`        // Everything before is in the blocks.
	Blocks      []string  `json:"blocks"`      // Those that are whole.
}

// Write runs the job into blocks, the derived recorded names among them. It resumes where an earlier run of the same job was
// interrupted. The blocks get to their place when every step has succeeded. The newest three hours are left out.
func (b Blocks) Write(ctx context.Context, e *collector.Evaluator, j Job) (Report, error) {
	owner, err := b.owner()
	if err != nil {
		return Report{}, err
	}
	j.Now = j.Now.Add(-untouched)
	s, err := b.state(j.fingerprint(), j.Now)
	if err != nil {
		return Report{}, err
	}
	if !b.Force {
		if err := b.checkOverlap(ctx, &j, s.Blocks); err != nil {
			return Report{}, err
		}
	}
	if err := b.begin(s); err != nil {
		return Report{}, err
	}
	j.Now = s.Now
	if j.retries == nil {
		j.retries = defaultRetries()
	}
	out := newBlockSink(ctx, b.partial(), s, !j.Sparse)
	defer out.close()
	from := s.Next
	if !from.IsZero() {
		from = from.Add(-derivedReach)
	}
	report, err := j.write(ctx, e, out, from)
	if err != nil || report.Failed > 0 {
		return report, errors.Join(err, out.save())
	}
	if err := out.finish(); err != nil {
		return report, err
	}
	return report, b.publish(out.state.Blocks, owner)
}

func (b Blocks) partial() string { return filepath.Join(b.Dir, "kpi_exporter.partial") }

func blocksStateFile(partial string) string { return filepath.Join(partial, "state.json") }

// owner returns the user and group that blocks in the folder must belong to: Prometheus can neither compact nor delete those
// of another user. Only root can give files away.
func (b Blocks) owner() (*syscall.Stat_t, error) {
	info, err := os.Stat(b.Dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", b.Dir)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if user := os.Geteuid(); ok && user != 0 && user != int(owner.Uid) {
		return nil, fmt.Errorf("%s belongs to user %d: run as that user (now %d), or Prometheus can neither compact nor delete the blocks", b.Dir, owner.Uid, user)
	}
	return owner, nil
}

// state returns the state to resume from.
func (b Blocks) state(fingerprint string, now time.Time) (blocksState, error) {
	beginning := blocksState{Fingerprint: fingerprint, Now: now}
	text, err := os.ReadFile(blocksStateFile(b.partial()))
	state := beginning
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return beginning, err
	default:
		if err := json.Unmarshal(text, &state); err != nil || state.Fingerprint != fingerprint {
			if !b.Force {
				return beginning, fmt.Errorf("%s belongs to a backfill with other arguments, other definitions of its KPIs or another version of kpi_exporter: use --force to start over", b.partial())
			}
			state = beginning
		}
	}
	return state, nil
}

// begin makes the folder for blocks that are not whole, and removes what is not in the state.
func (b Blocks) begin(state blocksState) error {
	if err := os.MkdirAll(b.partial(), 0o755); err != nil { //nolint:gosec // As Prometheus makes its folders.
		return err
	}
	entries, err := os.ReadDir(b.partial())
	for _, entry := range entries {
		if !slices.Contains(state.Blocks, entry.Name()) && entry.Name() != filepath.Base(blocksStateFile("")) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(b.partial(), entry.Name())))
		}
	}
	return err
}

// publish moves the blocks to where Prometheus finds them, but for those that a run that was killed has moved already.
func (b Blocks) publish(blocks []string, owner *syscall.Stat_t) error {
	for _, name := range blocks {
		from := filepath.Join(b.partial(), name)
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) && b.meta(name) != nil {
			continue
		}
		if os.Geteuid() == 0 && owner != nil {
			if err := give(from, owner); err != nil {
				return err
			}
		}
		if err := os.Rename(from, filepath.Join(b.Dir, name)); err != nil {
			return err
		}
	}
	return os.RemoveAll(b.partial())
}

// give makes a user and group the owner of a folder and all that is in it.
func give(folder string, owner *syscall.Stat_t) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, root.Lchown(path, int(owner.Uid), int(owner.Gid)))
	})
}

// meta reads what a block in the folder says about itself; nil for anything that is not a block.
func (b Blocks) meta(name string) *tsdb.BlockMeta {
	text, err := os.ReadFile(filepath.Join(b.Dir, name, "meta.json"))
	if err != nil {
		return nil
	}
	meta := &tsdb.BlockMeta{}
	if json.Unmarshal(text, meta) != nil {
		return nil
	}
	return meta
}
