package grafanatest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/kpi-exporter/kpi_exporter/dashboards"
)

// testSizes reads the included boards with few KPIs and with very many: nothing is off the screen, nothing fails, and Prometheus is
// asked as often as with the demo.
func testSizes(t *testing.T, p *product) {
	t.Helper()
	t.Parallel()
	list := p.at(t.Context(), t, now()).scraped
	for name, some := range map[string][]exposed{
		"five":        slices.DeleteFunc(slices.Clone(list), func(e exposed) bool { return !slices.Contains(firstFive(), e.labels.Get("kpi")) && e.labels.Has("kpi") }),
		"two hundred": copied(list, 5),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w := newBlock(t, dir)
			for at := now().AddDate(0, 0, -8); !at.After(now()); at = at.Add(time.Hour) {
				w.write(t, at, some)
			}
			w.close(t)
			url := StartPrometheus(t, dir, lookback)
			var requests []Request
			for _, f := range dashboards.Included() {
				requests = append(requests, Request{Board: f.JSON, URL: url})
			}
			for _, r := range Read(t, now(), requests...) {
				for _, problem := range r.Problems() {
					t.Errorf("%s: %s", r.UID, problem)
				}
				if r.Queries > mostQueries(r.UID) {
					t.Errorf("%s: %d queries", r.UID, r.Queries)
				}
				for _, panel := range r.Panels {
					if panel.Message != nil && !strings.HasSuffix(*panel.Message, "history in this time range") {
						t.Errorf("%s: panel %q says %q", r.UID, panel.Title, *panel.Message)
					}
				}
				if t.Failed() {
					t.Log(r)
				}
			}
		})
	}
}

func firstFive() []string {
	return []string{"activation_rate", "revenue", "cohort_retention", "team_velocity", "time_to_market"}
}

// testFiltersThatMatchNothing reads the boards with filters while they leave no KPI: each panel says so, or counts none.
func testFiltersThatMatchNothing(t *testing.T, p *product) {
	t.Helper()
	t.Parallel()
	url := StartPrometheus(t, p.recent(t), lookback)
	var requests []Request
	for _, f := range dashboards.Included() {
		requests = append(requests, Request{Board: f.JSON, URL: url, Variables: map[string][]string{"level": {"diagnostic"}, "owner": {"people"}}})
	}
	for _, r := range Read(t, now(), requests...) {
		if !slices.ContainsFunc(r.Filters, func(f Filter) bool { return f.Label == "Owner" }) {
			continue
		}
		for _, problem := range r.Problems() {
			t.Errorf("%s: %s", r.UID, problem)
		}
		for _, panel := range r.Panels {
			says := strings.Join(panel.Lines, "\n")
			if !strings.Contains(says, "matches these filters") && (panel.Type != "stat" || panel.Message != nil) {
				t.Errorf("%s: panel %q says %q", r.UID, panel.Title, says)
			}
		}
		if t.Failed() {
			t.Log(r)
		}
	}
}

// copied returns series of n KPIs for each, with names and titles of their own.
func copied(list []exposed, n int) []exposed {
	var all []exposed
	for _, e := range list {
		if !e.labels.Has("kpi") {
			all = append(all, e)
			continue
		}
		for i := range n {
			b := labels.NewBuilder(e.labels)
			b.Set("kpi", fmt.Sprintf("%s_%d", e.labels.Get("kpi"), i))
			if title := e.labels.Get("title"); title != "" {
				b.Set("title", fmt.Sprintf("%s %d", title, i))
			}
			all = append(all, exposed{b.Labels(), e.value})
		}
	}
	return all
}
