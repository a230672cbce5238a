package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	maxPeriods     = 366  // That mean and pooled take in.
	maxEvaluations = 1000 // Of queries for one value of a formula.

	formulaGrammar = "a formula has + - * / ( ), numbers, names of KPIs, query.column, and previous(x), last_year(x), mean(x, n), pooled(x, n), positive(x)"
	functions      = "previous last_year mean pooled positive"
)

// formulaText is a formula as it stands in a file. The language of the library that parses it is larger than that of
// formulas; what is more is refused here and when the tree is read.
type formulaText struct {
	d     *decoder
	text  string // As YAML gives it.
	place sqlText
	tree  ast.Node
}

// formula parses a formula; it returns nil when there is something wrong with it.
func (d *decoder) formula(n *node) *formulaText {
	n, ok := d.scalar(n, "formula")
	if !ok {
		return nil
	}
	f := &formulaText{d: d, text: n.Value, place: d.locate(n)}
	if !isComment(d.commentAfter(n)) {
		d.fail(n, "remove what follows #", "the formula ends before #, which begins a comment in YAML")
		return nil
	}
	if at := foreign(n.Value); at >= 0 {
		f.failAt(at, formulaGrammar, fmt.Sprintf("%q has no meaning in a formula", []rune(n.Value)[at]))
		return nil
	}
	tree, err := parser.Parse(n.Value)
	if wrong, ok := errors.AsType[*exprfile.Error](err); ok {
		f.failAt(wrong.From, formulaGrammar, "this is no formula: "+wrong.Message)
		return nil
	}
	if err != nil {
		d.fail(n, formulaGrammar, "this is no formula: %v", err)
		return nil
	}
	f.tree = tree.Node
	return f
}

// foreign returns at which letter a text has something that no formula has, or that begins a comment; -1 if it has nothing.
func foreign(text string) int {
	at, before := 0, ' '
	for _, r := range text {
		switch {
		case r < 0x80 && isLabelName("_"+string(r)):
		case !strings.ContainsRune("+-*/(),. \n\t", r):
			return at
		case (r == '/' || r == '*') && (before == '/' || before == '*'):
			return at
		}
		at, before = at+1, r
	}
	return -1
}

// failAt reports what is wrong at a letter of the formula, counted from 0.
func (f *formulaText) failAt(letter int, hint, message string) {
	f.d.failIn(f.position(letter), hint, message)
}

func (f *formulaText) position(letter int) Position {
	line, column := 1, 1
	for i, r := range []rune(f.text) {
		if i == letter {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return f.place.position(line, column)
}

// formulaReader turns the tree of a formula into terms.
type formulaReader struct {
	*formulaText
	loader *loader
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
		return read(r.kpi(n))
	case *ast.MemberNode:
		return read(r.column(n))
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
		return r.fail(n, formulaGrammar, "%s has no meaning in a formula", quote(n.Operator))
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			return r.call(n, name.Value, n.Arguments)
		}
	case *ast.BuiltinNode:
		return r.call(n, n.Name, n.Arguments)
	}
	return r.fail(n, formulaGrammar, "this has no meaning in a formula")
}

// number reads a number as the rest of the file has it, which the language of the library has more forms of: 0x1F, 1_000, 010.
func (r *formulaReader) number(n ast.Node) *Term {
	at := n.Location()
	text := string([]rune(r.text)[at.From:at.To])
	v, problem, hint := parseNumber(text, "")
	if problem != "" {
		hint, _, _ = strings.Cut(hint, " or ") // 1k is for other numbers.
		return r.fail(n, hint, "%s", problem)
	}
	if _, same := thousandsDot(text); same != "" {
		whole, _, _ := strings.Cut(text, ".")
		r.d.warnIn("thousands_dot", r.position(at.From), "write "+whole+"000, or "+same+" if that is meant", "the dot in "+quote(text)+" is a decimal point")
	}
	return &Term{Operator: OpNumber, Number: v}
}

func read(k *KPI) *Term {
	if k == nil {
		return nil
	}
	return &Term{Operator: OpRead, KPI: k}
}

func (r *formulaReader) kpi(n *ast.IdentifierNode) *KPI {
	k, found := r.loader.kpi(r, n)
	if !found && r.loader.queries[n.Value] != nil {
		r.fail(n, "write "+n.Value+". and the name of a column", "%s is a query", quote(n.Value))
	} else if !found && !r.loader.broken {
		r.fail(n, didYouMean(n.Value, names(r.loader.kpis), "KPIs are"), "unknown KPI %s", quote(n.Value))
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
		return r.loader.column(q, column.Value)
	case r.loader.kpis[name.Value] != (Position{}):
		r.fail(name, "write "+name.Value+" alone", "%s is a KPI, which has no columns", quote(name.Value))
	case !r.loader.broken:
		r.fail(name, didYouMean(name.Value, names(r.loader.queries), "queries are"), "unknown query %s", quote(name.Value))
	}
	return nil
}

// call reads the use of a function.
func (r *formulaReader) call(n ast.Node, name string, arguments []ast.Node) *Term {
	op := Operator(name)
	if !isOneOf(name, functions) {
		return r.fail(n, didYouMean(name, functions, "functions are"), "unknown function %s", quote(name))
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
	case OpPooled:
		if x.Operator != OpRead || !x.KPI.hasQuotient() {
			return r.fail(arguments[0], "write the name of a KPI that has numerator: and denominator:", "pooled adds up numerators and denominators, which this has not")
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
		return r.fail(n, "use last_year, or a KPI with a period such as month", "%s: %s is measured at any instant, so that it has no previous period", t.Operator, inputs[0].Name)
	}
	t.KPI = inputs[0]
	return t
}

// agree says whether KPIs measure the same period as of the same instant.
func agree(inputs []*KPI) bool {
	for _, k := range inputs[1:] {
		if k.Period != inputs[0].Period || k.Settle != inputs[0].Settle || k.Calendar != inputs[0].Calendar {
			return false
		}
	}
	return true
}

// periods says what KPIs measure, with all in which they may differ.
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
			list[i] += " settle " + formatDuration(k.Settle)
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

// resolveFormula gives a KPI what follows from its formula: period, labels and databases are those of what it is computed
// from.
func (l *loader) resolveFormula(decl *kpiDecl, k *KPI) {
	const own = "period settle week_start year_start timezone database databases timeout max_series on_empty null_label labels merge " +
		"value numerator denominator sample_size"
	for _, key := range decl.keys {
		if isOneOf(key.Value, own) {
			decl.file.fail(key, "say it of the KPIs and queries that the formula names", "a formula has no %s of its own", key.Value)
		}
	}
	s := &decl.settings
	s.period, s.suppressBelow = field[period.Period]{}, field[float64]{}
	if decl.formula == nil {
		return
	}
	r := &formulaReader{decl.formula, l}
	root := r.term(decl.formula.tree)
	if root == nil {
		return
	}
	k.Formula = &Formula{Text: strings.TrimSpace(decl.formula.text), Root: root, evaluations: root.evaluations()}
	inputs := k.Inputs()
	switch {
	case len(inputs) == 0:
		r.failAt(0, formulaGrammar, "the formula names no KPI")
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
	s.period = good(decl.file.decoder, decl.n, k.Period)
	k.Labels = r.labels(inputs)
	for _, input := range k.Reads() {
		for _, d := range input.Databases {
			if !slices.Contains(k.Databases, d) {
				k.Databases = append(k.Databases, d)
			}
		}
	}
	formulaSchedule(s, inputs)
}

// labels returns the labels of a formula: those that its inputs have, all but the ones that have none. A label is closed
// where it is in all of them, and has the values of all.
func (r *formulaReader) labels(inputs []*KPI) []Label {
	var (
		first  *KPI
		labels []Label
	)
	for _, k := range inputs {
		switch {
		case len(k.LabelNames()) == 0:
		case first == nil:
			first, labels = k, k.sampleLabels()
		case !sameLabels(first.LabelNames(), k.LabelNames()):
			r.failAt(0, "let them have the same labels, or none: labels: [] with merge: of a KPI that reads a named query",
				fmt.Sprintf("%s has labels %s, but %s has %s", first.Name, strings.Join(first.LabelNames(), ", "),
					k.Name, strings.Join(k.LabelNames(), ", ")))
			return nil
		default:
			for i := range labels {
				labels[i].widen(k.sampleLabels())
			}
		}
	}
	return labels
}

// widen lets a label have the values, too, that the label of its name in a list has.
func (l *Label) widen(list []Label) {
	other := list[slices.IndexFunc(list, func(o Label) bool { return o.Name == l.Name })]
	if l.Closed == nil || other.Closed == nil {
		l.Closed = nil
		return
	}
	all := slices.Clone(l.Closed)
	for _, value := range other.Closed {
		if !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	l.Closed = all
}

// sampleLabels returns the labels of the KPI's samples in their order, the database label included.
func (k *KPI) sampleLabels() []Label {
	labels := slices.Clone(k.Labels)
	if k.DatabaseLabel {
		database := Label{Name: "database"}
		for _, d := range k.Databases {
			database.Closed = append(database.Closed, d.Name)
		}
		labels = append(labels, database)
	}
	return labels
}

func sameLabels(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// formulaSchedule lets a formula run as often as the input that runs most often, unless something else is said.
func formulaSchedule(s *settings, inputs []*KPI) {
	if s.every.said() || s.cron.said() {
		return
	}
	var crons []*period.Cron
	for _, k := range inputs {
		switch {
		case k.Cron == nil && (!s.every.ok || k.Every < s.every.value):
			s.every = field[time.Duration]{ok: true, value: k.Every}
		case k.Cron != nil && (len(crons) == 0 || crons[0].String() != k.Cron.String()):
			crons = append(crons, k.Cron)
		}
	}
	if !s.every.ok && len(crons) == 1 {
		s.cron = field[*period.Cron]{ok: true, value: crons[0]}
	}
}

// kpi returns the KPI of a name that a formula says, resolved, and whether there is one; nil with true for one that leads
// back to the formula.
func (l *loader) kpi(r *formulaReader, n *ast.IdentifierNode) (*KPI, bool) {
	decl := l.decls[n.Value]
	if decl == nil {
		return nil, false
	}
	if i := slices.Index(l.open, decl); i >= 0 {
		var way strings.Builder
		for _, d := range l.open[i:] {
			fmt.Fprintf(&way, "%s (%s) → ", d.n.Value, d.file.position(d.n))
		}
		r.fail(n, "", "the formula leads back to itself: %s", way.String()+n.Value)
		return nil, true
	}
	k := l.resolve(decl)
	if k.Query == nil && k.Formula == nil || !decl.period.ok {
		return nil, true // What is wrong with it has been reported.
	}
	return k, true
}

// column returns a column of a named query as a KPI, nil when something is wrong with the query.
func (l *loader) column(q *queryDecl, column string) *KPI {
	name := q.n.Value + "." + column
	if k := l.columns[name]; k != nil {
		return k
	}
	d := q.file.decoder
	decl := &kpiDecl{file: q.file, n: q.n, column: true, from: good(d, q.n, q.n.Value), value: good(d, q.n, column)}
	k := l.resolve(decl)
	if k.Query == nil || !decl.period.ok {
		return nil
	}
	k.Name = name
	l.columns[name] = k
	return k
}
