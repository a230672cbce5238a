package web

import (
	"database/sql"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// withheldKPIs show parts of which one is withheld, and totals of them in every way that a KPI can.
const withheldKPIs = `
databases: {app: {url: "sqlite://%s"}}
defaults: {period: month}
queries:
  sales:
    labels: [plan, region]
    query: "SELECT plan, region, v AS value, v AS numerator, n AS denominator, n FROM sales WHERE at >= :period_start AND at < :period_end"
  sales_of_all: {labels: [], merge: sum, sample_size: n, suppress_below: 5, query: "SELECT plan, region, v AS value, n FROM sales WHERE at >= :period_start AND at < :period_end AND region = 'us'"}
kpis:
  parts: {title: Parts, from: sales, merge: sum, sample_size: n, value: value, suppress_below: 5, target: {at_least: {previous_period: +0%%}}}
  ratios: {title: Ratios, from: sales, numerator: numerator, denominator: n, suppress_below: 5}
  apart: {title: Apart, from: sales, merge: none, sample_size: n, value: value, suppress_below: 5}
  all: {title: All, from: sales, value: value, labels: [], merge: sum, target: {at_least: {previous_period: +0%%}}}
  rate: {title: Rate, from: sales, numerator: numerator, denominator: n, labels: [], merge: ratio}
  by_plan: {title: By plan, from: sales, value: value, labels: [plan], merge: sum}
  per_case: {title: Per case, formula: all / cases}
  cases: {title: Cases, from: sales, value: n, labels: [], merge: sum}
  grown: {title: Grown, formula: all - previous(all)}
  column: {title: Column, formula: sales_of_all.value * 2}
`

// No answer of the API lets a withheld value be computed: it is not in one, and it is not a sum or difference of two numbers that
// are, nor what the parts that are shown leave of one.
func TestWithheldIsNotComputable(t *testing.T) {
	number := regexp.MustCompile(`-?\d+(\.\d+)?(e[-+]?\d+)?`)
	for months := 1; months <= 2; months++ { // In the newest period, or in the one before.
		t.Run(fmt.Sprint(months, " ago"), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sales.db")
			writeSales(t, path, months, withheld)
			e := newExporter(t, fmt.Sprintf(withheldKPIs, path))
			eventually(t, "all is read", func() bool {
				for _, k := range e.keeper.Board().KPIs {
					if k.State != scoreboard.Current || !k.Explained || len(k.History.Points) < 30 {
						return false
					}
				}
				return true
			})
			addresses := []string{"/api/v1/kpis", "/api/v1/report", "/api/v1/report?period=month"}
			asOf := ""
			for range 2 {
				for _, k := range e.keeper.Board().KPIs {
					addresses = append(addresses, "/api/v1/kpis/"+k.Surveyed.KPI.Name+"?last=3"+asOf)
				}
				asOf = "&as_of=" + firstOfMonth(1).Format(time.DateOnly)
			}
			seen := map[float64]string{}
			for _, address := range addresses {
				body, err := io.ReadAll(e.get(address).Body)
				if err != nil {
					t.Fatal(err)
				}
				for _, digits := range number.FindAllString(withoutTimes.ReplaceAllString(string(body), ""), -1) {
					v, err := strconv.ParseFloat(digits, 64)
					if err != nil {
						t.Fatal(err)
					}
					seen[math.Abs(v)] = address
				}
			}
			giveNothingAway(t, seen)
		})
	}
}

const withheld, others = 3701.0, 1009.0 + 20011 // The part that is withheld, and those beside it.

// giveNothingAway looks for numbers, each with where it was seen, from which the withheld part could be computed.
func giveNothingAway(t *testing.T, seen map[float64]string) {
	t.Helper()
	is := func(v float64) bool { return math.Abs(v-withheld) < 0.5 || math.Abs(v-others-withheld) < 0.5 }
	for a, in := range seen {
		for b, also := range seen {
			if is(a) || is(a+b) || is(math.Abs(a-b)) {
				t.Fatalf("%v of %s and %v of %s give it away", a, in, b, also)
			}
		}
	}
}

// The metrics of parts, of which one is withheld now or was in the period before, do not let it be computed. Of totals beside them
// docs/targets.md says that they do.
func TestWithheldInMetrics(t *testing.T) {
	parts, _, _ := strings.Cut(withheldKPIs, "  all: ")
	for months := 1; months <= 2; months++ {
		t.Run(fmt.Sprint(months, " ago"), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sales.db")
			writeSales(t, path, months, withheld)
			c, keeper := boardtest.Start(t, fmt.Sprintf(parts, path))
			eventually(t, "all is evaluated", func() bool {
				return !slices.ContainsFunc(keeper.Board().KPIs, func(k scoreboard.KPI) bool { return k.State != scoreboard.Current })
			})
			registry := prometheus.NewRegistry()
			registry.MustRegister(c)
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			seen := map[float64]string{}
			for _, family := range families {
				for _, m := range family.GetMetric() {
					seen[math.Abs(m.GetGauge().GetValue()+m.GetCounter().GetValue())] = family.GetName()
				}
			}
			if _, ok := seen[20011]; !ok {
				t.Error("the metrics have no value of another part")
			}
			giveNothingAway(t, seen)
		})
	}
}

// withoutTimes matches what holds digits that are no values: times, and what identifies the definitions.
var withoutTimes = regexp.MustCompile(`\d{4}-\d\d-\d\d(T[0-9:.Z+-]+)?|"definitions": "[^"]*"`)

// firstOfMonth returns the first day of a month that began so many months ago.
func firstOfMonth(ago int) time.Time {
	now := time.Now().UTC()
	return time.Date(now.Year(), now.Month()-time.Month(ago), 1, 0, 0, 0, 0, time.UTC)
}

// writeSales writes sales of two months and of a year before, of which one part has three cases in the month that began so many ago.
func writeSales(t *testing.T, path string, small int, withheld float64) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string, args ...any) {
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE sales (at text, plan text, region text, v real, n real)")
	for i, ago := range []int{13, 2, 1} {
		n, v := 90.0, 500.0+70*float64(i)
		if ago == small {
			n, v = 3, withheld
		}
		for r := range strings.FieldsSeq("pro/eu basic/eu pro/us") {
			plan, region, _ := strings.Cut(r, "/")
			value, cases := v, n
			switch r {
			case "pro/eu":
				value, cases = 1009, 100
			case "basic/eu":
				value, cases = 20011, 800
			}
			exec("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", firstOfMonth(ago).AddDate(0, 0, 14).Format(time.DateOnly)+" 12:00:00", plan, region, value, cases)
		}
	}
}
