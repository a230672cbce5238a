package collector

import "slices"

// recordDatabases records a result from some databases while others failed: what the others gave before stays, each
// until it goes stale.
func (s *KPIState) recordDatabases(r *Result, now moment) {
	good := *r
	good.Failure, good.FailedDatabases = nil, nil
	good.Samples = slices.Clone(r.Samples)
	successes := map[string]moment{}
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
	s.succeeded(oldest(successes))
}

// successOf returns when a database last gave what is shown of it.
func (s *KPIState) successOf(database string) moment {
	if at, ok := s.successes[database]; ok {
		return at
	}
	return s.success
}

// expireDatabases withdraws the samples of the databases that have gone stale, and returns which these are.
func (s *KPIState) expireDatabases(now moment) []string {
	var stale []string
	current := map[string]moment{}
	for name, at := range s.successes {
		if !now.reached(at.add(s.StaleAfter)) {
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
	s.succeeded(oldest(current))
	return stale
}

// oldest returns the earliest moment.
func oldest(moments map[string]moment) moment {
	first := never()
	for _, at := range moments {
		first = first.earlier(at)
	}
	return first
}
