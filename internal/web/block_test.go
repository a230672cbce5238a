package web

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"weak"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// sizedPart is a part with as many metrics in two families as are asked for.
type sizedPart struct {
	name     string
	metrics  [2]int
	encoding func() // Called before it is encoded; may be nil.
}

func (p *sizedPart) Key() any { return weak.Make(p) }

func (p *sizedPart) Metrics(yield func(*dto.MetricFamily, *dto.Metric)) {
	if p.encoding != nil {
		p.encoding()
	}
	for i, n := range p.metrics {
		family := &dto.MetricFamily{Name: new([]string{"kpi_value", "kpi_target"}[i]), Help: new("Help."), Type: dto.MetricType_GAUGE.Enum()}
		for j := range n {
			value := fmt.Sprint(p.name, strings.Repeat("x", 1000), j)
			yield(family, &dto.Metric{Label: []*dto.LabelPair{{Name: new("plan"), Value: &value}}, Gauge: &dto.Gauge{Value: new(float64(j))}})
		}
	}
}

// fixedSource is parts that a test changes.
type fixedSource struct {
	version uint64
	parts   []Part
}

func (s *fixedSource) Parts() (uint64, []Part) { return s.version, s.parts }

func newTestPress(t *testing.T, s Source, format expfmt.Format) *press {
	t.Helper()
	return newPress(s, format, func(action string, err error) {
		if err != nil {
			t.Errorf("%s: %v", action, err)
		}
	})
}

// TestBlocksAreThePage changes parts of all sizes at random, and compares the page with one that is made at once.
func TestBlocksAreThePage(t *testing.T) {
	for _, format := range []expfmt.Format{expfmt.FmtText, expfmt.FmtProtoDelim} {
		random := rand.New(rand.NewPCG(1, 2))
		count := func() int { return []int{0, 0, 1, 3, 30, 300, 1200}[random.IntN(7)] }
		s := &fixedSource{}
		p := newTestPress(t, s, format)
		for s.version = range uint64(60) {
			switch {
			case s.version%20 == 0: // As after a reload.
				s.parts = make([]Part, 1+random.IntN(40))
				for i := range s.parts {
					s.parts[i] = &sizedPart{name: fmt.Sprint("first", s.version, i), metrics: [2]int{count(), count()}}
				}
			default:
				s.parts = append([]Part(nil), s.parts...)
				for range random.IntN(4) {
					i := random.IntN(len(s.parts))
					s.parts[i] = &sizedPart{name: fmt.Sprint("then", s.version, i), metrics: [2]int{count(), count()}}
				}
			}
			got := p.sheet()
			want := newTestPress(t, s, format).sheet()
			if !bytes.Equal(bytes.Join(got.text, nil), bytes.Join(want.text, nil)) {
				t.Fatalf("%s, version %d: %d bytes differ from the %d of a page made at once", format, s.version, got.text.size(), want.text.size())
			}
			parts := 0
			for i, b := range got.blocks {
				if parts += len(b.keys); len(b.keys) > 1 && b.size > 2*blockSize {
					t.Errorf("%s, version %d: block %d has %d bytes of %d parts", format, s.version, i, b.size, len(b.keys))
				}
			}
			if parts != len(s.parts) {
				t.Errorf("%s, version %d: the blocks have %d parts, want %d", format, s.version, parts, len(s.parts))
			}
		}
	}
}

// TestUnchangedBlocksAreShared changes one of many parts, and finds the others where they were.
func TestUnchangedBlocksAreShared(t *testing.T) {
	s := &fixedSource{}
	for i := range 50 {
		s.parts = append(s.parts, &sizedPart{name: fmt.Sprint(i), metrics: [2]int{100, 0}})
	}
	p := newTestPress(t, s, expfmt.FmtText)
	before := p.sheet().blocks
	s.version++
	s.parts = append([]Part(nil), s.parts...)
	s.parts[20] = &sizedPart{name: "other", metrics: [2]int{100, 0}}
	after := p.sheet().blocks
	shared := 0
	for i := range min(len(before), len(after)) {
		if before[i] == after[i] {
			shared++
		}
	}
	if len(before) < 8 || shared != len(before)-1 {
		t.Errorf("%d of %d blocks are shared, want all but one", shared, len(before))
	}
}

// TestOldTextIsGivenBack finds neither the old part nor its text in memory while the new part is encoded.
func TestOldTextIsGivenBack(t *testing.T) {
	s := &fixedSource{parts: []Part{&sizedPart{name: "old", metrics: [2]int{2000, 0}}}}
	p := newTestPress(t, s, expfmt.FmtText)
	block, part := weak.Make(p.sheet().blocks[0]), weak.Make(s.parts[0].(*sizedPart))
	encoded := false
	s.version++
	s.parts = []Part{&sizedPart{name: "new", metrics: [2]int{2000, 0}, encoding: func() {
		encoded = true
		runtime.GC()
		if block.Value() != nil {
			t.Error("the old text is in memory still")
		}
		if part.Value() != nil {
			t.Error("the old part is in memory still")
		}
	}}}
	if p.sheet(); !encoded {
		t.Error("the new part is not encoded")
	}
}
