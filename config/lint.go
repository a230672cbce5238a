package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// The rules that can be switched off with lint: {off: [...]}. docs/lint.md says what each of them is for.
const lintRules = "data_from database_clock date_column disappearing_label empty_include inherited_bound instant_without_as_of money_sample " +
	"naive_timestamps no_objective no_owner no_stage no_target no_unit not_additive odd_unit percent plan_period " +
	"ratio_without_parts review_overdue short_stale_after similar_names sqlite_time_form sslmode sum_is_null target_ends thousands_dot " +
	"too_many_company_kpis too_many_owner_kpis unknown_owner unused_column unused_query window_not_half_open " +
	"window_not_used"

// The rules that only a database can tell about.
const (
	DataFrom        = "data_from" // A past from before the data began.
	DateColumn      = "date_column"
	NaiveTimestamps = "naive_timestamps"
	SQLiteTimeForm  = "sqlite_time_form"
	UnusedColumn    = "unused_column" // A column that no KPI reads.
)

const (
	// maxCompanyKPIs is how many KPIs a whole company can keep an eye on.
	maxCompanyKPIs = 9
	// maxOwnerKPIs is how many KPIs one owner can act upon; those that only help to explain others are not counted.
	maxOwnerKPIs = 12
	// soon is how long before a target's plan ends there is still time to write the next one.
	soon = 30 * 24 * time.Hour
)

// readLintOff reads which rules are switched off.
func readLintOff(d *document.File, n *document.Node) []string {
	off := d.List(n, "off")
	if !off.OK {
		return nil
	}
	for i, item := range document.Resolve(n).Content {
		if name := off.Value[i]; !document.IsOneOf(name, lintRules) {
			d.Fail(document.Resolve(item), document.DidYouMean(name, lintRules, "rules are"), "there is no rule %s", document.Quote(name))
		}
	}
	return off.Value
}

// Off reports whether a rule is switched off.
func (c *Config) Off(rule string) bool { return slices.Contains(c.LintOff, rule) }

// switchedOn returns the warnings of the rules that are not switched off.
func (c *Config) switchedOn(warnings []document.Problem) []document.Problem {
	return slices.DeleteFunc(warnings, func(p document.Problem) bool { return c.Off(p.Rule) })
}

// Lint returns what keeps the KPIs from being good ones as of now, by file and place. It is advice about definitions that
// work: those who run them need not hear it.
func (c *Config) Lint(now time.Time) []document.Problem {
	l := &linter{problems: c.ExpiringTargets(now, soon)}
	for _, k := range c.KPIs {
		l.lintKPI(k, now)
	}
	l.lintSQL(c)
	l.lintStages(c)
	l.lintCrowds(c)
	l.lintNames(c)
	return c.switchedOn(document.Problems(l.problems).Sorted())
}

type linter struct {
	problems []document.Problem
}

func (l *linter) find(rule string, at document.Position, hint, format string, args ...any) {
	l.problems = append(l.problems, document.Problem{Position: at, Message: fmt.Sprintf(format, args...), Hint: hint, Warning: true, Rule: rule})
}

// lintKPI looks at a KPI by itself.
func (l *linter) lintKPI(k *KPI, now time.Time) {
	name := strconv.Quote(k.Name)
	if k.Objective == "" {
		l.find("no_objective", k.Position, "add objective: with what it is for; what serves none need not be measured", "KPI %s serves no objective", name)
	}
	if k.Owner == "" {
		l.find("no_owner", k.Position, "add owner: with who acts when it is missed", "KPI %s has no owner", name)
	}
	if k.Target == nil && k.Better == "" && k.Level != "diagnostic" {
		l.find("no_target", k.Position, "add target:, or better: higher or lower, or level: diagnostic if it has none on purpose", "KPI %s has no target", name)
	}
	if k.Unit == "" {
		l.find("no_unit", k.Position, "add unit: ratio, seconds, count, currency:EUR, or any word", "KPI %s has no unit", name)
	}
	if k.Unit.IsRatio() && k.Numerator == "" && k.Formula == nil {
		l.find("ratio_without_parts", k.Position, "let the query return both, and map them with numerator: and denominator:, so that the sample size is known",
			"KPI %s is a ratio without numerator and denominator", name)
	}
	if !k.ReviewDue.IsZero() && k.ReviewDue.Before(now) {
		l.find("review_overdue", k.Position, "is it still the right KPI, with the right target? then update reviewed:",
			"the review of KPI %s was due on %s", name, k.ReviewDue.Format(time.DateOnly))
	}
	if k.Query != nil && k.Period.Kind != period.Instant && !k.Query.usesWindow() && !k.isTimeless() {
		l.find("window_not_used", k.Query.Position, "use :period_start and :period_end, or set period: instant",
			"the query does not use the period (%s)", k.Period)
	}
}

func (q *Query) usesWindow() bool {
	return slices.ContainsFunc(strings.Fields(windowParameters), q.Statement.Uses)
}

// lintStages looks for stages that cannot be compared with that of the product.
func (l *linter) lintStages(c *Config) {
	i := slices.IndexFunc(c.KPIs, func(k *KPI) bool { return len(k.Stages) > 0 })
	if i >= 0 && c.Stage == "" {
		l.find("no_stage", c.KPIs[i].Position, "add stage: "+strings.Join(c.KPIs[i].Stages, " or ")+" at the top of the file",
			"KPI %s has stages, but the stage of the product is not set", strconv.Quote(c.KPIs[i].Name))
	}
}

// lintCrowds looks for more KPIs than anybody can act upon.
func (l *linter) lintCrowds(c *Config) {
	company := 0
	owned := map[string]int{}
	for _, k := range c.KPIs {
		if k.Level == "company" {
			if company++; company == maxCompanyKPIs+1 {
				l.find("too_many_company_kpis", k.Position, "keep those that decide, and make the others level: team or diagnostic",
					"more than %d KPIs are of level company", maxCompanyKPIs)
			}
		}
		if k.Owner != "" && k.Level != "diagnostic" {
			if owned[k.Owner]++; owned[k.Owner] == maxOwnerKPIs+1 {
				l.find("too_many_owner_kpis", k.Position, "keep those that are acted upon, and make the others level: diagnostic",
					"owner %s has more than %d KPIs", strconv.Quote(k.Owner), maxOwnerKPIs)
			}
		}
	}
}

// lintNames looks for names that are taken for each other.
func (l *linter) lintNames(c *Config) {
	words := make([]string, len(c.KPIs))
	for i, k := range c.KPIs {
		words[i] = sameWords(k.Name)
	}
	for i, k := range c.KPIs {
		for j, earlier := range c.KPIs[:i] {
			if words[i] == words[j] || oneSlip(k.Name, earlier.Name) {
				l.find("similar_names", k.Position, "give one of them a name that says what is different about it",
					"the name of KPI %s is close to that of %s, at %s", strconv.Quote(k.Name), strconv.Quote(earlier.Name), earlier.Position)
			}
		}
	}
}

// sameWords returns a name's words without plurals, in alphabetical order.
func sameWords(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		words[i] = cmp.Or(strings.TrimSuffix(w, "s"), w)
	}
	slices.Sort(words)
	return strings.Join(words, "_")
}

// oneSlip reports whether two long names differ by a letter that one of them has more, or by two letters that are swapped.
// Where one letter stands for another, the names mostly are meant to differ: d1_retention and d7_retention.
func oneSlip(a, b string) bool {
	const long = 8
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < long || len(b) > len(a)+1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return isLetter(b[i]) && a[i:] == b[i+1:]
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
