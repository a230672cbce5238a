package database

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// withAndWithoutParameter are ends of a select list: lib/pq asks for some types in binary form when a query has no
// parameter, and for text when it has one.
var withAndWithoutParameter = []string{"", ", :timezone"}

func TestPostgresNumbers(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	nan := math.NaN()
	tests := []struct {
		sql  string
		want float64
		err  string // What the error says.
	}{
		{"1::smallint", 1, ""},
		{"-2::int", -2, ""},
		{"9007199254740993::bigint", 9007199254740992, ""}, // More than a float64 can tell apart.
		{"1.5::real", 1.5, ""},
		{"0.1::double precision", 0.1, ""},
		{"'NaN'::double precision", nan, ""},
		{"'Infinity'::double precision", 0, "infinite"},
		{"'-Infinity'::real", 0, "infinite"},
		{"123.45::numeric(12,2)", 123.45, ""},
		{"'NaN'::numeric", nan, ""},
		{"'Infinity'::numeric", 0, "infinite"},
		{"1e400::numeric", 0, "overflows"},
		{"sum(x) FROM generate_series(1, 3) AS s (x)", 6, ""},
		{"avg(x) FROM generate_series(1, 4) AS s (x)", 2.5, ""},
		{"true", 1, ""},
		{"false", 0, ""},
		{"NULL::int", nan, ""},
		{"NULL::numeric", nan, ""},
		{"NULL", nan, ""},
		{"interval '90 minutes'", 5400, ""},
		{"interval '-1 day 00:00:01.5'", -86398.5, ""},
		{"interval '-00:00:00.25'", -0.25, ""},
		{"interval '1 year 2 mons 3 days 04:05:06.789'", 365.25*86400 + 60*86400 + 3*86400 + 4*3600 + 5*60 + 6.789, ""},
		{"interval '0'", 0, ""},
		{"timestamptz '2026-04-01 00:00:00+02'", 1774994400, ""},
		{"timestamptz '2026-04-01 00:00:00.123456+00'", 1775001600.123456, ""},
		{"timestamp '2026-04-01 00:00:00'", 1774994400, ""},
		{"date '2026-04-01'", 1774994400, ""},
		{"'infinity'::timestamptz", 0, "infinite"},
		{"'-infinity'::date", 0, "infinite"},
		{"'12'::text", 0, `column "x": text is not a number: write x::numeric`},
		{"'12'::varchar(3)", 0, "varchar is not a number: write x::numeric"},
		{"'12'::char(3)", 0, "bpchar is not a number: write x::numeric"},
		{"12::money", 0, "money is not a number: write x::numeric"},
		{`'{"a": 1}'::jsonb`, 0, "jsonb is not a number: write (x->>'key')::numeric"},
		{"'1'::json", 0, "json is not a number: write (x->>'key')::numeric"},
		{"ARRAY[1, 2]", 0, "an array of int4 is not a number: write cardinality(x)"},
		{"ARRAY['a']", 0, "an array of text is not a number"},
		{`'\x01'::bytea`, 0, "bytea is not a number"},
		{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", 0, "uuid is not a number"},
		{"time '12:00'", 0, "time is not a number: write extract(epoch FROM x)"},
		{"timetz '12:00+02'", 0, "timetz is not a number"},
		{"inet '127.0.0.1'", 0, "inet is not a number"},
		{"1::oid", 0, "oid is not a number"},
		{"point '(1,2)'", 0, "point is not a number"},
	}
	for _, test := range tests {
		for _, parameter := range withAndWithoutParameter {
			t.Run(test.sql+parameter, func(t *testing.T) {
				value, from, found := strings.Cut(test.sql, " FROM generate_series")
				if found {
					from = " FROM generate_series" + from
				}
				q := newQuery(t, "SELECT "+value+" AS x"+parameter+from)
				q.Timezone = "Europe/Berlin"
				_, rows, err := run(t.Context(), p, q)
				if err != nil {
					t.Fatal(err)
				}
				got := rows[0][0]
				if math.IsNaN(test.want) {
					if !math.IsNaN(got.Number) || got.Err != "" {
						t.Errorf("got %+v, want NaN", got)
					}
					return
				}
				if got.Number != test.want || (got.Err == "") != (test.err == "") || !strings.Contains(got.Err, test.err) {
					t.Errorf("got %v, error %q, want %v, error …%s…", got.Number, got.Err, test.want, test.err)
				}
			})
		}
	}
}

// TestPostgresNumbersAgree compares what is converted here with what the server says itself.
func TestPostgresNumbersAgree(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	var expressions []string
	for _, zone := range []string{"Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "America/Havana", "Australia/Lord_Howe", "UTC"} {
		for _, text := range []string{
			"2026-03-29 01:59:59", "2026-03-29 02:00:00", "2026-03-29 02:30:00", "2026-03-29 03:00:00", // Skipped in Berlin.
			"2026-10-25 01:59:59", "2026-10-25 02:00:00", "2026-10-25 02:30:00", "2026-10-25 03:00:00", // Twice in Berlin.
			"2026-09-06 00:30:00", "2026-04-04 23:30:00", "2026-11-01 00:30:00", "2026-04-05 01:45:00", "2026-10-04 02:15:00",
			"1969-12-31 23:59:59.999999", "1900-01-01 00:00:00", "2026-01-01 00:00:00.000001",
		} {
			expressions = append(expressions, zone+"|timestamp '"+text+"'", zone+"|timestamptz '"+text+"'", zone+"|date '"+text+"'")
		}
	}
	for _, text := range []string{"1 mon", "13 mons", "-13 mons", "1 year -1 day", "-1 day 23:59:59.999999", "1 day -25:00", "100000:00:00", "11 mons 30 days"} {
		expressions = append(expressions, "UTC|interval '"+text+"'")
	}
	for _, expression := range expressions {
		t.Run(expression, func(t *testing.T) {
			zone, value, _ := strings.Cut(expression, "|")
			epoch := value
			if strings.HasPrefix(value, "date") || strings.HasPrefix(value, "timestamp ") {
				epoch = value + "::timestamptz"
			}
			q := newQuery(t, fmt.Sprintf("SELECT %s AS x, extract(epoch FROM %s) AS server", value, epoch))
			q.Timezone = zone
			_, rows, err := run(t.Context(), p, q)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := rows[0][0].Number, rows[0][1].Number; got != want {
				t.Errorf("got %f, the server says %f", got, want)
			}
		})
	}
}

// TestPostgresTexts compares what a label would show with the server's own cast to text.
func TestPostgresTexts(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE DOMAIN short AS varchar(10)")
	p := openPool(t, url, 1)
	expressions := []string{
		"true", "false", "1::smallint", "-5::int", "9007199254740993::bigint", "12345.6700::numeric", "'NaN'::numeric", "1e20::numeric", "-0.00::numeric",
		"0.1::float8", "1e15::float8", "123456789012345::float8", "1234567890123456::float8", "0.0001::float8", "0.00001::float8", "1e-300::float8", "-0::float8", "'-0'::float8",
		"'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float4", "100000::float4", "1000000::float4", "1234567::float4", "0.1::float4", "1e-5::float4", "3.14159274::float4",
		"'basic'::text", "''::text", "'  x '::text", "'x'::char(3)", "'  x'::char(5)", `'x'::"char"`, "'x'::varchar(5)", "'x'::name", "'happy'::mood", "'x'::short", "E'a\\nb\"c\\\\d'", "'é😀'",
		"date '2026-04-01'", "date '0044-03-15 BC'", "date 'infinity'", "timestamp '2026-04-01 12:30:00'", "timestamp '2026-04-01 12:30:00.120'", "timestamp '0044-03-15 01:02:03 BC'",
		"timestamptz '2026-04-01 12:30:00+00'", "timestamptz '2026-01-01 12:30:00.000001+00'", "timestamptz '1890-01-01 00:00+00'", "timestamptz '-infinity'", "timestamptz '0044-03-15 01:02:03+00 BC'",
		"time '12:30'", "time '24:00'", "time '12:30:00.5'", "timetz '12:30+05:30'", "timetz '00:00-03'", "interval '1 year 2 mons -3 days 04:05:06.7'", "interval '-1 sec'",
		"12.5::money", `'{"a": [1, 2]}'::jsonb`, "'{\"a\":  1}'::json", "ARRAY[1, 2]", "ARRAY['a b', NULL]", `'\xDEADBEEF'::bytea`, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
		"int4range(1, 5)", "B'101'", "point '(1,2)'", "1::oid",
	}
	for _, zone := range []string{"Europe/Berlin", "Asia/Kathmandu", "UTC", "America/St_Johns"} {
		for _, expression := range expressions {
			for _, parameter := range withAndWithoutParameter {
				t.Run(zone+"/"+expression+parameter, func(t *testing.T) {
					q := newQuery(t, fmt.Sprintf("SELECT %s AS x, (%s)::text AS server%s", expression, expression, parameter))
					q.Timezone = zone
					_, rows, err := run(t.Context(), p, q)
					if err != nil {
						t.Fatal(err)
					}
					if got, want := rows[0][0].Text, rows[0][1].Text; got != want {
						t.Errorf("got %q, the server says %q", got, want)
					}
				})
			}
		}
	}
}
