package web

import (
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

// Part is the metrics of a KPI. It never changes: a KPI that has changed has another part. The names of families and labels are such that
// no format has to escape them.
type Part interface {
	// Metrics calls yield for every metric and its family, which it must not keep.
	Metrics(yield func(family *dto.MetricFamily, metric *dto.Metric))
	// Key returns what is equal, by ==, for the same part only. It does not keep the part in memory, which may be large.
	Key() any
}

// sheet is the metrics of all KPIs in one format, family by family, and in each family part by part. It never changes.
type sheet struct {
	version uint64
	made    time.Time
	blocks  []*block
	text    pieces // Of all blocks, and the headers of families.

	packing sync.Once
	packed  pieces // By deflate, so that more can follow.
	sum     uint32
	size    uint32
}

// pack compresses the sheet, once.
func (s *sheet) pack() {
	s.packing.Do(func() {
		s.packed = deflate(s.text, false)
		for _, piece := range s.text {
			s.sum, s.size = checksum(s.sum, s.size, piece)
		}
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
	if s := p.last.Load(); p.serves(s, version, now) {
		return s
	}
	p.making.Lock()
	defer p.making.Unlock()
	old := p.last.Load()
	if p.serves(old, version, now) {
		return old
	}
	var blocks []*block
	if old != nil {
		blocks = slices.Clone(old.blocks)
	}
	p.last.Store(nil) // What has changed may be large: the old text is given back while the new one is made.
	version, parts := p.source.Parts()
	s := p.make(blocks, parts)
	s.version, s.made = version, time.Now()
	p.last.Store(s)
	return s
}

// serves reports whether there is a sheet that answers a request which came when there was a version.
func (p *press) serves(s *sheet, version uint64, now time.Time) bool {
	return s != nil && (s.version >= version || p.readers.Load() > manyReaders && now.Sub(s.made) < crowdedEvery)
}

// forget drops the last sheet if nobody has asked for one lately.
func (p *press) forget(now time.Time) {
	if used := p.used.Load(); used != nil && now.Sub(*used) >= keepUnused {
		p.last.Store(nil)
	}
}

// make makes a sheet of parts. It takes over from blocks what has not changed, and drops them one by one.
func (p *press) make(blocks []*block, parts []Part) *sheet {
	s, errs := &sheet{}, []error(nil)
	for at := 0; at < len(parts); {
		of := parts[at:]
		var old *block
		if len(blocks) > 0 {
			old, blocks[0] = blocks[0], nil
			blocks, of = blocks[1:], of[:min(len(of), len(old.keys))]
		}
		at += len(of)
		spans := p.spans(old, of, &errs) // It may add families.
		s.blocks = append(s.blocks, cut(spans, len(p.families))...)
	}
	p.report("encoding KPI metrics as "+string(p.format), errors.Join(errs...))
	for _, k := range p.order {
		size := 0
		for _, b := range s.blocks {
			if c := b.column(k); c.ends != nil {
				size += c.ends[len(c.ends)-1]
			}
		}
		if size == 0 {
			continue
		}
		s.text = append(s.text, p.lines.appendHeader(nil, p.families[k], size))
		for _, b := range s.blocks {
			s.text = append(s.text, b.column(k).text...)
		}
	}
	return s
}

// spans returns parts of which some may be in a block at the same places: those that are, and the others encoded.
func (p *press) spans(old *block, parts []Part, errs *[]error) (spans []span) {
	keys := make([]any, len(parts))
	for i, part := range parts {
		keys[i] = part.Key()
	}
	if old != nil && !old.holdsAny(keys) {
		old = nil // It is dropped before the others are encoded.
	}
	for i, part := range parts {
		if old == nil || old.keys[i] != keys[i] {
			spans = append(spans, p.encode(part, keys[i], errs).all())
			continue
		}
		if n := len(spans); n > 0 && spans[n-1].block == old && spans[n-1].to == i {
			spans[n-1].to++
			continue
		}
		spans = append(spans, span{old, i, i + 1})
	}
	return spans
}

// encode returns a block of one part.
func (p *press) encode(part Part, key any, errs *[]error) *block {
	b := &block{keys: []any{key}}
	part.Metrics(func(of *dto.MetricFamily, metric *dto.Metric) {
		k := p.place(p.lines.family(of))
		for k >= len(b.columns) {
			b.columns = append(b.columns, column{})
		}
		line, err := p.lines.line(p.families[k], metric)
		if err != nil {
			*errs = append(*errs, err)
			return
		}
		_, _ = b.columns[k].text.Write(line)
	})
	for k := range b.columns {
		if c := &b.columns[k]; len(c.text) > 0 {
			c.ends = []int{c.text.size()}
			b.size += c.ends[0]
		}
	}
	return b
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
