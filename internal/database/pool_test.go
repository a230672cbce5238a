package database

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func TestPoolIsBounded(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 2)
	var all sync.WaitGroup
	var most atomic.Int64
	for range 40 {
		all.Go(func() {
			n, err := strconv.ParseInt(one(t, p, `SELECT count(*) FROM pg_stat_activity, pg_sleep(0.01)
				WHERE datname = current_database() AND application_name = 'kpi_exporter'`), 10, 64)
			if err != nil {
				t.Error(err)
			}
			for {
				seen := most.Load()
				if n <= seen || most.CompareAndSwap(seen, n) {
					break
				}
			}
		})
	}
	all.Wait()
	if got := most.Load(); got != 2 {
		t.Errorf("at most %d connections at once, want 2", got)
	}
	if s := p.Stats(); s.Waiting != 0 || s.BusyRatio == 0 {
		t.Errorf("stats %+v, want none waiting and some time busy", s)
	}
}

// TestEngineChanges holds that a URL that turns to another engine is a fault, not a file or a host by that name.
func TestEngineChanges(t *testing.T) {
	file, _ := newFile(t)
	for first, then := range map[string]string{server.NewDatabase(t): file, file: server.NewDatabase(t)} {
		t.Setenv("KPI_URL", first)
		cfg := config.NewDatabase("app", "${KPI_URL}", "")
		cfg.MaxConnections = 2
		p := openSource(t, cfg)
		one(t, p, "SELECT 1")
		t.Setenv("KPI_URL", then)
		err := p.Run(t.Context(), newQuery(t, "SELECT 1"), func([]Column) (func([]Value) error, error) {
			_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1")) // On another connection.
			return nil, err
		})
		wantError(t, err, Connect, ": restart to change the engine")
	}
}

func TestUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUsage(2)
		want := func(ratio float64) {
			t.Helper()
			if got := u.ratio(); got != ratio {
				t.Errorf("ratio %v, want %v", got, ratio)
			}
		}
		want(0)
		u.begin()
		time.Sleep(time.Minute)
		want(0) // One is free.
		u.begin()
		time.Sleep(75 * time.Second)
		want(0.25) // While still full.
		want(0.25)
		u.end()
		time.Sleep(time.Minute)
		want(0.25)
		u.begin()
		time.Sleep(time.Hour)
		want(1)
		u.end()
		time.Sleep(150 * time.Second)
		want(0.5)
		time.Sleep(time.Hour)
		want(0)
	})
}

// TestUnusedPool holds that a source that ran no query leaves nothing behind: goleak looks at the end of all tests.
func TestUnusedPool(t *testing.T) {
	if s := Open(config.NewDatabase("app", "postgres://u@localhost/app", "")).Stats(); s.Known {
		t.Errorf("stats %+v", s)
	}
}
