package period

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// TimeForms shows how an instant is written, as messages and help have it.
const TimeForms = "2026-04-01, 2026-04-01T06:00 (local time) or 2026-04-01T06:00:00+02:00"

// ParseTime reads an instant: a local time in loc such as 2026-04-01T06:00, one with an offset as RFC 3339 has it such as
// 2026-04-01T06:00:00+02:00, or a date such as 2026-04-01, which is its first instant in loc. A blank may stand in place of
// the T and before the offset, which may be +0200 or +02 too, and seconds may be left out. A local time, or a date, that the
// zone left out is the first instant after it; a local time that comes twice is the first of the two. Years go from 1 to
// 9999. The result is in loc.
func ParseTime(s string, loc *time.Location) (time.Time, error) {
	t, err := parseTime(s, loc)
	switch message, out := outOfRange(err); {
	case out:
		return time.Time{}, fmt.Errorf("time %q%s", s, message)
	case err != nil:
		return time.Time{}, fmt.Errorf("time %q: write %s", s, TimeForms)
	}
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}, fmt.Errorf("time %q: the year is not between 1 and 9999", s)
	}
	return t, nil
}

func parseTime(s string, loc *time.Location) (time.Time, error) {
	if len(s) == len(time.DateOnly) {
		wall, err := time.Parse(time.DateOnly, s)
		return firstAt(wall, loc), err
	}
	if day, clock, found := strings.Cut(s, " "); found && len(day) == len(time.DateOnly) {
		s = day + "T" + clock
	}
	if sign := strings.LastIndexAny(s, "+-"); sign > len(time.DateOnly) {
		s = strings.TrimSuffix(s[:sign], " ") + s[sign:]
	}
	for _, clock := range [...]string{"15:04:05", "15:04"} {
		wall, err := time.Parse("2006-01-02T"+clock, s)
		if _, out := outOfRange(err); err == nil || out {
			return firstAt(wall, loc), err
		}
		for _, offset := range [...]string{"Z07:00", "Z0700", "Z07"} {
			t, err := time.Parse("2006-01-02T"+clock+offset, s)
			if _, out := outOfRange(err); err == nil || out {
				return t.In(loc), err
			}
		}
	}
	return time.Time{}, errors.New("in no form")
}

// outOfRange returns what is wrong with a time of the right form, which names a day, an hour or a minute that there is not.
func outOfRange(err error) (message string, ok bool) {
	var parse *time.ParseError
	if errors.As(err, &parse) && strings.HasSuffix(parse.Message, "out of range") {
		return parse.Message, true
	}
	return "", false
}
