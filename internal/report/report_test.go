package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Every kind of sentence, in every format, and the same bytes each time.
func TestReport(t *testing.T) {
	file := writeEveryKind(t)
	r, again := reportOf(t, file, asOf, period.Week), reportOf(t, file, asOf, period.Week)
	repeated := formats(&again)
	for name, write := range formats(&r) {
		t.Run(name, func(t *testing.T) {
			var got, twice bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			if err := repeated[name](&twice); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), twice.Bytes()) {
				t.Error("the same report has other bytes the second time")
			}
			golden(t, name, got.Bytes())
		})
	}
}

// A KPI has one place above the table, at most seven have one, and each of the others is named once.
func TestOnceAndSevenInAll(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	places, named := 0, map[string]int{}
	for _, s := range r.sections() {
		if s.empty() == (s.moreText() != "There is no room for 0 more: .") && len(s.Entries) == 0 {
			t.Errorf("section %s: empty %v with %q", s.ID, s.empty(), s.moreText())
		}
		for _, e := range s.Entries {
			places++
			named[e.KPI.Title]++
		}
		for _, title := range s.More {
			named[title]++
		}
	}
	if places != mostAbove {
		t.Errorf("%d places", places)
	}
	for title, n := range named {
		if n != 1 {
			t.Errorf("%s is named %d times", title, n)
		}
	}
}

// What is withheld is in no format, nor is a total from which it could be computed.
func TestReportWithholds(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	all := formats(&r)
	all["mail"] = func(w io.Writer) error {
		m, err := r.Mail()
		_, _ = io.WriteString(w, m.Subject+m.Text+m.HTML)
		return err
	}
	all["slack"] = func(w io.Writer) error { return json.NewEncoder(w).Encode(r.Slack()) }
	for name, write := range all {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{"3701", "3.7k", "24721", "24.7k", "49442", "49.4k"} {
			if strings.Contains(b.String(), number) {
				t.Errorf("%s has %s:\n%s", name, number, &b)
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	sample := func(s status.Status, attainment float64) collector.Sample {
		return collector.Sample{Status: s, More: &collector.Details{Attainment: &attainment}}
	}
	for name, test := range map[string]struct {
		result collector.Result
		want   string
	}{
		"the worst":            {collector.Result{Samples: []collector.Sample{sample(status.OnTarget, 2), sample(status.OffTarget, 0.5), sample(status.AtRisk, 0.1)}}, "off_target 0.5"},
		"the worst attainment": {collector.Result{Samples: []collector.Sample{sample(status.AtRisk, 0.9), sample(status.AtRisk, 0.8)}}, "at_risk 0.8"},
		"known before unknown": {collector.Result{Samples: []collector.Sample{sample(status.Unknown, 0), sample(status.OnTarget, 1)}}, "on_target 1"},
		"unknown before none":  {collector.Result{Samples: []collector.Sample{sample(status.NoTarget, 0), sample(status.Unknown, 1)}}, "unknown 1"},
		"no rows":              {collector.Result{KPI: &config.KPI{Target: &config.Target{}}}, "unknown (no value)"},
		"no rows yet":          {collector.Result{KPI: &config.KPI{Target: &config.Target{}}, Incomplete: true}, "unknown (waits for data)"},
		"no rows, no target":   {collector.Result{KPI: &config.KPI{}}, "no_target"},
		"failed":               {collector.Result{KPI: &config.KPI{}, Failure: &collector.Failure{}}, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.result.KPI == nil {
				test.result.KPI = &config.KPI{Target: &config.Target{}}
			}
			v := VerdictOf(&test.result)
			got := string(v.Status)
			if v.Worst != nil {
				got += fmt.Sprintf(" %v", *v.Worst.Details().Attainment)
			}
			if v.Reason != "" {
				got += " (" + v.Reason.Text() + ")"
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A KPI of which nothing is known now is not among the moves and what is unusual, whatever its past says.
func TestGone(t *testing.T) {
	cfg, survey := surveyOf(t, writeEveryKind(t), asOf, period.Week)
	if r := New(cfg, survey, period.Week); len(r.Moves) == 0 || len(r.Unusual) == 0 {
		t.Fatalf("%d moves, %d unusual", len(r.Moves), len(r.Unusual))
	}
	for i := range survey.KPIs {
		now := &survey.KPIs[i].Now
		if i%2 == 0 {
			*now = now.Stale()
		} else {
			now.Samples = nil
		}
		if len(now.Samples) == 0 {
			now.Failure = &collector.Failure{Reason: collector.ReasonTimeout}
		}
	}
	r := New(cfg, survey, period.Week)
	if len(r.Moves)+len(r.Unusual)+r.Judged != 0 || r.Counts != (Counts{Unknown: len(survey.KPIs)}) {
		t.Errorf("%d moves, %d unusual of %d, %+v of %d KPIs", len(r.Moves), len(r.Unusual), r.Judged, r.Counts, len(survey.KPIs))
	}
}

func TestBefore(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := period.Calendar{Location: berlin, WeekStart: time.Monday, YearStart: time.January}
	at := time.Date(2026, 3, 31, 6, 0, 0, 0, berlin) // After the clock was put forward.
	for unit, want := range map[period.Unit]string{
		period.Day: "2026-03-30 06:00", period.Week: "2026-03-24 06:00", period.Month: "2026-02-28 06:00", period.Quarter: "2025-12-31 06:00",
	} {
		if got := Before(at, unit, c).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s before: %s, want %s", unit, got, want)
		}
	}
}

func TestCountsText(t *testing.T) {
	for want, c := range map[string]Counts{
		"No KPI":                  {},
		"1 off target, 2 unknown": {Off: 1, Unknown: 2},
		"1 off target, 2 at risk, 3 on target, 4 unknown, 5 without a target": {1, 2, 3, 4, 5},
	} {
		if got := countsText(c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// What is expected by chance is a whole number of series.
func TestFooter(t *testing.T) {
	for want, r := range map[string]Report{
		"No series was judged for unusual values. ":                                                   {},
		"Of 10 series judged for unusual values, expect fewer than one to be mentioned by chance. ":   {Judged: 10, FalseMentions: 0.05},
		"Of 599 series judged for unusual values, expect about 3 to be mentioned by chance. ":         {Judged: 599, FalseMentions: 2.995},
		"Of 2500000 series judged for unusual values, expect about 12500 to be mentioned by chance. ": {Judged: 2500000, FalseMentions: 12500},
	} {
		if got := r.footer(); !strings.Contains(got, ". "+want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The report says how KPIs compare, never what caused it.
func TestNoCause(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	for name, write := range formats(&r) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"caused", "led to", "impact"} {
			if strings.Contains(strings.ToLower(b.String()), word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
}
