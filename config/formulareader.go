package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

const (
	maxPeriods     = 366  // How many periods mean and pooled may cover.
	maxEvaluations = 1000 // How many queries one value of a formula may take.

	formulaGrammar = "a formula has + - * / ( ), numbers, names of KPIs, query.column, and previous(x), last_year(x), mean(x, n), pooled(x, n), positive(x), zero(x)"
	functions      = "previous last_year mean pooled positive zero"
)

// formulaReader turns the tree of a formula into terms.
type formulaReader struct {
	*formulaText
	loader *loader
	places map[*KPI]ast.Node // Where the formula first names its inputs.
}

// columnRead is a place in a formula that reads a column of a named query.
type columnRead struct {
	reader *formulaReader
	n      ast.Node
	name   string // As query.column.
}

func (c columnRead) fail(hint, format string, args ...any) {
	c.reader.fail(c.n, hint, format, args...)
}

func (r *formulaReader) fail(n ast.Node, hint, format string, args ...any) *Term {
	r.failAt(n.Location().From, hint, fmt.Sprintf(format, args...))
	return nil
}

// term returns nil when there is something wrong with it, which has been reported.
func (r *formulaReader) term(n ast.Node) *Term {
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return r.number(n)
	case *ast.IdentifierNode:
		return r.read(n, r.kpi(n))
	case *ast.MemberNode:
		return r.read(n, r.column(n))
	case *ast.UnaryNode:
		if x := r.term(n.Node); x != nil && (n.Operator == "-" || n.Operator == "+") {
			return &Term{Operator: Operator(n.Operator), Terms: []*Term{{Operator: OpNumber}, x}}
		} else if x == nil {
			return nil
		}
	case *ast.BinaryNode:
		switch Operator(n.Operator) {
		case OpAdd, OpSubtract, OpMultiply, OpDivide:
			x, y := r.term(n.Left), r.term(n.Right)
			if x == nil || y == nil {
				return nil
			}
			return &Term{Operator: Operator(n.Operator), Terms: []*Term{x, y}}
		}
		return r.fail(n, formulaGrammar, "%s has no meaning in a formula", document.Quote(n.Operator))
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			return r.call(n, name.Value, n.Arguments)
		}
	case *ast.BuiltinNode:
		return r.call(n, n.Name, n.Arguments)
	}
	return r.fail(n, formulaGrammar, "this has no meaning in a formula")
}

// number reads a number in the forms of the rest of the file; the library's language has more: 0x1F, 1_000, 010.
func (r *formulaReader) number(n ast.Node) *Term {
	at := n.Location()
	text := string([]rune(r.n.Value)[at.From:at.To])
	v, problem, hint := quantity.Parse(text, quantity.Plain)
	if problem != "" {
		hint, _, _ = strings.Cut(hint, " or ") // 1k is for other numbers.
		return r.fail(n, hint, "%s", problem)
	}
	if _, same := quantity.ThousandsDot(text); same != "" {
		whole, _, _ := strings.Cut(text, ".")
		r.d.WarnIn("thousands_dot", r.position(at.From), "write "+whole+"000, or "+same+" if that is meant", "the dot in "+document.Quote(text)+" is a decimal point")
	}
	return &Term{Operator: OpNumber, Number: v}
}

func (r *formulaReader) read(n ast.Node, k *KPI) *Term {
	if k == nil {
		return nil
	}
	if r.places[k] == nil {
		r.places[k] = n
	}
	return &Term{Operator: OpRead, KPI: k}
}

func (r *formulaReader) kpi(n *ast.IdentifierNode) *KPI {
	k, found := r.loader.kpi(r, n)
	if !found && r.loader.queries[n.Value] != nil {
		r.fail(n, "write "+n.Value+". and the name of a column", "%s is a query", document.Quote(n.Value))
	} else if !found && !r.loader.broken {
		r.fail(n, document.DidYouMean(n.Value, names(r.loader.kpis), "KPIs are"), "unknown KPI %s", document.Quote(n.Value))
	}
	return k
}

func (r *formulaReader) column(n *ast.MemberNode) *KPI {
	name, isName := n.Node.(*ast.IdentifierNode)
	column, isColumn := n.Property.(*ast.StringNode)
	if !isName || !isColumn {
		r.fail(n, formulaGrammar, "this has no meaning in a formula")
		return nil
	}
	q := r.loader.queries[name.Value]
	switch {
	case q != nil:
		return r.loader.column(q, columnRead{r, name, name.Value + "." + column.Value})
	case r.loader.kpis[name.Value] != (document.Position{}):
		r.fail(name, "write "+name.Value+" alone", "%s is a KPI, which has no columns", document.Quote(name.Value))
	case !r.loader.broken:
		r.fail(name, document.DidYouMean(name.Value, names(r.loader.queries), "queries are"), "unknown query %s", document.Quote(name.Value))
	}
	return nil
}

// call reads the use of a function.
func (r *formulaReader) call(n ast.Node, name string, arguments []ast.Node) *Term {
	op := Operator(name)
	if !document.IsOneOf(name, functions) {
		hint := document.DidYouMean(name, functions, "functions are")
		if document.IsOneOf(strings.ToLower(name), "coalesce ifnull isnull nvl default fill or") {
			hint = "zero(x) is x, or 0 where x has no row"
		}
		return r.fail(n, hint, "unknown function %s", document.Quote(name))
	}
	t := &Term{Operator: op}
	want := 1
	if op == OpMean || op == OpPooled {
		want = 2
	}
	if len(arguments) != want {
		return r.fail(n, "", "%s is written %s", name, map[int]string{1: name + "(x)", 2: name + "(x, n)"}[want])
	}
	x := r.term(arguments[0])
	if x == nil {
		return nil
	}
	if want == 2 {
		count, ok := arguments[1].(*ast.IntegerNode)
		if !ok || count.Value < 1 || count.Value > maxPeriods {
			return r.fail(arguments[1], "", "the second of %s(x, n) is a whole number of periods from 1 to %d", name, maxPeriods)
		}
		t.Periods = count.Value
	}
	switch op {
	case OpPositive:
		t.Terms = []*Term{x}
		return t
	case OpZero:
		if len(x.inputs()) == 0 {
			return r.fail(arguments[0], "write the number alone", "zero of a number is that number")
		}
		t.Terms = []*Term{x}
		return t
	case OpPooled:
		if x.Operator != OpRead || !x.KPI.hasQuotient() {
			return r.fail(arguments[0], "write the name of a KPI that has numerator: and denominator:", "pooled adds up numerators and denominators, and this has none")
		}
		t.KPI = x.KPI
	default:
		t.Terms = []*Term{x}
	}
	return r.back(n, arguments[0], t, x)
}

// back finds the period by which a term looks back.
func (r *formulaReader) back(n, argument ast.Node, t, x *Term) *Term {
	inputs := x.inputs()
	switch {
	case len(inputs) == 0:
		return r.fail(argument, "", "%s of a number is that number", t.Operator)
	case !agree(inputs):
		return r.fail(argument, "use it on KPIs of one period", "%s: these have different periods: %s", t.Operator, periods(inputs))
	case t.Operator != OpLastYear && !hasPrevious(inputs[0].Period):
		return r.fail(n, "use last_year, or a KPI with a period such as month", "%s: %s is measured at any instant, so it has no previous period", t.Operator, inputs[0].Name)
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
			list[i] += " settle " + quantity.FormatDuration(k.Settle)
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
	r := &formulaReader{decl.formula, l, map[*KPI]ast.Node{}}
	root := r.term(decl.formula.tree)
	if root == nil {
		return
	}
	k.Formula = &Formula{Text: strings.TrimSpace(decl.formula.n.Value), Root: root, evaluations: root.evaluations()}
	inputs := k.Inputs()
	switch {
	case len(inputs) == 0:
		r.failAt(0, formulaGrammar, "the formula names no KPI")
		return
	case !r.hasLabelSets(root, inputs):
		return
	case k.Formula.evaluations > maxEvaluations:
		r.failAt(0, "", fmt.Sprintf("the formula takes more than %d evaluations of queries", maxEvaluations))
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
func (l *loader) kpi(r *formulaReader, n *ast.IdentifierNode) (*KPI, bool) {
	decl := l.decls[n.Value]
	if decl == nil {
		return nil, false
	}
	if i := slices.Index(l.open, decl); i >= 0 {
		var way strings.Builder
		for _, d := range l.open[i:] {
			fmt.Fprintf(&way, "%s (%s) → ", d.n.Value, d.file.Position(d.n))
		}
		r.fail(n, "", "the formula leads back to itself: %s", way.String()+n.Value)
		return nil, true
	}
	k := l.resolve(decl)
	if k.Query == nil && k.Formula == nil || !keys.Get[period.Period](decl.Settings, "period").OK {
		return nil, true // What is wrong with it has been reported.
	}
	return k, true
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
	k.Name, k.Position = at.name, at.reader.position(at.n.Location().From)
	l.columns[at.name] = decl
	return k
}
