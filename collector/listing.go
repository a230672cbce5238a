package collector

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

const (
	maxListed   = 1 << 20 // How many readings the lists of sharedSamples hold together. What has no place is listed again.
	fewReadings = 32      // A formula that reads more is listed only for those who ask for it.
)

// readings returns what readings yields, each once.
func (s *sharedSamples) readings(k *config.KPI, asOf time.Time) []reading {
	if reads, ok := k.ReadsAtOnce(); ok {
		list := make([]reading, len(reads))
		for i, read := range reads {
			list[i] = newReading(read, asOf)
		}
		return list
	}
	key := computationKey{k, asOf.UnixNano()}
	if list, ok := s.lists[key]; ok {
		return list
	}
	l := listing{shared: s, followed: map[computationKey]bool{}, known: map[computationKey]bool{}}
	l.addTerm(k.Formula.Root, asOf)
	if s.full = s.full || s.listed+len(l.list) > maxListed; !s.full {
		s.lists[key] = l.list
		s.listed += len(l.list)
	}
	return l.list
}

// listing lists what one formula is computed from.
type listing struct {
	shared   *sharedSamples
	list     []reading
	known    map[computationKey]bool // What is in the list, settled.
	followed map[computationKey]bool // KPIs as of instants of which everything is in the list.
}

func (l *listing) addTerm(t *config.Term, asOf time.Time) {
	for _, at := range instantsOf(t, asOf) {
		if t.Operator == config.OpRead || t.Operator == config.OpPooled {
			l.addKPI(t.KPI, at)
		}
		for _, part := range t.Terms {
			l.addTerm(part, at)
		}
	}
}

// addKPI adds what a KPI is computed from. A long list that nobody asks for is not made: each link of a chain would copy that of the link
// before. One that somebody will ask for is made now, so that it is made once, whichever KPI comes first.
func (l *listing) addKPI(k *config.KPI, asOf time.Time) {
	key := computationKey{k, asOf.UnixNano()}
	if l.followed[key] {
		return
	}
	l.followed[key] = true
	l.shared.followed++
	if _, atOnce := k.ReadsAtOnce(); !atOnce && !l.shared.hasList(key) {
		l.addTerm(k.Formula.Root, asOf)
		return
	}
	for _, r := range l.shared.readings(k, asOf) {
		if at := (computationKey{r.kpi, r.at.UnixNano()}); !l.known[at] {
			l.known[at] = true
			l.list = append(l.list, r)
		}
	}
}

// hasList reports whether a list of what a KPI is computed from is there, or worth making.
func (s *sharedSamples) hasList(key computationKey) bool {
	if _, listed := s.lists[key]; listed {
		return true
	}
	_, asked := s.asked[key]
	return !s.full && (asked || key.kpi.Evaluations() <= fewReadings)
}
