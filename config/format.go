package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Format writes a value of this unit for people, short: 12.3k, 3.82%, 2d4h, 18.8k EUR.
func (u Unit) Format(v float64) string {
	switch {
	case u.IsRatio():
		if v > 0.99 && v < 1 { // An uptime: what counts is how much is missing.
			missing, err := strconv.ParseFloat(strconv.FormatFloat(100*(1-v), 'g', 2, 64), 64)
			if err == nil && missing > 1e-9 {
				return strconv.FormatFloat(100-missing, 'g', 12, 64) + "%"
			}
		}
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
	if math.Abs(v) < 9999.5 {
		return short(v)
	}
	// Rounded first, so that 999,900 is 1M and not 1000k.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	if err != nil { // The largest numbers round up to more than there is.
		return short(v)
	}
	scale, suffix := 1e3, "k"
	switch size := math.Abs(rounded); {
	case size >= 1e9:
		scale, suffix = 1e9, "B"
	case size >= 1e6:
		scale, suffix = 1e6, "M"
	}
	return strconv.FormatFloat(rounded/scale, 'f', -1, 64) + suffix
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
