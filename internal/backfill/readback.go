package backfill

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
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

// moment is what was sent of a KPI at an instant.
type moment struct {
	ms  int64
	run *runOf
}

// Dropped is a KPI of which a server has taken samples and does not hold them.
type Dropped struct {
	KPI         string
	First, Last time.Time // As of when the first and the last samples were.
	NoFirst     bool      // Some of the first are missing.
	NoLast      bool      // Some of the last are.
	Since       time.Time // As of when the first are that are there; zero if none is, or if it is not among the KPIs that are listed.
}

// ReadBack returns the KPIs of which the server does not hold the first or the last samples that were sent. A server may take some
// time to show them.
func (p *Prometheus) ReadBack(ctx context.Context, j Job, sent Sent) ([]Dropped, error) {
	deadline := time.Now().Add(p.visible)
	missing := sent.kpis
	for {
		var still []*sentKPI
		for _, k := range missing {
			first, last, err := p.holds(ctx, j, k)
			if err != nil {
				return nil, err
			}
			if !first || !last {
				still = append(still, k)
			}
		}
		missing = still
		if len(missing) == 0 || !time.Now().Before(deadline) {
			break
		}
		if !sleep(ctx, time.Second) {
			return nil, context.Cause(ctx)
		}
	}
	list := make([]Dropped, len(missing))
	for i, k := range missing {
		var err error
		if list[i], err = p.dropped(ctx, j, k, i < mostDropped); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// holds reports whether the server holds what was sent first and last of a KPI.
func (p *Prometheus) holds(ctx context.Context, j Job, k *sentKPI) (first, last bool, err error) {
	if last, err = p.shows(ctx, j, k.of, k.last); err == nil {
		first, err = p.shows(ctx, j, k.of, k.first)
	}
	return first, last, err
}

// dropped returns what the server does not hold of a KPI, with Since if it is wanted.
func (p *Prometheus) dropped(ctx context.Context, j Job, k *sentKPI, since bool) (Dropped, error) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms).In(k.of.KPI.Calendar.Location) }
	d := Dropped{KPI: k.of.KPI.Name, First: at(k.first.ms), Last: at(k.last.ms)}
	first, last, err := p.holds(ctx, j, k)
	if err != nil || !since {
		return d, err
	}
	d.NoFirst, d.NoLast = !first, !last
	length := int((k.last.ms - k.first.ms) / 1000)
	seconds := sort.Search(length+1, func(n int) bool {
		if err != nil {
			return false
		}
		var found []element
		found, err = p.query(ctx, fmt.Sprintf("count(count_over_time(%s%s[%ds]))", series.Info, j.selector(k.of), n+1), at(k.first.ms+int64(n)*1000))
		return len(found) > 0
	})
	if seconds <= length {
		d.Since = at(k.first.ms + int64(seconds)*1000)
	}
	return d, err
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
