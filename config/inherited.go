package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// The words that some settings take.
const (
	stages     = "ideation development launch growth maturity decline"
	categories = "financial engagement customer product_development team"
	levels     = "company team diagnostic"
	directions = "higher lower"
	emptyWords = "absent zero"
	weekdays   = "sunday monday tuesday wednesday thursday friday saturday"
	months     = "january february march april may june july august september october november december"
)

// The keys of KPIs, named queries and defaults.
const (
	sharedKeys = "category objective owner stages level unit better database databases timezone period settle week_start year_start fiscal_year " +
		"every cron timeout stale_after max_series on_empty labels null_label numerator denominator sample_size suppress_below " +
		"data_from compare merge alert runbook reviewed review_every review_by"
	kpiKeys     = "title description query query_file from formula value target " + sharedKeys
	queryKeys   = "query query_file data_until " + sharedKeys
	alertKeys   = "for severity labels"
	defaultKeys = "tolerance min_sample pace " + sharedKeys
)

// settings are what a KPI can inherit: from its named query, from the defaults of its file, from those of the main file.
type settings struct {
	category, objective, owner, level, better document.Field[string]
	stages                                    document.Field[[]string]
	unit                                      document.Field[Unit]

	database   document.Field[string]
	databases  document.Field[[]string]
	timezone   document.Field[*time.Location]
	period     document.Field[period.Period]
	settle     document.Field[time.Duration]
	weekStart  document.Field[string]
	yearStart  document.Field[string]
	fiscalYear document.Field[string]
	every      document.Field[time.Duration]
	cron       document.Field[*period.Cron]
	timeout    document.Field[time.Duration]
	staleAfter document.Field[time.Duration]
	maxSeries  document.Field[int]

	onEmpty                            document.Field[string]
	labels                             document.Field[[]Label]
	nullLabel                          document.Field[string]
	numerator, denominator, sampleSize document.Field[string]
	suppressBelow                      document.Field[float64]
	dataFrom                           document.Field[string]
	compare                            document.Field[[]Source]
	merge                              document.Field[string]

	alert              document.Field[Alert]
	runbook            document.Field[string]
	reviewed, reviewBy document.Field[string]
	reviewEvery        document.Field[time.Duration]

	tolerance, minSample document.Field[*document.Node] // Keys of targets, set in defaults only. Read when the unit is known.
	pace                 document.Field[string]         // A key of targets, too.
}

// setting reads one setting; it returns false for an unknown key.
func (l *loader) setting(d *document.File, s *settings, k, v *document.Node) bool {
	key := k.Value
	switch key {
	case "category":
		s.category = d.Word(v, key, categories)
	case "objective":
		s.objective = d.Text(v, key)
	case "owner":
		s.owner = d.Text(v, key)
	case "level":
		s.level = d.Word(v, key, levels)
	case "better":
		s.better = d.Word(v, key, directions)
	case "stages":
		s.stages = readStages(d, v)
	case "unit":
		s.unit = readUnit(d, v)
	case "database":
		s.database = d.Text(v, key)
	case "databases":
		s.databases = d.List(v, key)
	case "timezone":
		s.timezone = d.Location(v, key)
	case "period":
		s.period = readPeriod(d, v)
	case "settle":
		s.settle = quantity.Duration(d, v, key, 0)
	case "week_start":
		s.weekStart = d.Word(v, key, weekdays)
	case "year_start":
		s.yearStart = d.Word(v, key, months)
	case "fiscal_year":
		s.fiscalYear = d.Word(v, key, string(namedByStart+" "+namedByEnd))
	case "every":
		s.every = quantity.Duration(d, v, key, time.Second)
	case "cron":
		s.cron = readCron(d, v)
	case "timeout":
		s.timeout = quantity.Duration(d, v, key, time.Millisecond)
	case "stale_after":
		s.staleAfter = quantity.Duration(d, v, key, time.Second)
	case "max_series":
		s.maxSeries = quantity.Count(d, v, key)
	case "on_empty":
		s.onEmpty = d.Word(v, key, emptyWords)
	case "labels":
		s.labels = readLabels(d, v)
	case "null_label":
		s.nullLabel = d.Text(v, key)
	case "numerator":
		s.numerator = d.Text(v, key)
	case "denominator":
		s.denominator = d.Text(v, key)
	case "sample_size":
		s.sampleSize = d.Text(v, key)
	case "suppress_below":
		s.suppressBelow = quantity.Positive(d, v, key)
	case "data_from":
		s.dataFrom = readInstant(d, v, key)
	case "alert":
		s.alert = readAlert(d, v)
	case "runbook":
		s.runbook = d.WebURL(v, key)
	case "reviewed":
		s.reviewed = readDate(d, v, key)
	case "review_every":
		s.reviewEvery = quantity.Duration(d, v, key, 24*time.Hour)
	case "review_by":
		s.reviewBy = readDate(d, v, key)
	case "compare":
		s.compare = readCompare(d, v)
	case "merge":
		s.merge = d.Word(v, key, "ratio sum min max")
	default:
		return false
	}
	return true
}

// exclusive reports keys that set the same thing twice on one level.
func (s *settings) exclusive() {
	if s.every.Said() && s.cron.Said() {
		s.cron.Fail("leave one of them out", "every and cron exclude each other")
	}
	if s.database.Said() && s.databases.Said() {
		s.databases.Fail("leave one of them out", "database and databases exclude each other")
	}
}

// inherit fills in what is not set. Keys that exclude each other come from the same level.
func (s *settings) inherit(from *settings) {
	s.category.Inherit(&from.category)
	s.objective.Inherit(&from.objective)
	s.owner.Inherit(&from.owner)
	s.level.Inherit(&from.level)
	s.better.Inherit(&from.better)
	s.stages.Inherit(&from.stages)
	s.unit.Inherit(&from.unit)
	if !s.database.Said() && !s.databases.Said() {
		s.database, s.databases = from.database, from.databases
	}
	s.timezone.Inherit(&from.timezone)
	s.period.Inherit(&from.period)
	s.settle.Inherit(&from.settle)
	s.weekStart.Inherit(&from.weekStart)
	s.yearStart.Inherit(&from.yearStart)
	s.fiscalYear.Inherit(&from.fiscalYear)
	if !s.every.Said() && !s.cron.Said() {
		s.every, s.cron = from.every, from.cron
	}
	s.timeout.Inherit(&from.timeout)
	s.staleAfter.Inherit(&from.staleAfter)
	s.maxSeries.Inherit(&from.maxSeries)
	s.onEmpty.Inherit(&from.onEmpty)
	s.labels.Inherit(&from.labels)
	s.nullLabel.Inherit(&from.nullLabel)
	s.numerator.Inherit(&from.numerator)
	s.denominator.Inherit(&from.denominator)
	s.sampleSize.Inherit(&from.sampleSize)
	s.suppressBelow.Inherit(&from.suppressBelow)
	s.dataFrom.Inherit(&from.dataFrom)
	s.compare.Inherit(&from.compare)
	s.merge.Inherit(&from.merge)
	s.inheritAlert(&from.alert)
	s.runbook.Inherit(&from.runbook)
	s.reviewed.Inherit(&from.reviewed)
	s.reviewEvery.Inherit(&from.reviewEvery)
	s.reviewBy.Inherit(&from.reviewBy)
	s.tolerance.Inherit(&from.tolerance)
	s.minSample.Inherit(&from.minSample)
	s.pace.Inherit(&from.pace)
}

// inheritAlert takes a whole alert from above, or only the labels that are missing here.
func (s *settings) inheritAlert(from *document.Field[Alert]) {
	s.alert.Inherit(from)
	if len(from.Value.Labels) == 0 || s.alert.Value.Off || s.alert.Node == from.Node {
		return
	}
	merged := make(map[string]string, len(from.Value.Labels)+len(s.alert.Value.Labels))
	maps.Copy(merged, from.Value.Labels)
	maps.Copy(merged, s.alert.Value.Labels)
	s.alert.Value.Labels = merged
}

func readStages(d *document.File, n *document.Node) document.Field[[]string] {
	f := d.List(n, "stages")
	if !f.OK {
		return f
	}
	for _, item := range document.Resolve(n).Content {
		if !d.Word(item, "stage", stages).OK {
			f.OK = false
		}
	}
	return f
}

// readDate reads a date, which is turned into an instant when the time zone is known.
func readDate(d *document.File, n *document.Node, what string) document.Field[string] {
	f := d.Text(n, what)
	if !f.OK {
		return f
	}
	if _, err := time.Parse(time.DateOnly, f.Value); err != nil {
		f.Fail("write it as 2026-10-15", "%s: %s is not a date", what, document.Quote(f.Value))
		f.OK = false
	}
	return f
}

// readInstant reads a date or time; without an offset it is turned into an instant when the time zone is known.
func readInstant(d *document.File, n *document.Node, what string) document.Field[string] {
	f := d.Text(n, what)
	if !f.OK {
		return f
	}
	if _, err := period.ParseTime(f.Value, time.UTC); err != nil {
		f.Fail("write it as 2024-03-01 or 2024-03-01T06:00:00Z", "%s: %s is not a date", what, document.Quote(f.Value))
		f.OK = false
	}
	return f
}

// readAlert reads how a missed target is alerted on: off, or a mapping.
func readAlert(d *document.File, n *document.Node) document.Field[Alert] {
	n = document.Resolve(n)
	if n.Kind == document.ScalarNode && n.Value == "off" {
		return document.Good(d, n, Alert{Off: true})
	}
	if n.Kind != document.MappingNode {
		d.Fail(n, "write off, or {for: 1h, severity: warning, labels: {team: growth}}", "alert must be off or a mapping")
		return document.Bad[Alert](d, n)
	}
	f := document.Good(d, n, Alert{})
	failed := d.ErrorCount()
	d.Mapping(n, "alert", alertKeys, func(k, v *document.Node) bool {
		switch k.Value {
		case "for":
			hold := quantity.Duration(d, v, "for", 0)
			f.Value.For = &hold.Value
		case "severity":
			severity := d.Text(v, "severity")
			if severity.OK && (severity.Value != strings.ToLower(severity.Value) || !isLabelName(strings.ReplaceAll(severity.Value, "-", "_"))) {
				severity.Fail("write one lower case word, such as warning or critical", "%s is not a severity", document.Quote(severity.Value))
			}
			f.Value.Severity = severity.Value
		case "labels":
			f.Value.Labels = readAlertLabels(d, v)
		default:
			return false
		}
		return true
	})
	f.OK = d.ErrorCount() == failed
	return f
}

func readAlertLabels(d *document.File, n *document.Node) map[string]string {
	labels := map[string]string{}
	d.Each(n, "labels", func(k, v *document.Node) {
		switch {
		case !isLabelName(k.Value) || strings.HasPrefix(k.Value, "__"):
			d.Fail(k, "write letters, digits and _", "%s is not a label name", document.Quote(k.Value))
		case slices.Contains([]string{"alertname", "kpi", "severity"}, k.Value):
			d.Fail(k, "", "label %s is set by the rule itself", document.Quote(k.Value))
		default:
			labels[k.Value] = d.Text(v, k.Value).Value
		}
	})
	return labels
}
