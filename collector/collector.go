package collector

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// maxSleep bounds how long the schedule relies on a clock that may be changed.
const maxSleep = time.Minute

// Collector evaluates every KPI on its schedule and exposes the latest samples. It implements prometheus.Collector;
// collecting reads a snapshot and never a database.
//
// The goroutine in Run hands out what it knows of a KPI by swapping one pointer; whoever wants to see all of them makes a snapshot
// of the pointers. So a result costs the same however many KPIs there are, and nothing that the loop waits for is waited for
// by those who look.
type Collector struct {
	logger  *slog.Logger
	clock   func() moment
	metrics *descriptions
	exposed map[string]*exposedFamily // Shared by all KPIs.
	reloads chan reload
	results chan outcome

	current    atomic.Pointer[generation]
	changes    atomic.Uint64 // Grows whenever something in current has changed.
	snapshot   atomic.Pointer[Snapshot]
	assembling sync.Mutex                // Held while a snapshot is made.
	turned     atomic.Pointer[time.Time] // When the loop in Run last turned.
	tried      atomic.Bool               // Every database was tried; see Ready.

	// The rest belongs to the goroutine in Run.
	cfg       *config.Config
	evaluator *Evaluator
	states    []*state
	queue     queue
	late      lateData
	outages   map[string]*outage // The last one of each database that had one, by name.
	stale     staleLines         // About KPIs that went stale.
	extra     map[string]string  // Columns that no KPI reads, as last logged, by query.
	size      size               // What all KPIs show.
	awake     time.Time          // When the schedule was last checked.
	running   sync.WaitGroup     // Evaluations under way, and connections that are being closed.
}

// generation is what there is to see between two reloads.
type generation struct {
	config    *config.Config
	evaluator *Evaluator
	shown     []atomic.Pointer[KPIState] // In the order of the configuration.
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

// state is what is known about one KPI; only copies of its KPIState leave the goroutine in Run.
type state struct {
	KPIState
	shown        *atomic.Pointer[KPIState]
	index        int                // In the configuration.
	place        int                // In the queue.
	wake         time.Time          // When it is to be looked at.
	next         time.Time          // When it is due.
	running      context.CancelFunc // Ends the evaluation under way; nil if there is none.
	gone         bool               // No longer in the configuration.
	retries      int                // Failures in a row.
	retriedSoon  bool               // One of these retries came early; see retry.
	logged       string             // The failure that was last logged, by its reason and its databases; "" while all is well.
	missing      FailureReason      // Why earlier values are missing, as last logged; "" while none is.
	missingParts map[string]bool    // The missing parts of its values, as logged.
	size         size               // Of its samples, as counted.
	late         []string           // The names of its data that is late, as counted.
	wentStale    []staleness        // What the log has not said yet.
}

// New returns a collector of the KPIs of cfg. It evaluates nothing before Run.
func New(cfg *config.Config, logger *slog.Logger) *Collector {
	c := &Collector{
		logger:  logger,
		clock:   newClock(),
		metrics: newDescriptions(),
		exposed: exposedFamilies(),
		reloads: make(chan reload),
		results: make(chan outcome),
		late:    lateData{kpis: map[string]int{}, logged: map[string]bool{}},
		outages: map[string]*outage{},
		stale:   newStaleLines(),
		extra:   map[string]string{},
	}
	c.turn()
	c.apply(cfg, c.clock())
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
			c.apply(r.cfg, c.clock())
			close(r.done)
		case <-ctx.Done():
			cancel()
			c.drain()
			c.evaluator.Close()
			return
		}
		now := c.clock()
		c.look(ctx, now)
		timer.Reset(c.queue.next(now.wall))
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
func (c *Collector) apply(cfg *config.Config, now moment) {
	known := make(map[string]*state, len(c.states))
	for _, s := range c.states {
		s.gone = true
		known[s.KPI.Name] = s
	}
	start, old := now.wall.Truncate(time.Second), c.evaluator
	c.cfg, c.evaluator = cfg, newEvaluatorFrom(old, cfg)
	g := &generation{cfg, c.evaluator, make([]atomic.Pointer[KPIState], len(cfg.KPIs))}
	states := make([]*state, len(cfg.KPIs))
	c.size = size{}
	for i, k := range cfg.KPIs {
		s := &state{KPIState: newKPIState(k, cfg, c.exposed, now.wall), next: start}
		if before := known[k.Name]; before != nil {
			s.Evaluations, s.Failures, s.InvalidUTF8 = before.Evaluations, before.Failures, before.InvalidUTF8
			before.gone = before.KPI.Fingerprint() != k.Fingerprint() || !c.evaluator.sharesConnections(old, k)
			if !before.gone {
				s = before
				s.KPI, s.config = k, cfg // Its position in the file may have moved, and its databases are those of the new file.
			}
		}
		states[i] = s
		s.index, s.shown = i, &g.shown[i]
		s.count()
		c.size = c.size.add(s.size)
		s.shown.Store(s.at(now))
	}
	for _, s := range known {
		if s.gone && s.running != nil {
			s.running()
		}
	}
	c.states = states
	c.queue.plan(states, now)
	c.current.Store(g)
	c.changes.Add(1)
	c.late.count(states)
	c.logLate()
	c.forgetOutages()
	if old != nil {
		next := c.evaluator
		c.running.Go(func() { old.closeUnused(next) })
	}
}

// look does what is due: it begins evaluations, and withdraws what has gone stale.
func (c *Collector) look(ctx context.Context, now moment) {
	if now.wall.Before(c.awake) { // The clock was set back: what was due within an interval is due now.
		for _, s := range c.states {
			if s.KPI.Cron == nil && s.next.Sub(now.wall) > s.KPI.Every {
				s.next = now.wall.Truncate(time.Second)
			}
		}
		c.queue.plan(c.states, now)
	}
	c.awake = now.wall

	var due []*state
	for _, s := range c.queue.due(now.wall) {
		c.expire(s, now)
		begins := s.running == nil && !s.next.IsZero() && !s.next.After(now.wall)
		if failed := s.Last != nil && s.Last.Failure != nil; failed || s.running == nil && !begins {
			c.logStale(s, now)
		} // Else it is not known yet why it is stale: how its evaluation ends tells.
		if begins {
			due = append(due, s)
			continue
		}
		c.queue.add(s, now)
	}
	c.start(ctx, due, now)
	c.logLate()
	c.logOutages(now)
	c.logMoreStale(now)
}

// start begins an evaluation of KPIs, which are not in the queue, and puts them there.
func (c *Collector) start(ctx context.Context, due []*state, now moment) {
	slices.SortFunc(due, func(a, b *state) int { return cmp.Compare(a.index, b.index) })
	requests := make([]Request, len(due))
	second := now.wall.Truncate(time.Second)
	for i, s := range due {
		asOf := s.next
		switch {
		case s.KPI.Cron != nil: // For a retry, or after a long sleep, the firing is not when it is due.
			asOf = lastFiring(*s.KPI.Cron, second, s.KPI.Calendar.Location)
		case now.wall.Sub(asOf) > maxSleep: // The machine has slept: better the present than what was due long ago.
			asOf = second
		}
		req := Request{KPI: s.KPI, AsOf: asOf, waitForData: true}
		if s.successes == nil { // Else a part of it is still to come.
			req.last = s.Good
		}
		if s.Good != nil && len(s.KPI.Databases) == 1 && len(s.KPI.MergedLabels) == 0 {
			req.rows = len(s.Good.Samples)
		}
		req.wanted, s.running = context.WithCancel(ctx)
		requests[i] = req
		c.queue.add(s, now)
	}
	if len(due) == 0 {
		return
	}
	evaluator := c.evaluator
	c.running.Go(func() {
		makeRoom(requests)
		evaluator.evaluate(ctx, requests, func(i int, r Result) { c.results <- outcome{due[i], r} })
	})
}

// take records a result and plans the next run.
func (c *Collector) take(o outcome) {
	s, now := o.state, c.clock()
	s.running()
	s.running = nil
	if s.gone {
		return
	}
	if s.Last == nil && len(c.late.logged) > 0 { // Now it is known whether its data is late still.
		c.late.changed = true
	}
	c.limit(s, &o.result)
	s.record(&o.result, now)
	s.checkData(now.wall)
	if o.result.Failure != nil {
		s.retries++
		s.next = retryRun(s.KPI, o.result.scheduledAsOf, now.wall, s.retries)
	} else {
		s.retries, s.retriedSoon = 0, false
		s.next = nextRun(s.KPI, o.result.scheduledAsOf, now.wall)
		if o.result.movedBack && s.KPI.Period.Kind == period.Last { // It is evaluated once the data covers it, and not an interval later.
			if again := ceilSecond(now.wall.Add(freshnessTTL)); s.next.IsZero() || again.Before(s.next) {
				s.next = again
			}
		}
	}
	c.show(s, now)
	c.queue.fix(s, now)
	c.log(s, o.result, now)
	c.logStale(s, now)
	c.logMissing(s, o.result)
	c.logExtra(o.result)
	c.logParts(s, o.result)
}

// show lets others see what has changed about a KPI.
func (c *Collector) show(s *state, now moment) {
	s.shown.Store(s.at(now))
	c.changes.Add(1)
	c.late.note(s)
	c.size = c.size.add(s.count())
}

// expire withdraws what of a KPI has gone stale, for logStale to log, and notes what of its data is late.
func (c *Collector) expire(s *state, now moment) {
	success := s.LastSuccess
	late := s.checkData(now.wall)
	databases, stale := s.expire(now)
	if !late && !stale {
		return
	}
	c.show(s, now)
	if stale {
		s.wentStale = append(s.wentStale, staleness{success, databases})
	}
}
