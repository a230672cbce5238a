package demo

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // Registers the driver "sqlite".

	"github.com/kpi-exporter/kpi_exporter/examples/product"
)

// writeDatabase creates the SQLite file. One that is there already with such tables is an error; one that could not be
// finished is left as it is.
func writeDatabase(ctx context.Context, file string, now time.Time) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	// Nobody reads the file before it is finished, and an unfinished one is of no use: so no journal and no waiting
	// for the disk.
	dsn := url.URL{Scheme: "file", Path: file, RawQuery: "_pragma=journal_mode(off)&_pragma=synchronous(off)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := fill(ctx, db, now); err != nil {
		return err
	}
	return db.Close()
}

// fill makes the tables and tells the story into them.
func fill(ctx context.Context, db *sql.DB, now time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := run(ctx, tx, "sqlite/schema.sql"); err != nil {
		return err
	}
	rows := newWriter(ctx, tx)
	tell(rows, now)
	if err := rows.flush(); err != nil {
		return err
	}
	if err := run(ctx, tx, "sqlite/indexes.sql"); err != nil {
		return err
	}
	return tx.Commit()
}

// run runs a file of the example.
func run(ctx context.Context, tx *sql.Tx, name string) error {
	text, err := product.SQLite.ReadFile(name)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, string(text))
	return err
}
