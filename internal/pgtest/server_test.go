package pgtest

import (
	"database/sql"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// eventually waits until a condition holds, for at most a minute: the machine may be busy.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after a minute: %s", what)
		}
	}
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func refuses(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return err != nil
}

func startOwn(t *testing.T) *Server {
	t.Helper()
	own, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	return own
}

func TestStopLeavesNothing(t *testing.T) {
	own, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Stop(); err != nil {
		t.Fatal(err)
	}
	if !gone(own.dir) {
		t.Errorf("folder %s is still there", own.dir)
	}
	if !refuses(own.Addr()) {
		t.Errorf("something still listens on %s", own.Addr())
	}
}

func TestKilledProcessLeavesNothing(t *testing.T) {
	child, dir := startChild(t)
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	port := strings.Split(string(pid), "\n")[3]
	addr := net.JoinHostPort("127.0.0.1", port)
	if refuses(addr) {
		t.Fatalf("the child's server does not listen on %s", addr)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child was not killed")
	}
	eventually(t, "the folder is gone", func() bool { return gone(dir) })
	eventually(t, "the server is gone", func() bool { return refuses(addr) })
}

func TestStopNowAndRestart(t *testing.T) {
	own := startOwn(t)
	url := own.NewDatabase(t, `CREATE TABLE numbers (n int)`, `INSERT INTO numbers VALUES (1), (2)`)

	interrupted := make(chan error, 1)
	go func() {
		_, err := open(t, url).ExecContext(t.Context(), `SELECT pg_sleep(60)`)
		interrupted <- err
	}()
	eventually(t, "the query runs", func() bool {
		return Ask[int](t, url, `SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'`) == 1
	})
	if err := own.StopNow(); err != nil {
		t.Fatal(err)
	}
	if err := <-interrupted; err == nil {
		t.Error("the query survived the crash of its server")
	}
	if !refuses(own.Addr()) {
		t.Errorf("something still listens on %s", own.Addr())
	}

	for _, state := range []string{"stopped", "running"} {
		if err := own.Restart(); err != nil {
			t.Fatalf("restart of a %s server: %v", state, err)
		}
		if got := Ask[int](t, url, `SELECT sum(n) FROM numbers`); got != 3 {
			t.Errorf("after the restart of a %s server: sum is %d, want 3", state, got)
		}
	}
}

func TestStartErrorShowsTheLog(t *testing.T) {
	own := startOwn(t)
	if err := own.StopNow(); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", own.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = own.Restart()
	if err == nil {
		t.Fatal("the server started on a port that is taken")
	}
	if want := "Address already in use"; !strings.Contains(err.Error(), want) {
		t.Errorf("the error does not say %q:\n%v", want, err)
	}
}

func TestLog(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, `DO $$ BEGIN RAISE LOG 'seen by %', current_database(); END $$`)
	database := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	text, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	if want := "seen by " + database; !strings.Contains(text, want) {
		t.Errorf("the log does not say %q:\n%s", want, text)
	}
}

func TestNewestVersion(t *testing.T) {
	tests := []struct {
		name  string
		paths []string
		want  string
	}{
		{"none", nil, ""},
		{"one", []string{"/usr/lib/postgresql/15/bin/pg_ctl"}, "/usr/lib/postgresql/15/bin/pg_ctl"},
		{"by number, not by letter", []string{"/x/17/bin/pg_ctl", "/x/9.6/bin/pg_ctl"}, "/x/17/bin/pg_ctl"},
		{"not a version", []string{"/x/15/bin/pg_ctl", "/x/old/bin/pg_ctl"}, "/x/15/bin/pg_ctl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := newest(test.paths); got != test.want {
				t.Errorf("newest(%q) = %q, want %q", test.paths, got, test.want)
			}
		})
	}
}

func TestTail(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", ""},
		{"shorter", "a\n", "a\n"},
		{"longer", "a\nb\nc\n", "b\nc\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := tail(test.text, 2); got != test.want {
				t.Errorf("tail(%q, 2) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

func TestFreePort(t *testing.T) {
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	listener.Close()
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		own, err := Start()
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := own.Stop(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
