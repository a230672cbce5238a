package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/examples/product"
	"github.com/kpi-exporter/kpi_exporter/internal/starter"
)

func initCommand(cmd *kingpin.CmdClause) command {
	names := cmd.Arg("kpi", "KPIs of the included library to copy; a commented example by default.").Strings()
	list := cmd.Flag("list", "List the KPIs of the library, and write nothing.").Bool()
	return func(_ context.Context, env environment) error {
		library, err := starter.Read(product.Files)
		if err != nil {
			return err
		}
		if *list {
			for _, name := range library.Names() {
				_, _ = fmt.Fprintln(env.stdout, name)
			}
			return nil
		}
		file := starter.Example()
		if len(*names) > 0 {
			if file, err = library.Copy(*names); err != nil {
				return usageError{err}
			}
		}
		if err := writeNew(env.configFile, file); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(env.stdout, "%s: written; next: kpi_exporter check --config.file %[1]s\n", env.configFile)
		return nil
	}
}

// writeNew writes a file that is not there yet.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // It holds no secret, and others run the exporter.
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s already exists: name another file with --config.file", path)
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
