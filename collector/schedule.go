package collector

import (
	"hash/fnv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	closeDelay     = time.Second          // After a period closes, before its last row can be expected.
	closeSpread    = 90 * time.Second     // Over which the runs after a common midnight are spread.
	firstRetry     = 10 * time.Second     // After a failure; doubled at each further one.
	maxCronBackoff = 15 * time.Minute     // Where no interval bounds the doubling.
	cronYear       = 366 * 24 * time.Hour // Every cron that fires at all fires within four years and a day.
	cronHorizon    = 4*cronYear + cronYear/4
)

// nextRun returns the first instant after now, in whole seconds, at which a KPI is due.
//
// Intervals lie on a grid that depends on nothing but the query, so that the KPIs of one query are due together, others
// are spread over the interval, and a restart or a failure moves nothing.
func nextRun(k *config.KPI, now time.Time) time.Time {
	if k.Cron != nil {
		return k.Cron.Next(now, k.Calendar.Location)
	}
	offset := offset(k)
	next := nextOnGrid(now, k.Every, offset)
	// A run that was due between the closing of a period and the present is caught by looking back over the spread.
	closed, ok := k.Period.NextClose(now.Add(-k.Settle-closeDelay-closeSpread), k.Calendar)
	for ok {
		run := ceilSecond(closed.Add(k.Settle + closeDelay + offset%closeSpread))
		if run.After(now) {
			if run.Before(next) {
				next = run
			}
			break
		}
		closed, ok = k.Period.NextClose(closed, k.Calendar)
	}
	return next
}

// firstRun returns the as-of of the run at start: the firing of a cron that was missed, else now.
func firstRun(k *config.KPI, now time.Time) time.Time {
	if k.Cron == nil {
		return now
	}
	return lastFiring(*k.Cron, now, k.Calendar.Location)
}

// lastFiring returns the latest firing at or before now, or now if there is none within four years.
func lastFiring(c period.Cron, now time.Time, zone *time.Location) time.Time {
	for _, back := range []time.Duration{time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, 32 * 24 * time.Hour, cronYear, cronHorizon} {
		last := time.Time{}
		for t := c.Next(now.Add(-back), zone); !t.IsZero() && !t.After(now); t = c.Next(t, zone) {
			last = t
		}
		if !last.IsZero() {
			return last
		}
	}
	return now
}

// retryRun returns when a KPI that failed so often in a row is due again, at the latest at its next regular run.
func retryRun(k *config.KPI, now time.Time, failures int) time.Time {
	limit := k.Every
	if k.Cron != nil {
		limit = maxCronBackoff
	}
	wait := firstRetry
	for i := 1; i < failures && wait < limit; i++ {
		wait *= 2
	}
	retry := ceilSecond(now.Add(min(wait, limit)))
	if next := nextRun(k, now); !next.IsZero() && next.Before(retry) {
		return next
	}
	return retry
}

// interval returns the distance between two regular runs; for a cron the longest of the next ones, so that a weekend
// between two firings is no surprise.
func interval(k *config.KPI, now time.Time) time.Duration {
	if k.Cron == nil {
		return k.Every
	}
	longest := time.Duration(0)
	last := k.Cron.Next(now, k.Calendar.Location)
	for range 7 {
		next := k.Cron.Next(last, k.Calendar.Location)
		if next.IsZero() {
			break
		}
		longest = max(longest, next.Sub(last))
		last = next
	}
	return longest
}

// staleAfter returns how old the last success may be before its samples are withdrawn.
func staleAfter(k *config.KPI, interval time.Duration) time.Duration {
	if k.StaleAfter > 0 {
		return k.StaleAfter
	}
	return 2 * interval
}

// offset spreads queries over their intervals; it is the same for all KPIs of a query.
func offset(k *config.KPI) time.Duration {
	h := fnv.New32a()
	for _, d := range k.Databases {
		_, _ = h.Write([]byte(d.Name)) // A hash never fails to write.
	}
	_, _ = h.Write([]byte(k.Query.Statement.SQL()))
	return time.Duration(h.Sum32()) * time.Second
}

// nextOnGrid returns the first instant after now that lies offset beyond a multiple of every since the epoch.
func nextOnGrid(now time.Time, every, offset time.Duration) time.Time {
	step := max(int64(every/time.Second), 1)
	shift := int64(offset/time.Second) % step
	n := now.Unix() - shift
	next := (n/step + 1) * step
	return time.Unix(next+shift, 0)
}

func ceilSecond(t time.Time) time.Time {
	if t.Nanosecond() == 0 {
		return t.Round(0)
	}
	return t.Truncate(time.Second).Add(time.Second)
}
