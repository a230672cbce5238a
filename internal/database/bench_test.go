package database

import (
	"context"
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
				if sum, err := readBare(b.Context(), db, query); err != nil || sum != 750000750000 {
					b.Fatal(sum, err)
				}
			}
		})
		b.Run(column+"/run", func(b *testing.B) {
			p := openPool(b, url, 1)
			q := newQuery(b, query)
			q.MaxBytes = 1 << 30
			b.ReportAllocs()
			for b.Loop() {
				var sum float64
				err := p.Run(b.Context(), q, func([]Column) (func([]Value) error, error) {
					return func(row []Value) error {
						value, err := row[1].Number()
						if text, _ := row[0].Text(); text == "" {
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

func readBare(ctx context.Context, db *sql.DB, query string) (sum float64, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var label string
		var value float64
		if err := rows.Scan(&label, &value); err != nil {
			return 0, err
		}
		sum += value
	}
	return sum, rows.Err()
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
			if err := db.QueryRowContext(b.Context(), "SELECT $1::int", 1).Scan(&n); err != nil {
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
