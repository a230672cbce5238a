package config

import (
	"fmt"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
)

// checkLabels checks the names of labels, once it is known which queries return them.
func (l *loader) checkLabels() {
	check := func(f *file, own, above keys.Settings, sql *sqlfile.Text) {
		if keys.Get[[]keys.Label](own, "labels").File == f.File { // Not those that an included file inherits.
			keys.CheckLabels(own, l.isPromQL(l.keys.Inherit(own, above), sql))
		}
	}
	for _, f := range l.files {
		check(f, f.defaults, nil, nil)
		for _, q := range f.queries {
			check(f, q.Settings, f.defaults, sqlOf(q.Settings))
		}
		for _, decl := range f.kpis {
			above, sql := f.defaults, sqlOf(decl.Settings)
			if q := l.queries[decl.Text("from").Value]; q != nil {
				above, sql = l.keys.Inherit(q.Settings, above), sqlOf(q.Settings)
			}
			check(f, decl.Settings, above, sql)
		}
	}
}

// isPromQL reports whether what has these settings reads a Prometheus, as its query shows, if it has one, or its database.
func (l *loader) isPromQL(s keys.Settings, sql *sqlfile.Text) bool {
	e := engine.Engine(nil)
	for _, d := range l.config.Databases {
		if len(l.config.Databases) == 1 || d.Name == s.Text("database").Value || slices.Contains(keys.Get[[]string](s, "databases").Value, d.Name) {
			e = d.queryEngine()
		}
	}
	if e == nil && sql != nil {
		e = sql.Guess()
	}
	_, is := e.(engine.Prometheus)
	return is
}

func (l *loader) resolveColumns(decl *kpiDecl, k *KPI) {
	s := decl.Settings
	k.Columns = Columns{
		Value:       decl.Text("value").Value,
		Numerator:   s.Text("numerator").Value,
		Denominator: s.Text("denominator").Value,
		SampleSize:  s.Text("sample_size").Value,
		Labels:      keys.Get[[]keys.Label](s, "labels").Value,
	}
	if decl.isColumn() { // It still has the sample size of the query.
		k.Numerator, k.Denominator, k.SampleSize = "", "", k.SampleSizeColumn()
	}
	if null := s.Text("null_label"); null.OK {
		k.NullLabel = &null.Value
	}
	switch {
	case decl.isColumn():
	case s.Text("numerator").Said() && !s.Text("denominator").Said():
		s.Text("numerator").Fail("add denominator:, or write value: for a column that is the value itself", "a numerator needs a denominator")
	case !decl.Text("value").Said() && !s.Text("numerator").Said():
		k.Value = "value"
	}
	for _, label := range k.Labels {
		if decl.isColumn() && label.Name == k.Value {
			decl.reads[0].fail("read a column that holds numbers", "%s is a label of the query", decl.reads[0].name)
			continue
		}
		if slices.Contains([]string{k.Value, k.Numerator, k.Denominator, k.SampleSize}, label.Name) {
			keys.Get[[]keys.Label](s, "labels").Fail("", "column %s cannot be both a label and a number", document.Quote(label.Name))
		}
		if k.DatabaseLabel && label.Name == "database" {
			keys.Get[[]keys.Label](s, "labels").Fail("give the column another name", "databases gives the samples the label database already")
		}
	}
	l.checkOnEmpty(s, k)
	if k.Query != nil && k.Query.IsPromQL() {
		decl.fitsPromQL(k)
	}
}

// checkOnEmpty checks that it is known which label sets are 0 when no row is there.
func (l *loader) checkOnEmpty(s keys.Settings, k *KPI) {
	if !k.OnEmptyZero {
		return
	}
	sets := 1
	for _, label := range k.Labels {
		if label.Closed == nil {
			s.Text("on_empty").Fail(fmt.Sprintf("list its values: labels: {%s: [a, b]}", label.Name),
				"on_empty: zero needs to know the values of label %s", document.Quote(label.Name))
			return
		}
		if sets *= len(label.Closed); sets > k.MaxSeries {
			s.Text("on_empty").Fail("", "the labels have more combinations than max_series (%d)", k.MaxSeries)
			return
		}
	}
}

// HasQuotient reports whether the KPI has a numerator and a denominator, mapped or called so in the query.
func (k *KPI) HasQuotient() bool {
	called := func(name string) bool { return k.Query != nil && k.readsByName() && k.Query.Mentions(name) }
	return (k.Numerator != "" || called("numerator")) && (k.Denominator != "" || called("denominator"))
}

// mentionsSampleSize reports whether the result may have a column that is the sample size without being mapped.
func (q *Query) mentionsSampleSize() bool {
	return q.Mentions("sample_size") || q.Mentions("denominator")
}

// Mentions reports whether the result may have a column of that name: one of its file, or a word of its SQL.
func (q *Query) Mentions(column string) bool {
	if q.values != nil {
		return q.values.Has(column)
	}
	return q.Statement != nil && q.Statement.Mentions(column)
}
