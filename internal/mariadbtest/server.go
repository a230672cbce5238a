// Package mariadbtest runs a real, private MariaDB server for tests.
//
// A server lives in a temporary folder, listens on a free loopback port and on a socket in that folder only, and has the
// account tester, who may do everything and needs no password. It starts when a test first needs it, and is gone with its folder when the test
// process ends, in whatever way it ends. Declare it in TestMain and give every test a database of its own:
//
//	var mariadb mariadbtest.Server
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(mariadbtest.M{M: m, Server: &mariadb}) }
package mariadbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/freeport"
)

// account is who tests connect as.
const account = "tester"

// Server is a MariaDB that starts at its first use. Its methods may be called at the same time.
type Server struct {
	TLS bool // It offers TLS, with a certificate for localhost that it makes itself.

	start sync.Once
	err   error // Why it did not start.

	dir       string // Holds the data folder, the socket and the log.
	addr      string
	guard     *exec.Cmd
	lifeline  io.Closer // The guard's standard input.
	databases atomic.Int64
	accounts  atomic.Int64
}

// M runs the tests of a package with a server that they share, and then stops it. It is given to what runs a *testing.M.
type M struct {
	M interface{ Run() int } // A *testing.M, or what wraps one.

	Server *Server
}

// Run runs the tests and returns the exit code.
func (m M) Run() int {
	code := m.M.Run()
	if err := m.Server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Addr returns the server's host and port.
func (s *Server) Addr(t testing.TB) string {
	t.Helper()
	s.start.Do(func() { s.err = s.run(context.WithoutCancel(t.Context())) })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.addr
}

// Socket returns the path of the server's socket.
func (s *Server) Socket(t testing.TB) string {
	t.Helper()
	s.Addr(t)
	return s.socket()
}

// Certificate returns the path of the certificate of a server with TLS.
func (s *Server) Certificate(t testing.TB) string {
	t.Helper()
	s.Addr(t)
	return s.certificate()
}

func (s *Server) certificate() string { return filepath.Join(s.dir, "certificate.pem") }

func (s *Server) socket() string { return filepath.Join(s.dir, "socket") }

// run makes the server's folder, starts it, and returns when it accepts connections.
func (s *Server) run(ctx context.Context) error {
	server, err := program("mariadbd")
	if err != nil {
		return err
	}
	credential, err := serverAccount()
	if err != nil {
		return err
	}
	if s.addr, err = freeport.New().Address(ctx); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp(tempDir(), "mariadbtest-"); err != nil {
		return err
	}
	if credential != nil {
		if err := os.Chown(s.dir, int(credential.Uid), int(credential.Gid)); err != nil {
			return err
		}
	}
	// A session of its own keeps a Ctrl-C in the terminal from the guard, and an account that may run a server.
	attributes := &syscall.SysProcAttr{Setsid: true, Credential: credential}
	if err := s.startGuard(server, attributes); err != nil {
		return errors.Join(err, os.RemoveAll(s.dir))
	}
	return s.await(ctx)
}

// startGuard starts the process that installs the server's tables, runs it, and cleans up. It waits for its standard input to end,
// which happens when the server is stopped and also when the test process is killed, panics or runs into its time limit. A server that
// starts removes the temporary tables of others that use the same folder for them.
func (s *Server) startGuard(server string, attributes *syscall.SysProcAttr) error {
	const script = `cd "$1"
mkdir data tmp
mariadb-install-db --no-defaults --datadir="$1/data" --tmpdir="$1/tmp" --auth-root-authentication-method=normal --skip-test-db --skip-log-bin >install.log 2>&1 </dev/null
"$2" --no-defaults --datadir="$1/data" --tmpdir="$1/tmp" --socket="$1/socket" --pid-file="$1/pid" --bind-address=127.0.0.1 --port="$3" --init-file="$1/init.sql" \
	--skip-name-resolve --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --default-time-zone=+05:30 \
	--character-set-server=utf8mb4 --max-connections=200 --max-allowed-packet=256M --performance-schema=off $4 >log 2>&1 </dev/null &
cat >/dev/null
kill -9 $!
wait
rm -rf "$1"`
	setup := "CREATE USER IF NOT EXISTS '" + account + "'@'%';\nGRANT ALL ON *.* TO '" + account + "'@'%' WITH GRANT OPTION;\n"
	if err := os.WriteFile(filepath.Join(s.dir, "init.sql"), []byte(setup), 0o644); err != nil {
		return err
	}
	options := ""
	if s.TLS {
		if err := writeCertificate(s.certificate(), s.dir+"/key.pem"); err != nil {
			return err
		}
		options = "--ssl-cert=" + s.certificate() + " --ssl-key=" + s.dir + "/key.pem"
	}
	_, port, _ := net.SplitHostPort(s.addr)
	s.guard = exec.Command("/bin/sh", "-c", script, "sh", s.dir, server, port, options)
	s.guard.Env = append(os.Environ(), "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/sbin")
	s.guard.SysProcAttr = attributes
	stdin, err := s.guard.StdinPipe()
	if err != nil {
		return err
	}
	s.lifeline = stdin
	return s.guard.Start()
}

// await returns when the account of the tests can use the server.
func (s *Server) await(ctx context.Context) error {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		db, err := s.open("")
		if err == nil {
			err = db.PingContext(ctx)
			_ = db.Close()
		}
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			installed, _ := os.ReadFile(filepath.Join(s.dir, "install.log"))
			logged, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return errors.Join(fmt.Errorf("MariaDB does not start: %w\n%s\n%s", err, tail(string(installed)), tail(string(logged))), s.stop())
		}
	}
}

// stop ends the server, if it was started, and removes its folder.
func (s *Server) stop() error {
	if s.lifeline == nil {
		return nil
	}
	err := s.lifeline.Close()
	s.lifeline = nil
	return errors.Join(err, s.guard.Wait())
}

// program returns the path of a program that may be where only root's PATH leads.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	path, err := exec.LookPath("/usr/sbin/" + name)
	if err != nil {
		return "", errors.New("MariaDB is not installed: run make deps")
	}
	return path, nil
}

// serverAccount returns the account that the server runs as: nil for that of this process, or mysql in place of root.
func serverAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	found, err := user.Lookup("mysql")
	if err != nil {
		return nil, fmt.Errorf("MariaDB does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// tempDir returns the folder for the server's own: in memory if the machine has room for it there, else the system's.
func tempDir() string {
	const memory, room = "/dev/shm", 2 << 30
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && stat.Bavail*uint64(stat.Bsize) >= room {
		return memory
	}
	return os.TempDir()
}

// tail returns the last lines of a text.
func tail(text string) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-21):], "")
}

// StopAfter stops the server when the test ends, one that is not that of the package.
func (s *Server) StopAfter(t testing.TB) {
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}
