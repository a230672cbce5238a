package main

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var scaleBase = flag.String("scalebase", "", "another kpi_exporter, for example an older one, that BenchmarkScale measures beside this one")

const (
	scaleKPIs   = 5000
	scaleValues = 3 * scaleKPIs
)

// BenchmarkScale measures the real program with 5,000 KPIs of one PostgreSQL, some 160,000 series, and prints a table. It takes minutes
// and runs with make bench-scale. Figures of two programs in one table can be compared; those of two runs only where the machine has
// nothing else to do.
func BenchmarkScale(b *testing.B) {
	programs := []string{"kpi_exporter"} // This test binary, as main_test.go has it.
	if *scaleBase != "" {
		programs = append(programs, *scaleBase)
	}
	for b.Loop() {
		var tables []scaleTable
		for _, program := range programs {
			tables = append(tables, measureScale(b, program))
		}
		fmt.Println(joinTables(tables)) // A benchmark's own log is cut.
	}
}

// scaleTable is what was measured of one program.
type scaleTable [][2]string

func (t *scaleTable) add(what, format string, args ...any) {
	figure := fmt.Sprintf(format, args...)
	fmt.Fprintln(os.Stderr, what+":", figure) // The table comes minutes later.
	*t = append(*t, [2]string{what, figure})
}

// joinTables writes tables of the same rows side by side.
func joinTables(tables []scaleTable) string {
	head, rule := "| what | this program |", "| --- | --- |"
	if len(tables) > 1 {
		head, rule = head+" the other |", rule+" --- |"
	}
	lines := []string{head, rule}
	for i, row := range tables[0] {
		line := "| " + row[0]
		for _, t := range tables {
			line += " | " + t[i][1]
		}
		lines = append(lines, line+" |")
	}
	return strings.Join(lines, "\n")
}

func measureScale(b *testing.B, program string) scaleTable {
	b.Helper()
	var t scaleTable
	url := postgres.NewDatabase(b)
	daily := scaleFile(b, url, "15m")
	t.check(b, program, daily)
	t.firstValue(b, program, url)
	t.day(b, program, daily)
	t.fullLoad(b, program, scaleFile(b, url, "1s"))
	t.largeResult(b, program, url)
	return t
}

// scaleFile writes 5,000 KPIs of three values each. Every query is another one, so that they are due at different times. A fifth of which miss their target on a bad day.
func scaleFile(b *testing.B, url, every string) string {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "timezone: UTC\ndatabases: {app: {url: %q, max_connections: 2}}\ndefaults: {period: instant, every: %s, labels: [plan], unit: orders}\nkpis:\n", url, every)
	value := func(n int) int { // Off target, at risk, on target.
		switch {
		case n < scaleValues/5:
			return 8
		case n < scaleValues*3/10:
			return 11
		}
		return 13
	}
	for i := range scaleKPIs {
		fmt.Fprintf(&text, `  revenue_of_team_%d:
    title: Revenue of team %d
    description: What team %d has sold, in the unit in which it sells.
    owner: team_%d
    target: {at_least: 12, critical: 9}
    query: SELECT * FROM (VALUES ('basic', %d), ('pro', %d), ('team', %d)) AS sold (plan, value) WHERE value > -%d
`, i, i, i, i/10, value(i), value(scaleKPIs+i), value(2*scaleKPIs+i), i)
	}
	return writeScaleFile(b, text.String())
}

func writeScaleFile(b *testing.B, text string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func (t *scaleTable) check(b *testing.B, program, file string) {
	b.Helper()
	began := time.Now()
	check := exec.CommandContext(b.Context(), program, "check", "--config.file="+file)
	if out, err := check.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	usage, ok := check.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("no usage is known")
	}
	t.add("`check`: CPU, wall, memory", "%s, %s, %.0f MB", inSeconds(check.ProcessState.UserTime()+check.ProcessState.SystemTime()), inSeconds(time.Since(began)), float64(usage.Maxrss)/1000)
}

// firstValue measures how old a value is when it first is on the page.
func (t *scaleTable) firstValue(b *testing.B, program, url string) {
	b.Helper()
	file := writeScaleFile(b, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}}\nkpis: {now: {title: Now, period: instant, query: SELECT extract(epoch FROM clock_timestamp()) AS value}}\n", url))
	least := time.Hour
	for range 5 {
		s := serveScaled(b, program, file)
		s.await("its first value", func() bool {
			read := sum(b, s.page(), "kpi_value")
			least = min(least, time.Since(time.UnixMicro(int64(read*1e6)))) // Decades while there is none.
			return read != 0
		})
		s.end()
	}
	t.add("first value on `/metrics` after its query, best of 5", "%s", inMilliseconds(least))
}

// day measures a program whose KPIs are due every quarter of an hour: 5.6 evaluations a second.
func (t *scaleTable) day(b *testing.B, program, file string) {
	b.Helper()
	s := serveScaled(b, program, file)
	defer s.end()
	t.add("start until it answers", "%s", inSeconds(time.Since(s.started)))
	page := ""
	s.await("the first round", func() bool {
		time.Sleep(time.Second)
		page = s.page()
		return sum(b, page, "kpi_up") == scaleKPIs
	})
	t.add("first round, with the page asked for every second: wall, CPU", "%s, %s", inSeconds(time.Since(s.started)), inSeconds(s.cpu()))
	t.add("page: series, size", "%d, %.1f MB", strings.Count(page, "\n")-strings.Count(page, "\n#"), float64(len(page))/1e6)
	t.atRest(s, "at rest: cores", time.Minute)
	t.atRest(s, "asked every 15 s, gzipped: cores", 15*time.Second)
	now, most := s.resident()
	t.add("memory: now, at most", "%.0f MB, %.0f MB", now, most)
	t.scrapes(s)
	before, began := s.cpu(), time.Now()
	s.get(http.MethodPost, "/-/reload", "identity")
	t.add("reload of an unchanged file: wall, CPU", "%s, %s", inSeconds(time.Since(began)), inSeconds(s.cpu()-before))
}

// atRest measures a minute.
func (t *scaleTable) atRest(s *scaled, what string, every time.Duration) {
	const span = time.Minute
	before, began := s.cpu(), time.Now()
	for time.Since(began) < span {
		time.Sleep(every)
		if every < span {
			s.get(http.MethodGet, "/metrics", "gzip")
		}
	}
	t.add(what, "%.4f", (s.cpu()-before).Seconds()/time.Since(began).Seconds())
}

// scrapes compares the fastest of some scrapes with the fastest answer of a server that has the bytes ready.
func (t *scaleTable) scrapes(s *scaled) {
	page, _ := s.get(http.MethodGet, "/metrics", "identity")
	ready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) }))
	defer ready.Close()
	least := func(prepare func(), scrape func() time.Duration) time.Duration {
		least := time.Hour
		for range 10 {
			prepare()
			least = min(least, scrape())
		}
		return least
	}
	get := func(encoding string) func() time.Duration {
		return func() time.Duration { _, took := s.get(http.MethodGet, "/metrics", encoding); return took }
	}
	unchanged := func() {}
	changed := func() {
		n := sum(s.b, s.page(), "kpi_evaluations_total")
		s.await("another evaluation", func() bool { time.Sleep(250 * time.Millisecond); return true })
		for sum(s.b, s.page(), "kpi_evaluations_total") == n {
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(250 * time.Millisecond)
	}
	base := least(unchanged, func() time.Duration {
		_, took := fetch(s.b, &s.client, http.MethodGet, ready.URL, "identity")
		return took
	})
	same, other := least(unchanged, get("identity")), least(changed, get("identity"))
	t.add("scrape: ready bytes, unchanged, changed", "%s, %s (%.1f times), %s (%.1f times)", inMilliseconds(base), inMilliseconds(same), ratio(same, base), inMilliseconds(other), ratio(other, base))
	packed := least(changed, get("gzip"))
	t.add("changed scrape, gzipped", "%s (%.1f times identity)", inMilliseconds(packed), ratio(packed, other))
}

// fullLoad measures evaluations of KPIs that are always due, without and with a scraper.
func (t *scaleTable) fullLoad(b *testing.B, program, file string) {
	b.Helper()
	const span = 20 * time.Second
	s := serveScaled(b, program, file)
	defer s.end()
	s.await("the first round", func() bool { time.Sleep(time.Second); return sum(b, s.page(), "kpi_up") == scaleKPIs })
	var cost [2]float64
	var rate [2]float64
	for i, every := range []time.Duration{span, 5 * time.Second} {
		before, cpu, began := sum(b, s.page(), "kpi_evaluations_total"), s.cpu(), time.Now()
		for time.Since(began) < span {
			time.Sleep(every)
			if every < span {
				s.get(http.MethodGet, "/metrics", "gzip")
			}
		}
		used, took := s.cpu()-cpu, time.Since(began)
		n := sum(b, s.page(), "kpi_evaluations_total") - before
		cost[i], rate[i] = used.Seconds()/n*1e6, n/took.Seconds()
	}
	t.add("full load: evaluations a second, CPU of each", "%.0f, %.0f µs", rate[0], cost[0])
	t.add("full load, asked every 5 s", "%.0f, %.0f µs", rate[1], cost[1])
	_, most := s.resident()
	t.add("memory at full load, at most", "%.0f MB", most)
}

// largeResult measures one query of 100,000 rows.
func (t *scaleTable) largeResult(b *testing.B, program, url string) {
	b.Helper()
	file := writeScaleFile(b, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}}\nkpis: {large: {title: Large, period: instant, every: 10s, labels: [plan], max_series: 100000, "+
		"query: \"SELECT 'plan-' || n AS plan, n * 0.25 AS value FROM generate_series(1, 100000) AS n\"}}\n", url))
	s := serveScaled(b, program, file)
	defer s.end()
	s.await("four evaluations", func() bool {
		time.Sleep(3 * time.Second)
		s.get(http.MethodGet, "/metrics", "gzip")
		return sum(b, s.page(), "kpi_evaluations_total") >= 4
	})
	now, most := s.resident()
	t.add("one query of 100,000 rows, memory: now, at most", "%.0f MB, %.0f MB", now, most)
}

func inSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s" }

func inMilliseconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds()*1000, 'f', 1, 64) + " ms"
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }
