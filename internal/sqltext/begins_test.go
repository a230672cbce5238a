package sqltext

import "testing"

func TestBeginsQuery(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1":       true,
		"select*from t":  true,
		"SELECT'a'":      true,
		"SELECT\t:as_of": true,
		"SELECT :größe":  true, // Wrong, but a query.
		"SELECT":         true,
		"  -- why\n/* and /* how */ */ ((SELECT 1) UNION SELECT 2)": true,
		"# why\nSELECT 1": true,
		"/*+ hint */ WITH a AS (SELECT 1) SELECT * FROM a": true,
		"WITH RECURSIVE a AS (SELECT 1) SELECT 1":          true,
		`with "a" AS (SELECT 1) SELECT 1`:                  true,
		"VALUES (1)":                                       true,
		"values row(1)":                                    true,
		"TABLE t":                                          true,
		"TABLE `t`":                                        true,
		"":                                                 false,
		"-- SELECT 1":                                      false,
		"/* SELECT 1":                                      false,
		"INSERT INTO t SELECT 1":                           false,
		"EXPLAIN SELECT 1":                                 false,
		"product: P\nkpis: {}":                             false,
		"TOKEN=S3cr3t":                                     false,
		"SELECT=S3cr3t":                                    false,
		"select: S3cr3t":                                   false,
		"values:\n  password: S3cr3t":                      false,
		"table = S3cr3t":                                   false,
		"with: {token: S3cr3t}":                            false,
		"[table]\npassword = 'S3cr3t'":                     false,
		`{"select": "S3cr3t"}`:                             false,
		"-----BEGIN PRIVATE KEY-----\nS3cr":                false,
		"$select$ S3cr3t":                                  false,
		"'select' S3cr3t":                                  false,
		"selection S3cr3t":                                 false,
		"db:5432:kpi:select:S3cr3t":                        false,
	} {
		if got := BeginsQuery(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
