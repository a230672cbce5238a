package database

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

func (postgres) number(v *Value) (float64, error) {
	switch source := v.source.(type) {
	case int64:
		return float64(source), nil
	case float64:
		return source, nil
	case bool:
		if source {
			return 1, nil
		}
		return 0, nil
	case time.Time:
		switch v.column.Type {
		case "timestamptz":
			return seconds(source), nil
		case "timestamp", "date":
			return seconds(inZone(source, v.zone)), nil
		}
	case nil:
		switch v.column.Type {
		case "numeric":
			return parseNumber(string(v.bytes))
		case "interval":
			return parseInterval(string(v.bytes))
		case "timestamptz", "timestamp", "date":
			return math.Inf(1), nil // lib/pq gives bytes for infinity and -infinity only.
		}
	}
	return 0, noNumber(v.column)
}

// numberFrom says, by the type of a column, how SQL makes a number of it; %s is the column. PostgreSQL casts only texts and
// money to numeric.
var numberFrom = map[string]string{
	"bit":    "%s::bigint",
	"varbit": "lpad(%s::text, 64, '0')::bit(64)::bigint",
	"char":   "%s::text::numeric if its text is one", // "char", with its quotes: one byte.
	"json":   "(%s->>'key')::numeric",
	"jsonb":  "(%s->>'key')::numeric",
	"xml":    "(xpath('//text()', %s))[1]::text::numeric",
	"time":   "extract(epoch FROM %s)",
	"timetz": "extract(epoch FROM %s)",

	"oid": "%s::bigint", "xid": "%s::text::bigint", "cid": "%s::text::bigint",
	"regclass": "%s::bigint", "regconfig": "%s::bigint", "regdictionary": "%s::bigint", "regnamespace": "%s::bigint",
	"regoper": "%s::bigint", "regoperator": "%s::bigint", "regproc": "%s::bigint", "regprocedure": "%s::bigint",
	"regrole": "%s::bigint", "regtype": "%s::bigint",
	"pg_lsn": "%s - pg_lsn '0/0'",

	"int4range": "upper(%s) - lower(%s)", "int8range": "upper(%s) - lower(%s)", "numrange": "upper(%s) - lower(%s)",
	"daterange": "upper(%s) - lower(%s)", "tsrange": "upper(%s) - lower(%s)", "tstzrange": "upper(%s) - lower(%s)",

	"point": "%s[0]", "lseg": "length(%s)", "path": "length(%s)", "box": "area(%s)", "circle": "area(%s)", "polygon": "area(path(%s))",
	"tsvector": "length(%s)", "tsquery": "numnode(%s)", "int2vector": "cardinality(%s)", "oidvector": "cardinality(%s)",

	"text": "%s::numeric if its text is one", "varchar": "%s::numeric if its text is one",
	"bpchar": "%s::numeric if its text is one", "name": "%s::numeric if its text is one",
	"money": "%s::numeric", "record": "(%s).f1, or another element of it",
}

// noNumber says what to write instead, in SQL that PostgreSQL accepts.
func noNumber(c Column) error {
	name := identifier(c.Name)
	if element, ok := strings.CutPrefix(c.Type, "_"); ok {
		return fmt.Errorf("an array of %s is not a number: write cardinality(%s), or an element of it", element, name)
	}
	if c.Type == "" {
		return fmt.Errorf("a type that the driver does not name is not a number: write %[1]s::text::numeric if its text is one, an element of it such as (%[1]s).id, or count(%[1]s)", name)
	}
	if form, ok := numberFrom[c.Type]; ok {
		return fmt.Errorf("%s is not a number: write %s", c.Type, strings.ReplaceAll(form, "%s", name))
	}
	return fmt.Errorf("%s is not a number: did you mean count(%s)?", c.Type, name)
}

var bareIdentifier = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// identifier returns the name of a column as SQL writes it.
func identifier(name string) string {
	if bareIdentifier.MatchString(name) {
		return name
	}
	return pq.QuoteIdentifier(name)
}

func parseNumber(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, errors.New("the value is too large: it overflows a float64")
	case err != nil:
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return n, nil
}

// seconds returns Unix seconds with the microseconds that PostgreSQL has: the float64 that is nearest.
func seconds(t time.Time) float64 {
	const exact, million = 1 << 53, 1_000_000 // Up to the year 2255 a float64 holds every microsecond.
	if s := t.Unix(); -exact/million < s && s < exact/million {
		return float64(t.UnixMicro()) / million
	}
	micros := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(million)) // Those of the last timestamps overflow an int64.
	micros.Add(micros, big.NewInt(int64(t.Nanosecond()/1000)))
	n, _ := new(big.Rat).SetFrac(micros, big.NewInt(million)).Float64()
	return n
}

// inZone returns the instant at which clocks in the zone read what t reads, as PostgreSQL finds it: a time that a
// change of clocks skips counts as before the change, one that comes twice as after it.
func inZone(t time.Time, zone *time.Location) time.Time {
	wall := t.UTC()
	at := func(near time.Time) (time.Time, bool) {
		_, offset := near.In(zone).Zone()
		instant := wall.Add(-time.Duration(offset) * time.Second)
		_, actual := instant.In(zone).Zone()
		return instant, actual == offset
	}
	before, beforeExists := at(wall.Add(-24 * time.Hour))
	after, afterExists := at(wall.Add(24 * time.Hour))
	if afterExists || !beforeExists && !afterExists && before.Equal(after) {
		return after
	}
	return before
}

// parseInterval returns the seconds of "1 year 2 mons -3 days 04:05:06.7", as extract(epoch FROM …) counts them: a
// month is 30 days, but twelve of them are 365.25. The sum is made in microseconds, which are whole.
func parseInterval(text string) (float64, error) {
	const day = 24 * 60 * 60 * 1e6
	var total float64
	for rest := text; rest != ""; {
		var word, unit string
		word, rest, _ = strings.Cut(rest, " ")
		if strings.Contains(word, ":") {
			clock, err := parseClock(word)
			if err != nil {
				return 0, fmt.Errorf("the interval %q is not a number of seconds", text)
			}
			total += clock
			continue
		}
		unit, rest, _ = strings.Cut(rest, " ")
		n, err := strconv.ParseFloat(word, 64)
		switch {
		case err != nil:
			return 0, fmt.Errorf("the interval %q is not a number of seconds", text)
		case strings.HasPrefix(unit, "year"):
			total += n * 365.25 * day
		case strings.HasPrefix(unit, "mon"):
			total += n * 30 * day
		case strings.HasPrefix(unit, "day"):
			total += n * day
		default:
			return 0, fmt.Errorf("the interval %q is not a number of seconds", text)
		}
	}
	return total / 1e6, nil
}

// parseClock returns the microseconds of "-04:05:06.7".
func parseClock(text string) (float64, error) {
	unsigned, negative := strings.CutPrefix(text, "-")
	parts := strings.Split(strings.TrimPrefix(unsigned, "+"), ":")
	if len(parts) != 3 {
		return 0, errors.New("no time of day")
	}
	var total float64
	for _, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, err
		}
		total = total*60 + math.Round(n*1e6)
	}
	if negative {
		return -total, nil
	}
	return total, nil
}

func (postgres) readable(*Value) error { return nil }

// text writes a cell as a cast to text does.
func (postgres) text(v *Value) string {
	switch source := v.source.(type) {
	case string:
		if v.column.Type == "bpchar" {
			return strings.TrimRight(source, " ")
		}
		return source
	case int64:
		return strconv.FormatInt(source, 10)
	case bool:
		return strconv.FormatBool(source)
	case float64:
		if v.column.Type == "float4" {
			return formatFloat(source, 32, 6)
		}
		return formatFloat(source, 64, 15)
	case time.Time:
		return formatTime(source, v.column.Type)
	}
	if v.column.Type == "bytea" {
		return `\x` + hex.EncodeToString(v.bytes)
	}
	return string(v.bytes)
}

// formatFloat writes the shortest number that reads the same, with an exponent from 1e-5 down and from 10^digits up.
func formatFloat(f float64, bits, digits int) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	scientific := strconv.FormatFloat(f, 'e', -1, bits)
	_, exponent, _ := strings.Cut(scientific, "e")
	if n, err := strconv.Atoi(exponent); err == nil && (n < -4 || n >= digits) {
		return scientific
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}

func formatTime(t time.Time, kind string) string {
	const clock = "15:04:05.999999"
	switch kind {
	case "date":
		day, era := formatDay(t)
		return day + era
	case "timestamp":
		day, era := formatDay(t)
		return day + t.Format(" "+clock) + era
	case "time", "timetz":
		text := t.Format(clock)
		if t.Day() == 2 { // lib/pq's way to say 24:00.
			text = "24:00:00"
		}
		if kind == "time" {
			return text
		}
		return text + formatOffset(t)
	}
	day, era := formatDay(t)
	return day + t.Format(" "+clock) + formatOffset(t) + era
}

// formatDay writes a date, and the era that follows it if the year is one before 1: there is no year 0.
func formatDay(t time.Time) (day, era string) {
	year := t.Year()
	if year <= 0 {
		year, era = 1-year, " BC"
	}
	return fmt.Sprintf("%04d", year) + t.Format("-01-02"), era
}

// formatOffset writes +02, +05:30 or +00:19:32.
func formatOffset(t time.Time) string {
	_, offset := t.Zone()
	switch {
	case offset%3600 == 0:
		return t.Format("-07")
	case offset%60 == 0:
		return t.Format("-07:00")
	}
	return t.Format("-07:00:00")
}
