package pgtest

import (
	"fmt"
	"path/filepath"
	"testing"
)

// NewStandby starts a hot standby of the server, with more settings if there are any, and returns when it accepts
// connections. It ends with the test.
func (s *Server) NewStandby(t testing.TB, settings string) *Server {
	t.Helper()
	standby, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			t.Error(err)
		}
	})
	backup := s.command(filepath.Join(s.bin, "pg_basebackup"), "--pgdata="+standby.dataDir(), "--dbname="+s.URL("postgres"),
		"--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if out, err := backup.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	if err := standby.configure(fmt.Sprintf("port = %d\n%s\n", standby.port, settings)); err != nil {
		t.Fatal(err)
	}
	if err := standby.control("start"); err != nil {
		t.Fatal(err)
	}
	return standby
}
