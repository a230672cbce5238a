package config

import "testing"

func TestHasPast(t *testing.T) {
	c := loadText(t, `databases: {app: {url: "${URL}"}}
defaults: {period: day}
kpis:
  visits: {title: T, query: SELECT count(*) AS value FROM t}
  today: {title: T, period: instant, query: SELECT count(*) AS value FROM t}
  then: {title: T, period: instant, query: SELECT count(*) AS value FROM t WHERE at <= :as_of}
  both: {title: T, formula: then / today}
  deep: {title: T, formula: both + 1}
  good: {title: T, formula: then + 1}
`)
	for name, want := range map[string]bool{"visits": true, "today": false, "then": true, "both": false, "deep": false, "good": true} {
		if got := c.KPI(name).HasPast(); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
