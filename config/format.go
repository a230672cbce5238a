package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Format writes a value of this unit for people, short, in a form that the file accepts as well: 12.3k, 3.82%, 2d4h.
func (u Unit) Format(v float64) string {
	switch {
	case u.IsRatio():
		return short(v*100) + "%"
	case u.IsSeconds():
		return formatSeconds(v)
	case u.Currency() != "":
		return scaled(v) + " " + u.Currency()
	}
	return scaled(v)
}

// scaled writes three significant digits and k, M or B from ten thousand on.
func scaled(v float64) string {
	for _, scale := range []struct {
		factor float64
		suffix string
	}{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= scale.factor && math.Abs(v) >= 9999.5 {
			return strconv.FormatFloat(v/scale.factor, 'g', 3, 64) + scale.suffix
		}
	}
	return short(v)
}

// short writes at most four significant digits, and every digit before the point.
func short(v float64) string {
	if math.Abs(v) >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// formatSeconds writes the two largest units of a duration.
func formatSeconds(v float64) string {
	if math.Abs(v) < 60 {
		return short(v) + "s"
	}
	if math.Abs(v) > math.MaxInt64/1e9 {
		return short(v) + "s"
	}
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	rest := time.Duration(math.Round(v)) * time.Second
	var b strings.Builder
	b.WriteString(sign)
	units := []struct {
		length time.Duration
		suffix string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	written := 0
	for _, unit := range units {
		n := rest / unit.length
		rest %= unit.length
		if n == 0 && written == 0 {
			continue
		}
		if written++; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + unit.suffix)
		}
		if written == 2 {
			break
		}
	}
	return b.String()
}
