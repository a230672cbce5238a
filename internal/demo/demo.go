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
	if err := writeDatabase(ctx, filepath.Join(dir, database), now); err != nil {
		return fmt.Errorf("write demo data: %w", err)
	}
	return nil
}

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
