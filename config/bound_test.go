package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// loadTarget loads a file with one monthly KPI in Berlin and the given target.
func loadTarget(t *testing.T, said string) *Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yml")
	text := "databases:\n  app: {url: \"${URL}\"}\nkpis:\n  a:\n    title: A\n    period: month\n    timezone: Europe/Berlin\n" +
		"    labels: [plan]\n    query: SELECT 1 AS value\n    target: " + said + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBoundAt(t *testing.T) {
	const (
		steps = "{at_least: {steps: {2026-Q2: 900, 2026-Q1: 800, 2026-10: none, 2027: 1k}}}"
		ramp  = "{at_least: {ramp: {2026-01-01: 800, 2026-01-11: 900, 2026-01-21: 700, 2026-02: none}}}"
	)
	for _, test := range []struct {
		name, said, at string
		want           float64
		none           bool
	}{
		{"fixed", "{at_least: 12k}", "1970-01-01", 12_000, false},
		{"benchmark", "{at_least: {benchmark: 5, source: a study}}", "2026-01-01", 5, false},
		{"the past is not in the file", "{at_least: {previous_period: +5%}}", "2026-01-01", 0, true},
		{"nor is the stricter of it", "{at_least: {stricter_of: [1, 2]}}", "2026-01-01", 0, true},
		{"before the first step", steps, "2025-12-31T23:59:59+01:00", 0, true},
		{"first step", steps, "2026-01-01", 800, false},
		{"end of the first step", steps, "2026-03-31T23:59:59+02:00", 800, false},
		{"second step", steps, "2026-04-01T00:00:00+02:00", 900, false},
		{"a step that ends", steps, "2026-10-01", 0, true},
		{"the step after", steps, "2027-01-01", 1000, false},
		{"long after the last step", steps, "2040-01-01", 1000, false},
		{"before the ramp", ramp, "2025-12-31T23:59:59+01:00", 0, true},
		{"foot of the ramp", ramp, "2026-01-01", 800, false},
		{"a tenth up the ramp", ramp, "2026-01-02", 810, false},
		{"half a day more", ramp, "2026-01-02T12:00:00+01:00", 815, false},
		{"top of the ramp", ramp, "2026-01-11", 900, false},
		{"down the ramp", ramp, "2026-01-16", 800, false},
		{"after the last value", ramp, "2026-01-31", 700, false},
		{"after the end", ramp, "2026-02-01", 0, true},
		{"summer time is an hour shorter", "{at_least: {ramp: {2026-03-29: 0, 2026-03-30: 23}}}", "2026-03-29T12:00:00+02:00", 11, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := period.ParseTime(test.at, berlin(t))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := loadTarget(t, test.said).KPIs[0].Target.BoundSet.Target.Lower.At(at)
			if got != test.want || ok == test.none {
				t.Errorf("got %v, %v", got, ok)
			}
		})
	}
}

func TestCalendarSpan(t *testing.T) {
	for _, test := range []struct {
		name, key   string
		zone        string
		yearStart   time.Month
		first, next string // Empty: no such time.
	}{
		{"year", "2026", "Europe/Berlin", time.January, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"},
		{"fiscal year", "2026", "Europe/Berlin", time.April, "2026-04-01T00:00:00+02:00", "2027-04-01T00:00:00+02:00"},
		{"quarter", "2026-Q3", "Europe/Berlin", time.January, "2026-07-01T00:00:00+02:00", "2026-10-01T00:00:00+02:00"},
		{"fiscal quarter in the next calendar year", "2026-Q4", "UTC", time.February, "2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z"},
		{"fiscal quarter of December", "2026-Q2", "UTC", time.December, "2027-03-01T00:00:00Z", "2027-06-01T00:00:00Z"},
		{"month", "2026-12", "UTC", time.February, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"day", "2026-03-29", "Europe/Berlin", time.January, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"leap day", "2028-02-29", "UTC", time.January, "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"no leap day", "2026-02-29", "UTC", time.January, "", ""},
		{"a day that begins at one", "2026-09-06", "America/Santiago", time.January, "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		{"a fifth quarter", "2026-Q5", "UTC", time.January, "", ""},
		{"month 0", "2026-00", "UTC", time.January, "", ""},
		{"day 0", "2026-01-00", "UTC", time.January, "", ""},
		{"one digit", "2026-1", "UTC", time.January, "", ""},
		{"year 0", "0000", "UTC", time.January, "", ""},
		{"the last year", "9999", "UTC", time.January, "", ""},
		{"with time", "2026-01-01T00:00:00Z", "UTC", time.January, "", ""},
		{"line break", "2026\n", "UTC", time.January, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			first, next, ok := period.FiscalYear("").Span(test.key, period.Calendar{Location: zone, WeekStart: time.Monday, YearStart: test.yearStart})
			var got [2]string
			if ok {
				got = [2]string{first.Format(time.RFC3339), next.Format(time.RFC3339)}
			}
			if diff := cmp.Diff([2]string{test.first, test.next}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFiscalYear(t *testing.T) {
	for _, test := range []struct {
		key         string
		fiscalYear  period.FiscalYear
		yearStart   time.Month
		first, next string // Empty: no such time.
	}{
		{"2026", period.NamedByStart, time.February, "2026-02-01", "2027-02-01"},
		{"2026", period.NamedByEnd, time.February, "2025-02-01", "2026-02-01"},
		{"2026-Q1", period.NamedByStart, time.April, "2026-04-01", "2026-07-01"},
		{"2026-Q1", period.NamedByEnd, time.April, "2025-04-01", "2025-07-01"},
		{"2026-Q4", period.NamedByEnd, time.October, "2026-07-01", "2026-10-01"},
		{"2026-Q2", period.NamedByEnd, time.December, "2026-03-01", "2026-06-01"},
		{"2026-03", period.NamedByEnd, time.April, "2026-03-01", "2026-04-01"},
		{"2026-03-31", period.NamedByEnd, time.April, "2026-03-31", "2026-04-01"},
		{"2026", period.NamedByEnd, time.January, "2026-01-01", "2027-01-01"},
		{"2026-Q3", period.NamedByEnd, time.January, "2026-07-01", "2026-10-01"},
		{"0001", period.NamedByEnd, time.April, "", ""},
		{"2026-Q5", period.NamedByEnd, time.April, "", ""},
	} {
		t.Run(fmt.Sprintf("%s by its %s from %s", test.key, test.fiscalYear, test.yearStart), func(t *testing.T) {
			first, next, ok := test.fiscalYear.Span(test.key, period.Calendar{Location: time.UTC, WeekStart: time.Monday, YearStart: test.yearStart})
			var got [2]string
			if ok {
				got = [2]string{first.Format(time.DateOnly), next.Format(time.DateOnly)}
			}
			if diff := cmp.Diff([2]string{test.first, test.next}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestInheritedFiscalYear has the same step in KPIs, a query and a formula that inherit what it means.
func TestInheritedFiscalYear(t *testing.T) {
	const target = "target: {at_least: {steps: {2026-Q1: 800}}}"
	c := loadText(t, `databases: {app: {url: "${URL}"}}
timezone: UTC
defaults: {database: app, period: month, year_start: february, fiscal_year: end}
queries:
  money: {query: SELECT 1 AS revenue}
  sales: {query: SELECT 1 AS orders, fiscal_year: start}
kpis:
  by_default: {title: A, query: SELECT 1 AS value, `+target+`}
  own: {title: A, query: SELECT 1 AS value, fiscal_year: start, `+target+`}
  of_query: {title: A, from: sales, value: orders, `+target+`}
  own_of_query: {title: A, from: sales, value: orders, fiscal_year: end, `+target+`}
  formula: {title: A, formula: money.revenue / 2, `+target+`}
  own_of_formula: {title: A, formula: money.revenue / 2, fiscal_year: start, `+target+`}
`)
	bare := loadText(t, `databases: {app: {url: "${URL}"}}
timezone: UTC
queries: {money: {period: month, year_start: february, fiscal_year: end, query: SELECT 1 AS revenue}}
kpis:
  of_inputs: {title: A, formula: money.revenue / 2, `+target+`}
`)
	want := map[string]string{
		"by_default": "2025-02-01", "own": "2026-02-01", "of_query": "2026-02-01", "own_of_query": "2025-02-01",
		"formula": "2025-02-01", "own_of_formula": "2026-02-01", "of_inputs": "2025-02-01",
	}
	got := map[string]string{}
	for _, k := range slices.Concat(c.KPIs, bare.KPIs) {
		got[k.Name] = k.Target.Target.Lower.Steps[0].From.Format(time.DateOnly)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRuleBounds makes sure that nothing is drawn or told from bounds of which a file knows only a part.
func TestRuleBounds(t *testing.T) {
	value := func(v float64) *float64 { return &v }
	for _, test := range []struct {
		name, said string
		want       status.Bounds
	}{
		{"fixed", "{at_least: 5, tolerance: 20%}", status.Bounds{Target: status.Range{Lower: value(5)}, Critical: status.Range{Lower: value(4)}}},
		{"benchmark", "{at_most: {benchmark: 5, source: a study}}", status.Bounds{Target: status.Range{Upper: value(5)}}},
		{"moving target", "{at_least: {previous_period: +5%}, critical: 3}", status.Bounds{}},
		{"moving end", "{between: [3, {steps: {2026: 5}}]}", status.Bounds{}},
		{"moving critical", "{at_least: 5, critical: {previous_period: -5%}}", status.Bounds{}},
		{"moving stretch", "{at_least: 5, stretch: {previous_period: +5%}}", status.Bounds{Target: status.Range{Lower: value(5)}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, loadTarget(t, test.said).KPIs[0].Target.Bounds()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestInheritedCompare has defaults of which a KPI takes what its period has.
func TestInheritedCompare(t *testing.T) {
	c := loadText(t, `databases: {app: {url: "${URL}"}}
defaults: {compare: [previous_period, same_period_last_year]}
kpis:
  monthly: {title: A, query: SELECT 1 AS value, period: month}
  running: {title: A, query: SELECT 1 AS value, period: {to_date: month}}
  trailing: {title: A, query: SELECT 1 AS value, period: {trailing: 12mo}}
  level: {title: A, query: SELECT 1 AS value, period: instant}
  alone: {title: A, query: SELECT 1 AS value, period: {trailing: 7d}, compare: same_period_last_year}
`)
	both, year := []BoundSource{PreviousPeriod, SamePeriodLastYear}, []BoundSource{SamePeriodLastYear}
	want := map[string][]BoundSource{"monthly": both, "running": both, "trailing": year, "level": year, "alone": year}
	got := map[string][]BoundSource{}
	for _, k := range c.KPIs {
		got[k.Name] = k.Compare
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
