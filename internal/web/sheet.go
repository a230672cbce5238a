package web

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Source has the metrics of KPIs in parts.
type Source interface {
	// Parts returns a number that grows with every change, and the parts in the order in which they are on the page.
	Parts() (version uint64, parts []Part)
}

// Part is the metrics of a KPI. It never changes: a KPI that has changed has another part, and two that are equal, by ==, have the
// same metrics. The names of families and labels are such that no format has to escape them.
type Part interface {
	// Metrics calls yield for every metric and its family, which it must not keep.
	Metrics(yield func(family *dto.MetricFamily, metric *dto.Metric))
}

// sheet is the metrics of all KPIs in one format, family by family, and in each family part by part. It never changes.
type sheet struct {
	version uint64
	made    time.Time
	parts   []Part
	columns []column // By family of the press.
	bytes   []byte

	packing sync.Once
	packed  []byte // By deflate, so that more can follow.
	sum     uint32
	size    uint32
}

// column is a family in a sheet.
type column struct {
	start int   // Where its first metric starts.
	ends  []int // Where the metrics of each part end, counted from start; nil if there is no metric.
}

// of returns the metrics of a part.
func (c *column) of(s *sheet, from, to int) []byte {
	if c.ends == nil {
		return nil
	}
	first := 0
	if from > 0 {
		first = c.ends[from-1]
	}
	return s.bytes[c.start+first : c.start+c.ends[to-1]]
}

// pack compresses the sheet, once.
func (s *sheet) pack() {
	s.packing.Do(func() {
		s.packed = deflate(s.bytes, false)
		s.sum, s.size = checksum(0, 0, s.bytes)
	})
}

// press makes sheets of one format. It takes over from the last one what has not changed, so that a change costs what it costs to
// encode the parts that have changed, and to copy the others.
type press struct {
	source Source
	format expfmt.Format
	report func(action string, err error)

	last    atomic.Pointer[sheet]
	used    atomic.Pointer[time.Time]
	readers atomic.Int64 // Requests that are being answered.

	making   sync.Mutex // Held while a sheet is made; it guards what follows.
	lines    *lineEncoder
	families []*family
	places   map[*family]int // In families.
	order    []int           // Of families by their names.
}

// A reader that is slow keeps the sheet that it reads. So that many of them cannot keep one each, there is no new one for every request
// while there are many, but one a second.
const (
	manyReaders  = 16
	crowdedEvery = time.Second
)

func newPress(source Source, format expfmt.Format, report func(string, error)) *press {
	return &press{source: source, format: format, report: report, lines: newLineEncoder(format), places: map[*family]int{}}
}

// sheet returns the sheet of the latest parts. Those who ask while it is made wait for it, and get the same.
func (p *press) sheet() *sheet {
	now := time.Now()
	p.used.Store(&now)
	version, _ := p.source.Parts()
	if s := p.last.Load(); s != nil && (s.version >= version || p.readers.Load() > manyReaders && now.Sub(s.made) < crowdedEvery) {
		return s
	}
	p.making.Lock()
	defer p.making.Unlock()
	old := p.last.Load()
	if old != nil && old.version >= version {
		return old
	}
	version, parts := p.source.Parts()
	s := p.make(old, parts)
	s.version, s.made = version, time.Now()
	p.last.Store(s)
	return s
}

// forget drops the last sheet if nobody has asked for one lately.
func (p *press) forget(now time.Time) {
	if used := p.used.Load(); used != nil && now.Sub(*used) >= keepUnused {
		p.last.Store(nil)
	}
}

func (p *press) make(old *sheet, parts []Part) *sheet {
	fresh := p.encodeChanged(old, parts)
	s := &sheet{parts: parts, columns: make([]column, len(p.families))}
	size := 0
	for k := range p.families {
		ends, end := make([]int, len(parts)), 0
		for i := range parts {
			if fresh[i] != nil {
				end += len(fresh[i].of(k))
			} else {
				end += len(old.of(k, i, i+1))
			}
			ends[i] = end
		}
		if end > 0 {
			s.columns[k].ends = ends
			size += end + len(p.families[k].header) + binary.MaxVarintLen64
		}
	}
	s.bytes = make([]byte, 0, size)
	for _, k := range p.order {
		c := &s.columns[k]
		if c.ends == nil {
			continue
		}
		s.bytes = p.lines.appendHeader(s.bytes, p.families[k], c.ends[len(parts)-1])
		c.start = len(s.bytes)
		for i := 0; i < len(parts); i++ {
			if fresh[i] != nil {
				s.bytes = append(s.bytes, fresh[i].of(k)...)
				continue
			}
			from := i
			for i+1 < len(parts) && fresh[i+1] == nil {
				i++
			}
			s.bytes = append(s.bytes, old.of(k, from, i+1)...)
		}
	}
	return s
}

// of returns the metrics of some parts in a family.
func (s *sheet) of(family, from, to int) []byte {
	if family >= len(s.columns) {
		return nil
	}
	return s.columns[family].of(s, from, to)
}

// fragment is the metrics of a part by family.
type fragment [][]byte

func (f fragment) of(family int) []byte {
	if family >= len(f) {
		return nil
	}
	return f[family]
}

// encodeChanged encodes the parts that are not in the old sheet at the same place; nil is for the others.
func (p *press) encodeChanged(old *sheet, parts []Part) []fragment {
	fresh := make([]fragment, len(parts))
	var errs []error
	for i, part := range parts {
		if old != nil && i < len(old.parts) && old.parts[i] == part {
			continue
		}
		f := make(fragment, len(p.families))
		part.Metrics(func(of *dto.MetricFamily, metric *dto.Metric) {
			k := p.place(p.lines.family(of))
			if k >= len(f) {
				f = slices.Concat(f, make(fragment, k+1-len(f)))
			}
			if f[k] == nil && old != nil && i < len(old.parts) { // It takes about as much as before.
				before := len(old.of(k, i, i+1))
				f[k] = make([]byte, 0, before+before/16+16)
			}
			var err error
			if f[k], err = p.lines.append(f[k], p.families[k], metric); err != nil {
				errs = append(errs, err)
			}
		})
		fresh[i] = f
	}
	p.report("encoding KPI metrics as "+string(p.format), errors.Join(errs...))
	return fresh
}

// place returns the place of a family, which is the same in all sheets.
func (p *press) place(f *family) int {
	if k, ok := p.places[f]; ok {
		return k
	}
	k := len(p.families)
	p.places[f], p.families, p.order = k, append(p.families, f), append(p.order, k)
	slices.SortFunc(p.order, func(a, b int) int { return strings.Compare(p.families[a].name, p.families[b].name) })
	return k
}
