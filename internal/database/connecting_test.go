package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// What a database reads of the disk and what is not a regular file fails the query at once, and nothing remains of it.
func TestFileIsPipe(t *testing.T) {
	own := server.URL("postgres")
	postgres := func(parameters string) func(string) string {
		return func(path string) string {
			return strings.Replace(own, "sslmode=disable", "sslmode=require&"+strings.ReplaceAll(parameters, "PIPE", url.QueryEscape(path)), 1)
		}
	}
	mysql := func(key string) func(string) string {
		return func(path string) string {
			return "mysql://kpi:pw@127.0.0.1:1/kpi?ssl-mode=VERIFY_CA&" + strings.ReplaceAll(key, "PIPE", url.QueryEscape(path))
		}
	}
	for name, test := range map[string]struct {
		url  func(path string) string
		says string
	}{
		"sqlite":               {func(path string) string { return "sqlite://" + path }, "cannot connect: open PIPE: it is not a regular file"},
		"postgres sslrootcert": {postgres("sslrootcert=PIPE"), "cannot connect: sslrootcert: open PIPE: it is not a regular file"},
		"postgres sslcert":     {postgres("sslcert=PIPE&sslkey=PIPE"), "cannot connect: sslcert: open PIPE: it is not a regular file"},
		"postgres passfile":    {postgres("passfile=PIPE"), "cannot connect: passfile: open PIPE: it is not a regular file"},
		"mysql ssl-ca":         {mysql("ssl-ca=PIPE"), "cannot connect: ssl-ca: open PIPE: it is not a regular file"},
		"mysql ssl-cert":       {mysql("ssl-cert=PIPE&ssl-key=PIPE"), "cannot connect: ssl-cert: open PIPE: it is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			p := openPool(t, test.url(pipe), 2)
			q := newQuery(t, "SELECT 1")
			q.Timeout = 500 * time.Millisecond
			within(t, q.Timeout+2*time.Second, func() {
				_, _, err := run(t.Context(), p, q)
				wantError(t, err, Connect, strings.ReplaceAll(test.says, "PIPE", pipe))
			})
			if stats := p.Stats(); !stats.Known || stats.Up {
				t.Errorf("%+v, want a database that is down", stats)
			}
		})
	}
}

// A file that a parameter of the URL names and that is not there is named by the parameter: what stands there may be a secret that somebody pasted.
func TestFileIsMissing(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for parameters, missing := range map[string]string{
		"sslmode=require&sslrootcert=/canary": "sslrootcert", "sslmode=prefer&sslrootcert=/canary": "sslrootcert", "sslmode=verify-full&sslrootcert=canary": "sslrootcert",
		"sslmode=require&sslcert=/canary&sslkey=/canary": "sslcert", "sslmode=require&sslkey=-----BEGIN%20KEY%0Acanary": "sslkey",
		"sslmode=verify-full&sslcert=" + there + "&sslkey=canary": "sslkey", "sslmode=disable&passfile=/canary": "passfile",
		"ssl-mode=VERIFY_CA&ssl-ca=/canary": "ssl-ca", "ssl-cert=/canary&ssl-key=/canary": "ssl-cert", "ssl-cert=" + there + "&ssl-key=-----BEGIN%20KEY%0Acanary": "ssl-key",
	} {
		address := "postgres://kpi@" + server.Addr() + "/postgres?" + parameters
		if strings.Contains(missing, "-") {
			address = "mysql://kpi@127.0.0.1:1/kpi?" + parameters
		}
		_, _, err := run(t.Context(), openPool(t, address, 2), newQuery(t, "SELECT 1"))
		wantError(t, err, Connect, "cannot connect: "+missing+": cannot open the file: no such file or directory")
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", parameters, err)
		}
	}
}

// A file of a secret that others have access to is an error that names it, as libpq does not use it: the driver would ask the server without a password, and
// write a line of its own.
func TestFileIsOpen(t *testing.T) {
	open := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(open, []byte("*:*:*:*:canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, parameters := range []string{"sslmode=disable&passfile=", "sslmode=require&sslkey="} {
		if err := os.Chmod(open, 0o644); err != nil {
			t.Fatal(err)
		}
		name := parameters[strings.Index(parameters, "&")+1 : len(parameters)-1]
		_, _, err := run(t.Context(), openPool(t, "postgres://kpi@"+server.Addr()+"/postgres?"+parameters+open, 2), newQuery(t, "SELECT 1"))
		wantError(t, err, Connect, "cannot connect: "+name+": others than its owner have access to "+open+", so it is not used: chmod 600")
	}
	if err := os.Chmod(open, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := one(t, openPool(t, server.URL("postgres")+"&passfile="+open, 1), "SELECT 1"); got != "1" {
		t.Errorf("closed: %s", got)
	}
}

// A SQLite file that a pipe takes the place of is read again when it is back.
func TestSQLiteReplacedByPipe(t *testing.T) {
	address, path := newFile(t)
	p := openPool(t, address, 1)
	const query = "SELECT count(*) FROM t"
	if got := one(t, p, query); got != "2" {
		t.Fatalf("%s rows", got)
	}
	if err := os.Rename(path, path+".good"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := run(t.Context(), p, newQuery(t, query))
	wantError(t, err, Connect, ": it is not a regular file")
	if p.Stats().Up {
		t.Error("the database counts as up")
	}
	if err := os.Rename(path+".good", path); err != nil {
		t.Fatal(err)
	}
	if got := one(t, p, query); got != "2" || !p.Stats().Up {
		t.Errorf("%s rows, up: %v", got, p.Stats().Up)
	}
}

// hanging is the dialect of a database whose file system hangs.
type hanging struct {
	sqlite
	hangs    atomic.Bool
	attempts atomic.Int64
	released chan struct{}
}

func (h *hanging) connector(resolve func(context.Context) (engine.Address, error)) driver.Connector {
	return &hangingConnector{h.sqlite.connector(resolve), h}
}

type hangingConnector struct {
	driver.Connector
	*hanging
}

func (c *hangingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c.attempts.Add(1)
	if c.hangs.Load() {
		<-c.released
	}
	return c.Connector.Connect(ctx)
}

// A file system that hangs costs a query its time, not more. One attempt is left behind, and all is well when it ends.
func TestFileHangs(t *testing.T) {
	address, _ := newFile(t)
	d := &hanging{released: make(chan struct{})}
	d.hangs.Store(true)
	p := newPool(openPool(t, address, 1).address.cfg, d, 0)
	q := newQuery(t, "SELECT count(*) FROM t")
	q.Timeout = 50 * time.Millisecond
	for range 3 {
		within(t, q.Timeout+2*time.Second, func() {
			_, _, err := run(t.Context(), p, q)
			wantError(t, err, Connect, "cannot connect")
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := run(ctx, p, q); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that of the caller's end", err)
	}
	if stats := p.Stats(); stats.Up || !stats.Known || d.attempts.Load() != 1 {
		t.Errorf("%+v after %d attempts, want a database that is down after one", stats, d.attempts.Load())
	}
	d.hangs.Store(false)
	close(d.released)
	q.Timeout = 20 * time.Second
	eventually(t, "the database is up", func() bool {
		_, _, err := run(t.Context(), p, q)
		return err == nil
	})

	d.released = make(chan struct{})
	d.hangs.Store(true)
	q.Timeout = 50 * time.Millisecond
	_, _, err := run(t.Context(), p, q)
	wantError(t, err, Connect, "cannot connect")
	within(t, 2*time.Second, func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	close(d.released)
}

// stuck is a connector whose attempts wait until they are released.
type stuck struct {
	driver.Connector
	attempts atomic.Int64
	released chan struct{}
}

func (s *stuck) Connect(context.Context) (driver.Conn, error) {
	s.attempts.Add(1)
	<-s.released
	return nil, errFrozen
}

// Attempts that never end keep nobody from another one for ever: one follows after a minute, and each further one after twice the time.
func TestAttemptsThatNeverEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stuck{released: make(chan struct{})}
		c := newConnecting(s)
		for minute, want := range []int64{1, 2, 2, 3, 3, 3, 3, 4, 4, 4} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := c.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
			if got := s.attempts.Load(); got != want {
				t.Errorf("after %d minutes: %d attempts, want %d", minute, got, want)
			}
			time.Sleep(time.Minute)
		}
		close(s.released)
		synctest.Wait()
		if _, err := c.Connect(t.Context()); !errors.Is(err, errFrozen) || s.attempts.Load() != 5 {
			t.Errorf("once they have ended: %v after %d attempts", err, s.attempts.Load())
		}
	})
}
