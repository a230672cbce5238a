package collector

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxStill is how long the loop may go without a turn: it makes one at least every maxSleep.
const maxStill = 3 * time.Minute

// Healthy returns nil while the loop in Run turns, and else a sentence about it. The time that the machine sleeps does not count.
func (c *Collector) Healthy() error {
	if still := time.Since(*c.turned.Load()); still >= maxStill {
		return fmt.Errorf("the loop that starts evaluations has not turned for %s", still.Truncate(time.Second))
	}
	return nil
}

// turn records that the loop has turned.
func (c *Collector) turn() {
	now := time.Now()
	c.turned.Store(&now)
}

// Ready returns nil once every database that a KPI reads was tried, whatever came of it, and else a sentence that names those that
// were not. It stays ready: a reload that adds a database takes nothing away from what is exposed.
func (c *Collector) Ready() error {
	if c.tried.Load() {
		return nil
	}
	s, untried := c.Snapshot(), map[string]bool{}
	for _, k := range s.KPIs {
		if k.Last != nil {
			continue
		}
		for _, d := range k.KPI.Databases {
			if source := s.Sources[d.Name]; source != nil && !source.Stats().Known {
				untried[d.Name] = true
			}
		}
	}
	if len(untried) > 0 {
		return fmt.Errorf("databases that were not tried yet: %s", strings.Join(slices.Sorted(maps.Keys(untried)), ", "))
	}
	c.tried.Store(true)
	return nil
}
