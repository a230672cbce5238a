package backfill

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

const (
	hour      = int64(3_600_000) // In milliseconds, as are the following.
	week      = 7 * 24 * hour
	fourWeeks = int64(28 * 24) // In hours.
	seen      = int64(300_000) // How long Prometheus sees a sample.
)

// derived computes the recorded names that look back: kpi:value:delta7d, the value less that of seven days earlier, and
// kpi:on_target:ratio28d, the share of the hours of 28 days in which the status was on target.
type derived struct {
	kpis map[string]*derivedKPI
}

// derivedKPI is what one KPI showed, oldest first.
type derivedKPI struct {
	steps []*derivedStep           // Those of the last seven days, and one more.
	hours map[string]*onTargetRing // By label set.
	last  int64                    // The last hour that is in the rings.
}

// derivedStep is what a KPI shows from a step on.
type derivedStep struct {
	kpi         *derivedKPI
	values      map[string]float64 // kpi:value:max, by label set.
	statuses    map[string]float64 // kpi:status:max
	series      []*derivedSeries
	first, last int64 // When it was shown, in Unix milliseconds; 0 before.
}

// derivedSeries is one label set with its derived names.
type derivedSeries struct {
	key                string
	delta, ratio       labels.Labels
	deltaRef, ratioRef storage.SeriesRef
	block              uint64 // Whose references these are.
}

// onTargetRing holds what the status was in each hour: 0 not shown, 1 shown, 2 on target.
type onTargetRing struct {
	state           [fourWeeks]uint8
	shown, onTarget int
}

func (r *onTargetRing) set(hourNumber int64, state uint8) {
	slot := &r.state[hourNumber%fourWeeks]
	if *slot > 0 {
		r.shown--
	}
	if *slot == 2 {
		r.onTarget--
	}
	if *slot = state; state > 0 {
		r.shown++
	}
	if state == 2 {
		r.onTarget++
	}
}

func newDerived() *derived { return &derived{kpis: map[string]*derivedKPI{}} }

// hold takes in what a KPI shows from now on.
func (d *derived) hold(list []exposedSeries) *derivedStep {
	name := ""
	step := &derivedStep{values: map[string]float64{}, statuses: map[string]float64{}}
	byKey := map[string]*derivedSeries{}
	for _, one := range list {
		metric := ""
		for _, l := range one.labels {
			switch l.Name {
			case model.MetricNameLabel:
				metric = l.Value
			case "kpi":
				name = l.Value
			}
		}
		key := ownKey(one.labels)
		switch metric {
		case series.RecordedValue:
			step.values[key] = one.value
		case series.RecordedStatus:
			step.statuses[key] = one.value
		default:
			continue
		}
		if byKey[key] == nil {
			byKey[key] = &derivedSeries{key: key, delta: renamed(one.labels, series.RecordedValueDelta), ratio: renamed(one.labels, series.RecordedOnTarget)}
			step.series = append(step.series, byKey[key])
		}
	}
	kpi := d.kpis[name]
	if kpi == nil {
		kpi = &derivedKPI{hours: map[string]*onTargetRing{}}
		d.kpis[name] = kpi
	}
	step.kpi = kpi
	return step
}

// ownKey is equal for the series of one label set.
func ownKey(list []series.Label) string {
	var b strings.Builder
	for _, l := range list {
		if l.Name != model.MetricNameLabel {
			b.WriteString(l.Name + "\x00" + l.Value + "\x00")
		}
	}
	return b.String()
}

func renamed(list []series.Label, name string) labels.Labels {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Name == model.MetricNameLabel {
			list[i].Value = name
		}
	}
	return labelsOf(exposedSeries{labels: list})
}

// advance notes that the step is shown at an instant.
func (s *derivedStep) advance(ms int64) {
	k := s.kpi
	if s.first == 0 {
		s.first = ms
		k.steps = append(k.steps, s)
		old := 0
		for old+1 < len(k.steps) && k.steps[old+1].first <= ms-week {
			old++
		}
		k.steps = slices.Delete(k.steps, 0, old)
		for key := range s.statuses {
			if k.hours[key] == nil {
				k.hours[key] = &onTargetRing{}
			}
		}
	}
	s.last = ms
	for at := max(k.last+hour, (ms-fourWeeks*hour)/hour*hour+hour); at <= ms; at += hour {
		k.last = at
		shown := k.shownAt(at)
		for key, ring := range k.hours {
			state := uint8(0)
			if shown != nil {
				if status, ok := shown.statuses[key]; ok {
					state = 1
					if status == 0 {
						state = 2
					}
				}
			}
			ring.set(at/hour, state)
		}
	}
}

// shownAt returns the step that Prometheus sees at an instant; nil if none.
func (k *derivedKPI) shownAt(ms int64) *derivedStep {
	for _, s := range slices.Backward(k.steps) {
		if s.first <= ms {
			if ms-s.last >= seen {
				return nil
			}
			return s
		}
	}
	return nil
}

// each yields the derived series at an instant.
func (s *derivedStep) each(ms int64, yield func(ref *storage.SeriesRef, l labels.Labels, value float64) error, block uint64) error {
	before := s.kpi.shownAt(ms - week)
	for _, one := range s.series {
		if one.block != block {
			one.block, one.deltaRef, one.ratioRef = block, 0, 0
		}
		if now, ok := s.values[one.key]; ok && before != nil {
			if then, ok := before.values[one.key]; ok {
				if err := yield(&one.deltaRef, one.delta, now-then); err != nil {
					return err
				}
			}
		}
		if ring := s.kpi.hours[one.key]; ring != nil && ring.shown > 0 {
			if err := yield(&one.ratioRef, one.ratio, float64(ring.onTarget)/float64(ring.shown)); err != nil {
				return err
			}
		}
	}
	return nil
}
