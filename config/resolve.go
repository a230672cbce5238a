package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// resolve turns what a KPI sets and inherits into a KPI.
func (l *loader) resolve(decl *kpiDecl) *KPI {
	if decl.made != nil {
		return decl.made
	}
	l.open = append(l.open, decl)
	defer func() { l.open = l.open[:len(l.open)-1] }()
	decl.ownMerge = decl.merge
	f, q := decl.file, l.namedQuery(decl)
	near := decl.settings // What is set here or in the named query, and therefore must fit.
	if q != nil {
		near.inherit(&q.settings)
	}
	decl.settings = near
	decl.inherit(&f.defaults)
	s := &decl.settings

	k := &KPI{
		Name:        decl.n.Value,
		Title:       decl.title.Value,
		Description: decl.description.Value,
		Category:    s.category.Value,
		Objective:   s.objective.Value,
		Owner:       s.owner.Value,
		Stages:      s.stages.Value,
		Level:       cmp.Or(s.level.Value, "team"),
		Unit:        s.unit.Value,
		Runbook:     s.runbook.Value,
		Alert:       s.alert.Value,
		Settle:      s.settle.Value,
		MaxSeries:   cmp.Or(s.maxSeries.Value, 1000),
		Timeout:     cmp.Or(s.timeout.Value, 30*time.Second),
		OnEmptyZero: s.onEmpty.Value == "zero",
		Period:      s.period.Value,
		Calendar: period.Calendar{
			Location:  l.timezoneOr(s),
			WeekStart: time.Weekday(max(0, slices.Index(strings.Fields(weekdays), cmp.Or(s.weekStart.Value, "monday")))),
			YearStart: time.Month(1 + max(0, slices.Index(strings.Fields(months), s.yearStart.Value))),
		},
		fiscalYear: fiscalYear(s.fiscalYear.Value),
		Position:   f.Position(decl.n),
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
	if s.dataFrom.OK && k.Formula == nil {
		k.DataFrom, _ = period.ParseTime(s.dataFrom.Value, k.Calendar.Location)
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
	if !decl.from.OK {
		return nil
	}
	q := l.queries[decl.from.Value]
	switch {
	case q != nil:
		q.used = append(q.used, decl)
	case !l.broken:
		decl.from.Fail(document.DidYouMean(decl.from.Value, names(l.queries), "queries are"), "unknown query %s", document.Quote(decl.from.Value))
	}
	return q
}

// names returns the keys of a map, sorted, with spaces between them.
func names[T any](m map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), " ")
}

// references checks the names of what is defined elsewhere.
func (l *loader) references(decl *kpiDecl) {
	if o := &decl.objective; o.OK && !l.broken {
		if _, ok := l.objectives[o.Value]; !ok {
			hint := document.DidYouMean(o.Value, names(l.objectives), "objectives are")
			o.Fail(cmp.Or(hint, "write it below objectives:"), "unknown objective %s", document.Quote(o.Value))
		}
	}
	if o := &decl.owner; o.OK {
		known := make([]string, len(l.config.Owners))
		for i, owner := range l.config.Owners {
			if known[i] = owner.Name; owner.Name == o.Value {
				return
			}
		}
		if hint := document.Nearest(o.Value, strings.Join(known, " ")); hint != "" {
			o.File.Warn("unknown_owner", o.Node, hint, "owner %s has no entry below owners", document.Quote(o.Value))
		}
	}
}

func (l *loader) resolveDatabases(decl *kpiDecl, k *KPI) {
	s := &decl.settings
	find := func(d *document.File, n *document.Node, name string) {
		if db := l.databases[name]; db != nil {
			k.Databases = append(k.Databases, db)
			return
		}
		d.Fail(n, document.DidYouMean(name, names(l.databases), "databases are"), "unknown database %s", document.Quote(name))
	}
	switch {
	case s.databases.OK:
		k.DatabaseLabel = !s.merge.OK
		k.Merge = decl.mergeBy()
		if len(s.databases.Value) == 0 {
			s.databases.Fail("", "databases is empty")
		}
		for i, name := range s.databases.Value {
			find(s.databases.File, document.Resolve(document.Resolve(s.databases.Node).Content[i]), name)
		}
	case s.database.OK:
		find(s.database.File, s.database.Node, s.database.Value)
	case s.database.Said(), s.databases.Said():
	case len(l.config.Databases) == 1:
		k.Databases = l.config.Databases
	case len(l.config.Databases) == 0:
		l.files[0].FailFile("there are no databases", "write databases: and below it app: {url: \"${APP_DATABASE_URL}\"}")
	case decl.isColumn():
		decl.reads[0].fail("add to query "+decl.n.Value+" database: with one of: "+strings.ReplaceAll(names(l.databases), " ", ", "),
			"query %s does not say which database", document.Quote(decl.n.Value))
	default:
		decl.file.Fail(decl.n, "add database: with one of: "+strings.ReplaceAll(names(l.databases), " ", ", "),
			"KPI %s does not say which database", document.Quote(k.Name))
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
	case !hasSQL || decl.period.Said():
	case decl.isColumn():
		decl.reads[0].fail(hint, "query %s does not say its period", document.Quote(decl.n.Value))
	default:
		decl.file.Fail(decl.n, hint, "KPI %s does not say its period", document.Quote(k.Name))
	}
	if sql == nil {
		return
	}
	if decl.period.OK && !k.Period.UsesWindow() {
		sql.noWindow()
	}
	if q == nil {
		k.Query = &Query{Statement: sql.statement, Position: sql.place, exact: sql.exact}
		return
	}
	k.Query = q.query()
}

func findSource(sources []*document.Node, key string) bool {
	return slices.ContainsFunc(sources, func(n *document.Node) bool { return n.Value == key })
}

func (l *loader) resolveColumns(decl *kpiDecl, k *KPI) {
	s := &decl.settings
	k.Columns = Columns{
		Value:       decl.value.Value,
		Numerator:   s.numerator.Value,
		Denominator: s.denominator.Value,
		SampleSize:  s.sampleSize.Value,
		Labels:      s.labels.Value,
	}
	if decl.isColumn() { // It still has the sample size of the query.
		k.Numerator, k.Denominator, k.SampleSize = "", "", k.SampleSizeColumn()
	}
	if s.nullLabel.OK {
		k.NullLabel = &s.nullLabel.Value
	}
	switch {
	case decl.isColumn():
	case s.numerator.Said() && !s.denominator.Said():
		s.numerator.Fail("add denominator:, or write value: for a column that is the value itself", "a numerator needs a denominator")
	case !decl.value.Said() && !s.numerator.Said():
		k.Value = "value"
	}
	for _, label := range k.Labels {
		if decl.isColumn() && label.Name == k.Value {
			decl.reads[0].fail("read a column that holds numbers", "%s is a label of the query", decl.reads[0].name)
			continue
		}
		if slices.Contains([]string{k.Value, k.Numerator, k.Denominator, k.SampleSize}, label.Name) {
			s.labels.Fail("", "column %s cannot be both a label and a number", document.Quote(label.Name))
		}
		if k.DatabaseLabel && label.Name == "database" {
			s.labels.Fail("give the column another name", "databases gives the samples the label database already")
		}
	}
	l.checkOnEmpty(s, k)
}

// checkOnEmpty checks that the label sets that are 0 without rows are known.
func (l *loader) checkOnEmpty(s *settings, k *KPI) {
	if !k.OnEmptyZero {
		return
	}
	sets := 1
	for _, label := range k.Labels {
		if label.Closed == nil {
			s.onEmpty.Fail(fmt.Sprintf("list its values: labels: {%s: [a, b]}", label.Name),
				"on_empty: zero needs to know the values of label %s", document.Quote(label.Name))
			return
		}
		if sets *= len(label.Closed); sets > k.MaxSeries {
			s.onEmpty.Fail("", "the labels have more combinations than max_series (%d)", k.MaxSeries)
			return
		}
	}
}

func (l *loader) resolveSchedule(decl *kpiDecl, k *KPI) {
	s := &decl.settings
	k.Every, k.Cron, k.StaleAfter = s.every.Value, s.cron.Value, s.staleAfter.Value
	if k.Cron == nil && k.Every == 0 {
		k.Every = defaultEvery(k.Period)
	}
	if k.StaleAfter == 0 && k.Cron == nil {
		k.StaleAfter = 3 * k.Every
	}
	if k.Cron == nil && s.staleAfter.OK && k.StaleAfter < k.Every {
		s.staleAfter.File.Warn("short_stale_after", s.staleAfter.Node, "say at least "+quantity.FormatDuration(2*k.Every),
			"stale_after is shorter than every (%s), so the value disappears between two runs", quantity.FormatDuration(k.Every))
	}
}

// defaultEvery returns how often a KPI runs unless it sets every or cron.
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
	k.Better = Direction(s.better.Value)
	if decl.target == nil || s.unit.Said() && !s.unit.OK || s.labels.Said() && !s.labels.OK {
		return
	}
	t := targetDecoder{File: decl.file.File, kpi: k.Name, unit: k.Unit, labels: k.Labels, calendar: k.Calendar, fiscalYear: k.fiscalYear}
	t.yearsUnclear = k.fiscalYear == "" && !s.fiscalYear.Said() && k.Calendar.YearStart != time.January
	if k.DatabaseLabel {
		t.labels = append(slices.Clone(t.labels), Label{Name: "database", Closed: s.databases.Value})
	}
	if s.period.OK {
		t.period = &k.Period
	}
	t.plan = func(from document.Field[string]) *Target { return l.planned(decl, near, k, from) }
	k.Target = t.target(decl.target, s)
	if k.Target != nil && near.better.OK && k.Better != k.Target.Direction {
		near.better.Fail("leave better out: the target says it", "better: %s contradicts the target", near.better.Value)
	}
}

// resolveCompare leaves out a previous period that a default sets where there is none.
func (l *loader) resolveCompare(decl *kpiDecl, near *settings, k *KPI) {
	s := &decl.settings
	if !s.compare.OK || !s.period.OK {
		return
	}
	for _, source := range s.compare.Value {
		switch {
		case source != PreviousPeriod || hasPrevious(k.Period):
			k.Compare = append(k.Compare, source)
		case near.compare.OK:
			near.compare.Fail("leave it out", "compare: period %s has no previous period", k.Period)
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
	case s.suppressBelow.OK && has:
		k.SuppressBelow = &s.suppressBelow.Value
	case near.suppressBelow.OK:
		near.suppressBelow.Fail(hint, "suppress_below needs the number of samples")
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
				decl.file.Fail(at, hint, "min_sample needs the number of samples")
				return
			}
			r.MinSample = nil
		}
	}
}

// hasQuotient reports whether the KPI has a numerator and a denominator, mapped or called so in the query.
func (k *KPI) hasQuotient() bool {
	called := func(name string) bool {
		return k.Query != nil && k.Query.Statement != nil && k.readsByName() &&
			slices.ContainsFunc(k.Query.Statement.Words(), func(w sqltext.Word) bool { return w.Text == name })
	}
	return (k.Numerator != "" || called("numerator")) && (k.Denominator != "" || called("denominator"))
}

// mentionsSampleSize reports whether the result may have a column that is the sample size without being mapped.
func (q *Query) mentionsSampleSize() bool {
	return q.Statement != nil && slices.ContainsFunc(q.Statement.Words(), func(w sqltext.Word) bool {
		return w.Text == "sample_size" || w.Text == "denominator"
	})
}

// findKey returns the first use of a key in a value or the values within it.
func findKey(n *document.Node, key string) *document.Node {
	n = document.Resolve(n)
	for i, child := range n.Content {
		if n.Kind == document.MappingNode && i%2 == 0 && child.Value == key {
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
	case s.reviewBy.OK:
		k.ReviewDue, _ = period.ParseTime(s.reviewBy.Value, zone)
	case s.reviewed.OK && s.reviewEvery.OK:
		const day = 24 * time.Hour
		reviewed, _ := period.ParseTime(s.reviewed.Value, zone)
		k.ReviewDue = reviewed.AddDate(0, 0, int(s.reviewEvery.Value/day)).Add(s.reviewEvery.Value % day)
	case near.reviewEvery.OK && !s.reviewed.Said():
		near.reviewEvery.Fail("add reviewed: with the date of the last review", "review_every needs to know when the last review was")
	}
}
