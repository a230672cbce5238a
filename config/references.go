package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// names returns the keys of a map, sorted, with spaces between them, once they are needed.
func names[T any](m map[string]T) func() string {
	return func() string { return strings.Join(slices.Sorted(maps.Keys(m)), " ") }
}

// references checks the names of what is defined elsewhere.
func (l *loader) references(decl *kpiDecl) {
	if o := decl.Text("objective"); o.OK && !l.broken {
		if _, ok := l.objectives[o.Value]; !ok {
			decl.needs = decl.needs || l.isMissing(o.File, o.Value, l.objectives)
			hint := decl.file.Near(o.Value, names(l.objectives), "objectives are")
			o.Fail(cmp.Or(hint, "write it below objectives:"), "unknown objective %s", document.Quote(o.Value))
		}
	}
	if o := decl.Text("owner"); o.OK {
		if _, ok := l.owners[o.Value]; ok {
			return
		}
		if hint := decl.file.Near(o.Value, names(l.owners), ""); hint != "" {
			o.File.Warn("unknown_owner", o.Node, hint, "owner %s has no entry below owners", document.Quote(o.Value))
		}
	}
}
