package backfill

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// instants returns all steps of a job, in RFC 3339 and the zone of Berlin.
func instants(t *testing.T, j Job) []string {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	walk := newTimeline(j.Ranges, j.Now)
	var all []string
	for at, _, ok := walk.next(); ok; at, _, ok = walk.next() {
		all = append(all, at.In(berlin).Format(time.RFC3339))
	}
	return all
}

// TestStepsWherePeriodsClose begins in the middle of a period.
func TestStepsWherePeriodsClose(t *testing.T) {
	const query = `, query: "SELECT julianday(:period_start) AS value"}`
	for _, test := range []struct {
		name, kpi string
		step      period.Step
		want      []string
	}{
		{"month", "period: month", period.Step{Days: 1}, []string{"2026-03-30T12:30:00+02:00", "2026-04-01T00:00:00+02:00"}},
		{"month, settled", "period: month, settle: 26h", period.Step{Days: 1}, []string{"2026-03-30T12:30:00+02:00", "2026-04-02T02:00:00+02:00"}},
		{"day, settled", "period: day, settle: 2h", period.Step{Months: 1}, []string{
			"2026-03-30T12:30:00+02:00", "2026-03-31T02:00:00+02:00", "2026-04-01T02:00:00+02:00", "2026-04-02T02:00:00+02:00",
		}},
		{"month, with decisions", `period: month, query: SELECT 1 AS value}
decisions:
  - {date: 2026-03-30, text: before the first step, kpis: [k]}
  - {date: 2026-03-31, text: a step, kpis: [k]}
  - {date: 2026-04-01, text: where a step is anyway, kpis: [k]}
  - {date: 2026-04-02, text: a step more, kpis: [k]}
  - {date: 2026-04-03, text: after the last, kpis: [k]}
#`, period.Step{Days: 1}, []string{
			"2026-03-30T12:30:00+02:00", "2026-03-31T00:00:00+02:00", "2026-04-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00",
		}},
		{"week", "period: week", period.Step{Days: 1}, []string{"2026-03-30T12:30:00+02:00"}},
		{"to date", "period: {to_date: month}", period.Step{Days: 1}, []string{
			"2026-03-30T12:30:00+02:00", "2026-03-31T12:30:00+02:00", "2026-04-01T12:30:00+02:00", "2026-04-02T12:30:00+02:00",
		}},
		{"trailing", "period: {trailing: 7d}", period.Step{Length: 30 * time.Hour}, []string{
			"2026-03-30T12:30:00+02:00", "2026-03-31T18:30:00+02:00", "2026-04-02T00:30:00+02:00",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := job(t, load(t, "  k: {title: K, "+test.kpi+query+"\n"), "2026-03-30T12:30:00+02:00", "2026-04-02T18:00:00+02:00")
			j.Ranges[0].Step = test.step
			if diff := cmp.Diff(test.want, instants(t, j)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestHistoryEqualsQuery checks, for random periods, zones and settle and from any instant on, that what the history shows at an
// instant is what query --as-of says about it: for complete periods at any instant, for what moves with time at the steps.
func TestHistoryEqualsQuery(t *testing.T) {
	random := rand.New(rand.NewPCG(18, 1))
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	for range 60 {
		complete := one("day", "week", "month", "quarter", "year", "{days: 3}", "{days: 30}", "{weeks: 2}", "{months: 2}")
		moving := one("instant", "{trailing: 36h}", "{trailing: 30d}", "{trailing: 2mo}", "{to_date: day}", "{to_date: week}", "{to_date: month}", "{to_date: year}")
		keys := fmt.Sprintf("timezone: %s, week_start: %s, ",
			one("UTC", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"), one("monday", "sunday"))
		settle := func() string { return "settle: " + one("0s", "1h", "6h", "26h", "3d") + ", " }
		const window = "julianday(:period_start) + 1000 * julianday(:period_end)"
		measured := window
		if moving == "instant" {
			measured = "julianday(:as_of)"
		}
		kpis := fmt.Sprintf("  k: {title: K, %s%speriod: %s, query: \"SELECT %s AS value\"}\n", keys, settle(), complete, window) +
			fmt.Sprintf("  m: {title: M, %s%speriod: %s, query: \"SELECT %s AS value\"}\n", keys, settle(), moving, measured) +
			fmt.Sprintf("  d: {title: D, %speriod: day, settle: 0s, query: \"SELECT julianday(:period_end) AS value\"}\n", keys)
		if random.IntN(2) == 0 {
			kpis += "  f: {title: F, formula: k / d}\n  g: {title: G, formula: m / d}\n"
		}
		t.Run(strings.TrimSpace(kpis), func(t *testing.T) {
			cfg := load(t, kpis)
			from := time.Unix(1_000_000_000+random.Int64N(800_000_000), 0).UTC()
			to := from.Add(time.Duration(1+random.IntN(100*24)) * time.Hour)
			j := job(t, cfg, from.Format(time.RFC3339), to.Format(time.RFC3339))
			j.Sparse = true
			step := []period.Step{{Days: 1}, {Days: 3}, {Months: 1}, {Length: 7 * time.Hour}}[random.IntN(4)]
			for i := range j.Ranges {
				j.Ranges[i].Step = step
			}
			text := written(t, j)
			shown := lines(text, "kpi_value")
			e := evaluator(t, cfg)
			for i, k := range cfg.KPIs {
				for range 10 {
					at := from.Add(time.Duration(random.Int64N(int64(to.Sub(from)/time.Second)+1)) * time.Second)
					if k.Name == "m" || k.Name == "g" {
						at = stepBefore(j, i, at)
					}
					r := e.Evaluate(t.Context(), []collector.Request{{KPI: k, AsOf: at}})[0]
					if r.Failure != nil {
						t.Fatal(r.Failure)
					}
					want := strconv.FormatFloat(*r.Samples[0].Value, 'g', -1, 64)
					if got := lastBefore(t, shown, k.Name, at); got != want {
						t.Errorf("%s, from %s: at %s the history shows %s, query says %s", k.Name, from, at, got, want)
					}
				}
			}
		})
	}
}

// TestHistoryEqualsQueryOfPlans has plans that are kept by hand and become known while, or after, their period is the last complete
// one: at each instant the history shows the target that query --as-of gives.
func TestHistoryEqualsQueryOfPlans(t *testing.T) {
	const plan = "period,kpi,at_least,known_from\n2026-04,it,500,2026-05-10\n2026-04,it,2000,2026-05-15\n2026-05,it,700,2026-05-12\n2026-05,it,900,2026-05-17T10:30:00.5+02:00\n2026-06,it,600,2026-05-20\n"
	for name, kpis := range map[string]string{
		"complete": "  it: {title: It, period: month, query: SELECT 1000 AS value WHERE :period_end > 0, target: {from: plan}}\n",
		"settled":  "  it: {title: It, period: month, settle: 3d, query: SELECT 1000 AS value WHERE :period_end > 0, target: {from: plan}}\n",
		"formula":  "  half: {title: Half, period: month, query: SELECT 500 AS value WHERE :period_end > 0}\n  it: {title: It, formula: 2 * half, target: {from: plan}}\n",
		"running":  "  it: {title: It, period: {to_date: month}, query: SELECT 1000 AS value WHERE :period_start > 0, target: {from: plan, pace: linear}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			cfg := loadWith(t, map[string]string{"plan.csv": plan}, kpis+"queries: {plan: {values_file: plan.csv}}\n")
			j := job(t, cfg, "2026-05-02T00:00:00+02:00", "2026-06-20T00:00:00+02:00")
			if name == "running" { // When the month begins there is no target yet, and a series that ends does not say so.
				j.Ranges[0].To = instant(t, "2026-05-31T00:00:00+02:00")
			}
			j.Sparse = true
			text := written(t, j)
			e := evaluator(t, cfg)
			for at := j.Ranges[0].From; !at.After(j.Ranges[0].To); at = at.Add(7 * time.Hour) {
				k := cfg.KPI("it")
				asOf := at
				if name == "running" { // Between two steps its window moves on.
					asOf = stepBefore(j, 0, at)
				}
				r := e.Evaluate(t.Context(), []collector.Request{{KPI: k, AsOf: asOf}})[0]
				if r.Failure != nil {
					t.Fatal(r.Failure)
				}
				want := "nothing"
				if target := r.Samples[0].Details().Target; target != nil {
					want = strconv.FormatFloat(*target, 'g', -1, 64)
				}
				if got := lastBefore(t, lines(text, "kpi_target"), "it", at); got != want {
					t.Errorf("on %s the history shows target %s, query says %s", at, got, want)
				}
			}
		})
	}
}

// stepBefore returns the last step of a range that is not after an instant.
func stepBefore(j Job, i int, instant time.Time) time.Time {
	walk := newTimeline(j.Ranges[i:i+1], j.Now)
	return walk.skipTo(instant.Add(1))[0]
}

// lastBefore returns the value of the last sample of a KPI that is not after an instant.
func lastBefore(t *testing.T, samples []string, kpi string, at time.Time) string {
	t.Helper()
	value := "nothing"
	for _, line := range samples {
		fields := strings.Fields(line)
		second, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			t.Fatal(line, err)
		}
		if strings.Contains(line, `kpi="`+kpi+`"`) && second <= at.Unix() {
			value = fields[1]
		}
	}
	return value
}
