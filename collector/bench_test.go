package collector

import (
	"database/sql"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// BenchmarkRows reads a million rows of a label and a number, and throws the samples away: what is measured is the way
// of a row from the network into a sample. The bare loop scans the same columns with lib/pq alone. Both take turns, since
// the machine's mood changes faster than a benchmark ends, and x-bare compares the best of each.
func BenchmarkRows(b *testing.B) {
	url := server.NewDatabase(b)
	for _, kind := range []string{"float8", "numeric"} {
		query := fmt.Sprintf("SELECT n::text AS plan, (n * 0.25)::%s AS value FROM generate_series(1, 1000000) AS n", kind)
		db, err := sql.Open("postgres", url)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		cfg := load(b, app(url, kpi("it", query, "labels: [plan]\ntimeout: 5m")))
		e := NewEvaluator(cfg)
		b.Cleanup(e.Close)
		b.Run("bare/"+kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scanBare(b, db, query)
			}
		})
		b.Run("samples/"+kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				readSamples(b, e, cfg)
			}
		})
		b.Run("compared/"+kind, func(b *testing.B) {
			bare, samples := time.Hour, time.Hour
			for b.Loop() {
				started := time.Now()
				scanBare(b, db, query)
				middle := time.Now()
				readSamples(b, e, cfg)
				bare, samples = min(bare, middle.Sub(started)), min(samples, time.Since(middle))
			}
			b.ReportMetric(samples.Seconds()/bare.Seconds(), "x-bare")
		})
	}
}

func scanBare(b *testing.B, db *sql.DB, query string) {
	rows, err := db.QueryContext(b.Context(), query+" WHERE n > $1", 0)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var (
		plan  string
		value float64
	)
	for rows.Next() {
		if err := rows.Scan(&plan, &value); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}

// readSamples reads all rows of the only query as a run does, but keeps no sample.
func readSamples(b *testing.B, e *Evaluator, cfg *config.Config) {
	_, runs := e.runs(requests(cfg, time.Now()))
	r, read := runs[0], 0
	err := r.source.Run(b.Context(), r.query, func(columns []database.Column) (func([]database.Value) error, error) {
		r.each(func(p *consumer) (err error) {
			p.reader, err = newReader(p.kpi, p.database, columns)
			return err
		})
		return func(row []database.Value) error {
			read += r.each(func(p *consumer) error {
				_, err := p.reader.read(row)
				return err
			})
			return nil
		}, nil
	})
	if err != nil || read != 1_000_000 {
		b.Fatal(read, err)
	}
}

// BenchmarkEvaluate is a query that costs the database next to nothing: what remains is the price of asking.
func BenchmarkEvaluate(b *testing.B) {
	cfg := load(b, app(server.NewDatabase(b), kpi("it", "SELECT 1 AS value", "target: {at_least: 1}")))
	e := NewEvaluator(cfg)
	defer e.Close()
	b.ReportAllocs()
	for b.Loop() {
		if r := e.Evaluate(b.Context(), requests(cfg, time.Now())); r[0].Failure != nil {
			b.Fatal(r[0].Failure)
		}
	}
}

// BenchmarkMinute has KPIs of which each is due once a minute, without a page and with a clock that does not wait. What a KPI costs
// must not depend on how many there are.
func BenchmarkMinute(b *testing.B) {
	url := newSQLite(b)
	for _, kpis := range []int{44, 440, 4400} {
		b.Run(fmt.Sprint(kpis), func(b *testing.B) {
			var text strings.Builder
			for i := range kpis {
				text.WriteString(kpi(fmt.Sprintf("it_%d", i), fmt.Sprintf("SELECT %d AS value", i), "every: 1m\ntarget: {at_least: 1}"))
			}
			c := New(load(b, app(url, text.String())), discard())
			defer c.evaluator.Close()
			now := c.clock()
			c.clock = func() moment { return now }
			minute := func() {
				for range 60 {
					now = now.add(time.Second)
					c.look(b.Context(), now)
					c.takeAll()
				}
			}
			minute() // The first round, in which all are due at once.
			before, cpuBefore := c.evaluated(), cpu(b)
			b.ReportAllocs()
			for b.Loop() {
				minute()
			}
			evaluations := c.evaluated() - before
			if want := uint64(b.N * kpis); evaluations != want {
				b.Fatalf("%d evaluations, want %d", evaluations, want)
			}
			took := float64((cpu(b) - cpuBefore).Microseconds())
			b.ReportMetric(took/1000/float64(b.N), "cpu-ms/minute")
			b.ReportMetric(took/float64(evaluations), "cpu-us/evaluation")
		})
	}
}

// takeAll records the results of all evaluations under way.
func (c *Collector) takeAll() {
	done := make(chan struct{})
	go func() {
		c.running.Wait()
		close(done)
	}()
	for {
		select {
		case o := <-c.results:
			c.take(o)
		case <-done:
			return
		}
	}
}

// cpu returns how much of the processors this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (c *Collector) evaluated() (n uint64) {
	for _, s := range c.states {
		n += s.Evaluations
	}
	return n
}

// BenchmarkRowsAgain evaluates KPIs with few and with many rows, whose number is known from the last time or not.
func BenchmarkRowsAgain(b *testing.B) {
	for _, rows := range []int{3, 1000, 100_000} {
		cfg := load(b, app(newSQLite(b), kpi("it", fmt.Sprintf("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < %d) SELECT n AS value, n AS plan FROM r", rows),
			"labels: [plan]\nmax_series: 100000")))
		e := NewEvaluator(cfg)
		b.Cleanup(e.Close)
		for _, known := range []int{0, rows} {
			b.Run(fmt.Sprintf("%d/known=%t", rows, known > 0), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					all := requests(cfg, time.Now())
					all[0].rows = known
					if r := e.Evaluate(b.Context(), all); r[0].Failure != nil {
						b.Fatal(r[0].Failure)
					}
				}
			})
		}
	}
}

// BenchmarkCollect sends 10,000 series, as many as 2,000 samples with a target have.
func BenchmarkCollect(b *testing.B) {
	cfg := load(b, app(server.NewDatabase(b), kpi("it", "SELECT n::text AS plan, n AS value FROM generate_series(1, 2000) AS n",
		"labels: [plan]\nmax_series: 2000\ntarget: {at_least: 1}")))
	c := New(cfg, discard())
	defer c.evaluator.Close()
	result := c.evaluator.Evaluate(b.Context(), requests(cfg, time.Now()))[0]
	if result.Failure != nil {
		b.Fatal(result.Failure)
	}
	c.states[0].record(&result, c.clock())
	c.show(c.states[0], c.clock())
	b.ReportAllocs()
	for b.Loop() {
		ch, series := make(chan prometheus.Metric, 100), 0
		go func() {
			c.Collect(ch)
			close(ch)
		}()
		for range ch {
			series++
		}
		if series < 10_000 {
			b.Fatal(series)
		}
	}
}
