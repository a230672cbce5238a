package report

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// A KPI for which there is no room is named again where it is unusual, once.
func TestUnusualWithoutRoom(t *testing.T) {
	r := &Report{}
	for i := range mostAbove + 2 {
		name := "k" + strconv.Itoa(i)
		r.Off = append(r.Off, Entry{KPI: &config.KPI{Name: name, Title: "KPI " + name}, Mention: true})
	}
	placed, without := r.Off[0], r.Off[mostAbove+1]
	r.Unusual = []Entry{placed, without, without}
	sections := r.sections()
	if diff := cmp.Diff([]string{"KPI k7", "KPI k8"}, sections[1].More); diff != "" {
		t.Errorf("still off (-want +got):\n%s", diff)
	}
	if s := sections[3]; s.empty() || s.moreText() != "There is no room for 1 more: KPI k8 (named above)." {
		t.Errorf("unusual: %t, %s", s.empty(), s.moreText())
	}
	r.Unusual = []Entry{placed}
	if s := r.sections()[3]; !s.empty() {
		t.Errorf("unusual: %s", s.moreText())
	}
}

// An empty section says "else" only where something above was of its kind.
func TestNothing(t *testing.T) {
	k := Entry{KPI: &config.KPI{Name: "k", Title: "K"}, Status: status.OffTarget, Mention: true}
	quiet := Entry{KPI: k.KPI}
	for name, test := range map[string]struct {
		report              Report
		off, unusual, moves string
	}{
		"nothing":        {Report{}, "Nothing misses its target.", "Nothing unusual.", "Nothing moved much."},
		"small moves":    {Report{Moves: []Entry{quiet}}, "Nothing misses its target.", "Nothing unusual.", "Nothing moved much."},
		"all of it":      {Report{Changed: []Entry{k}, Unusual: []Entry{k}, Moves: []Entry{k}, Counts: Counts{Off: 1}}, "Nothing else misses its target.", "Nothing else is unusual.", "Nothing else moved much."},
		"failed earlier": {Report{Counts: Counts{Off: 1}}, "Nothing still misses its target.", "Nothing unusual.", "Nothing moved much."},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.report.sections()
			got, want := []string{s[1].Nothing, s[3].Nothing, s[4].Nothing}, []string{test.off, test.unusual, test.moves}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Among the KPIs whose status changed, what is off target comes before what is at risk, and the company's before a team's.
func TestChangedOrder(t *testing.T) {
	var r Report
	for _, one := range []struct {
		name, level string
		now         status.Status
	}{
		{"risk", "company", status.AtRisk}, {"off_team", "team", status.OffTarget}, {"off_company", "company", status.OffTarget}, {"back", "team", status.OnTarget},
	} {
		k := &config.KPI{Name: one.name, Title: one.name, Level: one.level}
		s := subject{
			Surveyed: &insight.Surveyed{KPI: k, Now: collector.Result{KPI: k}, Why: insight.Explanation{KPI: k}},
			now:      Verdict{Status: one.now}, before: Verdict{Status: status.Unknown, Reason: status.NoValue},
		}
		e, ok := s.changed()
		if !ok {
			t.Errorf("%s has not changed", k.Name)
		}
		r.Changed = append(r.Changed, e)
	}
	sortChanged(r.Changed)
	var names []string
	for _, e := range r.Changed {
		names = append(names, e.KPI.Name)
	}
	if diff := cmp.Diff([]string{"off_company", "off_team", "risk", "back"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if want := "off_company and off_team went off target; risk is now at risk; back is on target again"; news(&r) != want {
		t.Errorf("the news are %q, want %q", news(&r), want)
	}
}
