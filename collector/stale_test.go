package collector

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestManyStaleInTheLog has KPIs that all go stale within a minute: ten have lines of their own, and one line counts the others.
func TestManyStaleInTheLog(t *testing.T) {
	const n = 30
	for name, set := range map[string]func(t *testing.T, url string, forward func(time.Duration)){
		"their queries fail": func(t *testing.T, url string, _ func(time.Duration)) {
			execSQLite(t, url, "UPDATE t SET n = 'x'")
		},
		"the machine has slept": func(_ *testing.T, _ string, forward func(time.Duration)) { forward(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			url := newSQLite(t, "CREATE TABLE t AS SELECT 5 AS n")
			var kpis strings.Builder
			for i := range n {
				kpis.WriteString(kpi(fmt.Sprintf("k%02d", i), fmt.Sprintf("%s -- %d", faulty, i), "every: 1m\nstale_after: 5m"))
			}
			cfg := load(t, app(url, kpis.String()))
			synctest.Test(t, func(t *testing.T) {
				log := &logbook{}
				c, forward := withClock(t, cfg, log.logger())
				time.Sleep(time.Hour)
				synctest.Wait()
				if got := log.lines(t); got != nil {
					t.Fatalf("the log has lines in the first hour: %v", got)
				}
				set(t, url, forward)
				time.Sleep(time.Hour)
				synctest.Wait()
				if up := exposed(t, c)[`kpi_up{kpi="k00"} 1`]; up != (name == "the machine has slept") {
					t.Errorf("up: %t", up)
				}
				stale := map[string]int{}
				for _, line := range log.said(t) {
					if strings.Contains(line, "went stale") {
						stale[strings.TrimRight(line, "0123456789")]++
					}
				}
				if len(stale) != 2 || stale["WARN KPI went stale: kpi=k"] != staleAtOnce || stale["WARN More KPIs went stale: kpis="] != 1 ||
					!log.holds(t, fmt.Sprintf("WARN More KPIs went stale: kpis=%d", n-staleAtOnce)) {
					t.Errorf("lines about staleness: %v in\n%s", stale, strings.Join(log.said(t), "\n"))
				}
			})
		})
	}
}
