package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/linediff"
)

// generated is a file that a command makes.
type generated struct {
	name    string // Within the output folder.
	content []byte
}

// writeFiles puts files into a folder, each one whole or not at all. It writes every file beside its place first, so that what fails, fails before anything has changed.
func writeFiles(stdout io.Writer, dir string, files []generated) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // Prometheus, Alertmanager and Grafana read here as other users.
		return err
	}
	temporary := make([]string, len(files))
	defer func() {
		for _, name := range temporary {
			if err != nil && name != "" {
				_ = os.Remove(name) // What was renamed no longer exists.
			}
		}
	}()
	for i, f := range files {
		if temporary[i], err = writeTemporary(dir, f); err != nil {
			return err
		}
	}
	for i, f := range files {
		name := filepath.Join(dir, f.name)
		if err = os.Rename(temporary[i], name); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(stdout, name)
	}
	return nil
}

// writeTemporary writes a file under another name into the folder that it belongs to, and returns that name.
func writeTemporary(dir string, f generated) (string, error) {
	file, err := os.CreateTemp(dir, "."+f.name+".*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(f.content)
	return file.Name(), errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
}

// compare prints how the files in a folder differ from these, and reports whether they are the same. It writes nothing.
func (env environment) compare(dir string, files []generated) (same bool) {
	same = true
	for _, f := range files {
		name := filepath.Join(dir, f.name)
		old, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			_, _ = fmt.Fprintf(env.stdout, "%s is missing\n", name)
		case err != nil:
			env.printError(err)
		case !bytes.Equal(old, f.content):
			_, _ = fmt.Fprintf(env.stdout, "%s is not what %s gives:\n%s", name, env.configFile, linediff.Lines(string(old), string(f.content)))
		default:
			continue
		}
		same = false
	}
	if !same {
		_, _ = fmt.Fprintln(env.stdout, "Write the files again with the same command without --check.")
	}
	return same
}

// staleFiles prints which files in a folder have a name like these but are no longer made from the KPI file. It reports whether
// there are any.
func (env environment) staleFiles(dir, names string, files []generated) (found bool) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // Then everything is missing, which compare reports.
		env.printError(err)
		return true
	}
	for _, e := range entries {
		is := func(f generated) bool { return f.name == e.Name() }
		if match, _ := path.Match(names, e.Name()); match && !slices.ContainsFunc(files, is) {
			_, _ = fmt.Fprintf(env.stdout, "%s is no longer generated from %s: delete it\n", filepath.Join(dir, e.Name()), env.configFile)
			found = true
		}
	}
	return found
}
