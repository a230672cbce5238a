package collector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// DatabaseFailure is why one of several databases gave no samples.
type DatabaseFailure struct {
	Database string
	Failure  *Failure
}

// standsAlone reports whether the databases of a KPI have samples of their own, so that one may fail without the others.
func standsAlone(k *config.KPI) bool { return k.DatabaseLabel && len(k.Databases) > 1 }

// standsAlone reports whether a consumer reads for a KPI a database that may fail without the others. A target is for the samples
// of all.
func (c *consumer) standsAlone(owner *config.KPI) bool {
	return owner.Formula == nil && c.purpose != forTargets && standsAlone(owner)
}

// before orders failures: that of a connection comes first, since trying again may help.
func (f *Failure) before(other *Failure) bool {
	if connects := f.Reason == ReasonConnect; connects != (other.Reason == ReasonConnect) {
		return connects
	}
	return f.Error() < other.Error()
}

// failDatabases makes one failure of those of the databases. Unless every database failed, the samples of the others stay.
func (r *Result) failDatabases(failed map[string]*Failure) {
	var list []DatabaseFailure
	for _, d := range r.KPI.Databases {
		if why := failed[d.Name]; why != nil {
			list = append(list, DatabaseFailure{d.Name, why})
		}
	}
	if len(list) == 0 {
		return
	}
	why := *list[0].Failure
	why.unreached = nil
	if !slices.ContainsFunc(list, func(f DatabaseFailure) bool { return len(f.Failure.unreached) == 0 }) {
		for _, f := range list {
			why.unreached = append(why.unreached, f.Failure.unreached...)
		}
	}
	for _, other := range list[1:] {
		if other.Failure.Reason == ReasonConnect {
			why.Reason = ReasonConnect
		}
		text := strings.TrimPrefix(other.Failure.Error(), fmt.Sprintf("kpi %q: ", r.KPI.Name))
		why.Err = fmt.Errorf("%w; %s", why.Err, text)
	}
	r.Failure = &why
	if len(list) == len(r.KPI.Databases) {
		return
	}
	r.FailedDatabases = list
	r.Samples = slices.DeleteFunc(r.Samples, func(s Sample) bool { return r.failedIn(databaseOf(&s)) })
}

// partly reports whether some databases gave samples, or no rows, and others failed.
func (r *Result) partly() bool { return len(r.FailedDatabases) > 0 }

// failedIn reports whether a database failed while others did not.
func (r *Result) failedIn(database string) bool {
	return slices.ContainsFunc(r.FailedDatabases, func(f DatabaseFailure) bool { return f.Database == database })
}

// failing returns what fails, in words that stay equal while the same things fail.
func (r *Result) failing() string {
	words := []string{string(r.Failure.Reason)}
	for _, f := range r.FailedDatabases {
		words = append(words, f.Database, string(f.Failure.Reason))
	}
	return strings.Join(words, " ")
}

// databaseOf returns the database that a sample of a KPI that has the label database is from: the label is the last.
func databaseOf(s *Sample) string { return s.Labels[len(s.Labels)-1] }
