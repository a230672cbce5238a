package database

import (
	"fmt"
	"strings"
	"testing"
)

// withAndWithoutParameter are ends of a select list: lib/pq asks for some types in binary form when a query has no
// parameter, and for text when it has one.
var withAndWithoutParameter = []string{"", ", :timezone"}

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
