package collector

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// regions is three databases of a table orders with one row each, under a KPI without merge:.
type regions struct {
	t    *testing.T
	urls map[string]string
}

func newRegions(t *testing.T) regions {
	r := regions{t, map[string]string{}}
	for name, n := range map[string]int{"eu": 1, "us": 2, "ap": 3} {
		r.urls[name] = newSQLite(t, "CREATE TABLE orders (n int)", fmt.Sprintf("INSERT INTO orders VALUES (%d)", n))
	}
	return r
}

// file returns a KPI file with more KPIs; it holds what more says for each database.
func (r regions) file(database, kpi, kpis string) string {
	var b strings.Builder
	b.WriteString("timezone: UTC\ndatabases:\n")
	for _, name := range []string{"ap", "eu", "us"} {
		fmt.Fprintf(&b, "  %s: {url: %q%s}\n", name, r.urls[name], database)
	}
	return b.String() + "kpis:\n  it:\n    title: It\n    databases: [eu, us, ap]\n    query: SELECT n AS value FROM orders\n" + indent(4, kpi) + indent(2, kpis)
}

func (r regions) breakDown(names ...string) {
	for _, name := range names {
		execSQLite(r.t, r.urls[name], "ALTER TABLE orders RENAME TO away")
	}
}

func (r regions) repair(names ...string) {
	for _, name := range names {
		execSQLite(r.t, r.urls[name], "ALTER TABLE away RENAME TO orders")
	}
}

// shown returns what is exposed of the KPI it: the values by database, whether it is up, its failures and its last success.
func (r *running) shown() string {
	r.t.Helper()
	var words []string
	for _, name := range []string{"ap", "eu", "us"} {
		for n := range 100 {
			if exposed(r.t, r.Collector)[fmt.Sprintf(`kpi_value{database=%q,kpi="it"} %d`, name, n)] {
				words = append(words, fmt.Sprintf("%s=%d", name, n))
			}
		}
	}
	s := r.kpi("it")
	up := 0
	if s.Up() {
		up = 1
	}
	return fmt.Sprintf("%s up=%d failed=%d success=%s", strings.Join(words, " "), up, s.Failures[ReasonQuery], s.LastSuccess.UTC().Format("15:04"))
}

// TestOneDatabaseFails has three databases, of which one after the other fails and comes back.
func TestOneDatabaseFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dbs := newRegions(t)
		cfg := load(t, dbs.file("", "period: instant\ncron: \"*/10 * * * *\"\nstale_after: 1h", ""))
		r := launch(t, cfg)
		check := func(clock, want string) {
			t.Helper()
			r.at(clock)
			if got := r.shown(); got != want {
				t.Errorf("at %s: %s, want %s", clock, got, want)
			}
		}
		check("01T00:01:00", "ap=3 eu=1 us=2 up=1 failed=0 success=00:00")
		dbs.breakDown("us")
		execSQLite(t, dbs.urls["eu"], "UPDATE orders SET n = 10")
		r.at("01T00:10:01")
		if got, want := r.shown(), "ap=3 eu=10 us=2 up=0 failed=1 success=00:00"; got != want {
			t.Errorf("when one fails: %s, want %s", got, want)
		}
		// Another one fails, and the first comes back: each is as old as itself.
		r.at("01T00:29:59")
		dbs.repair("us")
		dbs.breakDown("eu")
		execSQLite(t, dbs.urls["us"], "UPDATE orders SET n = 20")
		r.at("01T00:41:00")
		if got := r.shown(); !strings.HasPrefix(got, "ap=3 eu=10 us=20 up=0") {
			t.Errorf("when another one fails: %s", got)
		}
		s := r.kpi("it")
		eu, us := s.successOf("eu").wall, s.successOf("us").wall
		if !s.LastSuccess.Equal(eu) || !eu.Before(at(t, "2000-01-01T00:30:00Z")) || us.Before(at(t, "2000-01-01T00:30:00Z")) {
			t.Errorf("eu succeeded at %s, us at %s, the oldest at %s", eu, us, s.LastSuccess)
		}
		// All fail: each stays until it is stale itself.
		dbs.breakDown("us", "ap")
		for _, step := range []struct{ clock, shown string }{
			{eu.Add(59 * time.Minute).Format("02T15:04:05"), "ap=3 eu=10 us=20 up=0"},
			{eu.Add(time.Hour + time.Second).Format("02T15:04:05"), "ap=3 us=20 up=0"},
			{"01T01:42:00", " up=0"},
		} {
			if r.at(step.clock); !strings.HasPrefix(r.shown(), step.shown) {
				t.Errorf("at %s: %s, want %s", step.clock, r.shown(), step.shown)
			}
		}
		dbs.repair("us", "eu", "ap")
		r.at("01T02:01:00")
		if got := r.shown(); !strings.HasPrefix(got, "ap=3 eu=10 us=20 up=1") {
			t.Errorf("when all are back: %s", got)
		}
	})
}

// TestOneDatabaseGoesStale has one database that fails from the beginning and one that fails later.
func TestOneDatabaseGoesStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dbs := newRegions(t)
		dbs.breakDown("ap")
		cfg := load(t, dbs.file("", "period: instant\nevery: 5m\nstale_after: 20m", ""))
		r := launch(t, cfg)
		r.at("01T00:10:00")
		if got := r.shown(); !strings.HasPrefix(got, "eu=1 us=2 up=0") {
			t.Errorf("without ap: %s", got)
		}
		dbs.breakDown("us")
		r.at("01T00:25:00")
		if got := r.shown(); !strings.HasPrefix(got, "eu=1 us=2 up=0") {
			t.Errorf("us fails: %s", got)
		}
		// A configuration in which other things have changed keeps what is shown.
		other := load(t, dbs.file("", "period: instant\nevery: 5m\nstale_after: 20m", "other: {title: Other, database: eu, period: instant, query: SELECT 1 AS value}"))
		if err := r.Reload(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if got := r.shown(); !strings.HasPrefix(got, "eu=1 us=2 up=0") {
			t.Errorf("after a reload: %s", got)
		}
		r.at("01T00:31:00")
		if got := r.shown(); !strings.HasPrefix(got, "eu=1 up=0") {
			t.Errorf("us is stale: %s", got)
		}
		if s := r.kpi("it"); s.LastSuccess.Before(at(t, "2000-01-01T00:20:00Z")) {
			t.Errorf("the last success is still that of us: %s", s.LastSuccess)
		}
		stale := 0
		for _, line := range r.log.lines(t) {
			if strings.Contains(line, "went stale") {
				stale++
			}
		}
		if stale != 1 {
			t.Errorf("%d lines about staleness in %v", stale, r.log.lines(t))
		}
	})
}

func TestDatabasesOfAResult(t *testing.T) {
	for _, tc := range []struct {
		name, kpi, database, broken string
		wantIt, wantFormula         string
	}{
		{name: "none", wantIt: `database="ap" 3; database="eu" 1; database="us" 2`, wantFormula: `database="ap" 6; database="eu" 2; database="us" 4`},
		{name: "one", broken: "us", wantIt: `database="ap" 3; database="eu" 1; failed [us] query`, wantFormula: "input"},
		{name: "two", broken: "us ap", wantIt: `database="eu" 1; failed [us ap] query`, wantFormula: "input"},
		{name: "all", broken: "us ap eu", wantIt: "failed [] query", wantFormula: "input"},
		{name: "merged", kpi: "merge: sum", broken: "us", wantIt: "failed [] query", wantFormula: "input"},
		{name: "merged, none", kpi: "merge: sum", wantIt: "6", wantFormula: "12"},
		{
			name: "how far the data reaches", database: ", data_until: SELECT 1777593600 + 0 * n FROM orders", broken: "us",
			wantIt: `database="ap" 3; database="eu" 1; failed [us] query`, wantFormula: "query",
		},
		{name: "nowhere is known how far", database: ", data_until: SELECT 1777593600 + 0 * n FROM orders", broken: "us ap eu", wantIt: "failed [] query", wantFormula: "query"},
		{
			name: "with a past", kpi: "period: day\ntarget: {at_least: {previous_period: +0%}}", broken: "us",
			wantIt: `database="ap" 3; database="eu" 1; failed [us] query`, wantFormula: "input",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dbs := newRegions(t)
			dbs.breakDown(strings.Fields(tc.broken)...)
			if !strings.Contains(tc.kpi, "period") {
				tc.kpi = "period: instant\n" + tc.kpi
			}
			cfg := load(t, dbs.file(tc.database, tc.kpi, "double: {title: Double, formula: 2 * it}"))
			e := NewEvaluator(cfg)
			defer e.Close()
			results := e.Evaluate(t.Context(), requests(cfg, at(t, "2026-05-01T00:00:00Z")))
			if got := describeDatabases(results[0]); got != tc.wantIt {
				t.Errorf("%s, want %s", got, tc.wantIt)
			}
			if f := results[1].Failure; f != nil && (string(f.Reason) != tc.wantFormula || len(results[1].Samples) > 0) || f == nil && describeDatabases(results[1]) != tc.wantFormula {
				t.Errorf("formula: %s, want %s", describe(results[1]), tc.wantFormula)
			}
		})
	}
}

func describeDatabases(r Result) string {
	var words []string
	for i := range r.Samples {
		s := r.Samples[i]
		word := fmt.Sprint(*s.Value)
		if len(s.Labels) > 0 {
			word = fmt.Sprintf("database=%q %s", s.Labels[0], word)
		}
		words = append(words, word)
	}
	if r.Failure != nil {
		failed := []string{}
		for _, f := range r.FailedDatabases {
			failed = append(failed, f.Database)
		}
		words = append(words, fmt.Sprintf("failed %v %s", failed, r.Failure.Reason))
	}
	return strings.Join(words, "; ")
}

// TestJSONOfDatabases has samples and an error in one element.
func TestJSONOfDatabases(t *testing.T) {
	dbs := newRegions(t)
	dbs.breakDown("us", "ap")
	cfg := load(t, dbs.file("", "period: instant", ""))
	e := NewEvaluator(cfg)
	defer e.Close()
	text, err := json.Marshal(e.Evaluate(t.Context(), requests(cfg, at(t, "2026-05-01T00:00:00Z")))[0])
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Samples []struct{ Labels map[string]string }
		Error   struct {
			Reason, Message string
			Databases       []string
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 1 || got.Samples[0].Labels["database"] != "eu" || got.Error.Reason != "query" {
		t.Errorf("%s", text)
	}
	if diff := cmp.Diff([]string{"us", "ap"}, got.Error.Databases); diff != "" {
		t.Error(diff)
	}
	want := `kpi "it": database "us": SQL logic error: no such table: orders (1); database "ap": SQL logic error: no such table: orders (1)`
	if got.Error.Message != want {
		t.Errorf("%s, want %s", got.Error.Message, want)
	}
}

// TestDisappearedLabel has a plan that nobody buys now: it is 0 and off target where the file lists the values of the label.
func TestDisappearedLabel(t *testing.T) {
	const sql = "SELECT plan, count(*) AS value FROM sales WHERE day >= :period_start AND day < :period_end GROUP BY plan"
	statements := []string{
		"CREATE TABLE sales (plan text, day timestamp)",
		"INSERT INTO sales VALUES ('pro', '2026-03-30 12:00:00'), ('basic', '2026-03-30 12:00:00'), ('pro', '2026-03-31 12:00:00')",
	}
	for engine, url := range map[string]string{"postgres": server.NewDatabase(t, statements...), "sqlite": newSQLite(t, statements...)} {
		for _, tc := range []struct{ name, more, want string }{
			{"open", "labels: [plan]", `plan="pro" 1 on_target`},
			{"closed", "labels: {plan: [basic, pro]}\non_empty: zero", `plan="basic" 0 off_target` + "\n" + `plan="pro" 1 on_target`},
		} {
			t.Run(tc.name+" on "+engine, func(t *testing.T) {
				cfg := load(t, app(url, kpi("it", sql, "period: day\ntarget: {at_least: 1}\n"+tc.more)))
				e := NewEvaluator(cfg)
				defer e.Close()
				var got []string
				for line := range strings.Lines(describe(e.Evaluate(t.Context(), requests(cfg, at(t, "2026-04-01T00:00:00Z")))[0])) {
					sample, _, _ := strings.Cut(line, " attainment")
					got = append(got, sample)
				}
				if diff := cmp.Diff(tc.want, strings.Join(got, "\n")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}
