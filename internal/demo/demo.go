// Package demo makes up a company: the database of its product in one SQLite file, with more than two years of data that
// end at the moment it is written, and beside it the KPI files of examples/product, which therefore need no server.
//
// The same moment gives the same data. Whatever the date, every KPI can be computed and every status occurs.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"github.com/kpi-exporter/kpi_exporter/examples/product"
)

// The files in the folder of a demo that others ask for.
const (
	KPIFile  = "kpi.yaml"
	database = "product.db"
)

// Write fills the folder dir, which must be there, with the database as it was at the company at that moment, in UTC and
// whole seconds, and with the KPI files that read it. No row knows anything later.
func Write(ctx context.Context, dir string, now time.Time) error {
	if err := WriteKPIs(dir); err != nil {
		return fmt.Errorf("write demo KPIs: %w", err)
	}
	if err := writeDecisions(dir, now); err != nil {
		return fmt.Errorf("write demo decisions: %w", err)
	}
	if err := writeDatabase(ctx, filepath.Join(dir, database), now); err != nil {
		return fmt.Errorf("write demo data: %w", err)
	}
	return nil
}

// toldAsOf returns the day as of which the decisions of examples/product are those of the story.
func toldAsOf() time.Time { return time.Date(2026, time.November, 30, 0, 0, 0, 0, time.UTC) }

// writeDecisions moves the dates of the decisions, so that each is as many days before now as in the story.
func writeDecisions(dir string, now time.Time) error {
	path := filepath.Join(dir, "decisions.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	days := int(now.UTC().Truncate(24*time.Hour).Sub(toldAsOf()) / (24 * time.Hour))
	moved := decisionDate.ReplaceAllFunc(text, func(date []byte) []byte {
		day, err := time.Parse(time.DateOnly, string(date))
		if err != nil {
			return date
		}
		return []byte(day.AddDate(0, 0, days).Format(time.DateOnly))
	})
	return os.WriteFile(path, moved, 0o600) //nolint:gosec // The folder is the one to be filled.
}

var decisionDate = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// WriteKPIs writes the KPI files of examples/product to the folder dir as SQLite takes them: with its own SQL where that
// differs, and with a database that lies beside them.
func WriteKPIs(dir string) error {
	return fs.WalkDir(product.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.MkdirAll(to, 0o700)
		}
		text, err := product.SQLite.ReadFile(path.Join("sqlite", path.Base(name)))
		if errors.Is(err, fs.ErrNotExist) {
			text, err = product.Files.ReadFile(name)
		}
		if err != nil {
			return err
		}
		if name == KPIFile {
			text = bytes.Replace(text, []byte("${KPI_DATABASE_URL}"), []byte("sqlite://"+database), 1)
		}
		return os.WriteFile(to, text, 0o600)
	})
}
