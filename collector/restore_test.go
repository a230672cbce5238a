package collector

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	statefile "github.com/kpi-exporter/kpi_exporter/internal/state"
)

// The tests of this file restart a collector within a bubble; cmd/kpi_exporter does it with the real program and a file.

// launchWith starts a collector that begins with a state.
func launchWith(t *testing.T, cfg *config.Config, saved *statefile.State) *running {
	t.Helper()
	r := launchAfter(t, cfg, func(c *Collector) { c.Remember(saved) })
	synctest.Wait()
	return r
}

// restartFile is a KPI of months that looks back, and one by cron, over a table of numbers.
func restartFile(t *testing.T, url string) *config.Config {
	return load(t, app(url, kpi("months", "SELECT n AS value FROM t", "period: month\nevery: 1h\nstale_after: 30h\ncompare: [previous_period]")+
		kpi("nights", "SELECT n AS value FROM t", "cron: 0 6 * * *")))
}

func (r *running) values(name string) (value, previous float64) {
	r.t.Helper()
	s := r.kpi(name)
	if s.Good == nil {
		return -1, -1
	}
	sample := s.Good.Samples[0]
	previous = -1
	if len(sample.Details().Previous) > 0 {
		previous = sample.Details().Previous[0].Value
	}
	return *sample.Value, previous
}

// After a restart the present is read again, and the past once it was read a day ago, however often the exporter was restarted.
func TestRestoredPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE t (n)", "INSERT INTO t VALUES (1)")
		cfg := restartFile(t, url)
		r := launchWith(t, cfg, nil)
		r.at("01T06:00:00")
		saved := r.State()
		r.stop()
		execSQLite(t, url, "UPDATE t SET n = 2")
		for _, step := range []struct {
			until    string
			previous float64
		}{{"01T12:00:00", 1}, {"01T23:50:00", 1}, {"02T02:00:00", 2}} {
			r = launchWith(t, cfg, saved)
			r.at(step.until)
			if value, previous := r.values("months"); value != 2 || previous != step.previous {
				t.Errorf("%s: %g, and %g before; want 2 and %g", step.until, value, previous, step.previous)
			}
			saved = r.State()
			r.stop()
		}
	})
}

// A value has the age that it has: it is stale when it would have been without a restart, at once if that is past.
func TestRestoredAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE t (n)", "INSERT INTO t VALUES (1)")
		cfg := restartFile(t, url)
		r := launchWith(t, cfg, nil)
		r.at("01T12:30:00")
		saved, read := r.State(), r.kpi("months").LastSuccess
		r.stop()
		execSQLite(t, url, "DROP TABLE t")

		r.at("02T12:00:00")
		r = launchWith(t, cfg, saved)
		if value, _ := r.values("months"); value != 1 || !r.kpi("months").LastSuccess.Equal(read) {
			t.Errorf("%g, read at %v; want 1, %v", value, r.kpi("months").LastSuccess, read)
		}
		r.at("02T17:59:00")
		if value, _ := r.values("months"); value != 1 {
			t.Errorf("before it is stale: %g", value)
		}
		r.at("02T18:31:00")
		if value, _ := r.values("months"); value != -1 {
			t.Errorf("once it is stale: %g", value)
		}
		r.stop()

		c := New(cfg, (&logbook{}).logger())
		c.Remember(saved)
		s := c.Snapshot().KPIs[0] // Its first evaluation has no answer yet.
		if s.Good != nil || !s.LastSuccess.Equal(read) || !exposed(t, c)[`kpi_up{kpi="months"} 0`] {
			t.Errorf("restarted too late: %v, read at %v, on\n%s", s.Good, s.LastSuccess, page(t, c))
		}
	})
}

// A KPI with a cron is not evaluated after a restart if no firing was missed.
func TestRestoredCron(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE t (n)", "INSERT INTO t VALUES (1)")
		cfg := restartFile(t, url)
		r := launchWith(t, cfg, nil)
		r.at("02T07:00:00")
		saved := r.State()
		r.stop()
		execSQLite(t, url, "UPDATE t SET n = 2")
		r = launchWith(t, cfg, saved)
		r.at("03T05:59:59")
		if value, _ := r.values("nights"); value != 1 {
			t.Errorf("%g before the next firing", value)
		}
		r.at("03T06:00:10")
		if value, _ := r.values("nights"); value != 2 {
			t.Errorf("%g after it", value)
		}
		r.stop()

		r = launchAfter(t, cfg, func(c *Collector) { c.Remember(saved) })
		r.at("03T06:00:30") // It has missed one.
		if value, _ := r.values("nights"); value != 2 {
			t.Errorf("%g after a firing was missed", value)
		}
	})
}

// What was read later than now has no age: it is not used.
func TestRestoredFromTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE t (n)", "INSERT INTO t VALUES (1)")
		cfg := restartFile(t, url)
		r := launchWith(t, cfg, nil)
		r.at("01T00:10:00")
		saved := r.State()
		r.stop()
		for i := range saved.KPIs {
			saved.KPIs[i].Success = time.Now().Add(time.Hour)
		}
		for i := range saved.Readings {
			saved.Readings[i].Read = time.Now().Add(time.Hour)
		}
		c := New(cfg, discard())
		if n := c.Remember(saved); n != 0 {
			t.Errorf("%d KPIs restored", n)
		}
	})
}

// Samples that cannot be those of the KPI, though they have its fingerprint, are not used.
func TestRestoredMisfit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE t (a, n)", "INSERT INTO t VALUES ('x', 1), ('y', 2)")
		cfg := load(t, app(url, kpi("it", "SELECT a, n AS value FROM t", "labels: [a]")))
		r := launchWith(t, cfg, nil)
		r.at("01T00:01:00")
		saved := r.State()
		r.stop()
		if n := New(cfg, discard()).Remember(saved); n != 1 {
			t.Fatalf("%d KPIs restored of one that fits", n)
		}
		fits := saved.Readings[0].Samples
		for name, samples := range map[string][]statefile.Sample{
			"twice":       {fits[0], fits[0]},
			"no label":    {{Value: new(1.0)}},
			"many labels": {{Labels: []string{"x", "y"}, Value: new(1.0)}},
		} {
			saved.Readings[0].Samples = samples
			if n := New(cfg, discard()).Remember(saved); n != 0 {
				t.Errorf("%s: restored", name)
			}
		}
	})
}

// Of several databases, each has its own age, and its own failure.
func TestRestoredDatabases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dbs := newRegions(t)
		cfg := load(t, dbs.file("", "period: instant\nevery: 1h\nstale_after: 5h", "double: {title: Double, formula: 2 * it}"))
		r := launchWith(t, cfg, nil)
		r.at("01T00:30:00")
		dbs.breakDown("us")
		r.at("01T03:00:00")
		before := r.kpi("it")
		saved := r.State()
		r.stop()
		dbs.breakDown("eu", "ap")
		c := New(cfg, discard())
		c.Remember(saved)
		after := (&running{Collector: c, t: t}).kpi("it")
		if len(before.Good.Samples) != 3 || len(after.Good.Samples) != 3 {
			t.Fatalf("%d samples before, %d after", len(before.Good.Samples), len(after.Good.Samples))
		}
		if !after.LastSuccess.Equal(before.LastSuccess) || len(after.Last.FailedDatabases) != 1 || after.Last.FailedDatabases[0].Database != "us" {
			t.Errorf("%v, failed %v; before %v", after.LastSuccess, after.Last.FailedDatabases, before.LastSuccess)
		}
		if text := after.Last.Failure.Error(); !strings.Contains(text, "before the restart (query)") {
			t.Errorf("%s", text)
		}
		r = launchWith(t, cfg, saved)
		r.at("01T05:45:00")
		if s := r.kpi("it"); s.Good == nil || len(s.Good.Samples) != 2 || slices.ContainsFunc(s.Good.Samples, func(s Sample) bool { return databaseOf(&s) == "us" }) {
			t.Errorf("once the oldest is stale: %+v", s.Good)
		}
	})
}

// Values from several databases that are merged are suppressed before they are saved, and a formula finds the sum as it was.
func TestSavedMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dbs := newRegions(t)
		cfg := load(t, dbs.file("", "period: instant\nmerge: sum\nsample_size: value\nsuppress_below: 100", "double: {title: Double, formula: 2 * it}"))
		r := launchWith(t, cfg, nil)
		r.at("01T00:30:00")
		if s := r.kpi("it"); s.Good == nil || !s.Good.Samples[0].Suppressed {
			t.Fatalf("%+v", s.Last.Failure)
		}
		for _, reading := range r.State().Readings {
			if len(reading.Databases) != 3 || len(reading.Samples) != 1 || !reading.Samples[0].Withheld || reading.Samples[0].Value != nil || reading.Samples[0].Size != nil {
				t.Errorf("%+v", reading)
			}
		}
	})
}

// In the background, what an earlier process has read takes the place of queries, until it is forgotten or a day old.
func TestRestoredInBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE t (n)", "INSERT INTO t VALUES (1)")
		cfg := load(t, app(url, kpi("days", "SELECT n AS value FROM t", "period: day")+"twice: {title: Twice, formula: 2 * days}\n"))
		asOf := at(t, "1999-12-01T00:00:00Z")
		ask := func(r *running) float64 {
			results := r.Snapshot().EvaluateInBackground(t.Context(), []Request{{KPI: cfg.KPIs[1], AsOf: asOf}})
			if results[0].Failure != nil {
				t.Fatal(results[0].Failure)
			}
			return *results[0].Samples[0].Value
		}
		r := launchWith(t, cfg, nil)
		r.at("01T00:30:00")
		ask(r)
		saved := r.State()
		r.stop()
		execSQLite(t, url, "UPDATE t SET n = 2")
		r = launchWith(t, cfg, saved)
		if got := ask(r); got != 2 {
			t.Errorf("%g, want twice what an earlier process has read", got)
		}
		saved = r.State()
		r.Snapshot().Forget(cfg.KPIs[1], asOf)
		if got := ask(r); got != 4 {
			t.Errorf("%g, want twice what is there, since what was read is forgotten", got)
		}
		r.stop()
		r = launchWith(t, cfg, saved)
		r.at("02T00:29:00")
		if got := ask(r); got != 2 {
			t.Errorf("%g before a day has passed", got)
		}
		r.at("02T00:31:00")
		if got := ask(r); got != 4 {
			t.Errorf("%g a day later", got)
		}
	})
}
