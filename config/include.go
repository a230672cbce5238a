package config

import (
	"errors"
	"io/fs"
	"slices"

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
