package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/formula"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	maxEvaluations = 1000 // How many queries one value of a formula may take.
	maxLookbacks   = 100  // How often a formula may look back, one within the other, through the formulas that it names.
)

// addInSQL is what to write instead of a formula that reads too much.
const addInSQL = "let the SQL of one query read all of these periods: that is one evaluation"

// formulaReader turns the tree of a formula into terms.
type formulaReader struct {
	*formula.Text
	loader *loader
	decl   *kpiDecl
	places map[*KPI]*formula.Node // Where the formula first names its inputs.
}

// columnRead is a place in a formula that reads a column of a named query.
type columnRead struct {
	reader *formulaReader
	query  *formula.Node
	name   string // As query.column.
}

func (c columnRead) fail(hint, format string, args ...any) {
	c.reader.Fail(c.query, hint, format, args...)
}

// term returns nil when there is something wrong with it, which has been reported.
func (r *formulaReader) term(n *formula.Node) *Term {
	if n == nil {
		return nil
	}
	switch n.Operator {
	case formula.Number:
		return &Term{Operator: OpNumber, Number: n.Number}
	case formula.KPI:
		return r.read(n, r.kpi(n))
	case formula.Column:
		return r.read(n, r.column(n))
	}
	t := &Term{Operator: Operator(n.Operator), Periods: n.Periods, Text: n.Text}
	wrong := false
	for _, arg := range n.Args {
		x := r.term(arg)
		wrong = wrong || x == nil
		t.Terms = append(t.Terms, x)
	}
	if wrong {
		return nil
	}
	return r.call(n, t)
}

func (r *formulaReader) read(n *formula.Node, k *KPI) *Term {
	if k == nil {
		return nil
	}
	if r.places[k] == nil {
		r.places[k] = n
	}
	return &Term{Operator: OpRead, KPI: k}
}

func (r *formulaReader) kpi(n *formula.Node) *KPI {
	k, found := r.loader.kpi(r, n)
	if !found && r.loader.queries[n.Name] != nil {
		r.Fail(n, "write "+n.Name+". and the name of a column", "%s is a query", document.Quote(n.Name))
	} else if !found && !r.loader.broken {
		r.Fail(n, r.decl.file.Near(n.Name, r.loader.readable, "KPIs are"), "unknown KPI %s", document.Quote(n.Name))
	}
	return k
}

func (r *formulaReader) column(n *formula.Node) *KPI {
	query := n.Args[0]
	q := r.loader.queries[query.Name]
	r.decl.needs = r.decl.needs || q == nil && r.loader.isMissing(r.decl.file.File, query.Name, r.loader.queryNames) || q != nil && r.loader.needs(r.decl.file, q.file)
	switch {
	case q != nil:
		return r.loader.column(q, columnRead{r, query, query.Name + "." + n.Column})
	case r.loader.kpis[query.Name] != (document.Position{}):
		r.Fail(query, "write "+query.Name+" alone", "%s is a KPI, which has no columns", document.Quote(query.Name))
	case !r.loader.broken:
		r.Fail(query, r.decl.file.Near(query.Name, names(r.loader.queries), "queries are"), "unknown query %s", document.Quote(query.Name))
	}
	return nil
}

// call checks what an operator is applied to.
func (r *formulaReader) call(n *formula.Node, t *Term) *Term {
	x := t.Terms[0]
	switch t.Operator {
	case OpZero:
		if len(x.inputs()) == 0 {
			return r.wrong(n.Args[0], "write the number alone", "zero of a number is that number")
		}
	case OpPooled:
		if x.Operator != OpRead || !x.KPI.HasQuotient() {
			return r.wrong(n.Args[0], "write the name of a KPI that has numerator: and denominator:", "pooled adds up numerators and denominators, and this has none")
		}
		t.Terms, t.KPI = nil, x.KPI
		return r.back(n, t, x)
	case OpPrevious, OpLastYear, OpMean:
		return r.back(n, t, x)
	}
	return t
}

func (r *formulaReader) wrong(n *formula.Node, hint, format string, args ...any) *Term {
	r.Fail(n, hint, format, args...)
	return nil
}

// back finds the period by which a term looks back.
func (r *formulaReader) back(n *formula.Node, t, x *Term) *Term {
	inputs := x.inputs()
	switch {
	case len(inputs) == 0:
		return r.wrong(n.Args[0], "", "%s of a number is that number", t.Operator)
	case !agree(inputs):
		return r.wrong(n.Args[0], "use it on KPIs of one period", "%s: these have different periods: %s", t.Operator, periods(inputs))
	case t.Operator != OpLastYear && !inputs[0].Period.HasPrevious():
		return r.wrong(n, "use last_year, or a KPI with a period such as month", "%s: %s is measured at any instant, so it has no previous period", t.Operator, inputs[0].Name)
	}
	t.KPI = inputs[0]
	return t
}

// agree reports whether KPIs measure the same period as of the same instant.
func agree(inputs []*KPI) bool {
	for _, k := range inputs[1:] {
		if k.Period != inputs[0].Period || k.Settle != inputs[0].Settle || k.Calendar != inputs[0].Calendar {
			return false
		}
	}
	return true
}

// periods describes what KPIs measure, with everything in which they differ.
func periods(inputs []*KPI) string {
	first := inputs[0].Calendar
	zones, calendars := false, false
	for _, k := range inputs {
		zones = zones || k.Calendar.Location != first.Location
		calendars = calendars || k.Calendar.WeekStart != first.WeekStart || k.Calendar.YearStart != first.YearStart
	}
	list := make([]string, len(inputs))
	for i, k := range inputs {
		list[i] = k.Name + " " + k.Period.String()
		if k.Settle > 0 {
			list[i] += " settle " + format.Length(k.Settle)
		}
		if zones {
			list[i] += " in " + k.Calendar.Location.String()
		}
		if calendars {
			list[i] += strings.ToLower(fmt.Sprintf(" week_start %s year_start %s", k.Calendar.WeekStart, k.Calendar.YearStart))
		}
	}
	return strings.Join(list, ", ")
}

// resolveFormula derives from the formula of a KPI its period, labels and databases: those of what it is computed
// from.
func (l *loader) resolveFormula(decl *kpiDecl, k *KPI) {
	const own = "period settle week_start year_start timezone database databases timeout max_series on_empty null_label labels merge data_from " +
		"value numerator denominator sample_size"
	for _, key := range decl.keys {
		if document.IsOneOf(key.Value, own) {
			decl.file.Fail(key, "set it on the KPIs and queries that the formula names", "KPI %s has a formula, and so cannot set %s", document.Quote(k.Name), key.Value)
		}
	}
	s := decl.Settings
	delete(s, "period")
	delete(s, "suppress_below")
	if decl.formula == nil {
		return
	}
	r := &formulaReader{decl.formula, l, decl, map[*KPI]*formula.Node{}}
	root := r.term(decl.formula.Root)
	if root == nil {
		return
	}
	k.Formula = &Formula{Text: decl.formula.String(), Root: root, evaluations: root.evaluations(), lookbacks: root.lookbacks(), oneInstant: root.oneInstant()}
	inputs := k.Inputs()
	k.Formula.reads = k.readByInputs() // Once: a chain of formulas would walk all of it for each of its links.
	switch {
	case len(inputs) == 0:
		r.Fail(nil, formula.Grammar, "the formula names no KPI")
		return
	case !r.hasLabelSets(root, inputs):
		return
	case k.Formula.evaluations > maxEvaluations:
		r.Fail(nil, addInSQL, "the formula takes more than %d evaluations of queries", maxEvaluations)
		return
	case k.Formula.lookbacks > maxLookbacks:
		r.Fail(nil, addInSQL, "the formula looks back %d times, one within the other, through the formulas that it names: %d are allowed", k.Formula.lookbacks, maxLookbacks)
		return
	}
	k.Period = period.Period{}
	if agree(inputs) {
		k.Period, k.Settle, k.Calendar = inputs[0].Period, inputs[0].Settle, inputs[0].Calendar
	} else {
		k.Settle = 0
	}
	if other := func(o *KPI) bool { return o.fiscalYear != inputs[0].fiscalYear }; k.fiscalYear == "" && !slices.ContainsFunc(inputs, other) {
		k.fiscalYear = inputs[0].fiscalYear
	}
	keys.Set(s, "period", document.Good(decl.file.File, decl.n, k.Period))
	k.Labels = r.labels(inputs, root.outsideZero())
	for _, input := range k.Reads() {
		for _, d := range input.Databases {
			if !slices.Contains(k.Databases, d) {
				k.Databases = append(k.Databases, d)
			}
		}
	}
	formulaSchedule(s, inputs)
}

// formulaSchedule lets a formula run as often as the input that runs most often, unless something else is said.
func formulaSchedule(s keys.Settings, inputs []*KPI) {
	if keys.Get[time.Duration](s, "every").Said() || keys.Get[*period.Cron](s, "cron").Said() {
		return
	}
	var (
		every document.Field[time.Duration]
		crons []*period.Cron
	)
	for _, k := range inputs {
		switch {
		case k.Cron == nil && (!every.OK || k.Every < every.Value):
			every = document.Field[time.Duration]{OK: true, Value: k.Every}
		case k.Cron != nil && (len(crons) == 0 || crons[0].String() != k.Cron.String()):
			crons = append(crons, k.Cron)
		}
	}
	switch {
	case every.OK:
		keys.Set(s, "every", every)
	case len(crons) == 1:
		keys.Set(s, "cron", document.Field[*period.Cron]{OK: true, Value: crons[0]})
	}
}

// kpi returns the KPI with a name in a formula, resolved, and whether there is one; nil with true for one that leads
// back to the formula.
func (l *loader) kpi(r *formulaReader, n *formula.Node) (*KPI, bool) {
	decl := l.decls[n.Name]
	if decl == nil {
		r.decl.needs = r.decl.needs || l.isMissing(r.decl.file.File, n.Name, l.kpis)
		return nil, false
	}
	r.decl.needs = r.decl.needs || l.needs(r.decl.file, decl.file)
	if i := slices.Index(l.open, decl); i >= 0 {
		var way strings.Builder
		for _, d := range l.open[i:] {
			r.decl.needs = r.decl.needs || l.needs(r.decl.file, d.file)
			fmt.Fprintf(&way, "%s (%s) → ", d.n.Value, d.file.Position(d.n))
		}
		r.Fail(n, "", "the formula leads back to itself: %s", way.String()+n.Name)
		return nil, true
	}
	k := l.resolve(decl)
	r.decl.needs = r.decl.needs || decl.needs
	if k.Query == nil && k.Formula == nil || !keys.Get[period.Period](decl.Settings, "period").OK {
		return nil, true // What is wrong with it has been reported.
	}
	return k, true
}

// readable returns the names of the KPIs that a formula may read without leading back to itself, for a hint.
func (l *loader) readable() string {
	kpis := maps.Clone(l.kpis)
	for _, open := range l.open {
		delete(kpis, open.n.Value)
	}
	return names(kpis)()
}

// column returns a column of a named query as a KPI, nil when something is wrong with the query.
func (l *loader) column(q *queryDecl, at columnRead) *KPI {
	if decl := l.columns[at.name]; decl != nil {
		decl.reads = append(decl.reads, at)
		return decl.made
	}
	d := q.file.File
	_, column, _ := strings.Cut(at.name, ".")
	decl := &kpiDecl{file: q.file, n: q.n, reads: []columnRead{at}, Settings: keys.Settings{}}
	keys.Set(decl.Settings, "from", document.Good(d, q.n, q.n.Value))
	keys.Set(decl.Settings, "value", document.Good(d, q.n, column))
	k := l.resolve(decl)
	if k.Query == nil || !keys.Get[period.Period](decl.Settings, "period").OK {
		return nil
	}
	k.Name, k.Position = at.name, at.reader.Position(at.query)
	l.columns[at.name] = decl
	return k
}
