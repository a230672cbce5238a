package collector

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// stuckLog is a log in which every line about a failure waits until it is read.
type stuckLog struct {
	slog.Handler
	read chan struct{}
}

func (l stuckLog) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		<-l.read
	}
	return nil
}

// The loop is healthy however long nothing is due, and is not once something holds it up for three minutes.
func TestHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := load(t, app("sqlite://"+filepath.Join(t.TempDir(), "app.db"), kpi("it", "SELECT nothing", "cron: 0 6 * * *")))
		log := stuckLog{slog.NewTextHandler(t.Output(), nil), make(chan struct{})}
		c := New(cfg, slog.New(log))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		if err := c.Healthy(); err != nil {
			t.Errorf("before Run: %v", err)
		}
		go func() {
			defer close(done)
			c.Run(ctx)
		}()
		time.Sleep(maxStill - time.Second) // The first line holds it up.
		synctest.Wait()
		if err := c.Healthy(); err != nil {
			t.Errorf("held up for less than three minutes: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := c.Healthy(); err == nil || !strings.Contains(err.Error(), "has not turned for 3m") {
			t.Errorf("held up for three minutes: %v", err)
		}
		close(log.read)
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if err := c.Healthy(); err != nil {
			t.Errorf("while nothing is due: %v", err)
		}
		cancel()
		<-done
	})
}

// The collector is ready once every database that a KPI reads was tried: one that is down too, and not one that nothing reads.
func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := func(more string) *config.Config {
			return load(t, `
databases:
  up: {url: "sqlite://`+filepath.Join(dir, "app.db")+`"}
  down: {url: "sqlite://`+filepath.Join(dir, "absent", "app.db")+`"}
  unused: {url: "sqlite://`+filepath.Join(dir, "unused.db")+`"}
defaults: {period: instant, cron: "0 6 * * *"}
kpis:
  here: {title: Here, database: up, query: SELECT 1 AS value}
  away: {title: Away, database: down, query: SELECT 1 AS value}
  both: {title: Both, formula: here + away}
`+more)
		}
		execSQLite(t, "sqlite://"+filepath.Join(dir, "app.db"), "CREATE TABLE t (n)")
		if err := New(file(""), slog.New(slog.DiscardHandler)).Ready(); err == nil || !strings.HasSuffix(err.Error(), "not tried yet: down, up") {
			t.Errorf("before Run: %v", err)
		}
		r := launch(t, file(""))
		r.at("01T00:00:10")
		if err := r.Ready(); err != nil {
			t.Errorf("after the first evaluations: %v", err)
		}
		r.stop() // So that nothing tries the other database.
		r.apply(file("  more: {title: More, database: unused, query: SELECT 1 AS value}\n"), r.clock())
		if err := r.Ready(); err != nil {
			t.Errorf("after a reload: %v", err)
		}
	})
}
