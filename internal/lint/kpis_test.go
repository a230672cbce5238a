package lint

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTargetEnds(t *testing.T) {
	for _, test := range []struct {
		name, said string
		expires    string // In the words of the warning; empty: never.
	}{
		{"fixed", "{at_least: 5}", ""},
		{"past", "{at_least: {previous_period: +5%}}", ""},
		{"steps end with the last period", "{at_least: {steps: {2026-Q1: 1, 2026-Q2: 2}}}", "2026-07-01"},
		{"a ramp ends at its last date", "{at_least: {ramp: {2026-01: 1, 2026-06: 2}}}", "2026-06-01"},
		{"none ends it", "{at_least: {steps: {2026-Q1: 1, 2026-Q2: none}}}", ""},
		{"the first of several", "{at_least: {steps: {2026-Q1: 1, 2026-Q2: 2}}, critical: {steps: {2026-05: 1}}}", "2026-06-01"},
		{"within the stricter one", "{at_least: {stricter_of: [1, {steps: {2026-05: 1}}]}}", "2026-06-01"},
		{"segment", "{at_least: 5, segments: [{plan: pro, at_least: {steps: {2026-05: 1}}}]}", "2026-06-01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := loadText(t, "databases:\n  app: {url: \"${URL}\"}\nkpis:\n  a:\n    title: A\n    period: month\n    timezone: Europe/Berlin\n"+
				"    labels: [plan]\n    query: SELECT 1 AS value\n    target: "+test.said+"\n")
			now := time.Date(2026, 5, 31, 22, 0, 0, 0, time.UTC) // The midnight that begins June.
			warn := func(now time.Time) string {
				var texts []string
				for _, p := range Run(c, now) {
					if p.Check == "target_ends" {
						texts = append(texts, filepath.Base(p.String()))
					}
				}
				return strings.Join(texts, "\n")
			}
			end, ok := c.KPIs[0].Target.Expires()
			if ok != (test.expires != "") || ok && end.Format(time.DateOnly) != test.expires {
				t.Errorf("expires %v, %v", end, ok)
			}
			const format = "kpi.yml:4:3: warning: the target of KPI \"a\" %s on %s, its last value holds from then on [target_ends]\n  hint: write the value that follows, or none where it ends"
			want := strings.NewReplacer("%s on %s", "ends on "+test.expires).Replace(format)
			past := strings.NewReplacer("%s on %s", "ended on "+test.expires).Replace(format)
			if test.expires == "" {
				want, past = "", ""
			}
			if diff := cmp.Diff(past, warn(now.AddDate(1, 0, 0))); diff != "" {
				t.Errorf("a year later: %s", diff)
			}
			if test.expires != "2026-06-01" { // Then it ends at this very moment.
				if diff := cmp.Diff(want, warn(now)); diff != "" {
					t.Errorf("30 days before: %s", diff)
				}
			} else {
				if diff := cmp.Diff(past, warn(now)); diff != "" {
					t.Errorf("at the end: %s", diff)
				}
				if diff := cmp.Diff(want, warn(now.Add(-time.Second))); diff != "" {
					t.Errorf("before the end: %s", diff)
				}
			}
			if got := warn(now.Add(-soon - time.Second)); got != "" {
				t.Errorf("more than 30 days before: %s", got)
			}
		})
	}
}

// TestFutureDataFrom has a date on a database, a query and a KPI, at its first instant and just before.
func TestFutureDataFrom(t *testing.T) {
	c := loadText(t, `timezone: Europe/Berlin
databases:
  app: {url: "${URL}", data_from: 2026-06-01}
  other: {url: "${URL}", data_from: 2020-01-01}
queries:
  money: {database: other, data_from: 2026-06-01, period: month, query: "SELECT 1 AS a, 2 AS b WHERE :period_start < :period_end"}
kpis:
  a: {title: A, from: money, value: a}
  b: {title: B, from: money, value: b}
  c: {title: C, database: app, period: month, query: "SELECT 1 AS value WHERE :period_start < :period_end"}
  d: {title: D, database: app, period: month, query: "SELECT 2 AS value WHERE :period_start < :period_end"}
  e: {title: E, database: other, period: month, query: "SELECT 3 AS value WHERE :period_start < :period_end"}
  f: {title: F, database: app, data_from: 2020-01-01, period: month, query: "SELECT 4 AS value WHERE :period_start < :period_end"}
`)
	june := time.Date(2026, 5, 31, 22, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]string{
		june: "",
		june.Add(-time.Second): "kpi.yml:3:3: data_from is in the future: before 2026-06-01 nothing has a value\n" +
			"kpi.yml:6:74: data_from is in the future: before 2026-06-01 nothing has a value\n",
	} {
		got := ""
		for _, p := range Run(c, now) {
			if p.Check == "future_data_from" {
				got += fmt.Sprintf("%s:%d:%d: %s\n", filepath.Base(p.Position.File), p.Position.Line, p.Position.Column, p.Message)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("as of %s: %s", now, diff)
		}
	}
}
