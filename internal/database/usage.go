package database

import (
	"sync"
	"time"
)

const (
	usageWindow = 5 * time.Minute
	usageStep   = 10 * time.Second
)

// usage measures for how long all connections were in use, in steps of a window that slides.
type usage struct {
	mu      sync.Mutex
	start   time.Time // All times are distances from it, so that a clock that jumps does no harm.
	max     int
	inUse   int
	fullAt  time.Duration                       // When inUse came to max.
	counted [usageWindow/usageStep + 1]struct { // The oldest step lies in the window only in part.
		step int
		full time.Duration
	}
}

func newUsage(connections int) *usage { return &usage{start: time.Now(), max: connections} }

func (u *usage) begin() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inUse++
	if u.inUse == u.max {
		u.fullAt = time.Since(u.start)
	}
}

func (u *usage) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count(time.Since(u.start))
	u.inUse--
}

// ratio returns the share of the window in which all connections were in use.
func (u *usage) ratio() float64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Since(u.start)
	u.count(now)
	var full float64
	for _, c := range u.counted {
		switch age := int(now/usageStep) - c.step; {
		case age < len(u.counted)-1:
			full += c.full.Seconds()
		case age == len(u.counted)-1:
			full += c.full.Seconds() * (1 - (now%usageStep).Seconds()/usageStep.Seconds())
		}
	}
	return min(full/usageWindow.Seconds(), 1)
}

// count adds the time since fullAt to the steps it lies in.
func (u *usage) count(now time.Duration) {
	if u.inUse < u.max {
		return
	}
	for from := max(u.fullAt, now-usageWindow-usageStep); from < now; {
		step := int(from / usageStep)
		to := min(now, time.Duration(step+1)*usageStep)
		c := &u.counted[step%len(u.counted)]
		if c.step != step {
			c.step, c.full = step, 0
		}
		c.full += to - from
		from = to
	}
	u.fullAt = now
}
