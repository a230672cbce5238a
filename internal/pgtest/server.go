// Package pgtest runs a real, private PostgreSQL server for tests.
//
// A server lives in a temporary folder, listens on a free loopback port only, and trusts every connection. It is gone
// with its folder when the test process ends, in whatever way it ends. The package starts no goroutine that outlives a
// call or a test, so it needs no exception in a goroutine leak check. It imports nothing of this module. Start it once
// in TestMain and give every test a database of its own:
//
//	var server *pgtest.Server
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.M{M: m, Server: &server}) }
package pgtest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// settings is what a test server changes in PostgreSQL's own defaults: nobody else can reach it, and it never waits for
// a disk. What is committed outlives a crash of the server (which synchronous_commit = off would not give), only not
// one of the machine. The zone is fixed so that no test depends on the machine's.
const settings = `
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = ''
max_connections = 100
fsync = off
full_page_writes = off
max_wal_size = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
`

// A Server is a running PostgreSQL cluster with the superuser postgres, who needs no password. NewDatabase, Exec, URL,
// Addr and Log may be called at the same time; Stop, StopNow and Restart disturb every test that uses the server and
// are for a test that has it to itself.
type Server struct {
	bin       string // Folder of initdb and pg_ctl.
	dir       string // Holds the data folder and the log.
	port      int
	account   *syscall.SysProcAttr
	guard     *exec.Cmd
	lifeline  io.Closer // The guard's standard input.
	databases atomic.Int64
	roles     atomic.Int64
}

// Start makes a new cluster and returns when it accepts connections, which takes less than a second. As root it runs
// the server as the system user postgres, because PostgreSQL refuses to run as root.
func Start() (*Server, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	if err := s.initialize(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if err := s.control("start"); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// newServer returns a server with a folder and a port, which has no cluster yet.
func newServer() (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	uid, gid, err := serverAccount()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(tempDir(), "pgtest-")
	if err != nil {
		return nil, err
	}
	// A session of its own keeps a Ctrl-C in the terminal from the guard.
	s := &Server{bin: bin, dir: dir, port: port, account: &syscall.SysProcAttr{Setsid: true}}
	if os.Geteuid() == 0 {
		s.account.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	if err := s.startGuard(); err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	return s, nil
}

// Stop ends the server and removes its folder. It must be called once, after which the server cannot be used again.
func (s *Server) Stop() error {
	err := s.lifeline.Close()
	if err := s.guard.Wait(); err != nil {
		return fmt.Errorf("stop PostgreSQL in %s: %w", s.dir, err)
	}
	return err
}

// StopNow ends the server at once, as a crash would: sessions are cut in the middle of what they do. The data stays,
// and Restart brings the server back.
func (s *Server) StopNow() error {
	return s.control("stop", "--mode=immediate")
}

// Restart brings the server back on the same port with the same data. One that still runs is stopped first: its
// sessions are ended, their transactions rolled back.
func (s *Server) Restart() error {
	return s.control("restart", "--mode=fast")
}

// Addr returns the server's host:port, which is also what a Proxy takes as its upstream.
func (s *Server) Addr() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
}

// URL returns the address of a database as the superuser opens it. Any other role can be put in place of "postgres@";
// it needs no password.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", s.Addr(), database)
}

// Log returns all that the server has logged so far. What a test wants to see there it switches on itself, for example
// with ALTER DATABASE … SET log_statement = 'all'.
func (s *Server) Log() (string, error) {
	text, err := os.ReadFile(s.logFile())
	return string(text), err
}

// startGuard starts the process that cleans up. It waits for its standard input to end, which happens when Stop closes
// it and also when the test process is killed, panics or runs into the time limit of go test.
func (s *Server) startGuard() error {
	const script = `cat >/dev/null
if [ -f "$2/postmaster.pid" ]; then "$1" stop --pgdata="$2" --mode=immediate --silent; fi
rm -rf "$3"`
	s.guard = s.command("/bin/sh", "-c", script, "sh", filepath.Join(s.bin, "pg_ctl"), s.dataDir(), s.dir)
	stdin, err := s.guard.StdinPipe()
	if err != nil {
		return err
	}
	s.lifeline = stdin
	return s.guard.Start()
}

// initialize creates the cluster. Its locale is C because that one exists everywhere and sorts everywhere alike.
func (s *Server) initialize() error {
	initdb := s.command(filepath.Join(s.bin, "initdb"), "--pgdata="+s.dataDir(),
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s.configure(fmt.Sprintf(settings, s.port))
}

// configure adds to the settings of the cluster; the last one of a name counts.
func (s *Server) configure(text string) error {
	file, err := os.OpenFile(filepath.Join(s.dataDir(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// control runs pg_ctl, which returns when the server has got there. An error ends with the last lines of the server's
// log: only they say why.
func (s *Server) control(action string, args ...string) error {
	args = append([]string{action, "--pgdata=" + s.dataDir(), "--wait", "--timeout=120", "--silent"}, args...)
	if action != "stop" {
		// With a log file the server lets go of pg_ctl's output, which would otherwise stay open, and be waited for, as
		// long as the server runs.
		args = append(args, "--log="+s.logFile())
	}
	ctl := s.command(filepath.Join(s.bin, "pg_ctl"), args...)
	if out, err := ctl.CombinedOutput(); err != nil {
		logged, _ := s.Log()
		return fmt.Errorf("pg_ctl %s: %w\n%s%s", action, err, out, tail(logged, 20))
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir // The caller's folder may be closed to the server's user.
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = s.account
	return cmd
}

func (s *Server) dataDir() string { return filepath.Join(s.dir, "data") }

// running reports whether the server is up: it keeps this file while it is.
func (s *Server) running() bool {
	_, err := os.Stat(filepath.Join(s.dataDir(), "postmaster.pid"))
	return err == nil
}

func (s *Server) logFile() string { return filepath.Join(s.dir, "log") }

// tempDir returns the folder for the server's own: in memory if the machine has room for it there (containers often
// have little), since a new database is made of hundreds of files, which is some ten times faster; else the system's.
func tempDir() string {
	const memory, room = "/dev/shm", 2 << 30
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && stat.Bavail*uint64(stat.Bsize) >= room {
		return memory
	}
	return os.TempDir()
}

// freePort returns a port that nobody listens on, from below the range that the system gives to outgoing connections:
// so no connection of another test takes it while the server is down between StopNow and Restart.
func freePort() (int, error) {
	var err error
	for range 100 {
		port := 20000 + rand.IntN(10000)
		var listener net.Listener
		if listener, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("no free port for PostgreSQL: %w", err)
}

// tail returns the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "")
}
