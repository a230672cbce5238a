package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/decision"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Definition is something that only one place may define.
type Definition struct{ kind, name string }

// KPI returns the name of the KPI that is defined; "" if it is something else.
func (d Definition) KPI() string {
	if d.kind != kpiName {
		return ""
	}
	return d.name
}

// The kinds of definitions.
const (
	kpiName       = "KPI"
	ownerName     = "owner"
	objectiveName = "objective"
	queryName     = "query"
	decisionText  = "decision"
)

// Defined returns in which file everything is defined that the files define.
func (a *Attempt) Defined() map[Definition]string {
	l, defined := a.loader, map[Definition]string{}
	for kind, names := range map[string]map[string]document.Position{
		kpiName: l.kpis, ownerName: l.owners, objectiveName: l.objectives, queryName: l.queryNames,
	} {
		for name, at := range names {
			defined[Definition{kind, name}] = at.File
		}
	}
	for _, d := range l.config.Decisions {
		defined[definitionOf(d)] = d.Position.File
	}
	return defined
}

func definitionOf(d *decision.Decision) Definition {
	return Definition{decisionText, d.Date + " " + d.Text}
}

// defines reports whether a name is to be read: not one that is left out because several files define it.
func (l *loader) defines(kind string, n *document.Node) bool {
	return !l.without.Twice[Definition{kind, n.Value}]
}

// unique reports a name that another file has already.
func (l *loader) unique(f *file, kind string, n *document.Node, names map[string]document.Position) bool {
	first, ok := names[n.Value]
	if !ok {
		names[n.Value] = f.Position(n)
		return true
	}
	l.failTwice(Definition{kind, n.Value}, first, f.Position(n), "give one of them another name",
		fmt.Sprintf("%s %s is defined twice", kind, document.Quote(n.Value)))
	return false
}

// failTwice reports what is defined in two places. A file that may be broken gives way to one that may not and, of two that may, the one
// whose definition is not in use. If nothing of that name is in use, nobody knows which of the two is wrong.
func (l *loader) failTwice(d Definition, first, second document.Position, hint, message string) {
	main, used := l.files[0], l.defined[d]
	keepsFirst, keepsSecond := len(l.kept(first.File)) > 0, len(l.kept(second.File)) > 0
	fail := func(at document.Position, other string) { main.FailIn(at, hint, message+other) }
	switch {
	case keepsFirst && (!keepsSecond || used == second.File && used != first.File):
		fail(first, ", also at "+second.String())
	case keepsFirst && keepsSecond && used == "" && first.File != second.File:
		b := blame{needs: true, files: []string{first.File, second.File}, twice: d}
		l.blameFor(b, func() { fail(second, ", first at "+first.String()) })
	default:
		fail(second, ", first at "+first.String())
	}
}

// readDecisions finds out to which KPIs decisions belong, and reports those that are there twice.
func (l *loader) readDecisions() {
	list := l.decisions.Decisions(slices.Sorted(maps.Keys(l.kpis)), l.broken || l.without.any(), func(d *document.File, kpi string, check func()) {
		l.blameFor(blame{needs: l.isMissing(d, kpi, l.kpis)}, check)
	})
	list = slices.DeleteFunc(list, func(d *decision.Decision) bool { return l.without.Twice[definitionOf(d)] })
	first := map[Definition]*decision.Decision{}
	for _, d := range list {
		switch earlier := first[definitionOf(d)]; {
		case d.Date == "" || d.Text == "": // What is wrong with it has been reported.
		case earlier == nil:
			first[definitionOf(d)] = d
		default:
			l.failTwice(definitionOf(d), earlier.Position, d.Position, "remove one of them; one decision can have several KPIs",
				fmt.Sprintf("the decision of %s %s is there twice", d.Date, document.Quote(d.Text)))
		}
	}
	l.config.Decisions = list
}
