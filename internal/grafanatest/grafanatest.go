// Package grafanatest reads dashboards as a person in front of Grafana does: which panels there are, what their series, columns
// and values are called, what is written in them and in which colour. Tests compare that with goldens.
//
// A node program, in the folder node, puts the queries of a board to a real Prometheus and hands the answers to @grafana/data,
// which is the part of Grafana's front end that names, formats, maps and colours. What is around it in Grafana (the data source's
// frames, the registries of options and transformations, how each type of panel uses them) is rebuilt there by Grafana 12.4.
package grafanatest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/npmtest"
)

// Request is a board to read.
type Request struct {
	Board     json.RawMessage     `json:"board"`               // Its JSON.
	URL       string              `json:"url"`                 // The address of the Prometheus.
	Variables map[string][]string `json:"variables,omitempty"` // What the reader picked; the others are as the board opens.
	Theme     string              `json:"theme,omitempty"`     // dark, the default, or light.
	Width     int                 `json:"width,omitempty"`     // The width of the window in pixels; 1440 by default.
}

// Reading is what a person reads on a board.
type Reading struct {
	Title           string       `json:"title"`
	UID             string       `json:"uid"`
	Filters         []Filter     `json:"filters"`
	Links           []string     `json:"links"`
	Annotations     []Annotation `json:"annotations"`
	Panels          []Panel      `json:"panels"`          // Repeated ones once for each value.
	Queries         int          `json:"queries"`         // By all panels, at one load.
	VariableQueries int          `json:"variableQueries"` // Those of the filters.
	Faults          []string     `json:"faults"`          // Those of the filters.
}

// Filter is a variable that is shown above the panels.
type Filter struct {
	Label   string   `json:"label"`
	Shown   string   `json:"shown"`
	Options []string `json:"options"`
}

// Annotation is a kind of event that is marked in graphs.
type Annotation struct {
	Name  string   `json:"name"`
	On    bool     `json:"on"`
	Texts []string `json:"texts"`
}

// Panel is what a person reads in one panel.
type Panel struct {
	Title         string     `json:"title"`
	Type          string     `json:"type"`
	Size          string     `json:"size"`          // Columns and rows of the grid.
	Names         []string   `json:"names"`         // Of series, values, rows or columns.
	Texts         []string   `json:"texts"`         // Every value as it is written.
	Lines         []string   `json:"lines"`         // All of it, for a golden.
	Message       *string    `json:"message"`       // What is said in place of data; nil while there is some.
	InstantValues int        `json:"instantValues"` // Where data is said to be missing: how many values the queries give for now.
	Rows          [][]string `json:"rows"`          // For tables, the cells in the order of Names.
	Hidden        []string   `json:"hidden"`        // Columns that are reached only by scrolling sideways.
	Below         int        `json:"below"`         // Rows that are reached only by scrolling.
	Poor          []string   `json:"poor"`          // Colours of text or behind it with a contrast below 4.5:1.
	Links         []string   `json:"links"`
	Queries       int        `json:"queries"`
	Expressions   []string   `json:"expressions"`
	Faults        []string   `json:"faults"` // Queries that failed, and what Grafana would ignore.
}

//go:embed node
var program embed.FS

// Read reads boards at an instant. It installs @grafana/data once for each version of the lockfile, in the user's cache.
func Read(t testing.TB, now time.Time, requests ...Request) []Reading {
	t.Helper()
	dir, err := install()
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(map[string]any{"now": now.UnixMilli(), "requests": requests})
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "read.mjs")) //nolint:gosec // The program of this package.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &log
	cmd.Env = append(os.Environ(), "TZ=UTC")
	if err := cmd.Run(); err != nil {
		t.Fatalf("node: %v\n%s", err, log.String())
	}
	var readings []Reading
	if err := json.Unmarshal(out.Bytes(), &readings); err != nil {
		t.Fatalf("node: %v\n%s", err, log.String())
	}
	return readings
}

// install writes the program beside its packages and returns the folder. Other tests may do the same at the same time.
func install() (string, error) {
	digest := sha256.New()
	err := fs.WalkDir(program, "node", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := program.ReadFile(name)
		fmt.Fprintf(digest, "%s %d\n%s", name, len(content), content)
		return err
	})
	if err != nil {
		return "", err
	}
	packages, err := fs.Sub(program, "node")
	if err != nil {
		return "", err
	}
	root, err := npmtest.Install("grafana", packages)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, hex.EncodeToString(digest.Sum(nil)[:8]))
	return dir, npmtest.Once(dir, func(dir string) error {
		names, err := fs.Glob(program, "node/*.mjs")
		for _, name := range names {
			if err := copyOut(dir, filepath.Base(name)); err != nil {
				return err
			}
		}
		return err
	})
}

func copyOut(dir, name string) error {
	content, err := program.ReadFile("node/" + name)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), content, 0o600)
}

// String returns the reading as a golden has it.
func (r Reading) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n%d queries, and %d for the filters\n", r.Title, r.Queries, r.VariableQueries)
	for _, f := range r.Filters {
		options := strings.Join(f.Options, ", ")
		if len(f.Options) > 8 {
			options = fmt.Sprintf("%d, first %s", len(f.Options), f.Options[0])
		}
		fmt.Fprintf(&b, "filter %s: %s (of %s)\n", f.Label, f.Shown, options)
	}
	for _, l := range r.Links {
		fmt.Fprintf(&b, "link %s\n", l)
	}
	for _, a := range r.Annotations {
		state := "on"
		if !a.On {
			state = "off"
		}
		fmt.Fprintf(&b, "marks %s (%s): %s\n", a.Name, state, strings.Join(a.Texts, "; "))
	}
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "FAULT %s\n", f)
	}
	for _, p := range r.Panels {
		fmt.Fprintf(&b, "\n## %s (%s %s)\n", p.Title, p.Type, p.Size)
		for _, f := range p.Faults {
			fmt.Fprintf(&b, "FAULT %s\n", f)
		}
		for _, l := range p.Lines {
			b.WriteString(strings.TrimRight(l, " ") + "\n")
		}
		for _, l := range p.Links {
			fmt.Fprintf(&b, "link %s\n", l)
		}
	}
	return b.String()
}
