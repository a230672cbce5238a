package insight

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// What values are compared with. Berlin's clock was put forward on 29 March 2026, and back on 25 October 2025 and 2026.
func TestAgainst(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		period         string
		settle         time.Duration
		asOf           string
		previous, year string // What is measured then.
		words          [2]Against
	}{
		"day of 23 hours": {
			"day", 0, "2026-03-30T12:00:00+02:00", "2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00",
			"2025-03-30T00:00:00+01:00 2025-03-31T00:00:00+02:00",
			[2]Against{PreviousPeriod, SamePeriodLastYear},
		},
		"month": {
			"month", 0, "2026-04-01T00:00:00+02:00", "2026-02-01T00:00:00+01:00 2026-03-01T00:00:00+01:00",
			"2025-03-01T00:00:00+01:00 2025-04-01T00:00:00+02:00",
			[2]Against{PreviousPeriod, SamePeriodLastYear},
		},
		"settled month": {
			"month", 48 * time.Hour, "2026-04-02T12:00:00+02:00", "2026-01-01T00:00:00+01:00 2026-02-01T00:00:00+01:00",
			"2025-02-01T00:00:00+01:00 2025-03-01T00:00:00+01:00",
			[2]Against{PreviousPeriod, SamePeriodLastYear},
		},
		"30 days do not overlap": {
			"days 30", 0, "2026-04-01T00:00:00+02:00", "2026-01-31T00:00:00+01:00 2026-03-02T00:00:00+01:00",
			"2025-03-03T00:00:00+01:00 2025-04-02T00:00:00+02:00",
			[2]Against{PreviousPeriod, SamePeriodLastYear},
		},
		"trailing, from the start of its window": {
			"trailing 30d", 0, "2026-04-10T12:00:00+02:00", "2026-02-09T11:00:00+01:00 2026-03-11T11:00:00+01:00",
			"2025-03-11T11:00:00+01:00 2025-04-10T12:00:00+02:00",
			[2]Against{PreviousPeriod, AYearAgo},
		},
		"instant": {
			"instant", 0, "2026-03-31T12:00:00+02:00", "2026-02-28T12:00:00+01:00 2026-02-28T12:00:00+01:00",
			"2025-03-31T12:00:00+02:00 2025-03-31T12:00:00+02:00",
			[2]Against{AMonthAgo, AYearAgo},
		},
		"to date, the same days": {
			"to_date month", 0, "2026-04-16T00:00:00+02:00", "2026-03-01T00:00:00+01:00 2026-03-16T00:00:00+01:00",
			"2025-04-01T00:00:00+02:00 2025-04-16T00:00:00+02:00",
			[2]Against{PreviousPeriod, SamePeriodLastYear},
		},
		"to date, all of it": {
			"to_date month", 0, "2026-04-30T23:59:59.999999999+02:00", "2026-03-01T00:00:00+01:00 2026-04-01T00:00:00+02:00",
			"2025-04-01T00:00:00+02:00 2025-05-01T00:00:00+02:00",
			[2]Against{PreviousPeriod, SamePeriodLastYear},
		},
	} {
		t.Run(name, func(t *testing.T) {
			key, value, isMap := strings.Cut(test.period, " ")
			p, err := period.Parse(key)
			if isMap {
				p, err = period.ParseMap(key, value)
			}
			if err != nil {
				t.Fatal(err)
			}
			k := &config.KPI{Period: p, Settle: test.settle, Calendar: period.Calendar{Location: berlin, WeekStart: time.Monday, YearStart: time.January}}
			measured := func(asOf time.Time) string {
				w := p.Window(k.Settled(asOf).Time, k.Calendar)
				return w.Start.Format(time.RFC3339) + " " + w.End.Format(time.RFC3339)
			}
			asOf, err := time.Parse(time.RFC3339Nano, test.asOf)
			if err != nil {
				t.Fatal(err)
			}
			before, words := Previous(k, asOf)
			yearBefore, yearWords := LastYear(k, asOf)
			got := []string{measured(before), string(words), measured(yearBefore), string(yearWords)}
			if diff := cmp.Diff([]string{test.previous, string(test.words[0]), test.year, string(test.words[1])}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// explain explains all KPIs of a product.
func (p product) explain(t testing.TB, asOf string, lastYear bool) []Explanation {
	t.Helper()
	requests := make([]Request, len(p.KPIs))
	for i, k := range p.KPIs {
		requests[i] = Request{k, at(t, asOf), lastYear}
	}
	return p.Explain(t.Context(), requests)
}

// month returns the start of a month of 2026.
func month(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }

// Where one label moved alike and another did not, and where the parts of each add up to the same change.
func TestExplainLabels(t *testing.T) {
	rows := []row{
		{at: month(3), a: "x", b: "p", v: 100.1},
		{at: month(3), a: "x", b: "q", v: 100.2},
		{at: month(3), a: "y", b: "p", v: 100.3},
		{at: month(3), a: "y", b: "q", v: 100.4},
		{at: month(4), a: "x", b: "p", v: 200.1},
		{at: month(4), a: "x", b: "q", v: 100.2},
		{at: month(4), a: "y", b: "p", v: 200.3},
		{at: month(4), a: "y", b: "q", v: 100.4},
	}
	p := open(t, "", `  k: {title: K, period: month, labels: [a, b], merge: sum, query: "SELECT a, b, v AS value FROM rows WHERE `+inPeriod+`"}`, rows)
	x := p.explain(t, "2026-05-01T00:00:00Z", false)[0]
	if x.Alike || x.Reason != "" || *x.From != 401 || *x.To != 601 || *x.Delta != 200 {
		t.Errorf("%+v", x)
	}
	if len(x.Attributions) != 2 || x.Attributions[0].Label != "b" || x.Attributions[0].Segments[0].Value != "p" {
		t.Fatalf("not by b first: %+v", x.Attributions)
	}
	for _, a := range x.Attributions {
		sum := 0.0
		for _, s := range a.Segments {
			sum += *s.Contribution
		}
		if math.Abs(sum-200) > 1e-9 {
			t.Errorf("contributions by %s add up to %v", a.Label, sum)
		}
	}
}

// A zero() without row is 0, a row without value is none; a lookback is an operand of its own, read as of each instant.
func TestExplainOperands(t *testing.T) {
	rows := []row{
		{at: month(2), a: "won", v: 10.0},
		{at: month(3), a: "won", v: 20.0},
		{at: month(4), a: "won", v: 50.0},
		{at: month(4), a: "lost", v: 5.0},
		{at: month(3), a: "empty"},
		{at: month(4), a: "empty"},
	}
	input := func(name string) string {
		return "  " + name + ": {title: " + name + ", period: month, query: \"SELECT v AS value FROM rows WHERE a = '" + name + "' AND " + inPeriod + "\"}\n"
	}
	p := open(t, "", `  net: {title: Net, formula: won - zero(lost)}
  growth: {title: Growth, formula: won - previous(won)}
  twice: {title: Twice, formula: won + won / positive(won) * 2}
  half: {title: Half, formula: won / (lost - lost)}
  nothing: {title: Nothing, formula: won + empty}
  zeroed: {title: Zeroed, formula: won + zero(empty)}
  mean: {title: Mean, formula: "mean(won, 2) - 1"}
`+input("won")+input("lost")+input("empty"), rows)
	var got []string
	for _, x := range p.explain(t, "2026-05-01T00:00:00Z", false)[:7] {
		words := x.KPI.Name + " " + string(x.Reason)
		if x.Delta != nil {
			words += fmt.Sprint(" ", *x.From, " to ", *x.To)
		}
		for _, a := range x.Attributions {
			for _, s := range a.Segments {
				words += fmt.Sprintf(", %s %v to %v: %v", s.Value, *s.From, *s.To, *s.Contribution)
			}
		}
		got = append(got, words)
	}
	want := []string{
		"net  20 to 45, won 20 to 50: 30, lost 0 to 5: -5",
		"growth  10 to 30, won 20 to 50: 30, previous(won) 10 to 20: -10",
		"twice  22 to 52, won 20 to 50: 30",
		"half no_value",
		"nothing no_value",
		"zeroed no_value",
		"mean  14 to 34, mean(won, 2) 15 to 35: 20",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Parts in several databases are explained by database, merged or not.
func TestExplainDatabases(t *testing.T) {
	rows := []row{{at: month(3), v: 1.0, n: 1.0, d: 10.0}, {at: month(4), v: 3.0, n: 3.0, d: 10.0}}
	const in = ", period: month, databases: [app, other], "
	query := `query: "SELECT v AS value, n AS numerator, d AS denominator FROM rows WHERE ` + inPeriod + `"}`
	p := open(t, "", "  sum: {title: S"+in+"merge: sum, "+query+"\n  ratio: {title: R"+in+"merge: ratio, "+query+
		"\n  greatest: {title: G"+in+"merge: max, "+query+"\n  each: {title: E"+in+"value: value, "+query+"\n  apart: {title: A"+in+`query: "SELECT v AS value FROM rows WHERE `+inPeriod+"\"}\n", rows)
	var got []string
	for _, x := range p.explain(t, "2026-05-01T00:00:00Z", false) {
		words := x.KPI.Name + " " + string(x.Reason)
		if x.Delta != nil {
			words += fmt.Sprint(" ", *x.Delta)
		}
		for _, a := range x.Attributions {
			words += fmt.Sprint(" ", a.Label, " ", a.Method)
			for _, s := range a.Segments {
				words += fmt.Sprintf(" %s %.3f", s.Value, s.weight())
			}
		}
		got = append(got, words)
	}
	want := []string{
		"sum  4 database contribution app 0.000 other 0.000",
		"ratio  0.2 database mix_rate app 0.100 other 0.100",
		"greatest merge_min_max 2",
		"each not_the_quotient",
		"apart  database change app 2.000 other 2.000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The whole period that the data does not cover yet is compared with nothing; one that moves with as-of up to where the data is.
func TestExplainLateData(t *testing.T) {
	var rows []row
	for day := range 60 {
		rows = append(rows, row{at: month(3).AddDate(0, 0, day), a: "x", v: 1.0})
	}
	p := open(t, "", `  month: {title: M, from: q, period: month, labels: [a], merge: sum}
  so_far: {title: S, from: q, period: {to_date: month}, labels: [a], merge: sum}
queries:
  q: {labels: [a], data_until: "SELECT `+fmt.Sprint(month(4).AddDate(0, 0, 10).Unix())+`", query: "SELECT a, sum(v) AS value FROM rows WHERE `+inPeriod+` GROUP BY a"}
`, rows)
	late := p.explain(t, "2026-05-01T00:00:00Z", false)[0]
	if !late.Incomplete || late.Reason != "no_value" || late.From != nil || late.To != nil {
		t.Errorf("%+v", late)
	}
	moved := p.explain(t, "2026-04-20T00:00:00Z", false)[1]
	if moved.Reason != "" || *moved.To != 10 || *moved.From != 10 || !moved.AsOf.Equal(at(t, "2026-04-20T00:00:00Z")) {
		t.Errorf("%+v: from %v to %v", moved, *moved.From, *moved.To)
	}
}

// fixed evaluates to samples that it holds, as of the first instant it is asked for and any later one.
type fixed struct{ before, after []collector.Sample }

func (f fixed) Evaluate(_ context.Context, requests []collector.Request) []collector.Result {
	results := make([]collector.Result, len(requests))
	for i, r := range requests {
		samples := f.before
		if r.AsOf.Month() == time.May {
			samples = f.after
		}
		if len(r.KPI.LabelNames()) == 0 {
			samples = samples[:1]
		}
		results[i] = collector.Result{KPI: r.KPI, AsOf: r.AsOf, Samples: samples}
	}
	return results
}

// Ten KPIs with 200 segments each, of two labels, beyond their SQL.
func BenchmarkExplain(b *testing.B) {
	for _, merge := range []string{"sum", "ratio"} {
		b.Run(merge, func(b *testing.B) {
			var kpis strings.Builder
			for i := range 10 {
				fmt.Fprintf(&kpis, "  k%d: {title: K, from: q, labels: [], merge: %s}\n", i, merge)
			}
			kpis.WriteString("queries:\n  q: {period: month, labels: [a, b], query: \"SELECT a, b, v AS value, n AS numerator, d AS denominator FROM rows WHERE " + inPeriod + "\"}\n")
			p := open(b, "", kpis.String(), nil)
			samples := func(seed float64) (list []collector.Sample) {
				for i := range 200 {
					n, d := float64(i)+seed, 1000*seed+float64(i) // Amounts of money.
					list = append(list, collector.Sample{
						Labels: []string{fmt.Sprint("segment ", i), fmt.Sprint(i % 20)}, Value: new(math.Round(1e4*n/d) / 100), SampleSize: &d, Numerator: &n, Denominator: &d, IsQuotient: true,
					})
				}
				return list
			}
			p.evaluator = fixed{samples(1.3), samples(2.7)}
			for b.Loop() {
				for _, x := range p.explain(b, "2026-05-01T00:00:00Z", false) {
					if x.Reason != "" || len(x.Attributions) != 2 || len(x.Attributions[0].Segments) != 200 && len(x.Attributions[1].Segments) != 200 {
						b.Fatalf("%+v", x)
					}
				}
			}
		})
	}
}

// ending evaluates as another evaluator does, and then nobody waits any longer.
type ending struct {
	Evaluator
	cancel context.CancelFunc
}

func (e ending) Evaluate(ctx context.Context, requests []collector.Request) []collector.Result {
	defer e.cancel()
	return e.Evaluator.Evaluate(ctx, requests)
}

// TestNothingIsFoundForNobody has everything read when the context ends: nothing is computed from it, and no further period is read.
func TestNothingIsFoundForNobody(t *testing.T) {
	until := at(t, "2026-03-10T00:00:00Z")
	kpis := ""
	for i := range 20 {
		kpis += fmt.Sprintf("  k%d: {title: K, period: day, query: \"SELECT sum(v) + %[1]d AS value FROM rows WHERE %[2]s\"}\n", i, inPeriod)
	}
	p := open(t, "", kpis, days(until, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20))
	e := collector.NewEvaluator(p.Config)
	t.Cleanup(e.Close)
	why, past := make([]Request, len(p.KPIs)), make([]HistoryRequest, len(p.KPIs))
	for i, k := range p.KPIs {
		why[i], past[i] = Request{KPI: k, AsOf: until}, HistoryRequest{KPI: k, AsOf: until, N: 20}
	}
	explained := func(list []Explanation) (n int) {
		for i := range list {
			if x := &list[i]; x.Delta != nil {
				n++
			} else if x.KPI == nil || x.Reason != Failed || !errors.Is(x.Failure, context.Canceled) {
				t.Errorf("%+v, want the failure %v", x, context.Canceled)
			}
		}
		return n
	}
	if n := explained(p.With(e).Explain(t.Context(), why)); n != len(why) {
		t.Errorf("%d explanations have a change, want %d", n, len(why))
	}
	ctx, cancel := context.WithCancel(t.Context())
	if n := explained(p.With(ending{e, cancel}).Explain(ctx, why)); n != 0 {
		t.Errorf("%d changes were explained to nobody", n)
	}
	ctx, cancel = context.WithCancel(t.Context())
	read := 0
	p.With(ending{e, cancel}).Histories(ctx, past, func(done, _ int) { read = done })
	if want := atOnce * len(past); read != want {
		t.Errorf("%d periods were read, want the %d of one round", read, want)
	}
}
