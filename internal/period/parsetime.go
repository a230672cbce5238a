package period

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ParseTime reads an instant: RFC 3339 such as 2026-04-01T06:00:00+02:00, or a date such as 2026-04-01, which is its
// first instant in loc (of a date that the zone left out, the first instant after it). Years go from 1 to 9999. The
// result is in loc.
func ParseTime(s string, loc *time.Location) (time.Time, error) {
	t, err := parseTime(s, loc)
	var parse *time.ParseError
	switch {
	case errors.As(err, &parse) && strings.HasSuffix(parse.Message, "out of range"):
		return time.Time{}, fmt.Errorf("time %q%s", s, parse.Message)
	case err != nil:
		return time.Time{}, fmt.Errorf("time %q is neither RFC 3339 (2026-04-01T06:00:00Z) nor a date (2026-04-01)", s)
	}
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}, fmt.Errorf("time %q: the year is not within 1 and 9999", s)
	}
	return t, nil
}

func parseTime(s string, loc *time.Location) (time.Time, error) {
	if len(s) == len(time.DateOnly) {
		wall, err := time.Parse(time.DateOnly, s)
		return firstAt(wall, loc), err
	}
	t, err := time.Parse(time.RFC3339, s)
	return t.In(loc), err
}
