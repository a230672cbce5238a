package mariadbtest

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

var mariadb Server

func TestMain(m *testing.M) { goleak.VerifyTestMain(M{M: m, Server: &mariadb}) }

func TestServer(t *testing.T) {
	url := mariadb.NewDatabase(t, "CREATE TABLE t (x INT); INSERT INTO t VALUES (1), (2)")
	if got := Ask[int](t, &mariadb, url, "SELECT count(*) FROM t"); got != 2 {
		t.Errorf("%d rows", got)
	}
	mariadb.LoadZones(t, "Europe/Berlin", "UTC")
	if got := Ask[string](t, &mariadb, url, "SELECT CONVERT_TZ('2026-07-01 12:00:00', 'UTC', 'Europe/Berlin')"); got != "2026-07-01 14:00:00" {
		t.Errorf("in Berlin it is %s", got)
	}
}

// TestStop holds that nothing is left of a server.
func TestStop(t *testing.T) {
	var s Server
	s.Addr(t)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("%s: %v", s.dir, err)
	}
	if err := (&Server{}).stop(); err != nil {
		t.Errorf("one that was never started: %v", err)
	}
}
