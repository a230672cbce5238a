package collector

import (
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	statefile "github.com/kpi-exporter/kpi_exporter/internal/state"
)

// maxRemembered is how many bytes the readings of the past may take that are remembered.
const maxRemembered = 32 << 20

// memory holds readings of the past for the state file. Those that an earlier process has made take the place of queries until they
// are as old as what a cache holds; those of this one are only to be saved. What the results on show are made from is not in
// it: results have that themselves.
type memory struct {
	mu       sync.Mutex
	readings map[readingKey]remembered
	targets  map[readingKey]rememberedTargets // By the KPIs that they are for.
	bytes    int                              // That the readings take.
	digests  map[string]digest                // Of databases, by name.

	changes atomic.Uint64 // Grows with what is remembered.
}

type remembered struct {
	statefile.Reading
	restored bool // An earlier process has made it.
	bytes    int
}

type rememberedTargets struct {
	statefile.Targets
	restored bool
}

// digest says where a database is.
type digest struct {
	text  string
	since time.Time // What was read earlier may be from elsewhere; zero: it has always been there.
}

func newMemory() *memory {
	return &memory{readings: map[readingKey]remembered{}, targets: map[readingKey]rememberedTargets{}, digests: map[string]digest{}}
}

// serves reports whether something that is remembered takes the place of a query. For the present value of a KPI only what restores it does.
func serves(req Request, purpose purpose, past, restored bool, read time.Time) bool {
	if req.restoring {
		return restored
	}
	return restored && past && (req.background || purpose == forEarlierInput || purpose == forLookback) && time.Since(read) < cachedFor
}

// reading returns what is remembered of a reading.
func (m *memory) reading(req Request, r reading, purpose purpose) (readout, bool) {
	if m == nil {
		return readout{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.readings[r.key()]
	if !ok || known.Missing != "" && !req.restoring || !serves(req, purpose, known.Past, known.restored, known.Read) {
		return readout{}, false
	}
	return restoredReadout(r.kpi, &known.Reading)
}

// targetsOf returns what is remembered of the targets that a query gives, as of the instant of a reading.
func (m *memory) targetsOf(req Request, r reading) ([]targetRow, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.targets[r.key()]
	if !ok || !serves(req, forTargets, known.Past, known.restored, known.Read) {
		return nil, false
	}
	return restoredTargets(r.kpi, known.Rows)
}

// keep remembers what was read of the past in the background.
func (m *memory) keep(requests []Request, evaluations []*evaluation) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, ev := range evaluations {
		if !requests[i].background || requests[i].partial || ev.result.Failure != nil {
			continue
		}
		for key, a := range ev.readings {
			if a.missing == nil && !m.readings[key].Read.Equal(a.readAt) && m.bytes < maxRemembered {
				if saved, ok := savedReading(key, a); ok {
					saved.Past = true
					m.put(key, saved, false)
				}
			}
		}
		k := ev.result.KPI
		key := newReading(k, ev.result.AsOf).key()
		if from := targetSource(k); from != nil && !m.targets[key].restored {
			m.targets[key] = rememberedTargets{savedTargets(k, key, ev.targets, from, ev.result.ReadAt, true), false}
		}
		m.changes.Add(1)
	}
}

// put remembers a reading, of the past only if there is room for it. The lock is held.
func (m *memory) put(key readingKey, r statefile.Reading, restored bool) {
	m.delete(key)
	n := bytesOfReading(&r)
	if r.Past && m.bytes+n > maxRemembered {
		return
	}
	m.readings[key] = remembered{r, restored, n}
	m.bytes += n
}

// bytesOfReading returns how much memory a reading takes.
func bytesOfReading(r *statefile.Reading) int {
	const each = 256 // A reading has its place in the map.
	n := each + cap(r.Samples)*int(reflect.TypeFor[statefile.Sample]().Size())
	for i := range r.Samples {
		s := &r.Samples[i]
		n += bytesBehind(s.Labels, s.Value, s.Numerator, s.Denominator, s.Size) + len(s.Exact)
	}
	return n
}

func (m *memory) delete(key readingKey) {
	m.bytes -= m.readings[key].bytes
	delete(m.readings, key)
}

// forget has what a KPI is made from as of an instant read again.
func (m *memory) forget(k *config.KPI, asOf time.Time) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for r := range readings(k, asOf) {
		m.delete(r.key())
	}
	delete(m.targets, newReading(k, asOf).key())
}

// prune drops what is too old, and what f does not hold for. The lock is held.
func (m *memory) prune(now time.Time, f func(fingerprint string, past bool) bool) {
	for key, r := range m.readings {
		if now.Sub(r.Read) >= cachedFor || !f(key.fingerprint, r.Past) {
			m.delete(key)
		}
	}
	for key, t := range m.targets {
		if now.Sub(t.Read) >= cachedFor || !f(key.fingerprint, t.Past) {
			delete(m.targets, key)
		}
	}
}

// locate finds out where the databases of a configuration are now. The lock is held.
func (m *memory) locate(cfg *config.Config, now time.Time) {
	for _, d := range cfg.Databases {
		known, seen := m.digests[d.Name]
		text, err := d.Digest()
		switch {
		case err != nil || text == known.text: // While its secrets cannot be read, it is where it was.
		case seen:
			m.digests[d.Name] = digest{text, now}
		default:
			m.digests[d.Name] = digest{text: text}
		}
	}
}

// Forget has the next evaluations of a KPI as of an instant read again what an earlier process has read of it.
func (s *Snapshot) Forget(k *config.KPI, asOf time.Time) { s.from.evaluator.memory.forget(k, asOf) }

// oldestReading returns when the first of the readings began; zero if there is none.
func oldestReading(readings map[readingKey]readout) (at time.Time) {
	for _, a := range readings {
		if at.IsZero() || !a.readAt.IsZero() && a.readAt.Before(at) {
			at = a.readAt
		}
	}
	return at
}

func firstOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
