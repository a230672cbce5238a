package insight

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Which series of a KPI with labels are judged.
func TestSeries(t *testing.T) {
	asOf := at(t, "2026-03-10T00:00:00Z")
	var two, many []row
	for i := range 3 {
		day := asOf.AddDate(0, 0, i-3)
		two = append(two, row{at: day, a: "x", v: 0.5, n: 5.0, d: 10.0}, row{at: day, a: "y", v: 0.25, n: 5.0, d: 20.0})
		for part := range 11 {
			many = append(many, row{at: day, a: fmt.Sprint(part), v: float64(part), d: 10.0})
		}
	}
	small := append([]row{}, two...)
	small[0].d = 4.0 // The first day, of which one part is withheld.
	kpi := func(columns, more string) string {
		return "  k: {title: K, period: day, labels: [a], query: \"SELECT a, " + columns + " FROM rows WHERE " + inPeriod + "\"" + more + "}"
	}
	for name, test := range map[string]struct {
		kpi  string
		rows []row
		want string
	}{
		"a sum":                      {kpi("v AS value", ", merge: sum"), two, "total 0.75 0.75 0.75"},
		"a sum of many parts":        {kpi("v AS value", ", merge: sum"), many, "total 55 55 55"},
		"a ratio":                    {kpi("n AS numerator, d AS denominator", ""), two, "total 0.3333333333333333 0.3333333333333333 0.3333333333333333"},
		"parts that overlap":         {kpi("n AS numerator, d AS denominator", ", merge: none"), two, "x 0.5 0.5 0.5; y 0.25 0.25 0.25"},
		"no quotient":                {kpi("v * 100 AS value, n AS numerator, d AS denominator", ""), two, "x 50 50 50; y 25 25 25"},
		"nothing is said":            {kpi("v AS value", ""), two, "x 0.5 0.5 0.5; y 0.25 0.25 0.25"},
		"nothing is said about many": {kpi("v AS value", ""), many, "too_many_parts"},
		"a withheld part hides its total": {
			kpi("v AS value, d AS sample_size", ", merge: sum, suppress_below: 5"), small, "total none 0.75 0.75",
		},
		"a withheld part alone": {kpi("v AS value, d AS sample_size", ", suppress_below: 5"), small, "x none 0.5 0.5; y 0.25 0.25 0.25"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, "", test.kpi, test.rows)
			h := p.history(t, "2026-03-10T00:00:00Z", 3)
			list, reason := h.Series()
			got := []string{}
			for i := range list {
				words := strings.Join(list[i].Labels, "/")
				if list[i].Total {
					words = "total"
				}
				for _, v := range list[i].Values() {
					if v == nil {
						words += " none"
					} else {
						words += fmt.Sprint(" ", *v)
					}
				}
				got = append(got, words)
			}
			if reason != "" {
				got = append(got, string(reason))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The band of a chart is what each point was judged by.
func TestUsual(t *testing.T) {
	until := at(t, "2026-03-30T00:00:00Z")
	p := open(t, "", "  k: {title: K, period: week, query: SELECT sum(v) AS value FROM rows WHERE "+inPeriod+"}",
		days(until, 7, 100, 102, 98, 101, 103, 99, 104, 100, 105, 101, 103, 106, 102, 104, 107, 103, 84))
	h := p.history(t, "2026-03-30T00:00:00Z", 17)
	list, _ := h.Series()
	if band, ok := list[0].Usual(16); !ok || math.Abs(band.Low-87.172) > 0.001 || math.Abs(band.High-121.828) > 0.001 {
		t.Errorf("band of the newest: %v %t", band, ok)
	}
	if _, ok := list[0].Usual(15); ok {
		t.Error("a band of eleven residuals")
	}
}
