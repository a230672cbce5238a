package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// annotate writes a problem as a workflow command, which GitHub shows on the line of a pull request. GitHub takes the file's
// path as one from the root of the repository, in which steps are run.
func annotate(w io.Writer, p document.Problem) {
	level := "error"
	if p.Warning {
		level = "warning"
	}
	place := "file=" + escapeProperty(filepath.ToSlash(fromHere(p.File)))
	if p.Line > 0 {
		place += ",line=" + strconv.Itoa(p.Line) + ",col=" + strconv.Itoa(p.Column)
	}
	if p.Check != "" {
		place += ",title=" + p.Check
	}
	message := p.Message
	if p.Hint != "" {
		message += "\nhint: " + p.Hint
	}
	_, _ = fmt.Fprintf(w, "::%s %s::%s\n", level, place, escapeData(message))
}

// fromHere returns a path as one from the working directory, if the file is in there.
func fromHere(path string) string {
	if !filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(here, path)
	if err != nil || !filepath.IsLocal(relative) {
		return path
	}
	return relative
}

// escapeData escapes what would end the message of a workflow command.
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// escapeProperty escapes what would end a property of a workflow command, too.
func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
