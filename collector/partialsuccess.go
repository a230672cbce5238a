package collector

import (
	"maps"
	"slices"
	"time"
)

// recordDatabases records a result from some databases while others failed: what the others gave before stays, each
// until it goes stale.
func (s *KPIState) recordDatabases(r *Result, now time.Time) {
	good := *r
	good.Failure, good.FailedDatabases = nil, nil
	good.Samples = slices.Clone(r.Samples)
	successes := map[string]time.Time{}
	for _, d := range r.KPI.Databases {
		if !r.failedIn(d.Name) {
			successes[d.Name] = now
			continue
		}
		if s.Good == nil {
			continue
		}
		for i := range s.Good.Samples {
			if sample := &s.Good.Samples[i]; databaseOf(sample) == d.Name {
				good.Samples = append(good.Samples, *sample)
				successes[d.Name] = s.successOf(d.Name)
			}
		}
	}
	slices.SortFunc(good.Samples, compareLabels)
	s.Good, s.successes = &good, successes
	s.LastSuccess = oldest(successes)
}

// successOf returns when a database last gave what is shown of it.
func (s *KPIState) successOf(database string) time.Time {
	if at, ok := s.successes[database]; ok {
		return at
	}
	return s.LastSuccess
}

// expireDatabases withdraws the samples of the databases that have gone stale, and returns which these are.
func (s *KPIState) expireDatabases(now time.Time) []string {
	var stale []string
	current := map[string]time.Time{}
	for name, at := range s.successes {
		if now.Before(at.Add(s.StaleAfter)) {
			current[name] = at
		} else {
			stale = append(stale, name)
		}
	}
	slices.Sort(stale)
	if len(current) == 0 {
		s.Good, s.successes = nil, nil
		return stale
	}
	good := *s.Good
	good.Samples = slices.DeleteFunc(slices.Clone(good.Samples), func(sample Sample) bool {
		return slices.Contains(stale, databaseOf(&sample))
	})
	s.Good, s.successes = &good, current
	s.LastSuccess = oldest(current)
	return stale
}

// oldest returns the earliest time; there is at least one.
func oldest(times map[string]time.Time) time.Time {
	return slices.MinFunc(slices.Collect(maps.Values(times)), time.Time.Compare)
}
