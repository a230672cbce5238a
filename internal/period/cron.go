package period

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a schedule of five fields: minute, hour, day of month, month, day of week. Crons are comparable with ==;
// the zero value never fires.
type Cron struct {
	expr string
	spec cron.SpecSchedule
}

// ParseCron reads a schedule of five fields such as "0 6 * * 1-5". Names of months and days are fine, and Sunday is 0 or
// 7; seconds, words such as @daily and a time zone are not.
func ParseCron(expr string) (Cron, error) {
	fail := func(format string, args ...any) (Cron, error) {
		return Cron{}, fmt.Errorf("cron %q: "+format, append([]any{expr}, args...)...)
	}
	order := []struct {
		name, want string
		option     cron.ParseOption
	}{
		{"minute", "0 to 59", cron.Minute},
		{"hour", "0 to 23", cron.Hour},
		{"day-of-month", "1 to 31", cron.Dom},
		{"month", "1 to 12 or jan to dec", cron.Month},
		{"day-of-week", "0 to 7 (0 and 7 are Sunday) or sun to sat", cron.Dow},
	}
	var all cron.ParseOption
	for _, field := range order {
		all |= field.option
	}

	const shape = "(minute hour day-of-month month day-of-week)"
	fields := strings.Fields(expr)
	switch {
	case strings.Contains(expr, "="):
		return fail("no time zone here: the fields are local times of the zone the cron runs in")
	case strings.HasPrefix(expr, "@"):
		return fail(`write five fields %s, such as "0 6 * * *"`, shape)
	case len(fields) == 1:
		return fail("1 field, want 5 %s", shape)
	case len(fields) != len(order):
		return fail("%d fields, want 5 %s", len(fields), shape)
	}
	expr = strings.Join(fields, " ")
	plain := slices.Clone(fields)
	plain[len(plain)-1] = sundayAsZero(plain[len(plain)-1])
	for i, field := range order {
		_, err := cron.NewParser(field.option).Parse(plain[i])
		if err != nil || !plainField(fields[i]) {
			return fail("%s %q: want %s, as *, a value, a range 1-5, a list 1,3 or steps */2",
				field.name, fields[i], field.want)
		}
	}
	schedule, err := cron.NewParser(all).Parse(strings.Join(plain, " "))
	if err != nil {
		return fail("%w", err)
	}
	return Cron{expr: expr, spec: *schedule.(*cron.SpecSchedule)}, nil
}

// sundayAsZero returns a day-of-week field in which a 7, alone or at the end of a range, is the 0 that the parser knows.
func sundayAsZero(field string) string {
	parts := strings.Split(field, ",")
	for i, part := range parts {
		days, step, stepped := strings.Cut(part, "/")
		first, last, _ := strings.Cut(days, "-")
		if part == "7" {
			parts[i] = "0"
		}
		if last != "7" {
			continue
		}
		day := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, strings.ToLower(first))
		if n, err := strconv.ParseUint(first, 10, 8); err == nil {
			day = int(n)
		}
		by := uint64(1)
		if stepped {
			by, _ = strconv.ParseUint(step, 10, 32) // 0 if it is not a number.
		}
		if day < 0 || day > 7 || by == 0 {
			continue // The parser refuses it.
		}
		var list []string
		for ; day <= 7; day += int(by) {
			list = append(list, strconv.Itoa(day%7))
		}
		parts[i] = strings.Join(list, ",")
	}
	return strings.Join(parts, ",")
}

// plainField refuses what the parser lets pass with another meaning than the writer's: holes in a list, signs, "*-5".
func plainField(field string) bool {
	for part := range strings.SplitSeq(field, ",") {
		if part == "" || strings.ContainsAny(part, "+@") || strings.HasPrefix(part, "*-") || strings.HasPrefix(part, "?-") {
			return false
		}
	}
	return true
}

// String returns the five fields with one space between them.
func (c Cron) String() string { return c.expr }

// Next returns the first firing strictly after the given instant, in loc, whose local clock the fields mean. A local time
// that the clock leaves out fires at the end of the gap, one that comes twice fires the first time; firings that fall on
// the same instant are one. It returns the zero time if the schedule never fires, as on 30 February.
func (c Cron) Next(after time.Time, loc *time.Location) time.Time {
	wall := wallAt(after, loc)
	for {
		wall = c.nextWall(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if next := firstAt(wall, loc); next.After(after) {
			return next
		}
	}
}

// nextWall returns the next wall time that matches the fields, or the zero time. The schedule gives up after five years,
// but 29 February can be eight years away: a second look starts where the first gave up.
func (c Cron) nextWall(wall time.Time) time.Time {
	spec := c.spec
	spec.Location = time.UTC
	if next := spec.Next(wall); !next.IsZero() {
		return next
	}
	return spec.Next(time.Date(wall.Year()+5, time.January, 1, 0, 0, 0, -1, time.UTC))
}
