package pages

import (
	"math"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// change is how a value differs from an earlier one.
type change struct {
	Arrow, Amount string
	Word          string // better or worse; "" where neither direction is.
	Against       string // What it is compared with: "than September 2026".
}

// changes returns how the value differs from the previous period, and from the same period of last year, as far as that is known.
func (k kpi) changes() []change {
	var list []change
	for _, x := range []*insight.Explanation{&k.Why, &k.LastYear} {
		if !k.Explained || x.Delta == nil || !k.ofNow(x) {
			continue
		}
		c := change{Arrow: "→", Amount: "unchanged", Against: "since " + againstText(x)}
		if *x.Delta != 0 {
			c.Arrow = "↑"
			if *x.Delta < 0 {
				c.Arrow = "↓"
			}
			c.Amount, c.Word, c.Against = amountText(k.KPI, x), k.better(x), "than "+againstText(x)
			chance := x.Chance != nil && x.Chance.Contains(0)
			if chance {
				c.Word = ""
			}
			if c.Word == "" {
				c.Against = "against " + againstText(x)
			}
			if chance {
				c.Against += ", could be chance"
			}
		}
		list = append(list, c)
	}
	return list
}

// toMidnight reports whether changes are up to the last midnight, where the value that is shown is newer.
func (k kpi) toMidnight() bool {
	kind := k.KPI.Period.Kind
	return (kind == period.Instant || kind == period.Trailing) && k.Explained && k.Why.Delta != nil && k.ofNow(&k.Why) && !k.Why.Window.End.Equal(k.Now.Window.End)
}

// ofNow reports whether an explanation is of what is shown. Instant and trailing KPIs are explained as of the last midnight.
func (k kpi) ofNow(x *insight.Explanation) bool {
	if k.State == scoreboard.NotKept || len(k.Now.Samples) == 0 {
		return false
	}
	switch k.KPI.Period.Kind {
	case period.Last:
		return x.Window.End.Equal(k.Now.Window.End)
	case period.ToDate:
		return x.Window.Start.Equal(k.Now.Window.Start)
	}
	return !x.Window.End.After(k.Now.Window.End) && k.Now.Window.End.Sub(x.Window.End) < 48*time.Hour
}

// amountText writes a change with its sign, relative to the value before where that means something.
func amountText(k *config.KPI, x *insight.Explanation) string {
	if share := *x.Delta / math.Abs(*x.From); k.Unit.Currency() != "" && *x.From != 0 && math.Abs(share) < 10 {
		return typeset(report.SignedPercent(share))
	}
	return typeset(report.Signed(k.Unit, *x.Delta))
}

// better names the way a change goes, better or worse. Between two bounds, nearer is better.
func (k kpi) better(x *insight.Explanation) string {
	if k.KPI.Direction() != config.Within {
		return report.BetterOrWorse(k.KPI, *x.Delta)
	}
	v := k.Verdict()
	if v.Worst == nil {
		return ""
	}
	lower, upper := report.TargetOf(v.Worst)
	away := func(value float64) float64 {
		switch {
		case lower != nil && value < *lower:
			return *lower - value
		case upper != nil && value > *upper:
			return value - *upper
		}
		return 0
	}
	switch before, after := away(*x.From), away(*x.To); {
	case after < before:
		return "better"
	case after > before:
		return "worse"
	}
	return ""
}

// againstText names what a value is compared with.
func againstText(x *insight.Explanation) string {
	k := x.KPI
	switch {
	case x.Against == insight.AMonthAgo:
		return "a month earlier"
	case x.Against == insight.AYearAgo:
		return "a year earlier"
	case !k.Period.Ended(x.Window, k.Calendar):
		return format.SpokenShort(k.Period, x.Previous) + " by then"
	case k.Period.Kind == period.Trailing && x.Against == insight.PreviousPeriod:
		return "the period before"
	}
	return format.SpokenShort(k.Period, x.Previous)
}
