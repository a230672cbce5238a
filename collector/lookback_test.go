package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// dated is one KPI as of an instant, and what comes of it.
type dated struct {
	name string
	sql  string
	more string
	asOf string
	want string // As describe writes it.
}

func testDated(t *testing.T, url string, tests []dated) {
	t.Helper()
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, app(url, kpi("it", tc.sql, tc.more)))
			got := describe(evaluate(t, cfg, at(t, tc.asOf))[0])
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\ngot:\n%s", diff, got)
			}
		})
	}
}

// TestPastOverTheCalendar counts an event every hour, so that a period tells its own length.
func TestPastOverTheCalendar(t *testing.T) {
	url := server.NewDatabase(t, `CREATE TABLE events AS
		SELECT at FROM generate_series('2023-01-01 00:00+00'::timestamptz, '2026-12-31 00:00+00', '1 hour') AS at`)
	const (
		hours    = "SELECT count(*) AS value FROM events WHERE at >= :period_start AND at < :period_end"
		berlin   = "timezone: Europe/Berlin\n"
		previous = "target: {at_least: {previous_period: +0%}}\n"
		lastYear = "target: {at_least: {same_period_last_year: +0%}}\n"
	)
	testDated(t, url, []dated{
		{
			"after a day of 23 hours", hours, berlin + "period: day\n" + previous, "2026-03-31T09:00:00+02:00",
			"24 on_target attainment 1.0434782608695652 by 23 target.lower=23 (previous_period)",
		},
		{
			"after a day of 25 hours", hours, berlin + "period: day\n" + previous, "2026-10-27T09:00:00+01:00",
			"24 off_target attainment 0.96 by 25 target.lower=25 (previous_period)",
		},
		{
			"a Sunday of 23 hours with last year's", hours, berlin + "period: day\n" + lastYear, "2026-03-30T09:00:00+02:00",
			"23 on_target attainment 1 by 23 target.lower=23 (same_period_last_year)",
		},
		{
			"a week with last year's of the same number, which had a day of 23 hours", hours, berlin + "period: week\n" + lastYear, "2026-04-01T00:00:00+02:00",
			"167 on_target attainment 1 by 167 target.lower=167 (same_period_last_year)",
		},
		{
			"February after a leap year", hours, "period: month\n" + lastYear, "2025-03-05T00:00:00Z",
			"672 off_target attainment 0.9655172413793104 by 696 target.lower=696 (same_period_last_year)",
		},
		{
			"the month after February of a leap year", hours, "period: month\n" + previous, "2024-04-05T00:00:00Z",
			"744 on_target attainment 1.0689655172413792 by 696 target.lower=696 (previous_period)",
		},
		{
			"settle counts for the past too", hours, berlin + "period: day\nsettle: 2d\n" + previous, "2026-04-02T00:00:00+02:00",
			"24 on_target attainment 1.0434782608695652 by 23 target.lower=23 (previous_period)",
		},
		{
			"a median over a change of clocks", hours, berlin + "period: day\ntarget: {at_least: {median_of_3: +0%}}", "2026-03-31T09:00:00+02:00",
			"24 on_target attainment 1 by 24 target.lower=24 (median_of)",
		},
		{
			"a mean over a change of clocks", hours, berlin + "period: day\ntarget: {at_least: {mean_of_2: +0%}}", "2026-03-31T09:00:00+02:00",
			"24 on_target attainment 1.0212765957446808 by 23.5 target.lower=23.5 (mean_of)",
		},
		{
			"the first 15 days are compared with the first 15 days", hours,
			"period: {to_date: month}\ntarget: {at_least: {previous_period: +10%}, pace: linear}", "2026-04-16T00:00:00Z",
			"360 off_target attainment 0.9090909090909091 by 396 pace 0.9090909090909091 forecast 720 target.lower=396 (previous_period)",
		},
		{
			"of a shorter month, too", hours,
			"period: {to_date: month}\ntarget: {at_least: {previous_period: +0%}, pace: linear}", "2026-03-16T00:00:00Z",
			"360 on_target attainment 1 by 360 pace 1 forecast 744 target.lower=360 (previous_period)",
		},
		{
			"the days that the month before does not have are too many", hours,
			"period: {to_date: month}\ntarget: {at_least: {median_of_2: +0%}, pace: linear}", "2026-03-31T00:00:00Z",
			"720 on_target attainment 1.0344827586206897 by 696 pace 1.0344827586206897 forecast 744 target.lower=696 (median_of)",
		},
		{
			"the first 14 days of last year's, and an absolute change is due by half", hours,
			"period: {to_date: month}\ntarget: {at_least: {same_period_last_year: +10}, pace: linear}", "2025-02-15T00:00:00Z",
			"336 off_target attainment 0.9853372434017595 by 341 pace 0.9853372434017595 forecast 672 target.lower=341 (same_period_last_year)",
		},
	})
	const day = "SELECT extract(day FROM :as_of AT TIME ZONE 'Europe/Berlin') + extract(hour FROM :as_of AT TIME ZONE 'Europe/Berlin') / 100 AS value"
	testDated(t, url, []dated{
		{
			"a month ago is cut to the month's length", day, berlin + "target: {at_least: {a_month_ago: +0%}}", "2026-03-31T09:00:00+02:00",
			"31.09 on_target attainment 1.1067995728017088 by 28.09 target.lower=28.09 (a_month_ago)",
		},
		{
			"a week ago by the clock on the wall", day, berlin + "target: {at_least: {a_week_ago: +0%}}", "2026-03-31T09:00:00+02:00",
			"31.09 on_target attainment 1.2905770029057702 by 24.09 target.lower=24.09 (a_week_ago)",
		},
		{
			"a quarter ago", day, berlin + "period: {trailing: 30d}\ntarget: {at_least: {a_quarter_ago: +0%}}", "2026-05-31T09:00:00+02:00",
			"31.09 on_target attainment 1.1067995728017088 by 28.09 target.lower=28.09 (a_quarter_ago)",
		},
		{
			"a year ago", day, berlin + "target: {at_most: {a_year_ago: +0%}}", "2028-02-29T09:00:00+01:00",
			"29.09 off_target attainment 0.9644001423994304 by 28.09 target.upper=28.09 (a_year_ago)",
		},
		{
			"compared with a year ago", day, berlin + "compare: same_period_last_year", "2028-02-29T09:00:00+01:00",
			"29.09 no_target same_period_last_year 28.09",
		},
		{
			"settled, compared with a year ago", day, berlin + "period: {trailing: 30d}\nsettle: 2d\ncompare: [same_period_last_year]", "2026-04-01T09:00:00+02:00",
			"30.09 no_target same_period_last_year 30.09",
		},
	})
	testDated(t, newSQLite(t, "CREATE TABLE orders (at text)", "INSERT INTO orders VALUES ('2025-03-20 12:00:00'), ('2025-03-25 12:00:00'), ('2026-03-31 12:00:00')"), []dated{{
		"trailing days beside those a year ago", "SELECT count(*) AS value FROM orders WHERE at >= :period_start AND at < :period_end",
		"period: {trailing: 7d}\ncompare: same_period_last_year\ntarget: {at_least: {a_year_ago: -50%}}", "2026-04-01T00:00:00Z",
		"1 on_target attainment 2 by 0.5 same_period_last_year 1 target.lower=0.5 (a_year_ago)",
	}})
}

// TestPastOfMissingMonths has months without a row, a plan that began late and one that ended, and losses.
func TestPastOfMissingMonths(t *testing.T) {
	url := server.NewDatabase(t,
		"CREATE TABLE sales (month date, plan text, n numeric)",
		`INSERT INTO sales VALUES
			('2025-04-01', 'pro', 80), ('2025-04-01', 'legacy', 5),
			('2025-12-01', 'pro', 90),
			('2026-02-01', 'pro', 100), ('2026-02-01', 'basic', -100),
			('2026-03-01', 'pro', 110), ('2026-03-01', 'basic', -80), ('2026-03-01', 'legacy', 1),
			('2026-04-01', 'pro', 120), ('2026-04-01', 'basic', -90), ('2026-04-01', 'team', 7)`)
	const (
		sales = "SELECT plan, sum(n) AS value FROM sales WHERE month >= :period_start AND month < :period_end GROUP BY plan"
		total = "SELECT sum(n) AS value FROM sales WHERE plan = 'pro' AND month >= :period_start AND month < :period_end"
		month = "period: month\nunit: count\n"
		plans = month + "labels: [plan]\n"
		april = "2026-05-02T00:00:00Z"
	)
	testDated(t, url, []dated{
		{
			"of a loss, and of a plan without a past", sales, plans + "target: {at_least: {previous_period: +10%}}", april,
			`plan="basic" -90 off_target attainment 0.75 by -72 target.lower=-72 (previous_period)` + "\n" +
				`plan="pro" 120 off_target attainment 0.9917355371900827 by 121 target.lower=121 (previous_period)` + "\n" +
				`plan="team" 7 unknown (no_bound)`,
		},
		{
			"in the unit, with a tolerance", sales, plans + "target: {at_least: {previous_period: +15}, tolerance: 10%}", april,
			`plan="basic" -90 off_target attainment 0.6153846153846154 by -65 target.lower=-65 (previous_period) critical.lower=-71.5 (tolerance)` + "\n" +
				`plan="pro" 120 at_risk attainment 0.96 by 125 target.lower=125 (previous_period) critical.lower=112.5 (tolerance)` + "\n" +
				`plan="team" 7 unknown (no_bound)`,
		},
		{
			"a list of labels that has lost one", sales + " HAVING plan <> 'team'", month + "labels: {plan: [basic, pro]}\ntarget: {at_most: {previous_period: +0%}}", april,
			`plan="basic" -90 on_target attainment 1.125 by -80 target.upper=-80 (previous_period)` + "\n" +
				`plan="pro" 120 off_target attainment 0.9090909090909091 by 110 target.upper=110 (previous_period)`,
		},
		{
			"a segment of its own", sales + " HAVING plan = 'pro'", plans + "target: {at_least: 1, segments: [{plan: pro, at_least: {previous_period: +0%}}]}", april,
			`plan="pro" 120 on_target attainment 1.0909090909090908 by 110 target.lower=110 (previous_period)`,
		},
		{
			"a median with all its months", total, month + "target: {at_least: {median_of_2: +0%}}", april,
			"120 on_target attainment 1.1428571428571428 by 105 target.lower=105 (median_of)",
		},
		{"a median with a month missing", total, month + "target: {at_least: {median_of_3: +0%}}", april, "120 unknown (no_bound)"},
		{"a mean with a month missing", total, month + "target: {at_least: {mean_of_3: +0%}}", april, "120 unknown (no_bound)"},
		{
			"the month before is missing", total, month + "target: {at_least: {previous_period: +0%}}", "2026-03-02T00:00:00Z", "100 unknown (no_bound)",
		},
		{"no value, whatever the bound", total, month + "target: {at_least: {previous_period: +0%}}", "2026-02-02T00:00:00Z", "none unknown (no_value) target.lower=90 (previous_period)"},
		{
			"the stricter of what is known", total, month + "target: {at_least: {stricter_of: [100, {previous_period: +0%}]}}", april,
			"120 on_target attainment 1.0909090909090908 by 110 target.lower=110 (stricter_of)",
		},
		{
			"the stricter at the other side", total, month + "target: {at_most: {stricter_of: [100, {previous_period: +0%}]}}", april,
			"120 off_target attainment 0.8 by 100 target.upper=100 (stricter_of)",
		},
		{
			"the stricter with one unknown", total, month + "target: {at_most: {stricter_of: [100, {median_of_3: +0%}]}}", april, "120 unknown (no_bound)",
		},
		{
			"between earlier values", total, month + "target: {between: [{previous_period: -10%}, {same_period_last_year: +60%}]}", april,
			"120 on_target attainment 1 by 128 target.lower=99 (previous_period) target.upper=128 (same_period_last_year)",
		},
		{
			"between, one end unknown", total, month + "target: {between: [{previous_period: -10%}, {median_of_3: +60%}]}", april,
			"120 unknown (no_bound) target.lower=99 (previous_period)",
		},
		{
			"met, and the critical bound unknown", total, month + "target: {at_least: 100, critical: {median_of_3: +0%}}", april,
			"120 on_target attainment 1.2 by 100 target.lower=100",
		},
		{
			"missed, and the critical bound unknown", total, month + "target: {at_least: 200, critical: {median_of_3: +0%}}", april,
			"120 unknown (no_bound) attainment 0.6 by 200 target.lower=200",
		},
		{
			"an unknown stretch changes nothing", total, month + "target: {at_least: 100, stretch: {median_of_3: +0%}}", april,
			"120 on_target attainment 1.2 by 100 target.lower=100",
		},
		{
			"compared", sales, plans + "compare: [previous_period, same_period_last_year]", april,
			`plan="basic" -90 no_target previous_period -80` + "\n" +
				`plan="pro" 120 no_target previous_period 110 same_period_last_year 80` + "\n" +
				`plan="team" 7 no_target`,
		},
	})
}

// TestMissingPast has queries that fail for March 2026 only, and asks in the months after it.
func TestMissingPast(t *testing.T) {
	const (
		april    = "2026-05-05T00:00:00Z"
		june     = "2026-07-05T00:00:00Z"
		byZero   = "SELECT 1 / (extract(month FROM :period_start) - 3) AS value"
		march    = "extract(month FROM :period_start) = 3"
		previous = "period: month\ncompare: [previous_period]\ntarget: {at_least: {previous_period: +0%}}"
		plans    = "labels: [plan]\n" + previous
		unknown  = "its value as of 2026-04-01T00:00:00Z: "
	)
	url := server.NewDatabase(t)
	for _, tc := range []struct {
		name, sql, more, asOf string
		want, missing         string
	}{
		{"refused by the database", byZero, previous, april, "1 unknown (no_bound)", "query: kpi \"it\": " + unknown + "division by zero (22012)"},
		{
			"the other months are there", byZero, "period: month\ncompare: [previous_period]\ntarget: {at_least: {median_of_3: +0%}}", june,
			"0.3333333333333333 unknown (no_bound) previous_period 0.5", "query: kpi \"it\": " + unknown + "division by zero (22012)",
		},
		{"out of reach", byZero, "period: month\ntarget: {at_least: {median_of_2: +0%}}", june, "0.3333333333333333 off_target attainment 0.4444444444444444 by 0.75 target.lower=0.75 (median_of)", ""},
		{
			"a fixed target stays", byZero, "period: month\ncompare: [previous_period]\ntarget: {at_least: 1}", april,
			"1 on_target attainment 1 by 1 target.lower=1", "query: kpi \"it\": " + unknown + "division by zero (22012)",
		},
		{
			"max_series", "SELECT n::text AS plan, n AS value FROM generate_series(1, CASE WHEN " + march + " THEN 3 ELSE 1 END) AS n", "max_series: 2\n" + plans, april,
			`plan="1" 1 unknown (no_bound)`, "too_many_series: kpi \"it\": " + unknown + "the result has more than 2 rows (max_series)",
		},
		{
			"a label that is NULL", "SELECT CASE WHEN NOT " + march + " THEN 'pro' END AS plan, 1 AS value", plans, april,
			`plan="pro" 1 unknown (no_bound)`, "label: kpi \"it\": " + unknown + "label \"plan\" is NULL in row 1: select coalesce(plan, …) or set null_label",
		},
		{
			"labels twice", "SELECT 'pro' AS plan, 1 AS value FROM generate_series(1, CASE WHEN " + march + " THEN 2 ELSE 1 END)", plans, april,
			`plan="pro" 1 unknown (no_bound)`, "duplicate: kpi \"it\": " + unknown + "row 2 has the same labels as an earlier one: plan=\"pro\"",
		},
		{
			"no finite number", "SELECT CASE WHEN " + march + " THEN 'Infinity'::float8 ELSE 1 END AS value", previous, april,
			"1 unknown (no_bound)", "value: kpi \"it\": " + unknown + "row 1: column \"value\": the value is infinite",
		},
		{
			"the present fails", byZero, previous, "2026-04-05T00:00:00Z", `query: kpi "it": division by zero (22012)`, "",
		},
		{
			"too slow", "SELECT CASE WHEN " + march + " THEN pg_sleep(30)::text = '' END::int AS value", "timeout: 1s\n" + previous, april,
			"timeout: kpi \"it\": " + unknown + "the query took longer than its timeout of 1s", "",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := evaluate(t, load(t, app(url, kpi("it", tc.sql, tc.more))), at(t, tc.asOf))[0]
			if diff := cmp.Diff(tc.want, describe(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			missing := ""
			if r.Missing != nil {
				missing = fmt.Sprintf("%s: %s", r.Missing.Reason, r.Missing)
			}
			if diff := cmp.Diff(tc.missing, missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMissingPastOfOneDatabase has a KPI over two databases, of which one had a row without a label.
func TestMissingPastOfOneDatabase(t *testing.T) {
	schema := "CREATE TABLE sales (month date, plan text, n int); INSERT INTO sales VALUES ('2026-04-01', 'pro', 7), ('2026-03-01', %s, 5)"
	a, b := server.NewDatabase(t, fmt.Sprintf(schema, "'pro'")), server.NewDatabase(t, fmt.Sprintf(schema, "NULL"))
	cfg := load(t, fmt.Sprintf("timezone: UTC\ndatabases: {a: {url: %q}, b: {url: %q}}\nkpis:\n%s", a, b, indent(2,
		kpi("it", "SELECT plan, n AS value FROM sales WHERE month = :period_start", "databases: [a, b]\nlabels: [plan]\nperiod: month\ntarget: {at_least: {previous_period: +0%}}"))))
	r := evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z"))[0]
	want := `plan="pro" database="a" 7 on_target attainment 1.4 by 5 target.lower=5 (previous_period)` + "\n" +
		`plan="pro" database="b" 7 unknown (no_bound)`
	if diff := cmp.Diff(want, describe(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Missing == nil || !strings.Contains(r.Missing.Error(), `database "b": `) {
		t.Errorf("missing: %v, want that of database b", r.Missing)
	}
}

func TestEarlierInstantsAreNotPlanned(t *testing.T) {
	cfg := load(t, app(server.NewDatabase(t), kpi("it", "SELECT 1 AS value", "period: month\ntarget: {at_least: {median_of_3: +0%}}")))
	var plans []string
	e := NewEvaluator(cfg)
	defer e.Close()
	for _, p := range e.Explain(t.Context(), requests(cfg, at(t, "2026-05-05T00:00:00Z"))) {
		plans = append(plans, fmt.Sprint(p.KPIs, p.Failure))
	}
	if diff := cmp.Diff([]string{"[it] <nil>"}, plans); diff != "" {
		t.Errorf("earlier instants of a query are planned too (-want +got):\n%s", strings.TrimSpace(diff))
	}
}

// TestUnboundInWords says why a bound is not known: the reason is no_bound for all.
func TestUnboundInWords(t *testing.T) {
	url := newSQLite(t)
	const file = `timezone: UTC
databases: {app: {url: %q}}
queries: {plan: {query: "SELECT 'it' AS kpi, NULL AS at_least"}}
kpis:
  it: {title: It, period: %s, query: "SELECT 5 AS value WHERE :period_start BETWEEN '2026-04' AND '2026-08'", target: {%s}}
`
	for _, tc := range []struct{ name, period, target, asOf, want string }{
		{"before the first steps", "month", "at_least: {steps: {2026-06: 800}}", "2026-06-01T00:00:00Z", "no target yet"},
		{"after the last", "month", "at_least: {steps: {2026-04: 800, 2026-05: none}}", "2026-06-02T00:00:00Z", "the target has ended"},
		{"before a ramp", "month", "at_least: {ramp: {2026-06-05: 1, 2026-07-05: 2}}", "2026-06-01T00:00:00Z", "no target yet"},
		{"one end before its steps", "month", "between: [1, {steps: {2026-06: 800}}]", "2026-06-01T00:00:00Z", "no target yet"},
		{"the stricter of two", "month", "at_least: {stricter_of: [1, {steps: {2026-06: 800}}]}", "2026-06-01T00:00:00Z", "no target yet"},
		{"a critical bound before its steps", "month", "at_least: 8, critical: {steps: {2026-06: 800}}", "2026-06-01T00:00:00Z", "no critical bound yet"},
		{"no past", "month", "at_least: {previous_period: +0%}", "2026-05-01T00:00:00Z", "nothing to compare with"},
		{"the stricter of a plan and no past", "month", "at_least: {stricter_of: [{steps: {2026-04: 1}}, {previous_period: +0%}]}", "2026-05-01T00:00:00Z", "nothing to compare with"},
		{"early in a period", "{to_date: month}", "at_least: 100, pace: linear", "2026-05-02T00:00:00Z", "too early to tell"},
		{"early and no past", "{to_date: month}", "at_least: {previous_period: +0%}, pace: linear", "2026-05-02T00:00:00Z", "too early to tell"},
		{"a query that gives NULL", "month", "from: plan", "2026-05-02T00:00:00Z", "no target given"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := evaluate(t, load(t, fmt.Sprintf(file, url, tc.period, tc.target)), at(t, tc.asOf))[0]
			if r.Failure != nil || len(r.Samples) != 1 || r.Samples[0].Reason != status.NoBound || r.Samples[0].ReasonText() != tc.want {
				t.Errorf("%v %+v, want %s", r.Failure, r.Samples, tc.want)
			}
		})
	}
}
