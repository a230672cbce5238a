package web

// blockSize is how long a block is about. What changes in a block has all of it copied; a reader is sent each family of each block
// on its own.
const blockSize = 512 << 10

// block is the metrics of some parts that follow one another on a page, by family. It never changes, and pages share it.
type block struct {
	keys    []any    // One for each part.
	columns []column // By family of the press; there are none for families that came later.
	size    int      // Of all columns.
}

// column is a family in a block.
type column struct {
	text pieces // One piece, unless the block is of one part.
	ends []int  // Where the metrics of each part end; nil if there is no metric.
}

// span is some parts of a block.
type span struct {
	*block
	from, to int
}

// holdsAny reports whether one of some parts is in the block at the same place.
func (b *block) holdsAny(keys []any) bool {
	for i, key := range keys {
		if b.keys[i] == key {
			return true
		}
	}
	return false
}

func (b *block) all() span { return span{b, 0, len(b.keys)} }

// column returns the column of a family.
func (b *block) column(family int) column {
	if family >= len(b.columns) {
		return column{}
	}
	return b.columns[family]
}

// bounds returns where the metrics of the parts are in a column.
func (s span) bounds(c column) (from, to int) {
	if c.ends == nil {
		return 0, 0
	}
	if s.from > 0 {
		from = c.ends[s.from-1]
	}
	return from, c.ends[s.to-1]
}

// length returns how many bytes the parts have, in all families.
func (s span) length() (n int) {
	if s.from == 0 && s.to == len(s.keys) {
		return s.size
	}
	for _, c := range s.columns {
		from, to := s.bounds(c)
		n += to - from
	}
	return n
}

// join makes one block of spans, which together are not empty. A block that is all there is it itself.
func join(spans []span, families int) *block {
	if len(spans) == 1 && spans[0] == spans[0].all() {
		return spans[0].block
	}
	b := &block{columns: make([]column, families)}
	for _, s := range spans {
		b.keys = append(b.keys, s.keys[s.from:s.to]...)
	}
	for family := range b.columns {
		size := 0
		for _, s := range spans {
			from, to := s.bounds(s.column(family))
			size += to - from
		}
		if size == 0 {
			continue
		}
		piece, ends := make([]byte, 0, size), make([]int, 0, len(b.keys))
		for _, s := range spans {
			c := s.column(family)
			before, first := len(piece), 0
			if c.ends != nil {
				first, _ = s.bounds(c)
				piece = appendPart(piece, s, c)
			}
			for i := s.from; i < s.to; i++ {
				end := before
				if c.ends != nil {
					end += c.ends[i] - first
				}
				ends = append(ends, end)
			}
		}
		b.columns[family] = column{pieces{piece}, ends}
		b.size += size
	}
	return b
}

// appendPart appends the bytes of a span in a column.
func appendPart(to []byte, s span, c column) []byte {
	if len(c.text) == 1 {
		from, end := s.bounds(c)
		return append(to, c.text[0][from:end]...)
	}
	for _, piece := range c.text { // Of one part: all.
		to = append(to, piece...)
	}
	return to
}

// cut makes blocks of spans. There is one as long as that is not much too long; else each is of about the right length, and what is longer
// on its own stays on its own.
func cut(spans []span, families int) (blocks []*block) {
	total := 0
	for _, s := range spans {
		total += s.length()
	}
	if total < 2*blockSize {
		return []*block{join(spans, families)}
	}
	first, size := 0, 0
	for i, s := range spans {
		n := s.length()
		if size > 0 && size+n > blockSize {
			blocks, first, size = append(blocks, join(spans[first:i], families)), i, 0
		}
		size += n
	}
	return append(blocks, join(spans[first:], families))
}
