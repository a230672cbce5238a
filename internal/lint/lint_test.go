package lint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// wellMade is a file that no check finds fault with.
const wellMade = `stage: growth
databases: {app: {url: "${URL}"}}
owners: {ann: {slack: "#ann"}}
objectives: {grow: {title: Grow}}
defaults: {unit: count, objective: grow, owner: ann, period: day}
kpis:
  visits:
    title: Visits
    query: SELECT count(*) AS value FROM visits WHERE at >= :period_start AND at < :period_end
    target: {at_least: 10}
`

func lintText(t *testing.T, text string) []string {
	t.Helper()
	var found []string
	for _, p := range problemsOf(t, text) {
		found = append(found, p.Check)
	}
	return found
}

// loadText loads a file.
func loadText(t *testing.T, text string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "kpi.yml")
	for name, text := range map[string]string{
		"kpi.yml": text, "early.csv": "period,value,known_from\n2026-05-01,1,2025-05-02\n", "empty.csv": "period,value\n",
		"undated.csv": "period,value,known_from\n2026-05-01,1,2026-05-03\n2026-05-01,2,\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.LoadWith(path, config.Options{Checks: IDs()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problemsOf returns what check says about a file.
func problemsOf(t *testing.T, text string) []document.Problem {
	t.Helper()
	c := loadText(t, text)
	problems := slices.Concat(c.Warnings, c.CheckSecrets(), Run(c, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)))
	for _, p := range problems {
		if !p.Warning || p.Line == 0 {
			t.Errorf("%+v is not a warning, or has no place", p)
		}
	}
	return problems
}

// withKPI returns a file with one more KPI, and above it what else is said.
func withKPI(above, kpi string) string {
	return above + wellMade + "  more: {title: More, " + kpi + "}\n"
}

const windowSQL = "query: \"SELECT 1 AS value WHERE :period_start < :period_end\", "

// Each check finds what it is for, only that, and nothing once it is switched off.
func TestLint(t *testing.T) {
	if found := lintText(t, wellMade); len(found) > 0 {
		t.Fatalf("%v in a file that is well made", found)
	}
	many := func(n int, keys string) string {
		text := wellMade
		for i := range n {
			letter := string(rune('a' + i))
			text += "  " + letter + ": {title: T, better: higher, " + windowSQL + strings.ReplaceAll(keys, "$", letter) + "}\n"
		}
		return text
	}
	t.Setenv("ESCAPED", "p%40ss")
	open := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(open, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{open: 0o644, filepath.Dir(open): 0o755, filepath.Dir(filepath.Dir(open)): 0o755} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]string{
		"escaped_variable":      strings.Replace(wellMade, "${URL}", "postgres://kpi:${ESCAPED}@db/app?sslmode=verify-full", 1),
		"exposed_secret":        strings.Replace(wellMade, "\"${URL}\"", "\"${URL}\", password_file: "+open, 1),
		"database_clock":        withKPI("", "better: higher, query: \"SELECT now() AS value WHERE :period_start < :period_end\""),
		"disappearing_label":    withKPI("", "labels: [plan], target: {at_least: 10}, query: \"SELECT plan, count(*) AS value FROM t WHERE at >= :period_start AND at < :period_end GROUP BY plan\""),
		"early_row":             withKPI("", "better: higher, values_file: early.csv"),
		"missing_row":           withKPI("", "better: higher, values_file: empty.csv"),
		"undated_revision":      withKPI("", "better: higher, values_file: undated.csv"),
		"empty_include":         withKPI("include: [\"nothing_*.yml\"]\n", windowSQL+"better: higher"),
		"future_data_from":      withKPI("", windowSQL+"better: higher, data_from: 2099-06-01"),
		"inherited_bound":       withKPI("", windowSQL+"labels: [plan], target: {at_least: 10, critical: 9, segments: [{plan: pro, at_least: 5}]}"),
		"instant_without_as_of": withKPI("", "better: higher, period: instant, query: SELECT count(*) AS value FROM t"),
		"money_sample":          withKPI("", "unit: ratio, numerator: profit, denominator: revenue, target: {at_least: 10%, min_sample: 30}, query: \"SELECT sum(profit) AS profit, sum(amount) AS revenue FROM t WHERE at >= :period_start AND at < :period_end\""),
		"no_objective":          strings.Replace(wellMade, ", objective: grow", "", 1),
		"no_owner":              strings.Replace(wellMade, ", owner: ann", "", 1),
		"no_stage":              strings.Replace(withKPI("", windowSQL+"better: higher, stages: [launch]"), "stage: growth\n", "", 1),
		"no_target":             withKPI("", windowSQL),
		"no_unit":               strings.Replace(wellMade, "unit: count, ", "", 1),
		"not_additive":          withKPI("queries: {q: {labels: [plan], query: \"SELECT plan, avg(n) AS n FROM t WHERE at >= :period_start AND at < :period_end GROUP BY plan\"}}\n", "better: higher, from: q, value: n, labels: [], merge: sum"),
		"odd_unit":              withKPI("", windowSQL+"unit: EUR, better: higher"),
		"percent":               withKPI("", windowSQL+"unit: ratio, numerator: a, denominator: b, target: {at_most: 3}"),
		"plan_period":           withKPI("queries: {plan: {period: week, "+windowSQL+"}}\n", windowSQL+"better: higher, target: {from: plan}"),
		"ratio_without_parts":   withKPI("", windowSQL+"unit: ratio, better: higher"),
		"review_overdue":        withKPI("", windowSQL+"better: higher, review_by: 2026-05-31"),
		"short_stale_after":     withKPI("", windowSQL+"better: higher, stale_after: 1m"),
		"similar_names":         strings.Replace(withKPI("", windowSQL+"better: higher"), "  more:", "  visit:", 1),
		"sslmode":               strings.Replace(wellMade, "${URL}", "postgres://kpi@db.example.com/app", 1),
		"sum_is_null":           withKPI("", "better: higher, on_empty: zero, query: \"SELECT sum(n) AS value FROM t WHERE at >= :period_start AND at < :period_end\""),
		"target_ends":           withKPI("", windowSQL+"target: {at_least: {steps: {2026-Q1: 5}}}"),
		"thousands_dot":         withKPI("", windowSQL+"target: {at_least: 12.000}"),
		"too_many_company_kpis": many(10, "level: company, owner: team_$"),
		"too_many_owner_kpis":   many(12, ""),
		"withheld_by_difference": withKPI("queries: {q: {labels: [plan], query: \"SELECT plan, sum(n) AS n, count(*) AS people FROM t WHERE at >= :period_start AND at < :period_end GROUP BY plan\"}}\n",
			"better: higher, from: q, value: n, labels: [], merge: sum}\n  parts: {title: Parts, objective: grow, owner: ann, unit: count, better: higher, from: q, value: n, sample_size: people, suppress_below: 5"),
		"unknown_owner":        withKPI("", windowSQL+"better: higher, owner: anne"),
		"unusable_file":        strings.Replace(wellMade, "${URL}", "postgres://kpi@db/app?sslmode=verify-full&passfile=missing", 1),
		"unused_query":         withKPI("queries: {rest: {"+windowSQL+"}}\n", windowSQL+"better: higher"),
		"window_not_half_open": withKPI("", "better: higher, query: \"SELECT count(*) AS value FROM t WHERE at BETWEEN :period_start AND :period_end\""),
		"window_not_used":      withKPI("", "query: SELECT 1 AS value, better: higher"),
	}
	for _, c := range Checks() {
		if c.At == OnConnect {
			continue // It needs a database.
		}
		id := c.ID
		t.Run(id, func(t *testing.T) {
			text, ok := tests[id]
			if !ok {
				t.Fatal("the check has no test")
			}
			if found := slices.Compact(lintText(t, text)); !slices.Equal(found, []string{id}) {
				t.Errorf("found %v", found)
			}
			if found := lintText(t, text+"lint: {off: ["+id+"]}\n"); len(found) > 0 {
				t.Errorf("found %v, which is switched off", found)
			}
		})
	}
}

// The clock of a database is that of its engine.
func TestClockOfEngine(t *testing.T) {
	for name, test := range map[string]struct {
		url, sql string
		found    bool
	}{
		"a function of MySQL":              {"mysql://kpi@db.example.com/app?ssl-mode=VERIFY_IDENTITY", "CURDATE() - INTERVAL 1 DAY", true},
		"a function of MariaDB":            {"mariadb://kpi@db.example.com/app?ssl-mode=VERIFY_IDENTITY", "UTC_TIMESTAMP(3)", true},
		"a column of PostgreSQL":           {"postgres://kpi@db.example.com/app?sslmode=verify-full", "utc_date", false},
		"a function of PostgreSQL":         {"postgres://kpi@db.example.com/app?sslmode=verify-full", "timeofday()", true},
		"a function of SQLite":             {"sqlite://app.db", "unixepoch()", true},
		"a string that MySQL has not":      {"mysql://kpi@db.example.com/app?ssl-mode=VERIFY_IDENTITY", "DATE('now')", false},
		"a string of SQLite":               {"sqlite://app.db", "date('now')", true},
		"the seconds of a column of MySQL": {"mysql://kpi@db.example.com/app?ssl-mode=VERIFY_IDENTITY", "UNIX_TIMESTAMP(at)", false},
	} {
		t.Run(name, func(t *testing.T) {
			query := "better: higher, query: \"SELECT count(*) AS value FROM t WHERE at >= :period_start AND at < :period_end AND x < " + test.sql + "\""
			found := lintText(t, strings.Replace(withKPI("", query), "${URL}", test.url, 1))
			if test.found != slices.Contains(found, "database_clock") || len(found) > 1 {
				t.Errorf("found %v", found)
			}
		})
	}
}

// Two dashes in a string are not a comment that could swallow the lines below it.
func TestFoldedDashes(t *testing.T) {
	folded := "  more:\n    title: More\n    better: higher\n    query: >\n      SELECT count('--') AS value\n      WHERE :period_start < :period_end\n"
	if found := lintText(t, wellMade+folded); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

// Three zeros behind a dot are pointed out wherever a number stands, and nothing else is.
func TestThousandsDot(t *testing.T) {
	more := func(keys string) string { return withKPI("", windowSQL+keys) }
	for name, test := range map[string]struct {
		text, hint string
	}{
		"at_least":            {more("target: {at_least: 12.000}"), "write 12k, or 12.0 if that is meant"},
		"quoted":              {more(`target: {at_least: "12.000"}`), "write 12k, or 12.0 if that is meant"},
		"negative":            {more("target: {at_most: -7.000}"), "write -7k, or -7.0 if that is meant"},
		"with a sign":         {more("target: {at_least: +250.000}"), "write +250k, or +250.0 if that is meant"},
		"of thousands":        {more("target: {at_least: 2.000k}"), "write 2M, or 2.0k if that is meant"},
		"of millions":         {more("target: {at_least: 2.000M}"), "write 2B, or 2.0M if that is meant"},
		"of billions":         {more("target: {at_least: 2.000B}"), "write 2000B, or 2.0B if that is meant"},
		"percent":             {more("unit: ratio, numerator: a, denominator: b, target: {at_least: 12.000%}"), "write 12000%, or 12.0% if that is meant"},
		"points":              {more("unit: points, target: {at_least: 3.000pp}"), "write 3000pp, or 3.0pp if that is meant"},
		"between":             {more("target: {between: [1, 5.000]}"), "write 5k, or 5.0 if that is meant"},
		"critical":            {more("target: {at_least: 12k, critical: 9.000}"), "write 9k, or 9.0 if that is meant"},
		"stretch":             {more("target: {at_least: 12, stretch: 15.000}"), "write 15k, or 15.0 if that is meant"},
		"tolerance":           {more("target: {at_least: 12k, tolerance: 1.000}"), "write 1k, or 1.0 if that is meant"},
		"inherited tolerance": {strings.Replace(wellMade, "period: day}", "period: day, tolerance: 1.000}", 1), "write 1k, or 1.0 if that is meant"},
		"min_sample":          {more("sample_size: n, target: {at_least: 12, min_sample: 1.000}"), "write 1k, or 1.0 if that is meant"},
		"suppress_below":      {more("sample_size: n, suppress_below: 1.000, better: higher"), "write 1k, or 1.0 if that is meant"},
		"max_series":          {more("max_series: 2.000, better: higher"), "write 2k, or 2.0 if that is meant"},
		"benchmark":           {more("target: {at_least: {benchmark: 3.000, source: S}}"), "write 3k, or 3.0 if that is meant"},
		"a step":              {more("target: {at_least: {steps: {2026: 8.000, 2100: 9}}}"), "write 8k, or 8.0 if that is meant"},
		"a ramp":              {more("target: {at_least: {ramp: {2026: 8, 2100: 9.000}}}"), "write 9k, or 9.0 if that is meant"},
		"a change":            {more("target: {at_least: {previous_period: +1.000}}"), "write +1k, or +1.0 if that is meant"},
		"stricter":            {more("target: {at_least: {stricter_of: [12.000, {previous_period: +5%}]}}"), "write 12k, or 12.0 if that is meant"},
		"a segment":           {more("labels: {plan: [pro]}, target: {at_least: 12, segments: [{plan: pro, at_least: 5.000}]}"), "write 5k, or 5.0 if that is meant"},
		"a formula":           {withKPI("", "better: higher, formula: visits / 1.000"), "write 1000, or 1.0 if that is meant"},

		"one zero":            {more("target: {at_least: 12.0}"), ""},
		"two zeros":           {more("target: {at_least: 12.00}"), ""},
		"four digits":         {more("target: {at_least: 1200.000}"), ""},
		"four zeros":          {more("target: {at_least: 12.0000}"), ""},
		"other digits":        {more("target: {at_least: 12.500}"), ""},
		"nothing but zeros":   {more("target: {at_least: 0.000}"), ""},
		"a small number":      {more("target: {at_least: 0.0001}"), ""},
		"zeros in front":      {more("target: {at_least: 12000}"), ""},
		"scientific":          {more("target: {at_least: 1.000e3}"), ""},
		"a label":             {more(`labels: {version: ["1.000"]}, better: higher`), ""},
		"a title":             {withKPI("", `description: "12.000", better: higher, `+windowSQL), ""},
		"a formula's quarter": {withKPI("", "better: higher, formula: visits * 0.250"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var hints []string
			for _, p := range problemsOf(t, test.text) {
				if p.Check != "thousands_dot" {
					continue
				}
				hints = append(hints, p.Hint)
				line := strings.Split(test.text, "\n")[p.Line-1]
				if rest := strings.Trim(line[p.Column-1:], `"`); !strings.Contains(rest[:min(8, len(rest))], ".000") {
					t.Errorf("is said to be at %s", rest)
				}
			}
			if got := strings.Join(hints, "; "); got != test.hint {
				t.Errorf("hint %q, want %q", got, test.hint)
			}
		})
	}
}

func TestSimilarNames(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"signup_rate", "signups_rate", true},
		{"rate_of_churn", "churn_rate_of", true},
		{"activation", "activaton", true},
		{"activation", "acitvation", true},
		{"mrr", "arr", false},
		{"nps", "enps", false},
		{"d1_retention", "d7_retention", false},
		{"d3_retention", "d30_retention", false},
		{"orders_site_12", "orders_site_21", false},
		{"retention_d1", "retention_1d", true},
		{"revenue", "revenue_growth", false},
	} {
		if got := sameWords(test.a) == sameWords(test.b) || oneSlip(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %t", test.a, test.b, got)
		}
		if oneSlip(test.a, test.b) != oneSlip(test.b, test.a) {
			t.Errorf("%s and %s: the order counts", test.a, test.b)
		}
	}
}

// The check applies both tests of similarity to the KPIs of a file.
func TestSimilarNamesInAFile(t *testing.T) {
	for _, names := range [][2]string{{"activation", "activaton"}, {"signup_rate", "signups_rate"}} {
		text := strings.NewReplacer("  visits:", "  "+names[0]+":", "  more:", "  "+names[1]+":").Replace(withKPI("", windowSQL+"better: higher"))
		if found := lintText(t, text); !slices.Equal(found, []string{"similar_names"}) {
			t.Errorf("%s and %s: found %v", names[0], names[1], found)
		}
	}
}

// The files that people copy from are as good as the checks want KPIs to be.
func TestLintOfExample(t *testing.T) {
	c, err := config.LoadWith("../../examples/product/kpi.yaml", config.Options{Checks: IDs()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(c.Warnings, Run(c, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))) {
		t.Error(p)
	}
}
