package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

const stateSchema = `
CREATE TABLE orders (month date, region text, amount numeric, people int);
INSERT INTO orders
	SELECT (date_trunc('month', now() AT TIME ZONE 'Europe/Berlin') - make_interval(months => n))::date, region, 1000 * n + amount, people
	FROM generate_series(0, 15) n, (VALUES ('eu', 100.25, 7), ('us', 200.5, 8), ('mini', 71717, 2)) r (region, amount, people);
CREATE TABLE plan (kpi text, region text, at_least numeric);
INSERT INTO plan VALUES ('orders', 'eu', 1000), ('orders', NULL, 5000)`

const stateFile = `
timezone: Europe/Berlin
databases:
  app: {url: "${STATE_DATABASE_URL}"}
defaults: {period: month, every: 1h}
queries:
  plan:
    query: SELECT kpi, region, at_least FROM plan
  money:
    query: |
      SELECT region, sum(amount) AS amount, sum(people) AS people FROM orders /* a remark in the SQL */
      WHERE month >= :period_start AND month < :period_end GROUP BY region
kpis:
  orders:
    title: Orders
    from: money
    value: amount
    sample_size: people
    suppress_below: 5
    merge: sum
    labels: [region]
    compare: [previous_period]
    target: {from: plan}
  people:
    title: People
    from: money
    labels: []
    merge: sum
    value: people
  each:
    title: Each
    unit: currency:EUR
    formula: orders / people
    target: {at_least: {previous_period: +10%}}
  now:
    title: Now
    period: instant
    query: SELECT count(*) AS value FROM orders
`

// stateWorld is a database with a state file of the exporters that read it.
type stateWorld struct {
	t           *testing.T
	dir         string
	database    string // The URL of who may write.
	proxy       *pgtest.Proxy
	environment []string
}

func newStateWorld(t *testing.T) *stateWorld {
	t.Helper()
	w := &stateWorld{t: t, dir: t.TempDir(), database: postgres.NewDatabase(t, stateSchema), proxy: pgtest.NewProxy(t, postgres.Addr())}
	reader := strings.Replace(postgres.NewReader(t, w.database), postgres.Addr(), w.proxy.Addr(), 1)
	w.environment = []string{"STATE_DATABASE_URL=" + strings.Replace(reader, "@", ":hunter2secret@", 1)}
	w.write(stateFile)
	return w
}

func (w *stateWorld) write(file string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "kpi.yaml"), []byte(file), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *stateWorld) state() string { return filepath.Join(w.dir, "state") }

func (w *stateWorld) start(flags ...string) *server {
	w.t.Helper()
	s := startServerIn(w.t, w.environment, filepath.Join(w.dir, "kpi.yaml"), append([]string{"--state.file", w.state()}, flags...)...)
	s.awaitListening()
	return s
}

// down takes the database away.
func (w *stateWorld) down() {
	w.proxy.SetUpstream("127.0.0.1:1")
	w.proxy.Cut()
}

func (w *stateWorld) up() { w.proxy.SetUpstream(postgres.Addr()) }

// lines returns the lines of /metrics that match.
func (s *server) lines(pattern string) []string {
	s.t.Helper()
	return regexp.MustCompile("(?m)^"+pattern+".*$").FindAllString(s.request("GET", "/metrics", 200), -1)
}

// awaitLine waits until a line of /metrics matches.
func (s *server) awaitLine(pattern string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); len(s.lines(pattern)) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no line matches %s:\n%s", pattern, s.request("GET", "/metrics", 200))
		}
	}
}

// awaitAll waits until all KPIs of stateFile have succeeded.
func (s *server) awaitAll() {
	s.t.Helper()
	for _, name := range []string{"orders", "people", "each", "now"} {
		s.awaitLine(`kpi_up\{kpi="` + name + `"\} 1$`)
	}
}

// shown are the families that a restart must not change.
const shown = `kpi_(value|target|bound|status|attainment_ratio|sample_size|previous_value|period_\w+|last_success_timestamp_seconds|interval_seconds|stale_after_seconds|sample_info)\{`

// withheldSize is a line that is missing after a restart: the size of a sample that is withheld is not saved.
const withheldSize = `kpi_sample_size{kpi="orders",region="mini"} 2`

// fill starts the program for the first time, and ends it once all is known.
func (w *stateWorld) fill() (before []string) {
	w.t.Helper()
	s := w.start()
	s.awaitAll()
	before = s.lines(shown)
	s.awaitHistory("orders")
	s.end()
	return slices.DeleteFunc(before, func(line string) bool { return line == withheldSize })
}

// awaitHistory waits until the past of a KPI was read, and returns the values of a region, the oldest first.
func (s *server) awaitHistory(kpi string) (values []float64) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		var answer struct {
			History []struct {
				Samples []struct {
					Labels map[string]string
					Value  *float64
				}
			}
			Why []any
		}
		if err := json.Unmarshal([]byte(s.request("GET", "/api/v1/kpis/"+kpi, 200)), &answer); err != nil {
			s.t.Fatal(err)
		}
		if len(answer.History) >= 13 && len(answer.Why) > 0 {
			for _, point := range answer.History {
				for _, sample := range point.Samples {
					if region := sample.Labels["region"]; sample.Value != nil && (region == "eu" || region == "") {
						values = append(values, *sample.Value)
					}
				}
			}
			return values
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%d periods of %s", len(answer.History), kpi)
		}
	}
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s lacks %s", what, line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s has, too, %s", what, line)
		}
	}
}
