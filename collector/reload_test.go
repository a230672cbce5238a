package collector

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func TestReload(t *testing.T) {
	url, other := newSQLite(t), newSQLite(t)
	file := func(changed, added string) *config.Config {
		return load(t, "# Lines move everything down.\n\n"+app(url, added+kpi("same", asOf, "owner: growth\nevery: 4h\ntarget: {at_least: 1}")+
			kpi("changed", "SELECT 1 AS value", "every: 4h\ntarget: {at_least: "+changed+"}")))
	}
	first := load(t, app(url, kpi("same", asOf, "every: 4h\ntarget: {at_least: 1}")+kpi("changed", "SELECT 1 AS value", "every: 4h\ntarget: {at_least: 1}")+
		kpi("removed", asOf, "every: 4h")))
	second := file("2", kpi("added", asOf, "every: 4h"))
	moved := load(t, app(other, kpi("same", asOf, "every: 4h\ntarget: {at_least: 1}")))
	wider := load(t, strings.Replace(app(other, kpi("same", asOf, "every: 4h\ntarget: {at_least: 1}")), "{url:", "{max_connections: 3, url:", 1))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, first)
		r.at("01T00:10:00")
		same, version := r.kpi("same"), r.Version()
		if err := r.Reload(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if s := r.Snapshot(); s.Config != second || s.Version <= version {
			t.Error("Reload returned before the new configuration was in force")
		}
		r.at("01T00:10:01")
		var got []string
		for _, s := range r.Snapshot().KPIs {
			got = append(got, fmt.Sprintf("%s: %d evaluations, as of %s, %s", s.KPI.Name, s.Evaluations, s.Good.AsOf.UTC().Format("15:04:05"), s.Good.Samples[0].Status))
		}
		want := []string{
			"added: 1 evaluations, as of 00:10:00, no_target",
			"same: 1 evaluations, as of 00:00:00, on_target",
			"changed: 2 evaluations, as of 00:10:00, off_target",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after the reload (-want +got):\n%s", diff)
		}
		if r.kpi("same").Good != same.Good {
			t.Error("an unchanged KPI lost its result")
		}
		if s := r.kpi("same"); s.KPI != second.KPI("same") {
			t.Error("an unchanged KPI still is that of the old file")
		}
		// The schedule of an unchanged KPI continues.
		next := nextRun(same.KPI, time.Now(), time.Now())
		time.Sleep(time.Until(next) + time.Second)
		synctest.Wait()
		if s := r.kpi("same"); s.Evaluations != 2 {
			t.Errorf("%d evaluations after the next regular run, want 2", s.Evaluations)
		}
		// Another database is another definition, and one that is read in another way is evaluated over its new connections.
		for i, cfg := range []*config.Config{moved, wider} {
			if err := r.Reload(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if s := r.kpi("same"); s.Evaluations != uint64(3+i) {
				t.Errorf("%d evaluations after the database has changed, want one at once", s.Evaluations)
			}
		}
		if n := len(r.Snapshot().KPIs); n != 1 {
			t.Errorf("%d KPIs, want 1", n)
		}
	})
}

// TestAnotherPasswordIsAnotherConnection changes a password in the file: no fingerprint holds it, but the connections do.
func TestAnotherPasswordIsAnotherConnection(t *testing.T) {
	first := load(t, app("postgres://kpi:old@localhost/app", kpi("it", "SELECT 1 AS value", "")))
	second := load(t, app("postgres://kpi:new@localhost/app", kpi("it", "SELECT 1 AS value", "")))
	e := NewEvaluator(first)
	defer e.Close()
	e.cache.byFingerprint = map[string]cacheEntry{first.KPI("it").Fingerprint(): {cachedAt: time.Now(), readings: map[readingKey]readout{{}: {}}}}
	for _, tc := range []struct {
		cfg  *config.Config
		want bool
	}{{first, true}, {second, false}} {
		next := newEvaluatorFrom(e, tc.cfg)
		if got := next.sharesConnections(e, tc.cfg.KPI("it")); got != tc.want {
			t.Errorf("the connections are shared: %t, want %t", got, tc.want)
		}
		if got := len(next.cache.of(tc.cfg.KPI("it")).readings) > 0; got != tc.want {
			t.Errorf("what was read over them is kept: %t, want %t", got, tc.want)
		}
		next.closeUnused(e)
	}
	if first.KPI("it").Fingerprint() != second.KPI("it").Fingerprint() {
		t.Error("the password changes the fingerprint")
	}
}

func TestReloadEndsWithItsContext(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "")))
	c := New(cfg, discard()) // Nobody runs it.
	defer c.evaluator.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Reload(ctx, cfg); err == nil {
		t.Error("a reload that nobody takes in succeeded")
	}
}
