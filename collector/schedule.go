package collector

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	closeDelay     = time.Second      // After a period closes, before its last row can be expected.
	closeSpread    = 90 * time.Second // Over which the runs after a common midnight are spread.
	firstRetry     = 10 * time.Second // After a failure; doubled at each further one.
	retrySpread    = 5 * time.Second  // Over which the retries are spread once a database answers again.
	maxCronBackoff = 15 * time.Minute // Where no interval bounds the doubling.
	cronYear       = 366 * 24 * time.Hour
	cronHorizon    = 4*cronYear + cronYear/4 // Every cron that fires at all fires within four years and a day.
)

// nextRun returns the first instant, in whole seconds, at which a KPI is due that last ran as of ran. It may lie before
// now: what came due during that run is not forgotten, except for plain intervals, where the next one will do.
//
// Intervals lie on a grid that depends on nothing but the query, so that the KPIs of one query are due together, others
// are spread over the interval, and a restart or a failure moves nothing.
func nextRun(k *config.KPI, ran, now time.Time) time.Time {
	if k.Cron != nil {
		return k.Cron.Next(ran, k.Calendar.Location)
	}
	offset := offset(k)
	next := nextOnGrid(now, k.Every, offset)
	closed, ok := k.NextClose(ran.Add(-closeDelay - closeSpread))
	for ok {
		run := ceilSecond(closed.Add(closeDelay + offset%closeSpread))
		if run.After(ran) {
			if run.Before(next.Add(closeSpread)) { // Just after a regular run, it replaces that one.
				next = run
			}
			break
		}
		closed, ok = k.NextClose(closed)
	}
	return next
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

// retryRun returns when a KPI that failed so often in a row is due again, at the latest at its next regular run. Different queries are
// spread over half as much again, so that a database that comes back does not meet all of them in the same second.
func retryRun(k *config.KPI, ran, now time.Time, failures int) time.Time {
	limit := k.Every
	if k.Cron != nil {
		limit = maxCronBackoff
	}
	wait := firstRetry
	for i := 1; i < failures && wait < limit; i++ {
		wait *= 2
	}
	wait = min(wait+offset(k)%(wait/2), limit)
	retry := ceilSecond(now.Add(wait))
	if next := nextRun(k, ran, now); !next.IsZero() && next.Before(retry) {
		return next
	}
	return retry
}

// interval returns the distance between the regular run as of ran and the next.
func interval(k *config.KPI, ran time.Time) time.Duration {
	if k.Cron == nil {
		return k.Every
	}
	next := k.Cron.Next(ran, k.Calendar.Location)
	if next.IsZero() {
		return cronHorizon
	}
	return next.Sub(ran)
}

// staleAfter returns how old the last success may be before its samples are withdrawn.
func staleAfter(k *config.KPI, interval time.Duration) time.Duration {
	if k.StaleAfter > 0 {
		return k.StaleAfter
	}
	return 2 * interval
}

// offset spreads queries over their intervals. It is the same for all KPIs of a query; a formula has that of what it
// reads most often, so that one run does for both.
func offset(k *config.KPI) time.Duration {
	k = slices.MinFunc(k.Reads(), func(a, b *config.KPI) int { return cmp.Compare(a.Every, b.Every) })
	h := fnv.New32a()
	for _, d := range k.Databases {
		_, _ = h.Write([]byte(d.Name)) // A hash never fails to write.
	}
	if k.Query.Statement != nil {
		_, _ = h.Write([]byte(k.Query.Statement.SQL()))
	} else {
		_, _ = h.Write([]byte(k.Query.File))
	}
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
