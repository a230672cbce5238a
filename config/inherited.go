package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// The words that some settings are made of.
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
	category, objective, owner, level, better field[string]
	stages                                    field[[]string]
	unit                                      field[Unit]

	database   field[string]
	databases  field[[]string]
	timezone   field[*time.Location]
	period     field[period.Period]
	settle     field[time.Duration]
	weekStart  field[string]
	yearStart  field[string]
	fiscalYear field[string]
	every      field[time.Duration]
	cron       field[*period.Cron]
	timeout    field[time.Duration]
	staleAfter field[time.Duration]
	maxSeries  field[int]

	onEmpty                            field[string]
	labels                             field[[]Label]
	nullLabel                          field[string]
	numerator, denominator, sampleSize field[string]
	suppressBelow                      field[float64]
	dataFrom                           field[string]
	compare                            field[[]Source]
	merge                              field[string]

	alert              field[Alert]
	runbook            field[string]
	reviewed, reviewBy field[string]
	reviewEvery        field[time.Duration]

	tolerance, minSample field[*node]  // Of targets; only defaults have them. Read when the unit is known.
	pace                 field[string] // Of targets, too.
}

// setting reads one setting; it returns false for a key that is none.
func (l *loader) setting(d *decoder, s *settings, k, v *node) bool {
	key := k.Value
	switch key {
	case "category":
		s.category = d.word(v, key, categories)
	case "objective":
		s.objective = d.text(v, key)
	case "owner":
		s.owner = d.text(v, key)
	case "level":
		s.level = d.word(v, key, levels)
	case "better":
		s.better = d.word(v, key, directions)
	case "stages":
		s.stages = readStages(d, v)
	case "unit":
		s.unit = readUnit(d, v)
	case "database":
		s.database = d.text(v, key)
	case "databases":
		s.databases = d.list(v, key)
	case "timezone":
		s.timezone = d.location(v, key)
	case "period":
		s.period = readPeriod(d, v)
	case "settle":
		s.settle = readDuration(d, v, key, 0)
	case "week_start":
		s.weekStart = d.word(v, key, weekdays)
	case "year_start":
		s.yearStart = d.word(v, key, months)
	case "fiscal_year":
		s.fiscalYear = d.word(v, key, string(namedByStart+" "+namedByEnd))
	case "every":
		s.every = readDuration(d, v, key, time.Second)
	case "cron":
		s.cron = readCron(d, v)
	case "timeout":
		s.timeout = readDuration(d, v, key, time.Millisecond)
	case "stale_after":
		s.staleAfter = readDuration(d, v, key, time.Second)
	case "max_series":
		s.maxSeries = readCount(d, v, key)
	case "on_empty":
		s.onEmpty = d.word(v, key, emptyWords)
	case "labels":
		s.labels = readLabels(d, v)
	case "null_label":
		s.nullLabel = d.text(v, key)
	case "numerator":
		s.numerator = d.text(v, key)
	case "denominator":
		s.denominator = d.text(v, key)
	case "sample_size":
		s.sampleSize = d.text(v, key)
	case "suppress_below":
		s.suppressBelow = readPositive(d, v, key)
	case "data_from":
		s.dataFrom = readInstant(d, v, key)
	case "alert":
		s.alert = readAlert(d, v)
	case "runbook":
		s.runbook = d.webURL(v, key)
	case "reviewed":
		s.reviewed = readDate(d, v, key)
	case "review_every":
		s.reviewEvery = readDuration(d, v, key, 24*time.Hour)
	case "review_by":
		s.reviewBy = readDate(d, v, key)
	case "compare":
		s.compare = readCompare(d, v)
	case "merge":
		s.merge = d.word(v, key, "ratio sum min max")
	default:
		return false
	}
	return true
}

// exclusive reports keys that say the same thing twice on one level.
func (s *settings) exclusive() {
	if s.every.said() && s.cron.said() {
		s.cron.fail("leave one of them out", "every and cron exclude each other")
	}
	if s.database.said() && s.databases.said() {
		s.databases.fail("leave one of them out", "database and databases exclude each other")
	}
}

// inherit fills in what was not said. What excludes each other comes from the same level.
func (s *settings) inherit(from *settings) {
	s.category.or(&from.category)
	s.objective.or(&from.objective)
	s.owner.or(&from.owner)
	s.level.or(&from.level)
	s.better.or(&from.better)
	s.stages.or(&from.stages)
	s.unit.or(&from.unit)
	if !s.database.said() && !s.databases.said() {
		s.database, s.databases = from.database, from.databases
	}
	s.timezone.or(&from.timezone)
	s.period.or(&from.period)
	s.settle.or(&from.settle)
	s.weekStart.or(&from.weekStart)
	s.yearStart.or(&from.yearStart)
	s.fiscalYear.or(&from.fiscalYear)
	if !s.every.said() && !s.cron.said() {
		s.every, s.cron = from.every, from.cron
	}
	s.timeout.or(&from.timeout)
	s.staleAfter.or(&from.staleAfter)
	s.maxSeries.or(&from.maxSeries)
	s.onEmpty.or(&from.onEmpty)
	s.labels.or(&from.labels)
	s.nullLabel.or(&from.nullLabel)
	s.numerator.or(&from.numerator)
	s.denominator.or(&from.denominator)
	s.sampleSize.or(&from.sampleSize)
	s.suppressBelow.or(&from.suppressBelow)
	s.dataFrom.or(&from.dataFrom)
	s.compare.or(&from.compare)
	s.merge.or(&from.merge)
	s.inheritAlert(&from.alert)
	s.runbook.or(&from.runbook)
	s.reviewed.or(&from.reviewed)
	s.reviewEvery.or(&from.reviewEvery)
	s.reviewBy.or(&from.reviewBy)
	s.tolerance.or(&from.tolerance)
	s.minSample.or(&from.minSample)
	s.pace.or(&from.pace)
}

// inheritAlert takes a whole alert from above, or only the labels that are not here.
func (s *settings) inheritAlert(from *field[Alert]) {
	s.alert.or(from)
	if len(from.value.Labels) == 0 || s.alert.value.Off || s.alert.n == from.n {
		return
	}
	merged := make(map[string]string, len(from.value.Labels)+len(s.alert.value.Labels))
	maps.Copy(merged, from.value.Labels)
	maps.Copy(merged, s.alert.value.Labels)
	s.alert.value.Labels = merged
}

func readStages(d *decoder, n *node) field[[]string] {
	f := d.list(n, "stages")
	if !f.ok {
		return f
	}
	for _, item := range resolve(n).Content {
		if !d.word(item, "stage", stages).ok {
			f.ok = false
		}
	}
	return f
}

// readDate reads a date, which is turned into an instant when the time zone is known.
func readDate(d *decoder, n *node, what string) field[string] {
	f := d.text(n, what)
	if !f.ok {
		return f
	}
	if _, err := time.Parse(time.DateOnly, f.value); err != nil {
		f.fail("write it as 2026-10-15", "%s: %s is not a date", what, quote(f.value))
		f.ok = false
	}
	return f
}

// readInstant reads a date or time; without an offset it is turned into an instant when the time zone is known.
func readInstant(d *decoder, n *node, what string) field[string] {
	f := d.text(n, what)
	if !f.ok {
		return f
	}
	if _, err := period.ParseTime(f.value, time.UTC); err != nil {
		f.fail("write it as 2024-03-01 or 2024-03-01T06:00:00Z", "%s: %s is not a date", what, quote(f.value))
		f.ok = false
	}
	return f
}

// readAlert reads how a missed target is alerted on: off, or a mapping.
func readAlert(d *decoder, n *node) field[Alert] {
	n = resolve(n)
	if n.Kind == scalarNode && n.Value == "off" {
		return good(d, n, Alert{Off: true})
	}
	if n.Kind != mappingNode {
		d.fail(n, "write off, or {for: 1h, severity: warning, labels: {team: growth}}", "alert must be off or a mapping")
		return bad[Alert](d, n)
	}
	f := good(d, n, Alert{})
	failed := d.errorCount()
	d.mapping(n, "alert", alertKeys, func(k, v *node) bool {
		switch k.Value {
		case "for":
			hold := readDuration(d, v, "for", 0)
			f.value.For = &hold.value
		case "severity":
			severity := d.text(v, "severity")
			if severity.ok && (severity.value != strings.ToLower(severity.value) || !isLabelName(strings.ReplaceAll(severity.value, "-", "_"))) {
				severity.fail("write one lower case word, such as warning or critical", "%s is not a severity", quote(severity.value))
			}
			f.value.Severity = severity.value
		case "labels":
			f.value.Labels = readAlertLabels(d, v)
		default:
			return false
		}
		return true
	})
	f.ok = d.errorCount() == failed
	return f
}

func readAlertLabels(d *decoder, n *node) map[string]string {
	labels := map[string]string{}
	d.each(n, "labels", func(k, v *node) {
		switch {
		case !isLabelName(k.Value) || strings.HasPrefix(k.Value, "__"):
			d.fail(k, "write letters, digits and _", "%s is not a label name", quote(k.Value))
		case slices.Contains([]string{"alertname", "kpi", "severity"}, k.Value):
			d.fail(k, "", "label %s is set by the rule itself", quote(k.Value))
		default:
			labels[k.Value] = d.text(v, k.Value).value
		}
	})
	return labels
}
