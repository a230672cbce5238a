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

	"github.com/alecthomas/kingpin/v2"
)

// generateCommands adds the commands that write files made from the KPI file, by their full names.
func generateCommands(cmd *kingpin.CmdClause) map[string]command {
	return map[string]command{
		"generate rules":        generateRulesCommand(cmd.Command("rules", "Write recording rules and alerts for Prometheus.")),
		"generate alertmanager": generateAlertmanagerCommand(cmd.Command("alertmanager", "Write routes and messages for Alertmanager.")),
		"generate catalog":      generateCatalogCommand(cmd.Command("catalog", "Write a catalogue of the KPIs in Markdown.")),
		"generate dashboards":   generateDashboardsCommand(cmd.Command("dashboards", "Write dashboards for Grafana.")),
	}
}

// generated is a file that a command makes.
type generated struct {
	name    string // Within the output folder.
	content []byte
}

// write puts files into a folder, each one whole or not at all, and returns the exit code.
func (env environment) write(dir string, files []generated) int {
	if err := writeFiles(env.stdout, dir, files); err != nil {
		env.complain(err)
		return exitProblem
	}
	return exitOK
}

// writeFiles writes every file beside its place first, so that what fails, fails before anything has changed.
func writeFiles(stdout io.Writer, dir string, files []generated) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // Prometheus, Alertmanager and Grafana read here as other users.
		return err
	}
	temporary := make([]string, len(files))
	defer func() {
		for _, name := range temporary {
			if err != nil && name != "" {
				_ = os.Remove(name) // What was renamed is not there any more.
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

// compare says how the files in a folder differ from these and returns the exit code; it writes nothing.
func (env environment) compare(dir string, files []generated) int {
	code := exitOK
	for _, f := range files {
		name := filepath.Join(dir, f.name)
		old, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			_, _ = fmt.Fprintf(env.stdout, "%s is missing\n", name)
			code = exitProblem
		case err != nil:
			env.complain(err)
			code = exitProblem
		case !bytes.Equal(old, f.content):
			_, _ = fmt.Fprintf(env.stdout, "%s is not what %s gives:\n%s", name, env.configFile, difference(string(old), string(f.content)))
			code = exitProblem
		}
	}
	if code != exitOK {
		_, _ = fmt.Fprintln(env.stdout, "Write the files again with the same command without --check.")
	}
	return code
}

// left says which files in a folder are called like these, and were made of what is not in the KPI file any more. It returns
// the exit code.
func (env environment) left(dir, pattern string, files []generated) int {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // Then everything is missing, which compare says.
		env.complain(err)
		return exitProblem
	}
	code := exitOK
	for _, e := range entries {
		is := func(f generated) bool { return f.name == e.Name() }
		if match, _ := path.Match(pattern, e.Name()); match && !slices.ContainsFunc(files, is) {
			_, _ = fmt.Fprintf(env.stdout, "%s is nothing that %s gives any more: delete it\n", filepath.Join(dir, e.Name()), env.configFile)
			code = exitProblem
		}
	}
	return code
}
