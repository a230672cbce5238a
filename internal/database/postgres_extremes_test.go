package database

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// extremes are the first and last dates and timestamps that PostgreSQL has, and others that a time of Go, a count of
// nanoseconds or of microseconds has no room for.
var extremes = []string{
	"date '4713-11-24 BC'", "date '4713-02-29 BC'", "date '0001-02-29 BC'", "date '0001-12-31 BC'", "date '0001-01-01'", "date '1677-09-21'", "date '2262-04-12'",
	"date '9999-12-31'", "date '10000-01-01'", "date '292278-01-01'", "date '294276-12-31'", "date '294277-01-01'", "date '5874897-12-31'", "date '5874896-02-29'",
	"timestamp '4713-11-24 00:00:00 BC'", "timestamp '0001-02-29 23:59:59.999999 BC'", "timestamp '0005-02-29 12:00 BC'", "timestamp '9999-12-31 23:59:59.999999'",
	"timestamp '10000-01-01'", "timestamp '294246-01-01'", "timestamp '294247-01-10 04:00:54.775808'", "timestamp '294276-12-30 23:59:59.999999'",
	"timestamptz '4713-11-25 00:00:00+00 BC'", "timestamptz '4713-07-01 12:00+00 BC'", "timestamptz '0001-02-29 12:00:00.5+00 BC'", "timestamptz '2255-06-05 23:47:34.740993+00'",
	"timestamptz '10000-01-01 00:00+00'", "timestamptz '294247-01-10 04:00:54.775807+00'", "timestamptz '294247-01-10 04:00:54.775808+00'", "timestamptz '294276-12-31 12:59:59.999999+00'",
	"timestamptz '294276-07-01 12:00:00.000001+00'",
}

// TestPostgresExtremes compares the first and the last dates and timestamps with what the server says itself.
func TestPostgresExtremes(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"} {
		for _, value := range extremes {
			for _, parameter := range withAndWithoutParameter {
				t.Run(zone+"/"+value+parameter, func(t *testing.T) {
					q := newQuery(t, fmt.Sprintf("SELECT %s AS x, (%s)::text, %s AS epoch%s", value, value, epochOf(value), parameter))
					q.Timezone = zone
					_, rows, err := run(t.Context(), p, q)
					if err != nil {
						t.Fatal(err)
					}
					got, text, epoch := rows[0][0], rows[0][1], rows[0][2]
					if got.Text != text.Text {
						t.Errorf("text %q, the server says %q", got.Text, text.Text)
					}
					if got.Err != "" || got.Number != epoch.Number {
						t.Errorf("number %f %s, the server says %f", got.Number, got.Err, epoch.Number)
					}
				})
			}
		}
	}
}

// epochOf returns SQL for the Unix seconds of a value. A local date that no timestamp has room for is counted from another.
func epochOf(value string) string {
	switch {
	case strings.HasPrefix(value, "timestamptz"):
		return "extract(epoch FROM " + value + ")"
	case strings.HasPrefix(value, "timestamp"):
		return "extract(epoch FROM (" + value + ")::timestamptz)"
	case value > "date '294276" && !strings.Contains(value, "BC") && len(value) > len("date '9999-12-31'"):
		// The calendar repeats itself every 400 years, which are 146097 days.
		return fmt.Sprintf("extract(epoch FROM (%[1]s - 146097 * ((extract(year FROM %[1]s)::int - 2400) / 400))::timestamptz) + 86400::numeric * 146097 * ((extract(year FROM %[1]s)::int - 2400) / 400)", value)
	}
	return "extract(epoch FROM (" + value + ")::timestamptz)"
}

// TestPostgresInfinity has no number for what has no end.
func TestPostgresInfinity(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	for _, kind := range []string{"date", "timestamp", "timestamptz"} {
		for _, value := range []string{"infinity", "-infinity"} {
			for _, parameter := range withAndWithoutParameter {
				_, rows, err := run(t.Context(), p, newQuery(t, fmt.Sprintf("SELECT %s '%s' AS x%s", kind, value, parameter)))
				if err != nil {
					t.Fatal(err)
				}
				if got := rows[0][0]; got.Err != `column "x": the value is infinite` || got.Text != value {
					t.Errorf("%s %s%s: %+v", kind, value, parameter, got)
				}
			}
		}
	}
	_, rows, err := run(t.Context(), p, newQuery(t, "SELECT max(at) FROM (VALUES (NULL::timestamptz)) AS t (at)"))
	if err != nil || !math.IsNaN(rows[0][0].Number) {
		t.Errorf("NULL: %+v, %v", rows, err)
	}
}
