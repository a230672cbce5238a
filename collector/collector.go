package collector

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	maxSleep     = time.Minute            // Bounds how long the schedule relies on a clock that may be changed.
	publishEvery = 100 * time.Millisecond // Many results at once cost one snapshot.
)

// Collector evaluates every KPI on its schedule and exposes the latest samples. It implements prometheus.Collector;
// collecting reads a snapshot and never a database.
type Collector struct {
	logger       *slog.Logger
	descriptions map[string]*prometheus.Desc // Shared by all KPIs, by family.
	snapshot     atomic.Pointer[Snapshot]
	turned       atomic.Pointer[time.Time] // When the loop in Run last turned.
	tried        atomic.Bool               // Every database was tried; see Ready.
	reloads      chan reload
	results      chan outcome

	// The rest belongs to the goroutine in Run.
	cfg       *config.Config
	evaluator *Evaluator
	states    []*state
	late      map[string]bool   // The data that is late, as last logged.
	extra     map[string]string // Columns that no KPI reads, as last logged, by query.
	awake     time.Time         // When the schedule was last checked.
	changed   bool              // Something is known that the snapshot does not hold.
	published time.Time         // When the snapshot was made.
	decision  time.Time         // When the next decision takes effect, which the snapshot does not hold; zero if none is planned.
	running   sync.WaitGroup    // Evaluations under way, and connections that are being closed.
}

// reload is a configuration to switch to; done is closed once it is in force.
type reload struct {
	cfg  *config.Config
	done chan struct{}
}

// outcome is a result with the state it is for.
type outcome struct {
	state  *state
	result Result
}

// state is what is known about one KPI; only its snapshot leaves the goroutine in Run.
type state struct {
	KPIState
	next         time.Time          // When it is due.
	running      context.CancelFunc // Ends the evaluation under way; nil if there is none.
	gone         bool               // No longer in the configuration.
	retries      int                // Failures in a row.
	logged       string             // The failure that was last logged, by its reason and its databases; "" while all is well.
	missing      FailureReason      // Why earlier values are missing, as last logged; "" while none is.
	missingParts map[string]bool    // The missing parts of its values, as logged.
}

// New returns a collector of the KPIs of cfg. It evaluates nothing before Run.
func New(cfg *config.Config, logger *slog.Logger) *Collector {
	c := &Collector{
		logger:       logger,
		descriptions: newDescriptions(),
		reloads:      make(chan reload),
		results:      make(chan outcome),
		late:         map[string]bool{},
		extra:        map[string]string{},
	}
	c.turn()
	c.apply(cfg, time.Now())
	return c
}

// Reload switches to another configuration. KPIs whose definition is unchanged keep their samples and their schedule;
// databases whose definition is unchanged keep their connections; evaluations that nobody needs are canceled.
// Reload returns once the new one is in force.
func (c *Collector) Reload(ctx context.Context, cfg *config.Config) error {
	r := reload{cfg, make(chan struct{})}
	select {
	case c.reloads <- r:
		<-r.done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run evaluates until ctx ends, then cancels what is running, closes all connections and returns.
func (c *Collector) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case o := <-c.results:
			if ctx.Err() == nil { // Else it failed because it was canceled, which is not worth a word.
				c.take(o)
			}
		case r := <-c.reloads:
			c.apply(r.cfg, time.Now())
			close(r.done)
		case <-ctx.Done():
			cancel()
			c.drain()
			c.evaluator.Close()
			return
		}
		now := time.Now()
		c.start(ctx, now)
		c.expire(now)
		if !c.decision.IsZero() && !now.Before(c.decision) {
			c.changed, c.decision = true, time.Time{}
		}
		if c.changed && now.Sub(c.published) >= publishEvery {
			c.publish(now)
		}
		timer.Reset(c.sleep(now))
		c.turn()
	}
}

// drain waits for the evaluations under way and drops their results.
func (c *Collector) drain() {
	done := make(chan struct{})
	go func() {
		c.running.Wait()
		close(done)
	}()
	for {
		select {
		case <-c.results:
		case <-done:
			return
		}
	}
}

// apply puts a configuration in force.
func (c *Collector) apply(cfg *config.Config, now time.Time) {
	known := make(map[string]*state, len(c.states))
	for _, s := range c.states {
		s.gone = true
		known[s.KPI.Name] = s
	}
	start, old := now.Truncate(time.Second), c.evaluator
	c.cfg, c.evaluator = cfg, newEvaluatorFrom(old, cfg)
	states := make([]*state, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		s := &state{KPIState: newKPIState(k, c.descriptions, now), next: start}
		if before := known[k.Name]; before != nil {
			s.Evaluations, s.Failures, s.InvalidUTF8 = before.Evaluations, before.Failures, before.InvalidUTF8
			before.gone = before.KPI.Fingerprint() != k.Fingerprint() || !c.evaluator.sharesConnections(old, k)
			if !before.gone {
				s = before
				s.KPI = k // Its position in the file may have moved, and its databases are those of the new file.
			}
		}
		states[i] = s
	}
	for _, s := range known {
		if s.gone && s.running != nil {
			s.running()
		}
	}
	c.states = states
	if old != nil {
		next := c.evaluator
		c.running.Go(func() { old.closeUnused(next) })
	}
	c.publish(now)
}

// start begins an evaluation of every KPI that is due.
func (c *Collector) start(ctx context.Context, now time.Time) {
	if now.Round(0).Before(c.awake) { // The clock was set back: what was due within an interval is due now.
		for _, s := range c.states {
			if s.KPI.Cron == nil && s.next.Sub(now) > s.KPI.Every {
				s.next = now.Truncate(time.Second)
			}
		}
	}
	c.awake = now.Round(0)

	var (
		requests []Request
		due      []*state
		second   = now.Truncate(time.Second)
	)
	for _, s := range c.states {
		if s.running != nil || s.next.IsZero() || s.next.After(now) {
			continue
		}
		asOf := s.next
		switch {
		case s.KPI.Cron != nil: // For a retry, or after a long sleep, the firing is not when it is due.
			asOf = lastFiring(*s.KPI.Cron, second, s.KPI.Calendar.Location)
		case now.Sub(asOf) > maxSleep: // The machine has slept: better the present than what was due long ago.
			asOf = second
		}
		req := Request{KPI: s.KPI, AsOf: asOf, waitForData: true}
		if s.successes == nil { // Else a part of it is still to come.
			req.last = s.Good
		}
		req.wanted, s.running = context.WithCancel(ctx)
		requests = append(requests, req)
		due = append(due, s)
	}
	if len(due) == 0 {
		return
	}
	evaluator := c.evaluator
	c.running.Go(func() {
		evaluator.evaluate(ctx, requests, func(i int, r Result) { c.results <- outcome{due[i], r} })
	})
}

// take records a result and plans the next run.
func (c *Collector) take(o outcome) {
	s, now := o.state, time.Now()
	s.running()
	s.running = nil
	if s.gone {
		return
	}
	c.changed = true
	s.record(&o.result, now)
	if o.result.Failure != nil {
		s.retries++
		s.next = retryRun(s.KPI, o.result.scheduledAsOf, now, s.retries)
	} else {
		s.retries = 0
		s.next = nextRun(s.KPI, o.result.scheduledAsOf, now)
		if o.result.movedBack && s.KPI.Period.Kind == period.Last { // It is evaluated once the data covers it, and not an interval later.
			if again := ceilSecond(now.Add(freshnessTTL)); s.next.IsZero() || again.Before(s.next) {
				s.next = again
			}
		}
	}
	c.log(s, o.result)
	c.logMissing(s, o.result)
	c.logExtra(o.result)
	c.logParts(s, o.result)
}

// expire withdraws what has gone stale.
func (c *Collector) expire(now time.Time) {
	for _, s := range c.states {
		success := s.LastSuccess
		if s.checkData(now) {
			c.changed = true
		}
		databases, did := s.expire(now)
		if !did {
			continue
		}
		c.changed = true
		about := []any{"kpi", s.KPI.Name, "last_success", success}
		if len(databases) > 0 {
			about = append(about, "databases", strings.Join(databases, ", "))
		}
		c.logger.Warn("KPI went stale", about...)
	}
	c.logLate()
}

// publish swaps in a new snapshot.
func (c *Collector) publish(now time.Time) {
	next := &Snapshot{Config: c.cfg, Taken: now, KPIs: make([]KPIState, len(c.states)), Sources: c.evaluator.sources, evaluator: c.evaluator}
	c.decision = time.Time{}
	for i, s := range c.states {
		next.KPIs[i] = s.shown()
		if at := NextDecision(s.KPI, now); !at.IsZero() && (c.decision.IsZero() || at.Before(c.decision)) {
			c.decision = at
		}
	}
	if old := c.snapshot.Load(); old != nil {
		next.Version = old.Version + 1
	}
	c.snapshot.Store(next)
	c.changed, c.published = false, now
}

// sleep returns how long nothing is due and nothing goes stale.
func (c *Collector) sleep(now time.Time) time.Duration {
	wake := now.Add(maxSleep)
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(wake) {
			wake = t
		}
	}
	for _, s := range c.states {
		if s.running == nil {
			earlier(s.next)
		}
		earlier(s.staleAt())
		earlier(s.nextLate())
	}
	earlier(c.decision)
	if c.changed {
		earlier(c.published.Add(publishEvery))
	}
	return max(wake.Sub(now), 0)
}
