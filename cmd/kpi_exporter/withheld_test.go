package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// withheldKPIs sum parts of which one is withheld in one of two months, in every way that a KPI can.
const withheldKPIs = `databases: {app: {url: "sqlite://%s"}}
defaults: {period: month}
queries:
  sales:
    labels: [plan, region]
    query: "SELECT plan, region, v AS value, v AS numerator, n AS denominator, n FROM sales WHERE at >= :period_start AND at < :period_end"
kpis:
  parts: {title: Parts, from: sales, merge: sum, sample_size: n, value: value, suppress_below: 5}
  ratios: {title: Ratios, from: sales, numerator: numerator, denominator: n, suppress_below: 5}
  apart: {title: Apart, from: sales, merge: none, sample_size: n, value: value, suppress_below: 5}
`

// totalsOfWithheld are KPIs whose values a file shows beside the parts: query prints them, so that of these only explanations and
// reports are looked at.
const totalsOfWithheld = `  all: {title: All, from: sales, value: value, labels: [], merge: sum}
  rate: {title: Rate, from: sales, numerator: numerator, denominator: n, labels: [], merge: ratio}
  by_plan: {title: By plan, from: sales, value: value, labels: [plan], merge: sum}
  per_case: {title: Per case, formula: all / cases}
  cases: {title: Cases, from: sales, value: n, labels: [], merge: sum}
  grown: {title: Grown, formula: all - previous(all)}
  column: {title: Column, formula: sales_of_all.value * 2}
`

const columnQuery = `  sales_of_all: {labels: [], merge: sum, sample_size: n, suppress_below: 5, query: "SELECT plan, region, v AS value, n FROM sales WHERE at >= :period_start AND at < :period_end AND region = 'us'"}
`

// No output lets a withheld value be computed: it is not printed, and it is not a sum or difference of two numbers that are, nor what
// the parts that are shown leave of one.
func TestWithheldIsNotComputable(t *testing.T) {
	const withheld, others = 3701.0, 1009.0 + 20011 // The part that is withheld, and those beside it.
	number := regexp.MustCompile(`-?\d+(\.\d+)?(e[-+]?\d+)?`)
	for _, when := range []string{"2026-03", "2026-04"} {
		for _, test := range []struct {
			name   string
			totals string
			args   [][]string
		}{
			{"values", "", [][]string{
				{"query"},
				{"query", "--output", "json"},
				{"query", "--output", "csv"},
				{"query", "--last", "2"},
				{"query", "--last", "3", "--output", "json"},
				{"query", "parts", "--last", "3"},
				{"report"},
				{"report", "--period", "month", "--format", "json"},
				{"report", "--period", "month", "--format", "markdown"},
			}},
			{"explanations", totalsOfWithheld, [][]string{
				{"query", "--why"},
				{"query", "--why", "--output", "json"},
				{"query", "--why", "--against", "last_year"},
				{"query", "--why", "--against", "last_year", "--output", "json"},
				{"report"},
				{"report", "--period", "month", "--format", "markdown"},
				{"report", "--period", "month", "--format", "html"},
				{"report", "--period", "month", "--format", "json"},
			}},
		} {
			t.Run(when+" "+test.name, func(t *testing.T) {
				dir := t.TempDir()
				writeSales(t, filepath.Join(dir, "sales.db"), when, withheld)
				text := fmt.Sprintf(withheldKPIs, filepath.Join(dir, "sales.db")) + test.totals
				if test.totals != "" {
					text = strings.Replace(text, "kpis:\n", columnQuery+"kpis:\n", 1)
				}
				file := filepath.Join(dir, "kpi.yaml")
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				for _, args := range test.args {
					var stdout, stderr bytes.Buffer
					args = append(args, "--config.file", file, "--as-of", "2026-05-01")
					if code := run(t.Context(), args, nil, &stdout, &stderr); code != exitOK {
						t.Fatalf("%v: exit %d: %s", args, code, &stderr)
					}
					var printed []float64
					for _, digits := range number.FindAllString(definitionsOf.ReplaceAllString(stdout.String(), "")+stderr.String(), -1) {
						v, err := strconv.ParseFloat(digits, 64)
						if err != nil {
							t.Fatal(err)
						}
						printed = append(printed, math.Abs(v))
					}
					is := func(v float64) bool { return math.Abs(v-withheld) < 0.5 || math.Abs(v-others-withheld) < 0.5 }
					for i, a := range printed {
						for _, b := range printed[i:] {
							if is(a) || is(a+b) || is(math.Abs(a-b)) {
								t.Errorf("%v: %v and %v give it away:\n%s", args, a, b, &stdout)
								return
							}
						}
					}
				}
			})
		}
	}
}

// writeSales writes sales of two months and of the year before, of which one part has three cases in one of the months.
func writeSales(t *testing.T, path, small string, withheld float64) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE sales (at text, plan text, region text, v real, n real)"); err != nil {
		t.Fatal(err)
	}
	for i, month := range []string{"2025-04", "2026-03", "2026-04"} {
		n, v := 90.0, 500.0+70*float64(i)
		if month == small {
			n, v = 3, withheld
		}
		for _, r := range []struct {
			plan, region string
			v, n         float64
		}{{"pro", "eu", 1009, 100}, {"basic", "eu", 20011, 800}, {"pro", "us", v, n}} {
			if _, err := db.ExecContext(t.Context(), "INSERT INTO sales VALUES (?, ?, ?, ?, ?)", month+"-15 12:00:00", r.plan, r.region, r.v, r.n); err != nil {
				t.Fatal(err)
			}
		}
	}
}
