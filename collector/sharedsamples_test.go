package collector

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestSharedSamples counts how often the links of a chain of formulas are computed: each once as of each instant, whichever
// KPIs are asked for in one go.
func TestSharedSamples(t *testing.T) {
	const links, periods = 200, 13
	kpis := kpi("a", "SELECT 1 AS value", "period: month")
	for i, read := 0, "a"; i < links; i++ {
		name := fmt.Sprintf("c%d", i)
		kpis += fmt.Sprintf("%s: {title: A link, formula: %s + 1}\n", name, read)
		read = name
	}
	cfg := load(t, app(newSQLite(t), kpis))
	e := NewEvaluator(cfg)
	t.Cleanup(e.Close)
	type link struct {
		kpi  string
		asOf time.Time
	}
	computed := map[link]int{}
	asked := LastPeriods(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)), periods)
	pending, runs := e.runs(asked)
	pending[0].shared.computed = func(k *config.KPI, asOf time.Time) { computed[link{k.Name, asOf}]++ }
	executeAll(t, pending, runs)
	if len(computed) != links*periods {
		t.Errorf("%d links were computed, want %d", len(computed), links*periods)
	}
	for l, n := range computed {
		if n != 1 {
			t.Errorf("%s as of %s was computed %d times", l.kpi, l.asOf, n)
		}
	}
	for i, ev := range pending {
		r := ev.result
		want := 1.0
		if n, ok := strings.CutPrefix(r.KPI.Name, "c"); ok {
			number, err := strconv.Atoi(n)
			if err != nil {
				t.Fatal(err)
			}
			want = float64(number + 2)
		}
		if r.Failure != nil || len(r.Samples) != 1 || *r.Samples[0].Value != want {
			t.Errorf("request %d: %s is %+v (%v), want %v", i, r.KPI.Name, r.Samples, r.Failure, want)
		}
	}
}

// TestSharedRows counts who reads rows: those of a query, or of a file, are made into samples once for all formulas that need them, however
// many these are, and once for a KPI that has a value of its own.
func TestSharedRows(t *testing.T) {
	const links, periods = 50, 4
	for name, a := range map[string]string{
		"query":          kpi("a", "SELECT 1 AS value", "period: month"),
		"looks back":     kpi("a", "SELECT strftime('%m', :period_start) * 1.0 AS value", "period: month"),
		"values by hand": "a: {title: A, period: month, values_file: a.csv}\n",
	} {
		t.Run(name, func(t *testing.T) {
			kpis, read := a, "a"
			for i := range links {
				next := fmt.Sprintf("c%d", i)
				kpis += fmt.Sprintf("%s: {title: A link, formula: %s + previous(a)}\n", next, read)
				read = next
			}
			cfg := loadWithValues(t, app(newSQLite(t), kpis), map[string]string{"a.csv": "period,value\n2026-04,1\n"})
			e := NewEvaluator(cfg)
			t.Cleanup(e.Close)
			asked := LastPeriods(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)), periods)
			_, runs := e.runs(asked)
			consumers, takers := 0, 0
			for _, r := range runs {
				consumers += len(r.consumers)
				for i := range r.consumers {
					takers += len(r.consumers[i].takers)
				}
			}
			// As of each instant one for the KPI itself, one for the formulas as of then, and one for those that look back.
			if most := 3 * (periods + 1); consumers > most {
				t.Errorf("%d readers of rows, want at most %d", consumers, most)
			}
			if want := periods + 2*links*periods; takers != want {
				t.Errorf("%d needs of rows, want %d", takers, want)
			}
		})
	}
}

// TestLongLists has each link of a chain look further back than the one before. Only what is asked for is listed at length, not also what
// every link is computed from as of every instant.
func TestLongLists(t *testing.T) {
	for name, test := range map[string]struct {
		links   int
		formula string // READ is the link before.
	}{
		"one period":    {100, "previous(READ) + a"},
		"one year":      {100, "last_year(READ) + a"},
		"both look":     {100, "previous(READ) + previous(a)"},
		"two ways":      {8, "previous(READ) + last_year(READ) + a"},
		"means":         {5, "mean(READ, 3) + a"},
		"here and back": {8, "READ + previous(READ) + a"},
	} {
		t.Run(name, func(t *testing.T) {
			kpis, read := kpi("a", "SELECT 1 AS value", "period: month"), "a"
			for i := range test.links {
				next := fmt.Sprintf("c%d", i)
				kpis += fmt.Sprintf("%s: {title: A link, formula: '%s'}\n", next, strings.ReplaceAll(test.formula, "READ", read))
				read = next
			}
			cfg := load(t, app(newSQLite(t), kpis))
			e := NewEvaluator(cfg)
			t.Cleanup(e.Close)
			pending, runs := e.runs(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)))
			computed := map[computationKey]int{}
			shared := pending[0].shared
			shared.computed = func(k *config.KPI, asOf time.Time) { computed[computationKey{k, asOf.UnixNano()}]++ }
			needs := 0
			for _, ev := range pending {
				needs += len(ev.readings)
			}
			executeAll(t, pending, runs)
			if most := needs + fewReadings*len(computed)/2; shared.listed > most {
				t.Errorf("%d readings are listed, want at most %d: %d are needed, of %d computations", shared.listed, most, needs, len(computed))
			}
			for l, n := range computed {
				if n != 1 {
					t.Errorf("%s as of %d was computed %d times", l.kpi.Name, l.asOf, n)
				}
			}
			for _, ev := range pending {
				if r := ev.result; r.Failure != nil || len(r.Samples) != 1 || r.Samples[0].Value == nil {
					t.Errorf("%s is %+v (%v)", r.KPI.Name, r.Samples, r.Failure)
				}
			}
		})
	}
}

// TestAnyOrder has formulas before and behind what they read: in every order each is computed once as of each instant, what it is computed
// from is looked for as often, and the values are the same.
func TestAnyOrder(t *testing.T) {
	for name, test := range map[string]struct {
		links, rows int
		formulas    []string // One of them at random; X and Y are any links before, A is the one just before.
	}{
		"one instant":            {200, 1, []string{"X + Y", "X - 1", "A + X"}},
		"one looks back":         {20, 1, []string{"X - previous(Y)", "A + a", "A + mean(a, 12)"}},
		"chain that looks back":  {500, 1, []string{"A + previous(a)"}},
		"links look back":        {8, 1, []string{"A + previous(X)", "previous(A) + a", "mean(A, 3) + X"}},
		"more rows than is kept": {5 * maxKept / 2 / 2000, 2000, []string{"A + a", "X - Y"}},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			kpis := []string{kpi("a", fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i AS l, 1 AS value FROM n "+
				"WHERE :period_start < :period_end", test.rows), "labels: [l]\nperiod: month\nmax_series: 2000")}
			for i := range test.links {
				before := func(n int) string {
					if n == 0 {
						return "a"
					}
					return fmt.Sprintf("c%d", n)
				}
				formula := test.formulas[random.IntN(len(test.formulas))]
				formula = strings.NewReplacer("A", before(i), "X", before(random.IntN(i+1)), "Y", before(random.IntN(i+1))).Replace(formula)
				kpis = append(kpis, fmt.Sprintf("c%d: {title: A link, formula: '%s'}\n", i+1, formula))
			}
			want := computeAll(t, kpis)
			if lists := len(kpis); len(test.formulas) == 1 && want.followed > 3*lists {
				t.Errorf("listings looked into KPIs %d times for a chain of %d", want.followed, lists)
			}
			slices.Reverse(kpis)
			if diff := cmp.Diff(want, computeAll(t, kpis), cmp.AllowUnexported(computedAll{})); diff != "" {
				t.Errorf("backwards, -want +got:\n%s", diff)
			}
			for range 2 {
				random.Shuffle(len(kpis), func(i, j int) { kpis[i], kpis[j] = kpis[j], kpis[i] })
				if diff := cmp.Diff(want, computeAll(t, kpis), cmp.AllowUnexported(computedAll{})); diff != "" {
					t.Errorf("in random order, -want +got:\n%s", diff)
				}
			}
		})
	}
}

// computedAll is what it took to evaluate KPIs, and what they came to.
type computedAll struct {
	followed int                // How often listings looked into a KPI.
	values   map[string]float64 // The sum of the values of each KPI.
}

// computeAll evaluates KPIs, each of which must be computed once as of each instant.
func computeAll(t *testing.T, kpis []string) computedAll {
	t.Helper()
	cfg := load(t, "max_series: 1000000\n"+app(newSQLite(t), strings.Join(kpis, "")))
	e := NewEvaluator(cfg)
	defer e.Close()
	pending, runs := e.runs(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)))
	shared := pending[0].shared
	computed := map[computationKey]int{}
	shared.computed = func(k *config.KPI, asOf time.Time) { computed[computationKey{k, asOf.UnixNano()}]++ }
	executeAll(t, pending, runs)
	for c, n := range computed {
		if n != 1 {
			t.Errorf("%s as of %d was computed %d times", c.kpi.Name, c.asOf, n)
		}
	}
	all := computedAll{shared.followed, map[string]float64{}}
	for _, ev := range pending {
		r := ev.result
		if r.Failure != nil || len(r.Samples) == 0 {
			t.Errorf("%s has %d samples (%v)", r.KPI.Name, len(r.Samples), r.Failure)
		}
		for i := range r.Samples {
			all.values[r.KPI.Name] += *r.Samples[i].Value
		}
	}
	return all
}

// executeAll runs what evaluations wait for.
func executeAll(t *testing.T, pending []*evaluation, runs []*run) {
	t.Helper()
	for _, r := range runs {
		r.execute(t.Context())
		for i := range r.consumers {
			for _, taker := range r.consumers[i].takers {
				pending[taker.request].add(t.Context(), &r.consumers[i], 0)
			}
		}
	}
}

// TestSharedSamplesDiffer has one KPI read by evaluations that have not read the same: those that have share what they compute.
func TestSharedSamplesDiffer(t *testing.T) {
	kpis := kpi("a", "SELECT 1 AS value", "period: month") + "b: {title: B, formula: a + 1}\n"
	for _, name := range []string{"c1", "d5", "e1", "f5", "g7", "h1"} {
		kpis += name + ": {title: T, formula: b * 10}\n"
	}
	cfg := load(t, app(newSQLite(t), kpis))
	e := NewEvaluator(cfg)
	t.Cleanup(e.Close)
	pending, runs := e.runs(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)))
	computed := map[string]int{}
	pending[0].shared.computed = func(k *config.KPI, _ time.Time) { computed[k.Name]++ }
	for _, r := range runs {
		r.execute(t.Context())
		for i := range r.consumers {
			for _, taker := range r.consumers[i].takers {
				c := r.consumers[i]
				if name := taker.owner.Name; len(name) == 2 { // Equal ones are not the same in memory.
					c.samples = []Sample{{Labels: c.samples[0].Labels, Value: new(float64(name[1] - '0'))}}
				}
				pending[taker.request].add(t.Context(), &c, 0)
			}
		}
	}
	for i, want := range []float64{1, 2, 20, 60, 20, 60, 80, 20} {
		if got := *pending[i].result.Samples[0].Value; got != want {
			t.Errorf("%s is %v, want %v", pending[i].result.KPI.Name, got, want)
		}
	}
	if computed["b"] != 3 { // Of 1, 5 and 7.
		t.Errorf("b was computed %d times, want 3", computed["b"])
	}
}

// TestComputationsAreBounded has more computations than are kept: the latest stay, and so does what is used again.
func TestComputationsAreBounded(t *testing.T) {
	c := newComputations()
	used := computationKey{asOf: -1}
	c.keep(used, computation{})
	const samples = 1000
	for i := range 10 * maxKept / samples {
		c.keep(computationKey{asOf: int64(i)}, computation{samples: make([]Sample, samples)})
		if _, ok := c.of(used); !ok {
			t.Fatalf("after %d computations, one that is used again and again is not kept", i+1)
		}
		for j := max(0, i-maxKept/samples+2); j <= i; j++ {
			if _, ok := c.of(computationKey{asOf: int64(j)}); !ok {
				t.Fatalf("after %d computations, number %d is not kept", i+1, j)
			}
		}
		kept := 0
		for _, m := range []map[computationKey]computation{c.recent, c.older} {
			for _, one := range m {
				kept += len(one.samples)
			}
		}
		if most := 2 * (maxKept + samples); kept > most {
			t.Fatalf("%d samples are kept, want at most %d", kept, most)
		}
	}
}

// TestEvaluationEndsWithContext has everything read, and nobody waiting.
func TestEvaluationEndsWithContext(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("a", "SELECT 1 AS value", "period: month")+"b: {title: B, formula: a + 1}\n"))
	e := NewEvaluator(cfg)
	t.Cleanup(e.Close)
	pending, runs := e.runs(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)))
	pending[1].shared.computed = func(k *config.KPI, _ time.Time) { t.Errorf("%s was computed", k.Name) }
	ctx, cancel := context.WithCancel(t.Context())
	for _, r := range runs {
		r.execute(ctx)
		cancel()
		for i := range r.consumers {
			for _, taker := range r.consumers[i].takers {
				pending[taker.request].add(ctx, &r.consumers[i], 0)
			}
		}
	}
	cancel()
	for _, ev := range pending {
		if f := ev.result.Failure; f == nil || !errors.Is(f, context.Canceled) {
			t.Errorf("%s: failure %v", ev.result.KPI.Name, f)
		}
	}
}

// BenchmarkChains evaluates a year of chains of formulas. Twice the links take twice the time: x-linear is how much more than that it is.
func BenchmarkChains(b *testing.B) {
	for name, chain := range map[string]struct {
		links   int
		formula string
	}{
		"present":      {500, "%s + 1"},
		"earlier":      {500, "%s + previous(a)"},
		"ever earlier": {50, "previous(%s) + a"},
	} {
		b.Run(name, func(b *testing.B) {
			links, formula := chain.links, chain.formula
			var evaluators [2]*Evaluator
			var asked [2][]Request
			for n := range evaluators {
				kpis, read := kpi("a", "SELECT 1 AS value", "period: month"), "a"
				for i := range links*(n+1) - n {
					next := fmt.Sprintf("c%d", i)
					kpis += fmt.Sprintf("%s: {title: A link, formula: "+formula+"}\n", next, read)
					read = next
				}
				cfg := load(b, app(newSQLite(b), kpis))
				evaluators[n] = NewEvaluator(cfg)
				b.Cleanup(evaluators[n].Close)
				asked[n] = LastPeriods(requests(cfg, time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)), 12)
			}
			best := [2]time.Duration{time.Hour, time.Hour}
			for b.Loop() {
				for n, e := range evaluators {
					started := time.Now()
					e.Evaluate(b.Context(), asked[n])
					best[n] = min(best[n], time.Since(started))
				}
			}
			b.ReportMetric(best[1].Seconds()/best[0].Seconds()/2, "x-linear")
		})
	}
}
