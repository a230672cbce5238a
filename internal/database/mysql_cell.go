package database

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// readable refuses BIT. MariaDB sends its bytes or its digits, depending on how it runs the query, and describes both alike: the text 1
// is 1 or 49.
func (mysqlDialect) readable(columns []Column) error {
	var instead []string
	for _, c := range columns {
		if c.Type == "bit" {
			instead = append(instead, "(…) + 0 AS "+mysqlName(c.Name))
		}
	}
	if instead == nil {
		return nil
	}
	return fmt.Errorf("the server sends a BIT as bytes or as digits without saying which: write %s", strings.Join(instead, ", "))
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
	case "datetime", "timestamp", "date":
		return mysqlInstant(string(v.bytes), name, v.zone)
	case "time":
		return 0, fmt.Errorf("time is not a number: write TIMESTAMPDIFF(SECOND, …, …), or TIME_TO_SEC(%s), which ends at 838 hours", name)
	case "json":
		return 0, fmt.Errorf("json is not a number: write CAST(JSON_VALUE(%s, '$.key') AS DOUBLE)", name)
	default:
		return 0, fmt.Errorf("%s is not a number: write CAST(%s AS DOUBLE)", kind, name)
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
