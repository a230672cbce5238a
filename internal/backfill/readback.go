package backfill

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/prometheus/prompb"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Sent is what remote write has sent, as far as ReadBack looks for it: nothing of a KPI without samples.
type Sent struct {
	kpis []*sentKPI
}

// KPIs returns of how many KPIs samples were sent.
func (s Sent) KPIs() int { return len(s.kpis) }

// sentKPI is what was sent of a KPI.
type sentKPI struct {
	of          Range
	samples     int
	first, last moment
}

// note adds what is sent at an instant.
func (k *sentKPI) note(run *runOf, ms int64) {
	k.last = moment{ms, run}
	if k.samples == 0 {
		k.first = k.last
	}
	k.samples += len(run.series)
}

// at returns an instant in the time zone of the KPI.
func (k *sentKPI) at(ms int64) time.Time { return time.UnixMilli(ms).In(k.of.KPI.Calendar.Location) }

// moment is what was sent of a KPI at an instant.
type moment struct {
	ms  int64
	run *runOf
}

// Arrival is what ReadBack has found of what was sent.
type Arrival struct {
	Dropped []Dropped
	Unread  []string // KPIs of which the server has not told in time whether it holds them.
}

// Dropped is a KPI of which a server has taken samples and does not hold them.
type Dropped struct {
	KPI         string
	First, Last time.Time // As of when the first and the last samples were.
	NoFirst     bool      // Some of the first are missing.
	NoLast      bool      // Some of the last are.
	Nothing     bool      // None is there, of any time.
	Since       time.Time // The instant of the first samples that are there; zero if none is, or if that was not found out.
}

// sighting is what a server has told of the samples of a KPI.
type sighting struct {
	*sentKPI

	told              bool
	hasFirst, hasLast bool
}

// ReadBack looks on the server for the first and the last samples that were sent of each KPI. A server may take some time to show
// them: it has a minute in all, of which the end is for finding since when it holds what it does not hold from the first.
func (p *Prometheus) ReadBack(ctx context.Context, j Job, sent Sent) (Arrival, error) {
	polled := time.Now().Add(p.visible / 6 * 5)
	within, cancel := context.WithTimeout(ctx, p.visible)
	defer cancel()
	missing := make([]*sighting, len(sent.kpis))
	for i, k := range sent.kpis {
		missing[i] = &sighting{sentKPI: k}
	}
	for {
		err := together(within, missing, func(ctx context.Context, s *sighting) error { return p.look(ctx, j, s) })
		if err := unlessLate(ctx, within, err); err != nil {
			return Arrival{}, err
		}
		missing = slices.DeleteFunc(missing, func(s *sighting) bool { return s.hasFirst && s.hasLast })
		if len(missing) == 0 || !time.Now().Before(polled) || !sleep(within, time.Second) {
			break
		}
	}
	var found Arrival
	for _, s := range missing {
		if !s.told {
			found.Unread = append(found.Unread, s.of.KPI.Name)
			continue
		}
		d := Dropped{KPI: s.of.KPI.Name, First: s.at(s.first.ms), Last: s.at(s.last.ms), NoFirst: !s.hasFirst, NoLast: !s.hasLast}
		if len(found.Dropped) < mostListed {
			if err := unlessLate(ctx, within, p.date(within, j, s.sentKPI, &d)); err != nil {
				return Arrival{}, err
			}
		}
		found.Dropped = append(found.Dropped, d)
	}
	return found, ctx.Err()
}

// unlessLate returns the error of what had to be done within a time, nil if only the time was over.
func unlessLate(ctx, within context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if end, ok := within.Deadline(); ok && !time.Now().Before(end) {
		return nil
	}
	return err
}

// together does something for each KPI, a few at a time, until it fails.
func together(ctx context.Context, list []*sighting, do func(context.Context, *sighting) error) error {
	const atATime = 8
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan *sighting)
	var running sync.WaitGroup
	for range min(atATime, len(list)) {
		running.Go(func() {
			for s := range next {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, s); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, s := range list {
		next <- s
	}
	close(next)
	running.Wait()
	return context.Cause(ctx)
}

// look asks for what was sent first and last of a KPI.
func (p *Prometheus) look(ctx context.Context, j Job, s *sighting) error {
	last, err := p.shows(ctx, j, s.of, s.last)
	if err != nil {
		return err
	}
	first, err := p.shows(ctx, j, s.of, s.first)
	if err != nil {
		return err
	}
	s.told, s.hasFirst, s.hasLast = true, first, last
	return nil
}

// date finds since when the server holds samples of a KPI.
func (p *Prometheus) date(ctx context.Context, j Job, k *sentKPI, d *Dropped) error {
	length := int((k.last.ms - k.first.ms) / 1000)
	var err error
	seconds := sort.Search(length+1, func(n int) bool {
		if err != nil {
			return false
		}
		var found []element
		found, err = p.query(ctx, fmt.Sprintf("count(count_over_time(%s%s[%ds]))", series.Info, j.selector(k.of), n+1), k.at(k.first.ms+int64(n)*1000))
		return len(found) > 0
	})
	switch {
	case err != nil:
	case seconds > length:
		d.Nothing = true
	default:
		d.Since = k.at(k.first.ms + int64(seconds)*1000)
	}
	return err
}

// shows reports whether the server has every sample of a moment.
func (p *Prometheus) shows(ctx context.Context, j Job, r Range, m moment) (bool, error) {
	elements, err := p.samplesAt(ctx, j.selector(r), time.UnixMilli(m.ms))
	if err != nil {
		return false, err
	}
	// A server may have added labels of its own.
	var ours []string
	for _, s := range m.run.series {
		for _, l := range s.Labels {
			ours = append(ours, l.Name)
		}
	}
	slices.Sort(ours)
	ours = slices.Compact(ours)
	held := map[string]float64{}
	for _, e := range elements {
		held[identity(ours, func(name string) string { return e.labels[name] })] = e.value
	}
	for i, s := range m.run.series {
		value, ok := held[identity(ours, func(name string) string { return labelOf(s, name) })]
		if !ok || !same(value, m.run.values[i]) {
			return false, nil
		}
	}
	return true, nil
}

func labelOf(s prompb.TimeSeries, name string) string {
	for _, l := range s.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// identity returns a text that tells series apart by these labels.
func identity(names []string, value func(name string) string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%q,", value(name))
	}
	return b.String()
}
