package database

import (
	"database/sql"
	"testing"
)

// BenchmarkRead reads a million rows of two columns: bare with a loop over lib/pq, run through Pool.Run.
func BenchmarkRead(b *testing.B) {
	url := server.NewDatabase(b,
		"CREATE TABLE rows AS SELECT 'label ' || x AS label, (x * 1.5)::float8 AS as_float, (x * 1.5)::numeric AS as_numeric FROM generate_series(1, 1000000) AS s (x)",
		"VACUUM ANALYZE rows")
	for _, column := range []string{"as_float", "as_numeric"} {
		query := "SELECT label, " + column + " FROM rows"
		b.Run(column+"/bare", func(b *testing.B) {
			db, err := sql.Open("postgres", url)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			b.ReportAllocs()
			for b.Loop() {
				rows, err := db.Query(query)
				if err != nil {
					b.Fatal(err)
				}
				var sum float64
				for rows.Next() {
					var label string
					var value float64
					if err := rows.Scan(&label, &value); err != nil {
						b.Fatal(err)
					}
					sum += value
				}
				if err := rows.Err(); err != nil || sum != 750000750000 {
					b.Fatal(sum, err)
				}
				rows.Close()
			}
		})
		b.Run(column+"/run", func(b *testing.B) {
			p := openPool(b, url, 1)
			q := newQuery(b, query)
			b.ReportAllocs()
			for b.Loop() {
				var sum float64
				err := p.Run(b.Context(), q, func([]Column) (func([]Value) error, error) {
					return func(row []Value) error {
						value, err := row[1].Number()
						if row[0].Text() == "" {
							b.Fatal("no label")
						}
						sum += value
						return err
					}, nil
				})
				if err != nil || sum != 750000750000 {
					b.Fatal(sum, err)
				}
			}
		})
	}
}

// BenchmarkOverhead compares one short query with the same one under all the rules of Run.
func BenchmarkOverhead(b *testing.B) {
	url := server.NewDatabase(b)
	b.Run("bare", func(b *testing.B) {
		db, err := sql.Open("postgres", url)
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		for b.Loop() {
			var n int
			if err := db.QueryRow("SELECT $1::int", 1).Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("run", func(b *testing.B) {
		p := openPool(b, url, 1)
		q := newQuery(b, "SELECT :as_of")
		for b.Loop() {
			if _, _, err := run(b.Context(), p, q); err != nil {
				b.Fatal(err)
			}
		}
	})
}
