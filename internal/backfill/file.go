package backfill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// checkpointEvery is how much work at most an interruption loses.
const checkpointEvery = time.Second

// File is where a backfill is written: under Path once it is whole, and until then under Path.partial, with what is
// needed to go on after an interruption in Path.state.
type File struct {
	Path  string
	Force bool // Write over Path, and over what another backfill left unfinished.
}

// state is how far an unfinished file came.
type state struct {
	Fingerprint string    `json:"fingerprint"` // The job's.
	Now         time.Time `json:"now"`         // When it was begun: nothing later belongs into the file.
	Next        time.Time `json:"next"`        // Everything before is written.
	Bytes       int64     `json:"bytes"`       // How long the file was then.
}

// Write runs the job into a file. It resumes where an earlier run of the same job was interrupted. The file gets its
// name when every step has succeeded; before that it calls last, which may be nil, and whose error leaves the file
// unfinished.
func (f File) Write(ctx context.Context, e *collector.Evaluator, j Job, last func() error) (Report, error) {
	s, err := f.begin(j.fingerprint(), j.Now)
	if err != nil {
		return Report{}, err
	}
	j.Now = s.Now
	if j.retries == nil {
		j.retries = defaultRetries()
	}
	file, err := os.OpenFile(f.partial(), os.O_WRONLY|os.O_CREATE, 0o644) //nolint:gosec // promtool may run as another user.
	if err != nil {
		return Report{}, err
	}
	defer file.Close() // Where it matters it is closed below.
	if err := file.Truncate(s.Bytes); err != nil {
		return Report{}, err
	}
	if _, err := file.Seek(s.Bytes, io.SeekStart); err != nil {
		return Report{}, err
	}
	out := &fileSink{openMetrics: newOpenMetrics(file, s.Bytes), file: file, path: f.state(), state: s, saved: time.Now()}
	report, err := j.write(ctx, e, out, s.Next)
	if err != nil || report.Failed > 0 {
		return report, errors.Join(err, out.save())
	}
	if err := errors.Join(out.end(), out.w.Flush(), file.Sync(), file.Close()); err != nil {
		return report, err
	}
	if last != nil {
		if err := last(); err != nil {
			return report, err
		}
	}
	if err := os.Rename(f.partial(), f.Path); err != nil {
		return report, err
	}
	return report, removeState(f.state())
}

// removeState removes a state; a short run has none.
func removeState(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f File) partial() string { return f.Path + ".partial" }
func (f File) state() string   { return f.Path + ".state" }

// begin returns the state to go on from.
func (f File) begin(fingerprint string, now time.Time) (state, error) {
	beginning := state{Fingerprint: fingerprint, Now: now}
	switch info, err := os.Stat(f.Path); {
	case err != nil:
	case !info.Mode().IsRegular():
		return beginning, fmt.Errorf("%s is not a regular file: name another one", f.Path)
	case !f.Force:
		return beginning, fmt.Errorf("%s already exists: use --force to overwrite it", f.Path)
	}
	earlier, err := f.resume(fingerprint)
	switch {
	case err != nil && f.Force:
		return beginning, removeState(f.state())
	case err != nil:
		return beginning, err
	case earlier == nil:
		return beginning, nil
	}
	return *earlier, nil
}

// resume returns how far an earlier run of the same job came, nil if there was none.
func (f File) resume(fingerprint string) (*state, error) {
	text, err := os.ReadFile(f.state())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	earlier := &state{}
	if err := json.Unmarshal(text, earlier); err != nil {
		return nil, fmt.Errorf("%s: %w; use --force to start over", f.state(), err)
	}
	info, err := os.Stat(f.partial())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // Without its file, a state is useless.
	case err != nil:
		return nil, err
	case earlier.Fingerprint != fingerprint:
		return nil, fmt.Errorf("%s belongs to a backfill with other arguments, other definitions of its KPIs or another version of kpi_exporter: use --force to start over", f.partial())
	case info.Size() < earlier.Bytes:
		return nil, fmt.Errorf("%s is shorter than %s records: use --force to start over", f.partial(), f.state())
	}
	return earlier, nil
}

// fingerprint is equal for jobs that write the same: it covers the arguments, what the KPIs compute, what kpi_info says about
// them, and what was decided about them. The number that it begins with changes with what goes into it.
func (j *Job) fingerprint() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "4 %t %q\n", j.Sparse, fmt.Sprint(j.Labels)) // fmt sorts maps, and a hash never fails to write.
	for _, r := range j.Ranges {
		_, _ = fmt.Fprintf(h, "%s %s %d %d %+v %q\n", r.KPI.Name, r.KPI.Fingerprint(), r.From.Unix(), r.To.Unix(), r.Step, collector.Info(j.Config, r.KPI))
		for _, d := range r.KPI.Decisions {
			_, _ = fmt.Fprintf(h, "%s %q %q\n", d.Date, d.Text, d.Owner)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// fileSink is an unfinished file that now and then notes how far it came.
type fileSink struct {
	*openMetrics
	file  *os.File
	path  string // The file of the state.
	state state
	saved time.Time

	next  time.Time // As last reached, with the length that the file has then.
	bytes int64
}

func (s *fileSink) reached(next time.Time) error {
	s.next, s.bytes = next, s.written
	if time.Since(s.saved) < checkpointEvery {
		return nil
	}
	return s.save()
}

// save brings the file to the disk first, so that the state never claims more than the file holds.
func (s *fileSink) save() error {
	if s.next.IsZero() {
		return nil // Nothing new.
	}
	s.state.Next, s.state.Bytes = s.next, s.bytes
	if err := errors.Join(s.w.Flush(), s.file.Sync()); err != nil {
		return err
	}
	text, err := json.Marshal(s.state)
	if err != nil {
		return err
	}
	temporary := s.path + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o644); err != nil { //nolint:gosec // As the file.
		return err
	}
	s.saved = time.Now()
	return os.Rename(temporary, s.path)
}
