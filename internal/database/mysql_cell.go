package database

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// readable refuses a BIT that may be bytes or digits. MariaDB sends those of a column as bytes and those that it computes, such as by max(b),
// as digits, and describes both alike: the text 1 is 1 or 49. No BIT below BIT(6) has a byte that is a digit.
func (mysqlDialect) readable(v *Value) error {
	if v.column.Type != "bit" || len(v.bytes) == 0 || bytes.ContainsFunc(v.bytes, func(r rune) bool { return r < '0' || r > '9' }) {
		return nil
	}
	name := mysqlName(v.column.Name)
	return fmt.Errorf("column %s is a BIT, which the server sends as bytes or as digits without saying which: write (…) + 0 AS %[1]s", name)
}

// mysqlBits reads the bytes of a BIT, the highest first.
func mysqlBits(bytes []byte) (n uint64) {
	for _, b := range bytes {
		n = n<<8 | uint64(b)
	}
	return n
}

// number reads what the driver made of the server's text.
func (mysqlDialect) number(v *Value) (float64, error) {
	switch source := v.source.(type) {
	case int64:
		return float64(source), nil
	case uint64:
		return float64(source), nil
	case float64:
		return source, nil
	case float32: // The shortest number that reads the same.
		return strconv.ParseFloat(strconv.FormatFloat(float64(source), 'g', -1, 32), 64)
	case nil: // Bytes.
	default:
		return 0, fmt.Errorf("%T is not a number", source)
	}
	name := mysqlName(v.column.Name)
	switch kind := v.column.Type; kind {
	case "decimal":
		return strconv.ParseFloat(string(v.bytes), 64)
	case "bit":
		return float64(mysqlBits(v.bytes)), nil
	case "datetime", "timestamp", "date":
		return mysqlInstant(string(v.bytes), name, v.zone)
	case "time":
		return 0, fmt.Errorf("time is not a number: write TIMESTAMPDIFF(SECOND, …, …), or TIME_TO_SEC(%s), which ends at 838 hours", name)
	case "json":
		return 0, fmt.Errorf("json is not a number: write CAST(JSON_VALUE(%s, '$.key') AS DOUBLE), which makes 0 of what is not one", name)
	case "enum", "set":
		return 0, fmt.Errorf("%s is not a number: write CAST(CAST(%s AS CHAR) AS DOUBLE), which makes 0 of what is not one", kind, name)
	default:
		return 0, fmt.Errorf("%s is not a number: write CAST(%s AS DOUBLE), which makes 0 of what is not one", kind, name)
	}
}

// mysqlInstant reads a date, which begins at midnight of the zone, or a date and a time of UTC.
func mysqlInstant(text, name string, zone *time.Location) (float64, error) {
	t, err := readDateTime(text)
	switch {
	case err == nil && len(text) == len(time.DateOnly):
		return seconds(inZone(t, zone)), nil
	case err == nil:
		return seconds(t), nil
	}
	if date, _, _ := strings.Cut(text, " "); strings.HasPrefix(date, "0000-") || strings.Contains(date, "-00") {
		return 0, fmt.Errorf("%s is a zero date, which is no day: write NULLIF(%s, '%[1]s'), or keep it out with WHERE", text, name)
	}
	return 0, fmt.Errorf("%s is not an instant", text)
}

// readDateTime reads a date, or a date and a time.
func readDateTime(text string) (time.Time, error) {
	if len(text) == len(time.DateOnly) {
		return time.Parse(time.DateOnly, text)
	}
	return time.Parse("2006-01-02 15:04:05.999999", text)
}

// text writes a cell as a cast to text does.
func (mysqlDialect) text(v *Value) string {
	switch source := v.source.(type) {
	case int64:
		return strconv.FormatInt(source, 10)
	case uint64:
		return strconv.FormatUint(source, 10)
	case float64:
		return formatMySQLFloat(source, 64)
	case float32:
		return formatMySQLFloat(float64(source), 32)
	case nil:
		if v.column.Type == "bit" {
			return strconv.FormatUint(mysqlBits(v.bytes), 10)
		}
		return string(v.bytes)
	}
	return fmt.Sprint(v.source)
}

// formatMySQLFloat writes the fewest digits that read as the same number, with an exponent from 1e15 on and where there are many
// zeros behind the point.
func formatMySQLFloat(f float64, bits int) string {
	if f == 0 {
		return "0"
	}
	format := byte('f')
	if magnitude := math.Abs(f); magnitude >= 1e15 || magnitude < 1e-15 {
		format = 'e'
	}
	text := strconv.FormatFloat(f, format, -1, bits)
	mantissa, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return text
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	return mantissa + "e" + sign + strings.TrimLeft(exponent, "+-0")
}

// mysqlName returns a name as SQL takes it.
func mysqlName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
