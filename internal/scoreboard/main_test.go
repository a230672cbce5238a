package scoreboard

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq"
	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var server *pgtest.Server

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.M{M: m, Server: &server}) }

// serve runs a collector and a keeper over a configuration until the test ends.
func serve(t testing.TB, cfg *config.Config) (*collector.Collector, *Keeper) {
	t.Helper()
	c := collector.New(cfg, discard())
	k := New(c, discard())
	start(t, c.Run, k.Run)
	return c, k
}

// start runs functions until the test ends.
func start(t testing.TB, runs ...func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, run := range runs {
		all.Go(func() { run(ctx) })
	}
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// load returns the configuration of a KPI file, which is written to a folder of its own.
func load(t testing.TB, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
	return cfg
}

// eventually polls until the condition holds, for at most two minutes.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}

// whole reports whether all of the past has been read that there is.
func (k *Keeper) whole() bool {
	b := k.Board()
	for i := range b.KPIs {
		e := &b.KPIs[i]
		if e.Surveyed.KPI.HasPast() && !e.Explained {
			return false
		}
	}
	return k.idle.Load()
}
