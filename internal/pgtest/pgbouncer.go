package pgtest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bouncer is the configuration of a PgBouncer that gives a connection to the server for one transaction at a time, and
// refuses every setting that a client asks for when it connects, as it does by default.
const bouncer = `[databases]
* = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = users
pool_mode = transaction
default_pool_size = %d
`

// supervisor starts PgBouncer again when it ends, as a service manager does: version 1.18 dies when a client that has sent a cancel request
// leaves before the server takes it ("bad client state"). Both end when the input does: at the test's end, and when the test process
// is killed.
const supervisor = `cd "$1" || exit
{ trap 'kill $bouncer; exit' TERM; while :; do pgbouncer pgbouncer.ini & bouncer=$!; wait $bouncer; sleep 0.1; done; } &
cat >/dev/null
kill $!; wait`

// NewPgBouncer returns the URL of a database by way of a PgBouncer that has so many connections to it, with more settings if
// there are any. It ends with the test.
func (s *Server) NewPgBouncer(t testing.TB, url string, connections int, settings ...string) string {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(s.dir, "pgbouncer-"+strconv.Itoa(port))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"users": `"postgres" ""` + "\n", "pgbouncer.ini": fmt.Sprintf(bouncer, s.port, port, connections) + strings.Join(settings, "\n") + "\n"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	uid, gid, err := serverAccount()
	if err == nil {
		err = os.Chown(dir, uid, gid)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.command("/bin/sh", "-c", supervisor, "sh", dir)
	cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH")+":/usr/sbin")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait() // It is killed.
	})
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return strings.Replace(url, s.Addr(), addr, 1)
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("PgBouncer does not listen (is it installed? make deps): %v\n%s", err, said)
		}
	}
}
