package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// resolve turns what a KPI says, and what it inherits, into a KPI.
func (l *loader) resolve(decl *kpiDecl) *KPI {
	if decl.made != nil {
		return decl.made
	}
	l.open = append(l.open, decl)
	defer func() { l.open = l.open[:len(l.open)-1] }()
	decl.ownMerge = decl.merge
	f, q := decl.file, l.namedQuery(decl)
	near := decl.settings // What is said here or in the named query, and therefore must fit.
	if q != nil {
		near.inherit(&q.settings)
	}
	decl.settings = near
	decl.inherit(&f.defaults)
	s := &decl.settings

	k := &KPI{
		Name:        decl.n.Value,
		Title:       decl.title.value,
		Description: decl.description.value,
		Category:    s.category.value,
		Objective:   s.objective.value,
		Owner:       s.owner.value,
		Stages:      s.stages.value,
		Level:       cmp.Or(s.level.value, "team"),
		Unit:        s.unit.value,
		Runbook:     s.runbook.value,
		Alert:       s.alert.value,
		Settle:      s.settle.value,
		MaxSeries:   cmp.Or(s.maxSeries.value, 1000),
		Timeout:     cmp.Or(s.timeout.value, 30*time.Second),
		OnEmptyZero: s.onEmpty.value == "zero",
		Period:      s.period.value,
		Calendar: period.Calendar{
			Location:  l.timezoneOr(s),
			WeekStart: time.Weekday(max(0, slices.Index(strings.Fields(weekdays), cmp.Or(s.weekStart.value, "monday")))),
			YearStart: time.Month(1 + max(0, slices.Index(strings.Fields(months), s.yearStart.value))),
		},
		fiscalYear: fiscalYear(s.fiscalYear.value),
		Position:   f.position(decl.n),
	}
	decl.made = k
	l.references(decl)
	if findSource(decl.sources, "formula") {
		l.resolveFormula(decl, k)
	} else {
		l.resolveDatabases(decl, k)
		l.resolveQuery(decl, q, k)
		l.resolveColumns(decl, k)
	}
	if s.dataFrom.ok && k.Formula == nil {
		k.DataFrom, _ = period.ParseTime(s.dataFrom.value, k.Calendar.Location)
	}
	l.resolveSchedule(decl, k)
	l.resolveTarget(decl, &near, k)
	l.resolveCompare(decl, &near, k)
	l.resolveSamples(decl, &near, k)
	l.resolveReview(decl, &near, k)
	return k
}

// namedQuery returns the query that the KPI reads with from:, nil if it has its own.
func (l *loader) namedQuery(decl *kpiDecl) *queryDecl {
	if !decl.from.ok {
		return nil
	}
	q := l.queries[decl.from.value]
	switch {
	case q != nil:
		q.used = append(q.used, decl)
	case !l.broken:
		decl.from.fail(didYouMean(decl.from.value, names(l.queries), "queries are"), "unknown query %s", quote(decl.from.value))
	}
	return q
}

// names returns the keys of a map, sorted, with spaces between them.
func names[T any](m map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), " ")
}

// references checks the names of what stands elsewhere.
func (l *loader) references(decl *kpiDecl) {
	if o := &decl.objective; o.ok && !l.broken {
		if _, ok := l.objectives[o.value]; !ok {
			hint := didYouMean(o.value, names(l.objectives), "objectives are")
			o.fail(cmp.Or(hint, "write it below objectives:"), "unknown objective %s", quote(o.value))
		}
	}
	if o := &decl.owner; o.ok {
		known := make([]string, len(l.config.Owners))
		for i, owner := range l.config.Owners {
			if known[i] = owner.Name; owner.Name == o.value {
				return
			}
		}
		if hint := nearest(o.value, strings.Join(known, " ")); hint != "" {
			o.d.warn("unknown_owner", o.n, hint, "owner %s has no entry below owners", quote(o.value))
		}
	}
}

func (l *loader) resolveDatabases(decl *kpiDecl, k *KPI) {
	s := &decl.settings
	find := func(d *decoder, n *node, name string) {
		if db := l.databases[name]; db != nil {
			k.Databases = append(k.Databases, db)
			return
		}
		d.fail(n, didYouMean(name, names(l.databases), "databases are"), "unknown database %s", quote(name))
	}
	switch {
	case s.databases.ok:
		k.DatabaseLabel = !s.merge.ok
		k.Merge = decl.mergeBy()
		if len(s.databases.value) == 0 {
			s.databases.fail("", "databases is empty")
		}
		for i, name := range s.databases.value {
			find(s.databases.d, resolve(resolve(s.databases.n).Content[i]), name)
		}
	case s.database.ok:
		find(s.database.d, s.database.n, s.database.value)
	case s.database.said(), s.databases.said():
	case len(l.config.Databases) == 1:
		k.Databases = l.config.Databases
	case len(l.config.Databases) == 0:
		l.files[0].failFile("there are no databases", "write databases: and below it app: {url: \"${APP_DATABASE_URL}\"}")
	case decl.isColumn():
		decl.reads[0].fail("add to query "+decl.n.Value+" database: with one of: "+strings.ReplaceAll(names(l.databases), " ", ", "),
			"query %s does not say which database", quote(decl.n.Value))
	default:
		decl.file.fail(decl.n, "add database: with one of: "+strings.ReplaceAll(names(l.databases), " ", ", "),
			"KPI %s does not say which database", quote(k.Name))
	}
}

func (l *loader) resolveQuery(decl *kpiDecl, q *queryDecl, k *KPI) {
	sql := decl.sql
	if q != nil {
		sql = q.sql
	}
	hasSQL := q != nil || findSource(decl.sources, "query") || findSource(decl.sources, "query_file")
	const hint = "add period: day, week, month, quarter, year, instant, {days: 30}, {trailing: 30d} or {to_date: month}"
	switch {
	case !hasSQL || decl.period.said():
	case decl.isColumn():
		decl.reads[0].fail(hint, "query %s does not say its period", quote(decl.n.Value))
	default:
		decl.file.fail(decl.n, hint, "KPI %s does not say its period", quote(k.Name))
	}
	if sql == nil {
		return
	}
	if decl.period.ok && !k.Period.UsesWindow() {
		sql.noWindow()
	}
	if q == nil {
		k.Query = &Query{Statement: sql.statement, Position: sql.place, exact: sql.exact}
		return
	}
	k.Query = q.query()
}

func findSource(sources []*node, key string) bool {
	return slices.ContainsFunc(sources, func(n *node) bool { return n.Value == key })
}

func (l *loader) resolveColumns(decl *kpiDecl, k *KPI) {
	s := &decl.settings
	k.Columns = Columns{
		Value:       decl.value.value,
		Numerator:   s.numerator.value,
		Denominator: s.denominator.value,
		SampleSize:  s.sampleSize.value,
		Labels:      s.labels.value,
	}
	if decl.isColumn() { // Of the query's columns, it still has the sample size.
		k.Numerator, k.Denominator, k.SampleSize = "", "", k.SampleSizeColumn()
	}
	if s.nullLabel.ok {
		k.NullLabel = &s.nullLabel.value
	}
	switch {
	case decl.isColumn():
	case s.numerator.said() && !s.denominator.said():
		s.numerator.fail("add denominator:, or write value: for a column that is the value itself", "a numerator needs a denominator")
	case !decl.value.said() && !s.numerator.said():
		k.Value = "value"
	}
	for _, label := range k.Labels {
		if decl.isColumn() && label.Name == k.Value {
			decl.reads[0].fail("read a column that holds numbers", "%s is a label of the query", decl.reads[0].name)
			continue
		}
		if slices.Contains([]string{k.Value, k.Numerator, k.Denominator, k.SampleSize}, label.Name) {
			s.labels.fail("", "column %s cannot be both a label and a number", quote(label.Name))
		}
		if k.DatabaseLabel && label.Name == "database" {
			s.labels.fail("give the column another name", "databases gives the samples the label database already")
		}
	}
	l.checkOnEmpty(s, k)
}

// checkOnEmpty checks that it is known which label sets are 0 when no row is there.
func (l *loader) checkOnEmpty(s *settings, k *KPI) {
	if !k.OnEmptyZero {
		return
	}
	sets := 1
	for _, label := range k.Labels {
		if label.Closed == nil {
			s.onEmpty.fail(fmt.Sprintf("list its values: labels: {%s: [a, b]}", label.Name),
				"on_empty: zero needs to know the values of label %s", quote(label.Name))
			return
		}
		if sets *= len(label.Closed); sets > k.MaxSeries {
			s.onEmpty.fail("", "the labels have more combinations than max_series (%d)", k.MaxSeries)
			return
		}
	}
}

func (l *loader) resolveSchedule(decl *kpiDecl, k *KPI) {
	s := &decl.settings
	k.Every, k.Cron, k.StaleAfter = s.every.value, s.cron.value, s.staleAfter.value
	if k.Cron == nil && k.Every == 0 {
		k.Every = defaultEvery(k.Period)
	}
	if k.StaleAfter == 0 && k.Cron == nil {
		k.StaleAfter = 3 * k.Every
	}
	if k.Cron == nil && s.staleAfter.ok && k.StaleAfter < k.Every {
		s.staleAfter.d.warn("short_stale_after", s.staleAfter.n, "say at least "+formatDuration(2*k.Every),
			"stale_after is shorter than every (%s), so the value disappears between two runs", formatDuration(k.Every))
	}
}

// defaultEvery returns how often a KPI runs that does not say it.
func defaultEvery(p period.Period) time.Duration {
	switch {
	case p.Kind != period.Last:
		return 5 * time.Minute
	case p.Unit == period.Day:
		return time.Hour
	}
	return 6 * time.Hour
}

func (l *loader) resolveTarget(decl *kpiDecl, near *settings, k *KPI) {
	s := &decl.settings
	k.Better = Direction(s.better.value)
	if decl.target == nil || s.unit.said() && !s.unit.ok || s.labels.said() && !s.labels.ok {
		return
	}
	t := targetDecoder{decoder: decl.file.decoder, kpi: k.Name, unit: k.Unit, labels: k.Labels, calendar: k.Calendar, fiscalYear: k.fiscalYear}
	t.yearsUnclear = k.fiscalYear == "" && !s.fiscalYear.said() && k.Calendar.YearStart != time.January
	if k.DatabaseLabel {
		t.labels = append(slices.Clone(t.labels), Label{Name: "database", Closed: s.databases.value})
	}
	if s.period.ok {
		t.period = &k.Period
	}
	t.plan = func(from field[string]) *Target { return l.planned(decl, near, k, from) }
	k.Target = t.target(decl.target, s)
	if k.Target != nil && near.better.ok && k.Better != k.Target.Direction {
		near.better.fail("leave better out: the target says it", "better: %s contradicts the target", near.better.value)
	}
}

// resolveCompare leaves out a previous period that a default asks for where there is none.
func (l *loader) resolveCompare(decl *kpiDecl, near *settings, k *KPI) {
	s := &decl.settings
	if !s.compare.ok || !s.period.ok {
		return
	}
	for _, source := range s.compare.value {
		switch {
		case source != PreviousPeriod || hasPrevious(k.Period):
			k.Compare = append(k.Compare, source)
		case near.compare.ok:
			near.compare.fail("leave it out", "compare: period %s has no previous period", k.Period)
		}
	}
}

// resolveSamples applies what depends on the number of samples. What comes from defaults is for the KPIs that have one.
func (l *loader) resolveSamples(decl *kpiDecl, near *settings, k *KPI) {
	s := &decl.settings
	hint := "name the column that holds it: sample_size: n"
	if findSource(decl.sources, "formula") {
		hint = "set it on the KPIs and queries that the formula names"
	}
	has := k.SampleSizeColumn() != "" || k.Query != nil && k.readsByName() && k.Query.mentionsSampleSize()
	switch {
	case s.suppressBelow.ok && has:
		k.SuppressBelow = &s.suppressBelow.value
	case near.suppressBelow.ok:
		near.suppressBelow.fail(hint, "suppress_below needs the number of samples")
	}
	if k.Target == nil || has {
		return
	}
	rules := []*Rule{&k.Target.Rule}
	for i := range k.Target.Segments {
		rules = append(rules, &k.Target.Segments[i].Rule)
	}
	for _, r := range rules {
		if r.MinSample != nil {
			if at := findKey(decl.target, "min_sample"); at != nil {
				decl.file.fail(at, hint, "min_sample needs the number of samples")
				return
			}
			r.MinSample = nil
		}
	}
}

// hasQuotient says whether the KPI has a numerator and a denominator, mapped or called so in the query.
func (k *KPI) hasQuotient() bool {
	called := func(name string) bool {
		return k.Query != nil && k.Query.Statement != nil && k.readsByName() &&
			slices.ContainsFunc(k.Query.Statement.Words(), func(w sqltext.Word) bool { return w.Text == name })
	}
	return (k.Numerator != "" || called("numerator")) && (k.Denominator != "" || called("denominator"))
}

// mentionsSampleSize says whether the result may have a column that is the sample size without being mapped.
func (q *Query) mentionsSampleSize() bool {
	return q.Statement != nil && slices.ContainsFunc(q.Statement.Words(), func(w sqltext.Word) bool {
		return w.Text == "sample_size" || w.Text == "denominator"
	})
}

// findKey returns the first use of a key in a value or the values within it.
func findKey(n *node, key string) *node {
	n = resolve(n)
	for i, child := range n.Content {
		if n.Kind == mappingNode && i%2 == 0 && child.Value == key {
			return child
		}
		if found := findKey(child, key); found != nil {
			return found
		}
	}
	return nil
}

func (l *loader) resolveReview(decl *kpiDecl, near *settings, k *KPI) {
	s := &decl.settings
	zone := k.Calendar.Location
	switch {
	case s.reviewBy.ok:
		k.ReviewDue, _ = period.ParseTime(s.reviewBy.value, zone)
	case s.reviewed.ok && s.reviewEvery.ok:
		const day = 24 * time.Hour
		reviewed, _ := period.ParseTime(s.reviewed.value, zone)
		k.ReviewDue = reviewed.AddDate(0, 0, int(s.reviewEvery.value/day)).Add(s.reviewEvery.value % day)
	case near.reviewEvery.ok && !s.reviewed.said():
		near.reviewEvery.fail("add reviewed: with the date of the last review", "review_every needs to know when the last review was")
	}
}
