package config

import (
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
	"github.com/kpi-exporter/kpi_exporter/internal/targets"
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
	merges     = "ratio sum min max none"
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
func (l *loader) kpiKeys() []keys.Key {
	return slices.Concat(l.ownKeys(), meaningKeys(), evaluationKeys(), resultKeys(), careKeys())
}

// ownKeys define a KPI or a query: no other inherits them.
func (l *loader) ownKeys() []keys.Key {
	never := keys.Inheritance{Never: true}
	return []keys.Key{
		keys.New("title", inKPI, keys.As(schema.Required(schema.Text()), (*document.File).ShortText), never, "the KPI in a few words"),
		keys.New("description", inKPI, keys.Text(), never, "what is counted, and how"),
		keys.New("query", inBoth, keys.As(schema.SQL(), sqlfile.Read), never, "SQL with [parameters](periods.md#parameters), or [PromQL](databases.md#prometheus)"),
		keys.New("query_file", inBoth, keys.As(schema.Text(), l.readQueryFile), never, "file with the SQL, or the PromQL"),
		keys.New("values_file", inBoth, keys.As(schema.Text(), l.readValuesFile), never,
			"CSV file with values that are kept by hand, in place of SQL; see [Values kept by hand](values.md)"),
		keys.New("data_until", inQuery, keys.As(schema.SQL(), sqlfile.ReadDataUntil), never,
			"SQL for the instant up to which the data is complete, as for a database; see [Late data](periods.md#late-data-settle-data_until)"),
		keys.New("from", inKPI, keys.Text(), never, "name of a query below `queries`"),
		keys.New("formula", inKPI, keys.Later(schema.Text()), never,
			"arithmetic over other KPIs and columns of queries; see [Formulas](formulas.md)"),
		keys.New("value", inKPI, keys.Text(), never, "column that is the value; `value` by default"),
		keys.New("target", inKPI, keys.Later(schema.Mapping("target", "[keys](#keys-of-a-target)")), never,
			"the target; see [Targets](targets.md)"),
	}
}

// meaningKeys say what a KPI is for, and how it is judged.
func meaningKeys() []keys.Key {
	var whole keys.Inheritance
	return []keys.Key{
		keys.New("tolerance", inDefaults, keys.Later(schema.Number()), whole, "as in a target"),
		keys.New("min_sample", inDefaults, keys.Later(schema.Number()), whole, "as in a target"),
		keys.New("pace", inDefaults, keys.Words(targets.Paces), whole, "as in a target"),
		keys.New("category", inAll, keys.Words(categories), whole, "the kind of KPI"),
		keys.New("objective", inAll, keys.ShortText(), whole, "which of the objectives it serves"),
		keys.New("owner", inAll, keys.ShortText(), whole, "who is responsible for it and receives its alerts"),
		keys.New("stages", inAll, keys.As(schema.List(schema.Words(stages)), readStages), whole,
			"life-cycle stages of the product in which it matters"),
		keys.New("level", inAll, keys.Words(levels), whole, "who looks at it: `team` by default; `diagnostic` if it only explains others; see [Level and stages](#level-and-stages-level-stages)"),
		keys.New("unit", inAll, keys.As(schema.Text(), quantity.ReadUnit), whole,
			"`ratio`, `seconds`, `points`, `count`, `users`, `currency:EUR`, or any word; decides how values are written, and how `3%` and `2h` are read"),
		keys.New("better", inAll, keys.Words(directions), whole, "which direction is better, where no target specifies it"),
	}
}

// evaluationKeys say where, of which time and when a KPI is evaluated.
func evaluationKeys() []keys.Key {
	var whole keys.Inheritance
	return []keys.Key{
		keys.New("database", inAll, keys.Text(), keys.Inheritance{Excepts: "databases"}, "which of the databases it reads; not needed if there is only one"),
		keys.New("databases", inAll, keys.Texts(), keys.Inheritance{Excepts: "database"},
			"several databases: each gives its own series, with the label `database`, or they are combined with `merge`"),
		keys.New("timezone", inAll, keys.Timezone(), whole, "IANA time zone of its days, such as `Europe/Berlin`"),
		keys.New("period", inAll, keys.Period(), whole,
			"what is measured; see [Periods](periods.md)"),
		keys.New("settle", inAll, keys.Duration(0), whole, "how long to wait for late data, such as `2d`"),
		keys.New("week_start", inAll, keys.Words(weekdays), whole, "first day of the week; `monday` by default"),
		keys.New("year_start", inAll, keys.Words(months), whole, "first month of the year; `january` by default"),
		keys.New("fiscal_year", inAll, keys.Words(string(period.NamedByStart+" "+period.NamedByEnd)), whole,
			"which calendar year names a year that does not begin in January, and its quarters; see [Weeks and years](periods.md#weeks-and-years-that-begin-elsewhere-week_start-year_start-fiscal_year)"),
		keys.New("every", inAll, keys.Duration(time.Second), keys.Inheritance{Excepts: "cron"},
			"how often it is evaluated, such as `1m`; the default depends on the period"),
		keys.New("cron", inAll, keys.Cron(), keys.Inheritance{Excepts: "every"},
			"when it is evaluated instead: five fields, in its time zone, such as `\"0 6 * * *\"`"),
		keys.New("timeout", inAll, keys.Duration(time.Millisecond), whole, "how long its query may run; `30s` by default"),
		keys.New("stale_after", inAll, keys.Duration(time.Second), whole,
			"age of the last success at which the value disappears; by default three intervals, or two with `cron`"),
	}
}

// resultKeys say what the rows of a query become.
func resultKeys() []keys.Key {
	var whole keys.Inheritance
	return []keys.Key{
		keys.New("max_series", inAll, keys.Count(), whole, "how many rows the query may return at most; 1000 by default"),
		keys.New("on_empty", inAll, keys.Words(emptyWords), whole,
			"the value when there are no rows: none (`absent`, the default) or 0 (`zero`)"),
		keys.New("labels", inAll, keys.As(schema.Either(schema.List(schema.Text()), schema.Named(schema.List(schema.Text()))).As("list of columns, or columns with their values"), keys.ReadLabels), whole,
			"columns that become labels: `[plan]`, or with the only values allowed, `{plan: [basic, pro]}`"),
		keys.New("null_label", inAll, keys.ShortText(), whole, "what a NULL in a label column becomes; an error by default"),
		keys.New("numerator", inAll, keys.Text(), whole, "column that is divided by the denominator"),
		keys.New("denominator", inAll, keys.Text(), whole, "column by which the numerator is divided; also the sample size"),
		keys.New("sample_size", inAll, keys.Text(), whole, "column with the number of observations behind the value"),
		keys.New("suppress_below", inAll, keys.Observations(), whole, "values from fewer observations are withheld"),
		keys.New("data_from", inAll, keys.Instant(), whole,
			"when the data begins, such as `2024-03-01`; earlier periods have no value; see [Where the data begins](periods.md#where-the-data-begins-data_from)"),
		keys.New("compare", inAll, keys.As(schema.Either(schema.Words(targets.Comparisons), schema.List(schema.Words(targets.Comparisons))).As("`previous_period`, `same_period_last_year`, or a list of both"), targets.ReadCompare), whole,
			"earlier values that are exposed beside the current one: of the previous period (which `instant` and `trailing` do not have), or a year ago"),
		keys.New("merge", inAll, keys.Words(merges), whole, "how rows, or the values of several databases, become one; with `labels`, whether they add up (`sum`) or overlap (`none`)"),
	}
}

// careKeys say who looks after a KPI: by alert, and by review.
func careKeys() []keys.Key {
	var whole keys.Inheritance
	return []keys.Key{
		keys.New("alert", inAll, keys.As(schema.Either(schema.Words("off"), schema.Mapping("alert", "[keys](#keys-of-an-alert)")), keys.ReadAlert), keys.Inheritance{Merge: keys.MergeAlerts},
			"when a missed target raises an alert, and which one"),
		keys.New("runbook", inAll, keys.WebURL(), whole,
			"address of the page that says what to do; alerts link to it"),
		keys.New("reviewed", inAll, keys.Date(), whole, "date of the last review, such as `2026-10-15`"),
		keys.New("review_every", inAll, keys.Duration(24*time.Hour), whole, "how often to review it, such as `90d`"),
		keys.New("review_by", inAll, keys.Date(), whole, "date of the next review, in place of `reviewed` and `review_every`"),
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
