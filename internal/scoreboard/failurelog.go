package scoreboard

import (
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// failureLog logs what fails in the background: each reason of a KPI once a day, since what fails at one instant often fails at many. Where
// databases are not reached, one KPI stands for all that read them.
type failureLog struct {
	logger *slog.Logger
	mu     sync.Mutex
	last   map[logged]time.Time
}

// logged is what is logged once a day.
type logged struct {
	what   string // The KPI, or the databases.
	reason collector.FailureReason
}

func newFailureLog(logger *slog.Logger) *failureLog {
	return &failureLog{logger: logger, last: map[logged]time.Time{}}
}

// add logs the failure of a request unless the evaluation only gave way to another one.
func (l *failureLog) add(q collector.Request, f *collector.Failure, now time.Time) {
	if f.Interrupted() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := logged{q.KPI.Name, f.Reason}
	if unreached := f.Unreached(); len(unreached) > 0 {
		at = logged{strings.Join(unreached, " "), collector.ReasonConnect}
	}
	if last, ok := l.last[at]; ok && now.Sub(last) < readAgain {
		return
	}
	l.last[at] = now
	l.logger.Warn("An earlier period could not be evaluated", "kpi", q.KPI.Name, "as_of", q.AsOf, "reason", f.Reason, "err", f)
}
