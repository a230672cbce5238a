package rules

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// historyInterval spares Prometheus: these rules read weeks. It must stay below five minutes, or graphs get holes.
const historyInterval = model.Duration(3 * time.Minute)

// recordings returns the rules that make one series of what several exporters, or one before and after a restart,
// expose. They strip exactly instance and pod, so that no label of a KPI's own is lost.
func recordings() []Rule { return append(exposedRecordings(), derivedRecordings()...) }

// exposedRecordings are families as they are exposed.
func exposedRecordings() []Rule {
	return []Rule{
		{Record: recorded(series.Value), Expr: merged(series.Value), Comment: "What the exporter exposes, without the exporter it comes from."},
		{Record: recorded(series.Target), Expr: merged(series.Target)},
		{Record: recorded(series.Bound), Expr: merged(series.Bound)},
		{Record: recorded(series.Status), Expr: merged(series.Status)},
		{
			Comment: "Where exporters disagree, the worse value, as for the status.",
			Record:  recorded(series.Attainment),
			Expr:    "min without (instance, pod) (" + series.Attainment + ")",
		},
		{Record: recorded(series.Forecast), Expr: merged(series.Forecast)},
		{Record: recorded(series.PeriodElapsed), Expr: merged(series.PeriodElapsed)},
		{Record: recorded(series.Up), Expr: merged(series.Up)},
		{
			Comment: "One series per KPI, even while exporters disagree on its title: a join never finds two.",
			Record:  recorded(series.Info),
			Expr:    "topk by (job, kpi) (1, " + merged(series.Info) + ")",
		},
	}
}

// derivedRecordings are what alerts and dashboards read besides. The order counts: a rule may read those above it.
func derivedRecordings() []Rule {
	return append(lastTimes(), []Rule{
		{Record: recorded(series.DatabaseUp), Expr: merged(series.DatabaseUp)},
		{
			Comment: "The KPIs that wait for a database.",
			Record:  series.RecordedDatabaseDown,
			Expr: `max without (instance, pod, database) (
  ` + series.DatabaseInfo + ` and on (job, database) ` + series.RecordedDatabaseUp + ` == 0
)`,
		},
		{
			Comment: "The KPIs that wait for data that is late.",
			Record:  series.RecordedDataLate,
			Expr:    "max without (instance, pod, data) (" + series.DataLate + ") == 1",
		},
		{
			Comment: "The targets that are KPI exporters, whatever their job is called; one that is down stays one.",
			Record:  series.RecordedExporter,
			Expr: `  max by (job, instance) (last_over_time(` + series.BuildInfo + `[1d]))
or
  ` + series.RecordedExporter + ` and on (job, instance) up == 0`,
		},
		{
			Comment: "Change against seven days ago, in the KPI's unit.",
			Record:  series.RecordedValueDelta,
			Expr:    series.RecordedValue + " - " + series.RecordedValue + " offset 7d",
		},
	}...)
}

// lastTimes are when something was last so. Each remembers itself for a day, since an exporter forgets when it restarts.
func lastTimes() []Rule {
	return []Rule{
		{
			Comment: "When the KPI last succeeded, which an exporter forgets when it restarts; when it was first seen, if it never did.",
			Record:  series.RecordedFreshness,
			Expr:    remembered(merged(series.LastSuccess), series.RecordedFreshness),
		},
		{
			Comment: "When all databases of the KPI last succeeded: the last success is that of those shown, and is fresh while one fails.",
			Record:  series.RecordedLastUp,
			Expr:    remembered("timestamp("+series.RecordedUp+" == 1)", series.RecordedLastUp),
		},
		{
			Comment: "When the KPI last had a value, for 28 days.",
			Record:  series.RecordedSeen,
			Expr: `  max by (job, kpi) (timestamp(` + series.RecordedValue + `))
or
  last_over_time(` + series.RecordedSeen + `[1d]) > time() - 28 * 86400`,
		},
	}
}

// remembered is an instant as it is now or was last recorded, or now for a KPI that never had it; for the KPIs that there are.
func remembered(now, record string) string {
	interval := merged(series.Interval)
	return `(
    ` + now + `
  or
    last_over_time(` + record + `[1d])
  or
    time() + 0 * ` + interval + `
)
and
  ` + interval
}

func history() []Rule {
	return []Rule{{
		Comment: "Share of the last 28 days on target; time without a verdict does not count.",
		Record:  series.RecordedOnTarget,
		Expr:    "avg_over_time((" + series.RecordedStatus + " == bool 0)[28d:1h])",
	}}
}

// recorded returns the name of the rule that records a family as it is exposed.
func recorded(metric string) string { return series.Find(metric).Recorded }

func merged(metric string) string {
	return "max without (instance, pod) (" + metric + ")"
}
