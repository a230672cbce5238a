package config

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
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
	merges     = "ratio sum min max"
)

// The mappings that have the keys of KPIs.
const (
	inKPI      = "kpi"
	inQuery    = "query"
	inDefaults = "defaults"
	inAll      = inKPI + " " + inQuery + " " + inDefaults
	inBoth     = inKPI + " " + inQuery // KPIs and named queries.
)

// kpiKey is a key of KPIs, named queries and defaults. Its entry in kpiKeys is the only place that says that there is such a key,
// what it means, how it is read, and how a KPI inherits it; get returns what a file says.
type kpiKey struct {
	name, in string
	value
	inherit inheritance
	help    string
}

// value is what the value of a key may be, and how it is read. What a reader returns is a *document.Field.
type value struct {
	form schema.Form
	read func(d *document.File, n *document.Node, what string) any
}

// inheritance says how a KPI takes a key from its named query, and from defaults.
type inheritance struct {
	never   bool
	excepts string                   // A key with which it is inherited together: a file that says one of them leaves none of the other.
	merge   func(own, above any) any // Where both say it; nil: what is said nearer counts.
}

// kpiKeys returns the keys of KPIs, named queries and defaults, in the order in which they are named where one is unknown.
func (l *loader) kpiKeys() []kpiKey {
	var (
		whole inheritance
		never = inheritance{never: true}
	)
	with := func(key string) inheritance { return inheritance{excepts: key} }
	return []kpiKey{
		{"title", inKPI, as(schema.Required(schema.Text()), (*document.File).Text), never, "the KPI in a few words"},
		{"description", inKPI, text(), never, "what is counted, and how"},
		{"query", inBoth, as(schema.SQL(), readQuery), never, "SQL with [parameters](periods.md#parameters)"},
		{"query_file", inBoth, as(schema.Text(), l.readQueryFile), never, "file with the SQL"},
		{"data_until", inQuery, as(schema.SQL(), readDataUntil), never,
			"SQL for the instant up to which the data is complete, as for a database; see [Late data](periods.md#late-data-settle-data_until)"},
		{"from", inKPI, text(), never, "name of a query below `queries`"},
		{"formula", inKPI, later(schema.Text()), never,
			"arithmetic over other KPIs and columns of queries; see [Formulas](formulas.md)"},
		{"value", inKPI, text(), never, "column that is the value; `value` by default"},
		{"target", inKPI, later(schema.Mapping("target", "[keys](#keys-of-a-target)")), never,
			"what it should reach; see [Targets](targets.md)"},
		{"tolerance", inDefaults, later(schema.Number()), whole, "as in a target"},
		{"min_sample", inDefaults, later(schema.Number()), whole, "as in a target"},
		{"pace", inDefaults, words("linear"), whole, "as in a target"},
		{"category", inAll, words(categories), whole, "the kind of KPI"},
		{"objective", inAll, text(), whole, "which of the objectives it serves"},
		{"owner", inAll, text(), whole, "who answers for it, and gets its alerts"},
		{"stages", inAll, as(schema.List(schema.Words(stages)), readStages), whole,
			"the product's stages of life in which it matters"},
		{"level", inAll, words(levels), whole, "who looks at it: `team` by default; `diagnostic` if it only explains others; see [Level and stages](#level-and-stages-level-stages)"},
		{"unit", inAll, as(schema.Text(), readUnit), whole,
			"`ratio`, `seconds`, `points`, `count`, `users`, `currency:EUR`, or any word; decides how values are written, and how `3%` and `2h` are read"},
		{"better", inAll, words(directions), whole, "which direction is better, where no target says it"},
		{"database", inAll, text(), with("databases"), "which of the databases it reads; not needed if there is only one"},
		{"databases", inAll, as(schema.List(schema.Text()), (*document.File).List), with("database"),
			"several databases: each gives its own series, with the label `database`, or they are combined with `merge`"},
		{"timezone", inAll, as(schema.Text(), (*document.File).Location), whole, "IANA time zone of its days, such as `Europe/Berlin`"},
		{"period", inAll, as(schema.Mapping("period", "`day`, `week`, `month`, `quarter`, `year`, `instant`, or a [key](#keys-of-a-period)"), readPeriod), whole,
			"what is measured; see [Periods](periods.md)"},
		{"settle", inAll, duration(0), whole, "how long to wait for late data, such as `2d`"},
		{"week_start", inAll, words(weekdays), whole, "first day of the week; `monday` by default"},
		{"year_start", inAll, words(months), whole, "first month of the year; `january` by default"},
		{"fiscal_year", inAll, words(string(namedByStart + " " + namedByEnd)), whole,
			"which calendar year names a year that does not begin in January, and its quarters; see [Weeks and years](periods.md#weeks-and-years-that-begin-elsewhere-week_start-year_start-fiscal_year)"},
		{"every", inAll, duration(time.Second), with("cron"),
			"how often it is evaluated, such as `1m`; the default depends on the period"},
		{"cron", inAll, as(schema.Text(), readCron), with("every"),
			"when it is evaluated instead: five fields, in its time zone, such as `\"0 6 * * *\"`"},
		{"timeout", inAll, duration(time.Millisecond), whole, "how long its query may run; `30s` by default"},
		{"stale_after", inAll, duration(time.Second), whole,
			"age of the last success at which the value disappears; three intervals by default, with `cron` two"},
		{"max_series", inAll, as(schema.Count(), quantity.Count), whole, "most rows that the query may return; 1000 by default"},
		{"on_empty", inAll, words(emptyWords), whole,
			"what it means that there are no rows: no value (`absent`, the default), or 0 (`zero`)"},
		{"labels", inAll, as(schema.Either(schema.List(schema.Text()), schema.Named(schema.List(schema.Text()))).As("list of columns, or columns with their values"), readLabels), whole,
			"columns that become labels: `[plan]`, or with their only values `{plan: [basic, pro]}`"},
		{"null_label", inAll, text(), whole, "what a NULL in a label column becomes; an error by default"},
		{"numerator", inAll, text(), whole, "column that is divided by the denominator"},
		{"denominator", inAll, text(), whole, "column by which the numerator is divided; also the sample size"},
		{"sample_size", inAll, text(), whole, "column with the number of observations behind the value"},
		{"suppress_below", inAll, as(schema.Number(), quantity.Positive), whole, "values from fewer observations are withheld"},
		{"data_from", inAll, as(schema.Instant(), readInstant), whole,
			"when the data begins, such as `2024-03-01`; earlier periods have no value; see [Where the data begins](periods.md#where-the-data-begins-data_from)"},
		{"compare", inAll, as(schema.Either(schema.Words(comparisons), schema.List(schema.Words(comparisons))).As("`previous_period`, `same_period_last_year`, or a list of both"), readCompare), whole,
			"earlier values that are exposed beside the current one: of the previous period (which `instant` and `trailing` do not have), or a year ago"},
		{"merge", inAll, words(merges), whole, "how rows, or the values of several databases, become one"},
		{"alert", inAll, as(schema.Either(schema.Words("off"), schema.Mapping("alert", "[keys](#keys-of-an-alert)")), readAlert), inheritance{merge: mergeAlerts},
			"how a missed target is alerted on"},
		{"runbook", inAll, as(schema.WebURL(), (*document.File).WebURL), whole,
			"address of the page that says what to do; alerts link to it"},
		{"reviewed", inAll, as(schema.Date(), readDate), whole, "date of the last review, such as `2026-10-15`"},
		{"review_every", inAll, duration(24 * time.Hour), whole, "how often to review it, such as `90d`"},
		{"review_by", inAll, as(schema.Date(), readDate), whole, "date of the next review, in place of the two"},
	}
}

// as is a value that a function reads.
func as[T any](form schema.Form, read func(d *document.File, n *document.Node, what string) document.Field[T]) value {
	return value{form: form, read: func(d *document.File, n *document.Node, what string) any {
		f := read(d, n, what)
		return &f
	}}
}

// later is a value that is read when more is known than its file.
func later(form schema.Form) value {
	return as(form, func(d *document.File, n *document.Node, _ string) document.Field[*document.Node] {
		return document.Good(d, n, n)
	})
}

func text() value { return as(schema.Text(), (*document.File).Text) }

func words(known string) value {
	return as(schema.Words(known), func(d *document.File, n *document.Node, what string) document.Field[string] {
		return d.Word(n, what, known)
	})
}

func duration(least time.Duration) value {
	return as(schema.Duration(), func(d *document.File, n *document.Node, what string) document.Field[time.Duration] {
		return quantity.Duration(d, n, what, least)
	})
}
