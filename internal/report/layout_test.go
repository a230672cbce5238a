package report

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
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
	if s := sections[3]; s.empty() || s.moreText() != "1 more: KPI k8 (named above)." {
		t.Errorf("unusual: %t, %s", s.empty(), s.moreText())
	}
	r.Unusual = []Entry{placed}
	if s := r.sections()[3]; !s.empty() {
		t.Errorf("unusual: %s", s.moreText())
	}
}
