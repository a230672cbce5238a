package state

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counted is a source of which each state is another one; it counts how often it is asked.
type counted struct {
	version atomic.Uint64
	asked   atomic.Uint64
	hold    chan struct{} // If it is not nil, who asks waits for it.
}

func (c *counted) StateVersion() uint64 { return c.version.Load() }

func (c *counted) State() *State {
	if c.hold != nil {
		<-c.hold
	}
	c.asked.Add(1)
	return &State{Databases: map[string]string{"version": strings.Repeat("i", int(c.version.Load()))}}
}

// saving is a saver that runs.
type saving struct {
	*Saver
	source *counted
	log    bytes.Buffer
	end    func()
}

func start(t *testing.T, path string) *saving {
	t.Helper()
	return startHeld(t, path, nil)
}

// startHeld is start for a source that is asked in vain until hold is closed.
func startHeld(t *testing.T, path string, hold chan struct{}) *saving {
	t.Helper()
	s := &saving{source: &counted{hold: hold}}
	s.source.version.Store(1)
	s.Saver = NewSaver(path, slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	s.Saver.Load()
	go func() {
		defer close(done)
		s.Run(ctx, s.source)
	}()
	s.end = func() {
		cancel()
		<-done
	}
	return s
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func (s *saving) expect(t *testing.T, asked uint64) {
	t.Helper()
	synctest.Wait()
	if got := s.source.asked.Load(); got != asked {
		t.Errorf("saved %d times, want %d", got, asked)
	}
}

// It saves every minute what has changed, and once more at the end.
func TestSaverSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state")
		s := start(t, path)
		time.Sleep(saveEvery - time.Second)
		s.expect(t, 0)
		if !s.Saved().IsZero() {
			t.Errorf("saved at %v", s.Saved())
		}
		time.Sleep(2 * time.Second)
		s.expect(t, 1)
		time.Sleep(10 * saveEvery)
		s.expect(t, 1)
		if age := time.Since(s.Saved()); age > saveEvery {
			t.Errorf("what has not changed is said to be saved %s ago", age)
		}
		s.source.version.Add(1)
		time.Sleep(saveEvery)
		s.expect(t, 2)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(saveEvery)
		s.expect(t, 3)
		s.source.version.Add(1)
		s.end()
		s.expect(t, 4)
		loaded, _, err := Load(path)
		if err != nil || loaded.Databases["version"] != "iii" {
			t.Errorf("%v, %v", loaded, err)
		}
		if got := s.log.String(); got != "level=INFO msg=\"There is no state yet; values appear as they are evaluated\" file="+path+"\n" {
			t.Errorf("log:\n%s", got)
		}
	})
}

// What goes wrong is logged once, until it is well again, and is tried again every minute.
func TestSaverFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "absent")
		path := filepath.Join(dir, "state")
		s := start(t, path)
		time.Sleep(5*saveEvery + time.Second)
		s.expect(t, 5)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(saveEvery)
		synctest.Wait()
		s.end()
		want := "level=WARN msg=\"The state cannot be saved, because its folder is missing: create it, or name another one\" file=" + path + "\n" +
			"level=ERROR msg=\"State not saved; it is tried again every minute\" file=" + path + " err=\"no such file or directory\"\n" +
			"level=INFO msg=\"State saved again\" file=" + path + "\n"
		if got := s.log.String(); got != want {
			t.Errorf("log:\n%swant:\n%s", got, want)
		}
	})
}

// A file that is broken is logged, and replaced.
func TestSaverIgnores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, path)
		s.end()
		if _, _, err := Load(path); err != nil {
			t.Error(err)
		}
		want := "level=WARN msg=\"State not used; values appear as they are evaluated\" file=" + path + " err=\"it is not a state of kpi_exporter\"\n"
		if got := s.log.String(); got != want {
			t.Errorf("log:\n%swant:\n%s", got, want)
		}
	})
}

// A file that somebody puts in its place while the exporter runs is not replaced, and is said once; when it is gone, the state is saved again.
func TestSaverKeepsWhatIsNoState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state")
		s := start(t, path)
		if err := os.WriteFile(path, []byte("kpis: {}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3*saveEvery + time.Second)
		if got, err := os.ReadFile(path); err != nil || string(got) != "kpis: {}\n" {
			t.Errorf("%q, %v", got, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(saveEvery)
		s.end()
		if _, _, err := Load(path); err != nil {
			t.Error(err)
		}
		want := "level=INFO msg=\"There is no state yet; values appear as they are evaluated\" file=" + path + "\n" +
			"level=ERROR msg=\"State not saved; it is tried again every minute\" file=" + path + " err=\"there is a file that is not a state of kpi_exporter\"\n" +
			"level=INFO msg=\"State saved again\" file=" + path + "\n"
		if got := s.log.String(); got != want {
			t.Errorf("log:\n%swant:\n%s", got, want)
		}
	})
}

// Where two write one file, the last one wins; each says once that it is not alone.
func TestSaverIsNotAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state")
		one := start(t, path)
		time.Sleep(time.Second)
		other := start(t, path)
		for range 3 {
			one.source.version.Add(1)
			other.source.version.Add(1)
			time.Sleep(saveEvery)
		}
		one.end()
		other.end()
		for _, s := range []*saving{one, other} {
			if n := strings.Count(s.log.String(), "Another process has written the state file"); n != 1 {
				t.Errorf("said %d times:\n%s", n, s.log.String())
			}
		}
		if _, _, err := Load(path); err != nil {
			t.Error(err)
		}
	})
}

// A disk that does not answer does not keep the program from its end.
func TestSaverHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		s := startHeld(t, filepath.Join(t.TempDir(), "state"), hold)
		time.Sleep(saveEvery + time.Second)
		ended := time.Now()
		s.end()
		if took := time.Since(ended); took != lastWords {
			t.Errorf("the end took %s", took)
		}
		close(hold)
		synctest.Wait()
		if !strings.Contains(s.log.String(), "the disk does not answer") {
			t.Errorf("log:\n%s", s.log.String())
		}
	})
}
