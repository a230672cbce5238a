package config

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// includeReader reads an item of include that is more than a pattern.
type includeReader struct {
	*file
	*document.Pattern
}

func includeKeys() []keys.Into[includeReader] {
	return []keys.Into[includeReader]{
		keys.To("path", "include", schema.Required(schema.Text()), "file or pattern", func(r includeReader, k, v *document.Node) {
			r.Text, r.Node = r.file.Text(v, k.Value).Value, document.Resolve(v)
		}),
		keys.To("on_error", "include", schema.Words("keep"), "`keep`: whatever is wrong with one of these files, `serve` [runs the others](operations.md#reload)", func(r includeReader, k, v *document.Node) {
			r.Keep = r.Word(v, k.Value, "keep").OK
		}),
	}
}

func (l *loader) decodeInclude(f *file, n *document.Node) document.Pattern {
	p := document.Pattern{Node: n}
	failed := f.ErrorCount()
	if n.Kind == document.MappingNode {
		keys.Read(f.File, n, "an include", includeKeys(), includeReader{f, &p}, nil)
		if p.Text == "" && f.ErrorCount() == failed {
			f.Fail(n, "add path:", "an include has no path")
		}
	} else {
		p.Text = f.Text(n, "include").Value
	}
	if p.Text != "" && slices.ContainsFunc(l.include, func(earlier document.Pattern) bool { return earlier.Text == p.Text }) {
		f.Fail(p.Node, "", "%s appears twice in include", document.Quote(p.Text))
	}
	return p
}

// readIncluded reads the files that the main file includes. Those that are left out are as if they were not there.
func (l *loader) readIncluded(main *file) {
	patterns := slices.DeleteFunc(l.include, func(p document.Pattern) bool { return p.Text == "" })
	included, there := main.Include(patterns)
	l.keeps = slices.ContainsFunc(included, func(one document.Included) bool { return one.Keep })
	l.broken = l.broken || !there
	for _, one := range included {
		name := l.report.Name(one.Path)
		if one.Keep {
			l.config.Kept = append(l.config.Kept, name)
		}
		if l.without.Files[name] {
			continue
		}
		if one.Err != nil {
			l.broken = true
			from := main.ErrorCount()
			main.Fail(one.Node, "", "%s: %s", name, one.Err)
			l.blame(from, blame{file: name})
			continue
		}
		l.read(one.Path, func(d *document.File, reason error, hint string) {
			from := main.ErrorCount()
			if errors.Is(reason, fs.ErrNotExist) {
				main.Fail(one.Node, hint, "%s: %s", d.Name, reason)
			} else {
				d.FailFile(reason.Error(), hint)
			}
			l.blame(from, blame{file: name})
		})
	}
}

// isForeign reports a file that was hardly meant to be a KPI file: no line begins with a key of one, not even a misspelt one. A link of a
// team may lead to a key or a password, so nothing of it is repeated.
func (l *loader) isForeign(d *document.File) bool {
	known, isEmpty := keys.Names(l.fileKeys(), "included"), true
	for line := range strings.Lines(d.Content) {
		line = strings.TrimLeft(line, " \t{-?\"'")
		key, _, isKey := strings.Cut(line, ":")
		key = strings.TrimRight(key, " \"'")
		if isKey && (document.IsOneOf(key, known) || document.Nearest(key, known) != "") {
			return false
		}
		isEmpty = isEmpty && (strings.TrimSpace(line) == "" || line[0] == '#')
	}
	if isEmpty {
		return false
	}
	d.FailFile("this is not a KPI file: no line begins with kpis: or another key of one", "see the keys of an included file in the documentation")
	return true
}
