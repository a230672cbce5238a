package database

import (
	"strings"
	"sync"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// describe writes what instants are compared with, one after the other.
func describe(list []Compared) string {
	var words []string
	for _, c := range list {
		against := c.Against
		if against == "" {
			against = "-"
		}
		words = append(words, strings.TrimSpace(c.Name+" "+c.Instant.Compared)+" "+string(against))
	}
	return strings.Join(words, "; ")
}

// comparedSchema has a column of each kind behind whatever there is between a query and a column.
var comparedSchema = []string{
	"CREATE TABLE t (id int, at timestamptz, naive timestamp, day date, txt text, of_day date GENERATED ALWAYS AS (CAST(naive AS date)) STORED)",
	"CREATE VIEW v1 AS SELECT id, at AS made, naive AS written, day AS d FROM t",
	"CREATE VIEW v2 AS SELECT made AS m, written AS w, d AS dd, written - interval '1 hour' AS earlier, made AT TIME ZONE 'Asia/Tokyo' AS tokyo FROM v1",
	"CREATE MATERIALIZED VIEW mv AS SELECT * FROM v2",
	"CREATE DOMAIN utc AS timestamp", "CREATE TABLE domains (at utc)",
	"CREATE TABLE parts (at timestamp, day date) PARTITION BY RANGE (at)", "CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
	"CREATE TABLE parent (at timestamp)", "CREATE TABLE child () INHERITS (parent)",
	"CREATE FUNCTION since(days int) RETURNS TABLE (at timestamp, day date) LANGUAGE sql STABLE AS 'SELECT naive, day FROM t'",
	"CREATE SCHEMA other", "CREATE TABLE other.t (at date, n int)",
}

func TestPostgresCompared(t *testing.T) {
	p := openPool(t, server.NewDatabase(t, comparedSchema...), 1)
	const count = "SELECT count(*) AS value FROM "
	for sql, want := range map[string]string{
		// Each kind of column.
		count + "t WHERE at >= :period_start AND at < :period_end":                           "period_start at -; period_end at -",
		count + "t WHERE naive >= :period_start AND naive < :period_end":                     "period_start naive naive; period_end naive naive",
		count + "t WHERE day >= :period_start AND day < :period_end":                         "period_start day date; period_end day date",
		count + "t WHERE of_day >= :period_start":                                            "period_start of_day date",
		count + "t WHERE naive BETWEEN :period_start AND :period_end":                        "period_start naive naive; period_end naive naive",
		count + "t WHERE :as_of BETWEEN naive AND at":                                        "as_of naive naive",
		count + "t WHERE at >= :period_start AND naive < :period_end":                        "period_start at -; period_end naive naive",
		count + "t WHERE (naive, id) >= (:period_start, 1)":                                  "period_start naive",
		count + "t WHERE day = ANY (ARRAY[day, day]) AND day <> :as_of":                      "as_of day date",
		count + "t WHERE txt = 'naive >= :as_of' AND \"naive\" < :as_of":                     `as_of "naive" naive`,
		count + "t WHERE naive NOT BETWEEN :period_start AND :period_end":                    "period_start naive naive; period_end naive naive",
		count + "t WHERE NULLIF(naive, :as_of) IS NULL":                                      "as_of naive",
		"SELECT max(coalesce(naive, :as_of)) AS value FROM t":                                "as_of naive",
		"SELECT avg(extract(epoch FROM :as_of - naive)) AS value FROM t":                     "as_of naive naive",
		"SELECT avg(extract(epoch FROM :as_of - at)) AS value FROM t":                        "as_of at -",
		"SELECT count(*) FILTER (WHERE naive < :as_of) AS value FROM t":                      "as_of naive naive",
		"SELECT sum(CASE WHEN day < :as_of THEN 1 END) AS value FROM t":                      "as_of day date",
		"SELECT sum(n) AS value FROM other.t WHERE at < :as_of":                              "as_of at date",
		"SELECT :as_of AS value":                                                             "as_of -",
		"SELECT count(*) AS value FROM t HAVING max(naive) < :as_of":                         "as_of max(naive) naive",
		count + "t WHERE naive < :as_of OR EXISTS (SELECT FROM t AS u WHERE u.day < :as_of)": "as_of naive naive; as_of u.day date",

		// Whatever stands between.
		count + "v1 WHERE written >= :period_start":                                                                   "period_start written naive",
		count + "v2 WHERE w >= :period_start AND m >= :period_start AND dd < :period_end":                             "period_start w naive; period_start m -; period_end dd date",
		count + "v2 WHERE earlier < :as_of":                                                                           "as_of earlier naive",
		count + "v2 WHERE tokyo < :as_of":                                                                             "as_of tokyo naive",
		count + "mv WHERE w < :as_of AND dd < :as_of":                                                                 "as_of w naive; as_of dd date",
		count + "domains WHERE at < :as_of":                                                                           "as_of at naive",
		count + "parts WHERE at < :as_of AND day < :as_of":                                                            "as_of at naive; as_of day date",
		count + "parts_2026 WHERE at < :as_of":                                                                        "as_of at naive",
		count + "child WHERE at < :as_of":                                                                             "as_of at naive",
		count + "since(7) WHERE at < :as_of AND day < :as_of":                                                         "as_of at naive; as_of day date",
		count + "t AS x (a, b, c) WHERE c < :as_of":                                                                   "as_of c naive",
		count + "(SELECT naive AS x FROM t) AS s WHERE x < :as_of":                                                    "as_of x naive",
		count + "t, LATERAL (SELECT w FROM v2 WHERE w < :as_of LIMIT 1) AS l":                                         "as_of w naive",
		count + "(SELECT naive FROM t UNION ALL SELECT w FROM v2) AS u (x) WHERE x < :as_of":                          "as_of x naive",
		count + "(SELECT naive FROM t UNION ALL SELECT at FROM t) AS u (x) WHERE x < :as_of":                          "as_of x -",
		count + "generate_series(:period_start, :period_end, interval '1 day') AS d LEFT JOIN t ON t.naive >= d":      "period_start -; period_end -",
		"WITH c AS (SELECT naive AS x, day FROM t) SELECT count(*) AS value FROM c WHERE x < :as_of AND day < :as_of": "as_of x naive; as_of day date",
		"WITH RECURSIVE c AS (SELECT naive AS x FROM t UNION ALL SELECT x + interval '1 day' FROM c WHERE x < :as_of) SELECT count(*) AS value FROM c": "as_of x naive",
		"WITH p AS (SELECT :period_start AS s, :period_end AS e) SELECT count(*) AS value FROM t, p WHERE naive >= p.s AND day < p.e":                  "period_start -; period_end -; period_start naive naive; period_end day date",
		count + "t WHERE naive >= (SELECT :period_start)": "period_start naive naive; period_start -",

		// What is made of the instant.
		count + "t WHERE naive >= :as_of - interval '7 days' AND at >= :as_of - interval '7 days'":                 "as_of naive naive; as_of at -",
		count + "t WHERE naive >= :period_start - (:period_end - :period_start)":                                   "period_start naive naive; period_end -; period_start -",
		count + "t WHERE naive >= (:as_of - '7 days'::interval)::timestamptz":                                      "as_of naive naive",
		count + "t WHERE naive >= :period_start::timestamp AND day >= :period_start::date":                         "period_start naive naive; period_start day date",
		count + "t WHERE naive >= CAST(:period_start AS date) AND at >= date(:period_start)":                       "period_start naive naive; period_start at -",
		count + "t WHERE day >= date_trunc('week', :period_start)":                                                 "period_start day date",
		count + "t WHERE day >= date_trunc('week', :period_start, :timezone)":                                      "period_start day date",
		count + "t WHERE naive >= :period_start AT TIME ZONE 'UTC' AND naive < :period_end AT TIME ZONE :timezone": "period_start -; period_end -",
		count + "t WHERE day >= (:period_start AT TIME ZONE :timezone)::date":                                      "period_start -",
		count + "t WHERE extract(year FROM day) = extract(year FROM :period_start)":                                "period_start -",

		// What is made of the column.
		count + "t WHERE naive AT TIME ZONE 'UTC' >= :period_start":                                 "period_start naive AT TIME ZONE 'UTC' -",
		count + "t WHERE naive AT TIME ZONE :timezone >= :period_start":                             "period_start naive AT TIME ZONE :timezone -",
		count + "t WHERE naive::timestamptz >= :period_start":                                       "period_start naive::timestamptz naive",
		count + "t WHERE CAST(naive AS timestamp with time zone) >= :period_start":                  "period_start CAST(naive AS timestamp with time zone) naive",
		count + "t WHERE at::timestamp >= :period_start":                                            "period_start at::timestamp -",
		count + "t WHERE at::date >= :period_start AND CAST(at AS date) < :period_end":              "period_start at::date session day; period_end CAST(at AS date) session day",
		count + "t WHERE date(at) >= :period_start":                                                 "period_start date(at) session day",
		count + "t WHERE naive::date >= :period_start":                                              "period_start naive::date naive",
		count + "t WHERE date_trunc('day', naive) BETWEEN :period_start AND :period_end":            "period_start date_trunc('day', naive) naive; period_end date_trunc('day', naive) naive",
		count + "t WHERE date_trunc('day', at AT TIME ZONE :timezone) >= :period_start":             "period_start date_trunc('day', at AT TIME ZONE :timezone) local",
		count + "t WHERE date_trunc('day', at AT TIME ZONE 'Europe/Berlin')::date >= :period_start": "period_start date_trunc('day', at AT TIME ZONE 'Europe/Berlin')::date date",
		count + "t WHERE at AT TIME ZONE 'Asia/Tokyo' >= :period_start":                             "period_start at AT TIME ZONE 'Asia/Tokyo' naive",
		count + "t WHERE (naive AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date >= :period_start":  "period_start (naive AT TIME ZONE 'UTC' AT TIME ZONE :timezone)::date date",
		count + "t WHERE txt::timestamp >= :period_start AND txt::date >= :period_start":            "period_start txt::timestamp naive; period_start txt::date date",
		count + "t WHERE txt::timestamptz >= :period_start":                                         "period_start txt::timestamptz -",
	} {
		t.Run(sql, func(t *testing.T) {
			advice, err := p.InspectQuery(t.Context(), newQuery(t, sql+" -- and no more"))
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(advice.Compared); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

// TestPostgresComparedLeavesNothing plans behind PgBouncer, more at once than it has connections, also what the server cannot
// type. No session keeps a statement or a transaction, and every query runs afterwards.
func TestPostgresComparedLeavesNothing(t *testing.T) {
	url := server.NewDatabase(t, comparedSchema...)
	p := openPool(t, server.NewPgBouncer(t, url, 2), 4)
	var asking sync.WaitGroup
	for worker := range 8 {
		asking.Go(func() {
			for range 5 {
				sql := "SELECT count(*) AS value FROM t WHERE naive >= :period_start AND naive < :period_end"
				if worker%2 == 0 {
					sql += " AND to_char(:as_of, 'YYYY') = extract(year FROM :as_of)::text"
				}
				advice, err := p.InspectQuery(t.Context(), newQuery(t, sql))
				if err != nil || !strings.HasPrefix(describe(advice.Compared), "period_start naive naive; period_end naive naive") {
					t.Errorf("%s: %v", describe(advice.Compared), err)
				}
				if _, _, err := run(t.Context(), p, newQuery(t, sql)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	asking.Wait()
	for range 4 {
		if got := one(t, p, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%kpi%' AND statement NOT LIKE '%pg_prepared_statements%'"); got != "0" {
			t.Errorf("%s statements are left", got)
		}
	}
	states := pgtest.Ask[string](t, url, "SELECT string_agg(DISTINCT state, ' ') FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if states != "idle" {
		t.Errorf("connections are %q, want idle", states)
	}
}
