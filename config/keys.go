package config

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
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

// kpiKeys returns the keys of KPIs, named queries and defaults, in the order in which they are named where one is unknown.
func (l *loader) kpiKeys() []kpiKey {
	var (
		whole inheritance
		never = inheritance{never: true}
	)
	with := func(key string) inheritance { return inheritance{excepts: key} }
	return []kpiKey{
		newKey("title", inKPI, as(schema.Required(schema.Text()), (*document.File).Text), never, "the KPI in a few words"),
		newKey("description", inKPI, text(), never, "what is counted, and how"),
		newKey("query", inBoth, as(schema.SQL(), readQuery), never, "SQL with [parameters](periods.md#parameters)"),
		newKey("query_file", inBoth, as(schema.Text(), l.readQueryFile), never, "file with the SQL"),
		newKey("data_until", inQuery, as(schema.SQL(), readDataUntil), never,
			"SQL for the instant up to which the data is complete, as for a database; see [Late data](periods.md#late-data-settle-data_until)"),
		newKey("from", inKPI, text(), never, "name of a query below `queries`"),
		newKey("formula", inKPI, later(schema.Text()), never,
			"arithmetic over other KPIs and columns of queries; see [Formulas](formulas.md)"),
		newKey("value", inKPI, text(), never, "column that is the value; `value` by default"),
		newKey("target", inKPI, later(schema.Mapping("target", "[keys](#keys-of-a-target)")), never,
			"what it should reach; see [Targets](targets.md)"),
		newKey("tolerance", inDefaults, later(schema.Number()), whole, "as in a target"),
		newKey("min_sample", inDefaults, later(schema.Number()), whole, "as in a target"),
		newKey("pace", inDefaults, words("linear"), whole, "as in a target"),
		newKey("category", inAll, words(categories), whole, "the kind of KPI"),
		newKey("objective", inAll, text(), whole, "which of the objectives it serves"),
		newKey("owner", inAll, text(), whole, "who answers for it, and gets its alerts"),
		newKey("stages", inAll, as(schema.List(schema.Words(stages)), readStages), whole,
			"the product's stages of life in which it matters"),
		newKey("level", inAll, words(levels), whole, "who looks at it: `team` by default; `diagnostic` if it only explains others; see [Level and stages](#level-and-stages-level-stages)"),
		newKey("unit", inAll, as(schema.Text(), readUnit), whole,
			"`ratio`, `seconds`, `points`, `count`, `users`, `currency:EUR`, or any word; decides how values are written, and how `3%` and `2h` are read"),
		newKey("better", inAll, words(directions), whole, "which direction is better, where no target says it"),
		newKey("database", inAll, text(), with("databases"), "which of the databases it reads; not needed if there is only one"),
		newKey("databases", inAll, texts(), with("database"),
			"several databases: each gives its own series, with the label `database`, or they are combined with `merge`"),
		newKey("timezone", inAll, timezone(), whole, "IANA time zone of its days, such as `Europe/Berlin`"),
		newKey("period", inAll, periodOf(), whole,
			"what is measured; see [Periods](periods.md)"),
		newKey("settle", inAll, duration(0), whole, "how long to wait for late data, such as `2d`"),
		newKey("week_start", inAll, words(weekdays), whole, "first day of the week; `monday` by default"),
		newKey("year_start", inAll, words(months), whole, "first month of the year; `january` by default"),
		newKey("fiscal_year", inAll, words(string(namedByStart+" "+namedByEnd)), whole,
			"which calendar year names a year that does not begin in January, and its quarters; see [Weeks and years](periods.md#weeks-and-years-that-begin-elsewhere-week_start-year_start-fiscal_year)"),
		newKey("every", inAll, duration(time.Second), with("cron"),
			"how often it is evaluated, such as `1m`; the default depends on the period"),
		newKey("cron", inAll, cron(), with("every"),
			"when it is evaluated instead: five fields, in its time zone, such as `\"0 6 * * *\"`"),
		newKey("timeout", inAll, duration(time.Millisecond), whole, "how long its query may run; `30s` by default"),
		newKey("stale_after", inAll, duration(time.Second), whole,
			"age of the last success at which the value disappears; three intervals by default, with `cron` two"),
		newKey("max_series", inAll, count(), whole, "most rows that the query may return; 1000 by default"),
		newKey("on_empty", inAll, words(emptyWords), whole,
			"what it means that there are no rows: no value (`absent`, the default), or 0 (`zero`)"),
		newKey("labels", inAll, as(schema.Either(schema.List(schema.Text()), schema.Named(schema.List(schema.Text()))).As("list of columns, or columns with their values"), readLabels), whole,
			"columns that become labels: `[plan]`, or with their only values `{plan: [basic, pro]}`"),
		newKey("null_label", inAll, text(), whole, "what a NULL in a label column becomes; an error by default"),
		newKey("numerator", inAll, text(), whole, "column that is divided by the denominator"),
		newKey("denominator", inAll, text(), whole, "column by which the numerator is divided; also the sample size"),
		newKey("sample_size", inAll, text(), whole, "column with the number of observations behind the value"),
		newKey("suppress_below", inAll, observations(), whole, "values from fewer observations are withheld"),
		newKey("data_from", inAll, instant(), whole,
			"when the data begins, such as `2024-03-01`; earlier periods have no value; see [Where the data begins](periods.md#where-the-data-begins-data_from)"),
		newKey("compare", inAll, as(schema.Either(schema.Words(comparisons), schema.List(schema.Words(comparisons))).As("`previous_period`, `same_period_last_year`, or a list of both"), readCompare), whole,
			"earlier values that are exposed beside the current one: of the previous period (which `instant` and `trailing` do not have), or a year ago"),
		newKey("merge", inAll, words(merges), whole, "how rows, or the values of several databases, become one"),
		newKey("alert", inAll, as(schema.Either(schema.Words("off"), schema.Mapping("alert", "[keys](#keys-of-an-alert)")), readAlert), inheritance{merge: mergeAlerts},
			"how a missed target is alerted on"),
		newKey("runbook", inAll, webURL(), whole,
			"address of the page that says what to do; alerts link to it"),
		newKey("reviewed", inAll, date(), whole, "date of the last review, such as `2026-10-15`"),
		newKey("review_every", inAll, duration(24*time.Hour), whole, "how often to review it, such as `90d`"),
		newKey("review_by", inAll, date(), whole, "date of the next review, in place of the two"),
	}
}

func readStages(d *document.File, n *document.Node, what string) document.Field[[]string] {
	f := d.List(n, what)
	if !f.OK {
		return f
	}
	for _, item := range document.Resolve(n).Content {
		if !d.Word(item, "stage", stages).OK {
			f.OK = false
		}
	}
	return f
}
