package format

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration writes a number of seconds that was measured, in its two largest units: 2d4h, 1m30s.
func Duration(seconds float64) string { return DurationTo(seconds, 2) }

// DurationTo is Duration in so many units. Below a minute there are two digits more than units.
func DurationTo(seconds float64, units int) string {
	if size := math.Abs(seconds); size < 60 || size > math.MaxInt64/1e9 {
		return short(seconds, units+2) + "s"
	}
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return sign + inUnits(time.Duration(math.RoundToEven(seconds))*time.Second, units)
}

// Length writes a length of time that somebody has set, in all of its units, so that a KPI file can repeat it: 1d2h30m, 500ms.
func Length(d time.Duration) string {
	if d < time.Millisecond {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return inUnits(d, 5)
}

// inUnits writes a length of at least a millisecond in at most so many units that follow each other; the rest is cut off.
func inUnits(rest time.Duration, most int) string {
	var b strings.Builder
	written := 0
	for _, unit := range []struct {
		length time.Duration
		suffix string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		n := rest / unit.length
		rest %= unit.length
		if n == 0 && written == 0 {
			continue
		}
		if written++; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + unit.suffix)
		}
		if written == most {
			break
		}
	}
	return b.String()
}
