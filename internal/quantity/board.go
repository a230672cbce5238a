package quantity

import (
	"math"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// TimeUnit is a unit of time by its name in the plural.
type TimeUnit struct {
	Name    string
	Seconds int
}

// TimeUnits are what lengths of time are counted in on boards, shortest first: Grafana by itself would write weeks where a target
// says days.
func TimeUnits() []TimeUnit {
	return []TimeUnit{{"seconds", 1}, {"minutes", 60}, {"hours", 3600}, {"days", 86400}}
}

// FormatForBoards is Format as Grafana writes the values beside it: 12.3K, 1.5K, 26 hours. A length of time is in the longest unit that
// is shorter than it, since "1 days" is no English.
func (u Unit) FormatForBoards(v float64) string {
	switch {
	case u.IsRatio():
		return format.PercentTo(v, format.NumberDigits)
	case u.IsSeconds():
		unit := TimeUnits()[0]
		for _, longer := range TimeUnits() {
			if math.Abs(v) > float64(longer.Seconds) {
				unit = longer
			}
		}
		return thousandsForBoards(v/float64(unit.Seconds)) + " " + unit.Name
	}
	text := thousandsForBoards(v)
	if u.Currency() != "" {
		text += " " + u.Currency()
	}
	return text
}

// thousandsForBoards is format.Number with a capital K, from one thousand on.
func thousandsForBoards(v float64) string {
	if size := math.Abs(v); size >= 1000 && size < 9999.5 {
		return format.Number(v/1000) + "K"
	}
	return strings.Replace(format.Number(v), "k", "K", 1)
}
