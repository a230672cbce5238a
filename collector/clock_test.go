package collector

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// withClock starts a collector whose clock on the wall can be set, and returns what sets it.
func withClock(t *testing.T, cfg *config.Config, logger *slog.Logger) (c *Collector, set func(time.Duration)) {
	t.Helper()
	c = New(cfg, logger)
	var shift atomic.Int64
	right := c.clock
	c.clock = func() moment {
		now := right()
		return moment{now.wall.Add(time.Duration(shift.Load())), now.ran}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return c, func(by time.Duration) { shift.Add(int64(by)) }
}

// TestStaleByEitherClock has a KPI that fails from the second hour on, and a clock that is set meanwhile.
func TestStaleByEitherClock(t *testing.T) {
	for name, tc := range map[string]struct{ set, fresh, stale time.Duration }{
		"as it is":                            {0, 13 * time.Minute, 16 * time.Minute},
		"an hour back":                        {-time.Hour, 13 * time.Minute, 16 * time.Minute},
		"ten minutes ahead, as after a sleep": {10 * time.Minute, 3 * time.Minute, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			url := newSQLite(t, "CREATE TABLE t AS SELECT 5 AS n")
			cfg := load(t, app(url, kpi("it", faulty, "every: 5m\nstale_after: 15m")))
			synctest.Test(t, func(t *testing.T) {
				c, set := withClock(t, cfg, discard())
				time.Sleep(time.Hour)
				synctest.Wait()
				execSQLite(t, url, "UPDATE t SET n = 'x'")
				last := time.Since(c.Snapshot().KPIs[0].LastSuccess)
				set(tc.set)
				for age, want := range map[time.Duration]bool{tc.fresh: true} {
					time.Sleep(age - last)
					synctest.Wait()
					if got := exposed(t, c)[`kpi_value{kpi="it"} 5`]; got != want {
						t.Errorf("%s after the last success: exposed %t, want %t", age, got, want)
					}
				}
				time.Sleep(tc.stale - tc.fresh)
				synctest.Wait()
				if lines := exposed(t, c); lines[`kpi_value{kpi="it"} 5`] || !lines[`kpi_up{kpi="it"} 0`] {
					t.Errorf("%s after the last success: %v", tc.stale, lines)
				}
			})
		})
	}
}

// TestStaleWhateverHoldsUpTheLoop has a log that nobody reads, so that the first line about a failure holds up everything else.
func TestStaleWhateverHoldsUpTheLoop(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 1 AS n")
	cfg := load(t, strings.Replace(app(url, kpi("it", "SELECT 5 AS value", "every: 1m\nstale_after: 3m\ndatabase: app")+
		kpi("waits", "SELECT 5 AS value", "every: 1m\nstale_after: 3m\nperiod: day\ndatabase: loads")+
		kpi("fails", faulty, "every: 1m\nstale_after: 1h\ndatabase: app")), "{app:", fmt.Sprintf("{loads: {url: %q, data_until: SELECT NULL}, app:", url), 1))
	synctest.Test(t, func(t *testing.T) {
		log := stuckLog{slog.NewTextHandler(t.Output(), nil), make(chan struct{})}
		read := sync.OnceFunc(func() { close(log.read) })
		defer read()
		c, _ := withClock(t, cfg, slog.New(log))
		fresh := func() bool { return exposed(t, c)[`kpi_value{kpi="it"} 5`] }
		up := func(n int) bool {
			lines := exposed(t, c)
			return lines[fmt.Sprintf(`kpi_up{kpi="it"} %d`, n)] && lines[fmt.Sprintf(`kpi_up{kpi="waits"} %d`, n)]
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !fresh() || !up(1) {
			t.Fatalf("no value, or it is not up, on\n%s", page(t, c))
		}
		execSQLite(t, url, "UPDATE t SET n = 'x'")
		time.Sleep(time.Minute)
		synctest.Wait()
		held := c.Snapshot().KPIs[0].Evaluations
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if c.Snapshot().KPIs[0].Evaluations != held {
			t.Fatal("the log holds up nothing")
		}
		if fresh() {
			t.Error("a value is exposed four minutes after its evaluation")
		}
		if !up(0) {
			t.Errorf("what has gone stale is up on\n%s", page(t, c))
		}
		read()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !fresh() || !up(1) {
			t.Error("no value once the loop turns again, or it is not up")
		}
	})
}
