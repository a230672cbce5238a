package scoreboard

import (
	"cmp"
	"maps"
	"slices"
)

// How many bytes the past may take. Common is what all KPIs have together, whoever comes first; beyond it there is a share for each, so
// that the past of small ones is kept whatever large ones take: that of one value and some 40 periods. Most is what one KPI may have.
const (
	commonBytes = 24 << 20
	shareBytes  = 16 << 10
	mostBytes   = 4 << 20
)

// room is what those who read together may keep.
type room struct {
	kept   *kept
	common int          // They may keep more while all together have less than this,
	share  int          // or they have less than this,
	most   int          // but never more than this.
	has    int          // What they have.
	old    map[key]bool // What they had before. What of it is not used gives way to what is new.
	used   map[key]bool // What was asked for.
	oldest []key        // Of old, in the order in which they give way; nil before one had to.
	full   bool         // Something was not kept for want of room.
}

// roomFor returns the room of a group. What they have is what its last turn used.
func roomFor(k *kept, g *group) *room {
	n := len(g.members)
	r := &room{kept: k, common: commonBytes, share: n * shareBytes, most: n * mostBytes, has: k.under(g.keys), old: g.keys, used: map[key]bool{}}
	for _, m := range g.members {
		r.has += m.explained
	}
	return r
}

// take makes room for so many bytes. It reports whether there is any.
func (r *room) take(bytes int) bool {
	for !r.fits(bytes) {
		if !r.giveWay() {
			r.full = true
			return false
		}
	}
	r.has += bytes
	return true
}

func (r *room) fits(bytes int) bool {
	return r.has+bytes <= r.most && (r.has+bytes <= r.share || r.kept.all()+bytes <= r.common)
}

// giveWay drops the oldest result that nobody has asked for since. It is false if there is none.
func (r *room) giveWay() bool {
	if r.oldest == nil {
		r.oldest = slices.SortedFunc(maps.Keys(r.old), func(a, b key) int {
			return cmp.Or(cmp.Compare(a.asOf, b.asOf), cmp.Compare(a.fingerprint, b.fingerprint))
		})
	}
	for len(r.oldest) > 0 {
		at := r.oldest[0]
		r.oldest = r.oldest[1:]
		if r.used[at] {
			continue
		}
		if freed := r.kept.remove(at); freed > 0 {
			r.has -= freed
			return true
		}
	}
	return false
}
