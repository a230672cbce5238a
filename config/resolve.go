package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/targets"
)

// resolve turns what a KPI sets and inherits into a KPI.
func (l *loader) resolve(decl *kpiDecl) *KPI {
	if decl.made != nil {
		if l.failed[decl] { // Then so have those that read it.
			for _, reader := range l.open {
				l.failed[reader] = true
			}
		}
		return decl.made
	}
	defer l.begin(decl)()
	decl.ownMerge = decl.Text("merge")
	q := l.namedQuery(decl)
	near := decl.Settings // What is set here or in the named query, and therefore must fit.
	if q != nil {
		near = l.keys.Inherit(near, q.Settings)
	}
	decl.Settings = l.keys.Inherit(near, decl.file.defaults)

	k := l.described(decl)
	decl.made = k
	l.checkMaxSeries(decl.Settings)
	l.references(decl)
	l.resolveSource(decl, q, k)
	l.resolveSchedule(decl, k)
	l.resolveTarget(decl, near, k)
	l.resolveCompare(decl, near, k)
	l.resolveSamples(decl, near, k)
	l.resolveReview(decl, near, k)
	return k
}

// begin opens a KPI, and returns what closes it: a KPI with errors has failed.
func (l *loader) begin(decl *kpiDecl) func() {
	l.open = append(l.open, decl)
	errors := decl.file.ErrorCount()
	return func() {
		l.open = l.open[:len(l.open)-1]
		if decl.file.ErrorCount() > errors {
			l.failed[decl] = true
		}
		if !decl.isColumn() { // Else they are errors of the formula that reads it.
			l.blame(errors, blame{decl: decl})
		}
	}
}

// described returns a KPI with what its settings say alone.
func (l *loader) described(decl *kpiDecl) *KPI {
	s := decl.Settings
	return &KPI{
		Name:        decl.n.Value,
		Title:       decl.Text("title").Value,
		Description: decl.Text("description").Value,
		Category:    s.Text("category").Value,
		Objective:   s.Text("objective").Value,
		Owner:       s.Text("owner").Value,
		Stages:      keys.Get[[]string](s, "stages").Value,
		Level:       cmp.Or(s.Text("level").Value, "team"),
		Unit:        keys.Get[quantity.Unit](s, "unit").Value,
		Runbook:     s.Text("runbook").Value,
		Alert:       keys.Get[keys.Alert](s, "alert").Value,
		Settle:      keys.Get[time.Duration](s, "settle").Value,
		MaxSeries:   cmp.Or(keys.Get[int](s, "max_series").Value, 1000),
		Timeout:     cmp.Or(keys.Get[time.Duration](s, "timeout").Value, 30*time.Second),
		OnEmptyZero: s.Text("on_empty").Value == "zero",
		Period:      keys.Get[period.Period](s, "period").Value,
		Calendar:    l.calendar(s),
		fiscalYear:  period.FiscalYear(s.Text("fiscal_year").Value),
		Position:    decl.file.Position(decl.n),
	}
}

// checkMaxSeries checks that a KPI asks for no more than all of them may have.
func (l *loader) checkMaxSeries(s keys.Settings) {
	if most := keys.Get[int](s, "max_series"); most.OK && most.Value > l.config.MaxSeries {
		most.Fail("ask for less, or set max_series at the top of the main file", "max_series is %d, and all KPIs together may have %d", most.Value, l.config.MaxSeries)
	}
}

// resolveSource finds what gives the KPI its values: a formula, a file or a query.
func (l *loader) resolveSource(decl *kpiDecl, q *queryDecl, k *KPI) {
	s := decl.Settings
	switch {
	case decl.says("formula"):
		l.resolveFormula(decl, k)
	case valuesOf(s).Said(), q != nil && valuesOf(q.Settings).Said():
		l.resolveValues(decl, q, k)
	default:
		l.resolveDatabases(decl, k)
		l.resolveQuery(decl, q, k)
		l.resolveColumns(decl, k)
	}
	if s.Text("data_from").OK && k.Formula == nil {
		k.DataFrom, _ = period.ParseTime(s.Text("data_from").Value, k.Calendar.Location)
	}
}

// namedQuery returns the query that the KPI reads with from:, nil if it has its own.
func (l *loader) namedQuery(decl *kpiDecl) *queryDecl {
	if !decl.Text("from").OK {
		return nil
	}
	q := l.queries[decl.Text("from").Value]
	decl.needs = decl.needs || q == nil && l.isMissing(decl.file.File, decl.Text("from").Value, l.queryNames)
	switch {
	case q != nil:
		q.used = append(q.used, decl)
	case !l.broken:
		decl.Text("from").Fail(decl.file.Near(decl.Text("from").Value, names(l.queries), "queries are"), "unknown query %s", document.Quote(decl.Text("from").Value))
	}
	return q
}

func (l *loader) resolveDatabases(decl *kpiDecl, k *KPI) {
	s := decl.Settings
	find := func(d *document.File, n *document.Node, name string) {
		if db := l.databases[name]; db != nil {
			k.Databases = append(k.Databases, db)
			return
		}
		d.Fail(n, d.Near(name, names(l.databases), "databases are"), "unknown database %s", document.Quote(name))
	}
	switch {
	case keys.Get[[]string](s, "databases").OK:
		k.DatabaseLabel = !s.Text("merge").OK || s.Text("merge").Value == string(MergeNone)
		if !k.DatabaseLabel {
			k.Merge = decl.mergeBy()
		}
		if len(keys.Get[[]string](s, "databases").Value) == 0 {
			keys.Get[[]string](s, "databases").Fail("", "databases is empty")
		}
		for i, name := range keys.Get[[]string](s, "databases").Value {
			find(keys.Get[[]string](s, "databases").File, document.Resolve(document.Resolve(keys.Get[[]string](s, "databases").Node).Content[i]), name)
		}
	case s.Text("database").OK:
		find(s.Text("database").File, s.Text("database").Node, s.Text("database").Value)
	case s.Text("database").Said(), keys.Get[[]string](s, "databases").Said():
	case len(l.config.Databases) == 1:
		k.Databases = l.config.Databases
	case len(l.config.Databases) == 0:
		l.files[0].FailFile("there are no databases", "write databases: and below it app: {url: \"${APP_DATABASE_URL}\"}")
	case decl.isColumn():
		decl.reads[0].fail("add to query "+decl.n.Value+" database: with one of: "+strings.ReplaceAll(names(l.databases)(), " ", ", "),
			"query %s does not say which database", document.Quote(decl.n.Value))
	default:
		decl.file.Fail(decl.n, "add database: with one of: "+strings.ReplaceAll(names(l.databases)(), " ", ", "),
			"KPI %s does not say which database", document.Quote(k.Name))
	}
}

func (l *loader) resolveQuery(decl *kpiDecl, q *queryDecl, k *KPI) {
	sql := sqlOf(decl.Settings)
	if q != nil {
		sql = sqlOf(q.Settings)
	}
	hasSQL := q != nil || decl.says("query") || decl.says("query_file")
	const hint = "add period: day, week, month, quarter, year, instant, {days: 30}, {trailing: 30d} or {to_date: month}"
	switch {
	case !hasSQL || keys.Get[period.Period](decl.Settings, "period").Said():
	case decl.isColumn():
		decl.reads[0].fail(hint, "query %s does not say its period", document.Quote(decl.n.Value))
	default:
		decl.file.Fail(decl.n, hint, "KPI %s does not say its period", document.Quote(k.Name))
	}
	if sql = parse(sql, k.Databases...); sql == nil {
		return
	}
	if keys.Get[period.Period](decl.Settings, "period").OK && !k.Period.UsesWindow() {
		sql.NoWindow()
	}
	if q == nil {
		k.Query = newQuery("", sql)
		return
	}
	k.Query = q.query(k.Databases...)
}

// says reports whether the file says a key of the KPI itself, right or wrong.
func (decl *kpiDecl) says(key string) bool {
	return slices.ContainsFunc(decl.keys, func(k *document.Node) bool { return k.Value == key })
}

func (l *loader) resolveSchedule(decl *kpiDecl, k *KPI) {
	s := decl.Settings
	k.Every, k.Cron, k.StaleAfter = keys.Get[time.Duration](s, "every").Value, keys.Get[*period.Cron](s, "cron").Value, keys.Get[time.Duration](s, "stale_after").Value
	if k.Cron == nil && k.Every == 0 {
		k.Every = defaultEvery(k.Period)
	}
	if k.StaleAfter == 0 && k.Cron == nil {
		k.StaleAfter = 3 * k.Every
	}
	if !keys.Get[time.Duration](s, "stale_after").Said() {
		k.StaleAfter = max(k.StaleAfter, k.patience())
	}
	if k.Cron == nil && keys.Get[time.Duration](s, "stale_after").OK && k.StaleAfter < k.Every {
		keys.Get[time.Duration](s, "stale_after").File.Warn("short_stale_after", keys.Get[time.Duration](s, "stale_after").Node, "say at least "+format.Length(2*k.Every),
			"stale_after is shorter than every (%s), so the value disappears between two runs", format.Length(k.Every))
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

func (l *loader) resolveTarget(decl *kpiDecl, near keys.Settings, k *KPI) {
	s := decl.Settings
	target := keys.Get[*document.Node](s, "target")
	k.Better = Direction(s.Text("better").Value)
	if !target.Said() || keys.Get[quantity.Unit](s, "unit").Said() && !keys.Get[quantity.Unit](s, "unit").OK || keys.Get[[]keys.Label](s, "labels").Said() && !keys.Get[[]keys.Label](s, "labels").OK {
		return
	}
	of := targets.Of{
		Name: k.Name, Unit: k.Unit, Labels: k.sampleLabels(), Calendar: k.Calendar, FiscalYear: k.fiscalYear,
		YearsUnclear: k.fiscalYear == "" && !s.Text("fiscal_year").Said() && k.Calendar.YearStart != time.January,
	}
	if keys.Get[period.Period](s, "period").OK {
		of.Period = &k.Period
	}
	var planned Target // By a query.
	of.From = func(from document.Field[string]) (Direction, bool) {
		t := l.targetFromQuery(decl, near, k, from)
		if t == nil {
			return "", false
		}
		planned = *t
		return t.Direction, true
	}
	if t := l.targets.Read(decl.file.File, of, target.Value, s); t != nil {
		planned.Direction, planned.BoundSet, planned.Segments, planned.Pace, planned.Profile = t.Direction, t.BoundSet, t.Segments, t.Pace, t.Profile
		k.Target = &planned
	}
	if k.Target != nil && near.Text("better").OK && k.Better != k.Target.Direction {
		near.Text("better").Fail("leave better out: the target says it", "better: %s contradicts the target", near.Text("better").Value)
	}
}

// resolveCompare leaves out a previous period that a default asks for where there is none.
func (l *loader) resolveCompare(decl *kpiDecl, near keys.Settings, k *KPI) {
	s := decl.Settings
	if !keys.Get[[]BoundSource](s, "compare").OK || !keys.Get[period.Period](s, "period").OK {
		return
	}
	for _, source := range keys.Get[[]BoundSource](s, "compare").Value {
		switch {
		case source != PreviousPeriod || k.Period.HasPrevious():
			k.Compare = append(k.Compare, source)
		case keys.Get[[]BoundSource](near, "compare").OK:
			keys.Get[[]BoundSource](near, "compare").Fail("leave it out", "compare: period %s has no previous period", k.Period)
		}
	}
}

// resolveSamples applies what depends on the number of observations. What comes from defaults is for the KPIs that have one.
func (l *loader) resolveSamples(decl *kpiDecl, near keys.Settings, k *KPI) {
	s := decl.Settings
	suppress := keys.Get[float64](s, "suppress_below")
	hint := "name the column that holds it: sample_size: n"
	switch {
	case decl.says("formula"):
		hint = "set it on the KPIs and queries that the formula names"
	case k.Query != nil && k.Query.IsPromQL():
		hint = "leave it out: PromQL gives one number, the value"
	}
	has := k.SampleSizeColumn() != "" || k.Query != nil && k.readsByName() && k.Query.mentionsSampleSize()
	switch {
	case suppress.OK && has:
		k.SuppressBelow = &suppress.Value
	case keys.Get[float64](near, "suppress_below").OK:
		keys.Get[float64](near, "suppress_below").Fail(hint, "suppress_below needs the number of observations")
	}
	if k.Target == nil || has {
		return
	}
	sets := []*BoundSet{&k.Target.BoundSet}
	for i := range k.Target.Segments {
		sets = append(sets, &k.Target.Segments[i].BoundSet)
	}
	for _, r := range sets {
		if r.MinSample != nil {
			if at := document.FindKey(keys.Get[*document.Node](s, "target").Value, "min_sample"); at != nil {
				decl.file.Fail(at, hint, "min_sample needs the number of observations")
				return
			}
			r.MinSample = nil
		}
	}
}

// calendar returns how these settings divide time.
func (l *loader) calendar(s keys.Settings) period.Calendar {
	return period.Calendar{
		Location:  l.timezoneOr(s),
		WeekStart: time.Weekday(max(0, slices.Index(strings.Fields(weekdays), cmp.Or(s.Text("week_start").Value, "monday")))),
		YearStart: time.Month(1 + max(0, slices.Index(strings.Fields(months), s.Text("year_start").Value))),
	}
}

func (l *loader) resolveReview(decl *kpiDecl, near keys.Settings, k *KPI) {
	s := decl.Settings
	zone := k.Calendar.Location
	switch {
	case s.Text("review_by").OK:
		k.ReviewDue, _ = period.ParseTime(s.Text("review_by").Value, zone)
	case s.Text("reviewed").OK && keys.Get[time.Duration](s, "review_every").OK:
		const day = 24 * time.Hour
		reviewed, _ := period.ParseTime(s.Text("reviewed").Value, zone)
		k.ReviewDue = reviewed.AddDate(0, 0, int(keys.Get[time.Duration](s, "review_every").Value/day)).Add(keys.Get[time.Duration](s, "review_every").Value % day)
	case keys.Get[time.Duration](near, "review_every").OK && !s.Text("reviewed").Said():
		keys.Get[time.Duration](near, "review_every").Fail("add reviewed: with the date of the last review", "review_every needs to know when the last review was")
	}
}
