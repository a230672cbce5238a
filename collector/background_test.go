package collector

import (
	"context"
	"testing"
	"time"
)

// TestBackgroundDelaysNoSchedule has a KPI due each second while the only connection of its database is wanted by its past,
// which would take minutes.
func TestBackgroundDelaysNoSchedule(t *testing.T) {
	url := server.NewDatabase(t)
	cfg := load(t, "timezone: UTC\ndatabases: {app: {url: \""+url+"\", max_connections: 1}}\nkpis:\n"+indent(2,
		kpi("quick", "SELECT 1 AS value FROM (SELECT CASE WHEN :as_of < '2020-01-01' THEN pg_sleep(600) END) AS past", "every: 1s\ntimeout: 20m")))
	c := New(cfg, discard())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		c.Run(ctx)
		close(ended)
	}()
	defer func() {
		cancel()
		<-ended
	}()

	interrupted := 0
	background := make(chan Result)
	go func() {
		defer close(background)
		for ctx.Err() == nil {
			background <- c.Snapshot().EvaluateInBackground(ctx, []Request{{KPI: cfg.KPI("quick"), AsOf: time.Unix(0, 0)}})[0]
		}
	}()
	quick := func() *KPIState { return c.Snapshot().KPIs[0] }
	eventually(t, "the KPI is evaluated", func() bool { return quick().Good != nil })
	for interrupted < 3 {
		r := <-background
		switch {
		case r.Failure == nil:
			t.Fatal("the evaluation of the background ended")
		case r.Failure.Interrupted():
			interrupted++
		default:
			t.Fatal(r.Failure)
		}
	}
	// What interrupts is recorded once it has ended, a moment later.
	eventually(t, "there is an evaluation for each interruption", func() bool { return quick().Evaluations >= 3 })
	if s := quick(); s.Last.Failure != nil {
		t.Errorf("the last of %d evaluations failed with %v", s.Evaluations, s.Last.Failure)
	}
	cancel()
	for range background {
	}
}
