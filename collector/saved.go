package collector

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	statefile "github.com/kpi-exporter/kpi_exporter/internal/state"
)

// StateVersion returns a number that grows whenever State may return something else.
func (c *Collector) StateVersion() uint64 {
	snapshot := c.Snapshot()
	return snapshot.Version + snapshot.from.evaluator.memory.changes.Load()
}

// State returns what a restart should not lose: the readings that the values on show are made from, and those of the past. The collector
// keeps them only after Remember. Nothing that is withheld is in it, no sentence of a database, and no SQL.
func (c *Collector) State() *statefile.State {
	snapshot, now := c.Snapshot(), time.Now()
	m := snapshot.from.evaluator.memory
	b := &stateBuilder{cfg: snapshot.Config, readings: map[readingKey]statefile.Reading{}, targets: map[readingKey]statefile.Targets{}}
	for i := range snapshot.KPIs {
		b.add(snapshot.KPIs[i])
	}
	current := fingerprints(snapshot.Config)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.locate(snapshot.Config, now)
	m.prune(now, func(fingerprint string, _ bool) bool { return current[baseOf(fingerprint)] })
	for key, r := range m.readings {
		b.addReading(key, r.Reading)
	}
	for key, t := range m.targets {
		b.addTargets(key, t.Targets)
	}
	return b.state(m.digests)
}

// stateBuilder puts a state together. What several results are made from is in it once.
type stateBuilder struct {
	cfg      *config.Config
	kpis     []statefile.KPI
	readings map[readingKey]statefile.Reading
	targets  map[readingKey]statefile.Targets
}

func (b *stateBuilder) add(s *KPIState) {
	saved := statefile.KPI{Fingerprint: s.KPI.Fingerprint(), Success: s.LastSuccess, DataUntil: s.DataUntil}
	if s.Last != nil && s.Last.Failure != nil {
		saved.Failure = string(s.Last.Failure.Reason)
		for _, f := range s.Last.FailedDatabases {
			if saved.Failures == nil {
				saved.Failures = map[string]string{}
			}
			saved.Failures[f.Database] = string(f.Failure.Reason)
		}
	}
	for _, d := range s.Data {
		if saved.Data == nil {
			saved.Data = map[string]time.Time{}
		}
		saved.Data[d.Name] = d.Until
	}
	if s.Good != nil && s.Good.readings != nil {
		saved.AsOf, saved.Scheduled, saved.Took = s.Good.AsOf, s.Good.scheduledAsOf, s.Good.Duration
		for name, at := range s.successes {
			if saved.Successes == nil {
				saved.Successes = map[string]time.Time{}
			}
			saved.Successes[name] = at.wall
		}
		b.addGood(s)
	}
	if !saved.Success.IsZero() || saved.Failure != "" {
		b.kpis = append(b.kpis, saved)
	}
}

// addGood adds what the samples on show are made from.
func (b *stateBuilder) addGood(s *KPIState) {
	k, good := s.KPI, s.Good
	for key, a := range good.readings {
		if saved, ok := savedReading(key, a); ok {
			b.addReading(key, saved)
		}
	}
	key := newReading(k, good.AsOf).key()
	if s.successes != nil { // Some samples are older than the evaluation.
		saved := statefile.Reading{Fingerprint: key.fingerprint, At: key.at, Read: s.LastSuccess, Databases: databaseNames(k.Databases), Samples: savedSamples(good.Samples)}
		b.readings[key] = saved
	}
	if from := targetSource(k); from != nil {
		b.addTargets(key, savedTargets(k, key, good.targets, from, s.LastSuccess, false))
	}
}

func (b *stateBuilder) addReading(key readingKey, r statefile.Reading) {
	if other, twice := b.readings[key]; twice {
		if other.Read.After(r.Read) {
			r, other = other, r
		}
		r.Past = r.Past || other.Past
	}
	b.readings[key] = r
}

func (b *stateBuilder) addTargets(key readingKey, t statefile.Targets) {
	if other, twice := b.targets[key]; !twice || other.Read.Before(t.Read) {
		b.targets[key] = t
	}
}

// state returns what was put together, without what may be from another place than where its databases are now.
func (b *stateBuilder) state(digests map[string]digest) *statefile.State {
	s := &statefile.State{Databases: map[string]string{}, KPIs: b.kpis}
	for _, d := range b.cfg.Databases {
		if known, ok := digests[d.Name]; ok {
			s.Databases[d.Name] = known.text
		}
	}
	certain := func(databases []string, read time.Time) bool {
		return !slices.ContainsFunc(databases, func(name string) bool {
			return s.Databases[name] == "" || read.Before(digests[name].since)
		})
	}
	for _, r := range b.readings {
		if certain(r.Databases, r.Read) {
			s.Readings = append(s.Readings, r)
		}
	}
	for _, t := range b.targets {
		if certain(t.Databases, t.Read) {
			s.Targets = append(s.Targets, t)
		}
	}
	slices.SortFunc(s.Readings, func(a, b statefile.Reading) int {
		return cmp.Or(cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.At, b.At))
	})
	slices.SortFunc(s.Targets, func(a, b statefile.Targets) int {
		return cmp.Or(cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.At, b.At))
	})
	return s
}

// savedReading returns a reading as it is saved. It is false for the rows of a file, which need not be saved, and for what overflows.
func savedReading(key readingKey, a readout) (statefile.Reading, bool) {
	if a.kpi == nil {
		return statefile.Reading{}, false
	}
	samples := a.all(a.kpi) // Only together are they suppressed.
	if slices.ContainsFunc(samples, overflows) {
		return statefile.Reading{}, false
	}
	saved := statefile.Reading{
		Fingerprint: key.fingerprint, At: key.at, Read: a.readAt.Round(0), Past: a.closed,
		Databases: databaseNames(a.kpi.Databases), Samples: savedSamples(samples),
	}
	if a.missing != nil {
		saved.Missing = string(a.missing.Reason)
	}
	return saved, true
}

// savedSamples returns samples as they are saved: of what is withheld, only that it is.
func savedSamples(samples []Sample) []statefile.Sample {
	saved := make([]statefile.Sample, len(samples))
	for i := range samples {
		s := &samples[i]
		saved[i] = statefile.Sample{Labels: s.Labels, Withheld: s.Suppressed}
		if s.Suppressed {
			continue
		}
		saved[i].Value, saved[i].Numerator, saved[i].Denominator, saved[i].Size = s.Value, s.Numerator, s.Denominator, s.SampleSize
		saved[i].Quotient = s.IsQuotient
		if exact := s.Details().exact; exact != nil {
			saved[i].Exact = exact.String()
		}
	}
	return saved
}

// targetSource returns the database that gives the targets of a KPI, nil if none does.
func targetSource(k *config.KPI) *config.Database {
	if k.Target == nil || k.Target.From == nil || k.Target.Values != nil {
		return nil
	}
	return k.Target.FromDatabase
}

// savedTargets returns targets as they are saved.
func savedTargets(k *config.KPI, key readingKey, rows []targetRow, from *config.Database, read time.Time, past bool) statefile.Targets {
	saved := statefile.Targets{
		Fingerprint: key.fingerprint, At: key.at, Read: read.Round(0), Databases: databaseNames([]*config.Database{from}), Past: past,
		Rows: make([]statefile.Target, len(rows)),
	}
	for i := range rows {
		bounds := map[string]*float64{}
		for _, column := range targetColumns(k) {
			if v := rows[i].bounds[column.line]; v != nil {
				bounds[column.name] = some(*v, !math.IsNaN(*v))
			}
		}
		saved.Rows[i] = statefile.Target{Labels: rows[i].labels, Bounds: bounds}
	}
	return saved
}

func databaseNames(databases []*config.Database) []string {
	names := make([]string, len(databases))
	for i, d := range databases {
		names[i] = d.Name
	}
	return names
}

// fingerprints returns those of the KPIs of a configuration, and of what they read.
func fingerprints(cfg *config.Config) map[string]bool {
	all := map[string]bool{}
	for _, k := range cfg.KPIs {
		all[k.Fingerprint()] = true
		for _, read := range k.Reads() {
			all[read.Fingerprint()] = true
		}
	}
	return all
}

// baseOf returns the fingerprint of the KPI that one is derived from: what follows it says in which way.
func baseOf(fingerprint string) string {
	base, _, _ := strings.Cut(fingerprint, "-")
	return base
}
