// Package demo makes up a company: the database of its product in one SQLite file, with a bit more than a year of data
// that ends at the moment it is written, and the KPI file that goes with it.
//
// The same moment gives the same data. Whatever the date, some of the KPIs are on target, some at risk and some off.
package demo

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // Registers the driver "sqlite".
)

var (
	//go:embed schema.sql
	schema string
	//go:embed indexes.sql
	indexes string
	//go:embed kpi.yaml
	kpiFile []byte
)

// placeholder stands in kpi.yaml where the URL of the database goes.
const placeholder = "sqlite://product.db"

// KPIFile returns the KPIs of the company as a file that reads them from the database at databasePath, which may be
// relative to the folder of that file.
func KPIFile(databasePath string) []byte {
	quoted, _ := json.Marshal("sqlite://" + databasePath) // A string in JSON is one in YAML; a string never fails.
	return bytes.Replace(kpiFile, []byte(placeholder), quoted, 1)
}

// Write creates the SQLite file at path and fills it with what happened at the company until now, in UTC and whole
// seconds. No row knows anything later. A file that is there already with such tables is an error; a file that Write
// could not finish is left as it is.
func Write(ctx context.Context, path string, now time.Time) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("write demo data: %w", err)
	}
	// Nobody reads the file before it is finished, and an unfinished one is of no use: so no journal and no waiting
	// for the disk.
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=journal_mode(off)&_pragma=synchronous(off)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return fmt.Errorf("write demo data: %w", err)
	}
	defer db.Close()
	if err := write(ctx, db, now); err != nil {
		return fmt.Errorf("write demo data: %w", err)
	}
	return db.Close()
}

func write(ctx context.Context, db *sql.DB, now time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	rows := newWriter(ctx, tx)
	tell(rows, now)
	if err := rows.flush(); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, indexes); err != nil {
		return err
	}
	return tx.Commit()
}
