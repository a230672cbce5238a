package collector

import (
	"reflect"
	"slices"
)

// computation is what a KPI was as of an instant.
type computation struct {
	samples []Sample // Not judged. Nobody changes them.
	failure *Failure
	ofInput bool // What failed is an input of its formula.
}

// maxKept is how many samples of computations are kept for certain, and half of those that are kept at most, beside results of requests.
const maxKept = 50_000

// computations are what formulas came to, for evaluations that have read the same. Those that were asked for as results are kept, since the
// results take as much memory, and of others the latest.
type computations struct {
	read map[readingKey][]readout // What the evaluations have read: readouts that are equal.

	results       map[computationKey]computation
	recent, older map[computationKey]computation
	samples       int // In recent; a computation counts as one more.
}

func newComputations() *computations {
	return &computations{read: map[readingKey][]readout{}, results: map[computationKey]computation{}, recent: map[computationKey]computation{}}
}

// of returns what is kept of a computation, and keeps it for longer.
func (c *computations) of(key computationKey) (computation, bool) {
	for _, kept := range []map[computationKey]computation{c.results, c.recent} {
		if one, ok := kept[key]; ok {
			return one, true
		}
	}
	one, ok := c.older[key]
	if ok {
		c.keep(key, one)
	}
	return one, ok
}

func (c *computations) keep(key computationKey, one computation) {
	if c.samples >= maxKept {
		c.older, c.recent, c.samples = c.recent, map[computationKey]computation{}, 0
	}
	c.recent[key] = one
	c.samples += 1 + len(one.samples)
}

// agree reports whether an evaluation has read the same as those before it. Then its readings are noted for those behind it. Nothing is
// computed from what is missing.
func (c *computations) agree(readings map[readingKey]readout) bool {
	for key, r := range readings {
		if known := c.read[key]; len(known) > 0 && r.missing == nil && !c.same(key, r) {
			return false
		}
	}
	for key, r := range readings {
		if r.missing == nil && len(c.read[key]) == 0 {
			c.read[key] = []readout{r}
		}
	}
	return true
}

// maxEqual is how many readouts are known to be equal. An evaluation reads for its value, or looks back; a cache has a third.
const maxEqual = 4

// same reports whether a readout is equal to those before it. What has been compared with them is not compared again, since a readout
// may have many rows and is mostly that of a run that many evaluations share.
func (c *computations) same(key readingKey, r readout) bool {
	known := c.read[key]
	for i := range known {
		if known[i].whole == r.whole && slices.EqualFunc(known[i].samples, r.samples, identical) {
			return true
		}
	}
	if known[0].whole != r.whole || !reflect.DeepEqual(known[0].samples, r.samples) {
		return false
	}
	if len(known) < maxEqual {
		c.read[key] = append(known, r)
	}
	return true
}

// identical reports whether two hold the same rows of a database because they are the same in memory.
func identical(a, b fromDatabase) bool {
	return a.database == b.database && len(a.samples) == len(b.samples) && (len(a.samples) == 0 || &a.samples[0] == &b.samples[0])
}
