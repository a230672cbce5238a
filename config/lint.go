package config

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// readLintOff reads which checks are switched off.
func (l *loader) readLintOff(d *document.File, n *document.Node) []string {
	off := d.List(n, "off")
	if !off.OK {
		return nil
	}
	known := strings.Join(l.checks, " ")
	for i, item := range document.Resolve(n).Content {
		if name := off.Value[i]; l.checks != nil && !document.IsOneOf(name, known) {
			d.Fail(document.Resolve(item), document.DidYouMean(name, known, "checks are"), "there is no check %s", document.Quote(name))
		}
	}
	return off.Value
}

// Off reports whether a check of internal/lint is switched off.
func (c *Config) Off(check string) bool { return slices.Contains(c.LintOff, check) }

// switchedOn returns the warnings of the checks that are not switched off.
func (c *Config) switchedOn(warnings []document.Problem) []document.Problem {
	return slices.DeleteFunc(warnings, func(p document.Problem) bool { return c.Off(p.Check) })
}
