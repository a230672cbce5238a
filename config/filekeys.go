package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/recipients"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

const (
	inMain  = "main"
	inFiles = inMain + " included"
)

// fileKeys returns the keys of a file. The main file has more than those it includes.
func (l *loader) fileKeys() []keys.Into[*file] {
	return slices.Concat(l.productKeys(), l.inputKeys(), l.deliveryKeys(), l.definitionKeys())
}

// productKeys describe the product, and hold for all its KPIs.
func (l *loader) productKeys() []keys.Into[*file] {
	return []keys.Into[*file]{
		keys.To("product", inMain, schema.Text(), "name of the product, in `kpi_info` and on dashboards", func(f *file, k, v *document.Node) {
			l.config.Product = f.ShortText(v, k.Value).Value
		}),
		keys.To("grafana_url", inMain, schema.WebURL(), "address of Grafana; alerts then link to the KPI's dashboard", func(f *file, k, v *document.Node) {
			l.config.GrafanaURL = strings.TrimRight(f.WebURL(v, k.Value).Value, "/")
		}),
		keys.To("stage", inMain, schema.Words(stages), "the product's stage of life; see `stages`", func(f *file, k, v *document.Node) {
			l.config.Stage = f.Word(v, k.Value, stages).Value
		}),
		keys.To("timezone", inMain, schema.Text(), "IANA time zone of all KPIs that name no other; `UTC` by default", func(f *file, k, v *document.Node) {
			l.timezone = f.Location(v, k.Value)
		}),
		keys.To("history", inMain, schema.Count(), "how many periods trends show, up to 100; 13 by default, and with 0 no past is read", func(f *file, k, v *document.Node) {
			if n := quantity.UpTo(100, f.File, v, k.Value); n.OK {
				l.config.History = n.Value
			}
		}),
		keys.To("max_series", inMain, schema.Count(), "how many rows all KPIs of the exporter together may have at most; 200000 by default", func(f *file, k, v *document.Node) {
			if n := quantity.Count(f.File, v, k.Value); n.OK {
				l.config.MaxSeries = n.Value
			}
		}),
	}
}

// inputKeys say what is read, and how it is checked.
func (l *loader) inputKeys() []keys.Into[*file] {
	return []keys.Into[*file]{
		keys.To("databases", inMain, schema.Mapping("database", "names, each with [keys](#keys-of-a-database)"), "where queries run", func(f *file, k, v *document.Node) {
			f.Each(v, k.Value, func(k, v *document.Node) { f.databases = append(f.databases, l.decodeDatabase(f, k, v)) })
		}),
		keys.To("include", inMain, schema.List(schema.Either(schema.Text(), schema.Mapping("include", "[keys](#keys-of-an-include)"))), "KPI files of other teams, relative to this one; `*` matches several", func(f *file, k, v *document.Node) {
			f.Items(v, k.Value, func(item *document.Node) { l.include = append(l.include, l.decodeInclude(f, item)) })
		}),
		keys.To("allow_paths", inMain, schema.List(schema.Text()), "folders from which `query_file`, `values_file` and `include` may read, beside the folder of this file", func(*file, *document.Node, *document.Node) {
			// Read first, by allow: what follows depends on it.
		}),
		keys.To("lint", inMain, schema.Mapping("lint", "[keys](#keys-of-lint)"), "which advice of `check` is switched off", func(f *file, k, v *document.Node) {
			keys.Read(f.File, v, k.Value, l.lintKeys(), f, nil)
		}),
	}
}

// deliveryKeys say which reports are sent, and how.
func (l *loader) deliveryKeys() []keys.Into[*file] {
	return []keys.Into[*file]{
		keys.To("mail", inMain, schema.Mapping("mail", "[keys](#keys-of-mail)"), "how [reports](report.md#delivery) are mailed", func(f *file, k, v *document.Node) {
			l.recipients.ReadMail(f.File, k, v)
		}),
		keys.To("slack", inMain, schema.Mapping("slack", "[keys](#keys-of-slack)"), "how reports are posted to Slack", func(f *file, k, v *document.Node) {
			l.recipients.ReadSlack(f.File, k, v)
		}),
		keys.To("reports", inMain, schema.Mapping("report", "names, each with [keys](#keys-of-a-report)"), "reports that [`report --send`](commands.md#report) delivers", func(f *file, k, v *document.Node) {
			f.Each(v, k.Value, func(k, v *document.Node) {
				if !l.without.Reports[k.Value] {
					l.recipients.ReadReport(f.File, k, v)
				}
			})
		}),
	}
}

// definitionKeys define what has a name, and the KPIs above all; every file may have them.
func (l *loader) definitionKeys() []keys.Into[*file] {
	return []keys.Into[*file]{
		keys.To("owners", inFiles, schema.Mapping("owner", "names, each with [keys](#keys-of-an-owner)"), "who answers for KPIs, and how alerts and reports reach them", func(f *file, k, v *document.Node) {
			f.Each(v, k.Value, func(k, v *document.Node) {
				if l.defines(ownerName, k) {
					f.owners = append(f.owners, ownerDecl{recipients.ReadOwner(f.File, k, v), k})
				}
			})
		}),
		keys.To("objectives", inFiles, schema.Mapping("objective", "names, each with [keys](#keys-of-an-objective)"), "what the KPIs are for", func(f *file, k, v *document.Node) {
			f.Each(v, k.Value, func(k, v *document.Node) {
				if l.defines(objectiveName, k) {
					f.objectives = append(f.objectives, f.objective(k, v))
				}
			})
		}),
		keys.To("defaults", inFiles, schema.Mapping("defaults", "[keys](#keys-of-a-kpi)"), "keys of KPIs that many share", func(f *file, _, v *document.Node) {
			f.defaults, _ = l.readKeys(f, v, "defaults", inDefaults)
		}),
		keys.To("queries", inFiles, schema.Mapping("query", "names, each with [keys](#keys-of-a-kpi)"), "SQL that several KPIs read; it runs once for all of them", func(f *file, k, v *document.Node) {
			f.Each(v, k.Value, func(k, v *document.Node) {
				if l.defines(queryName, k) {
					f.queries = append(f.queries, l.decodeQuery(f, k, v))
				}
			})
		}),
		keys.To("decisions", inFiles, schema.List(schema.Mapping("decision", "[decisions](#keys-of-a-decision)")), "what was decided about KPIs, and when", func(f *file, _, v *document.Node) {
			l.decisions.Read(f.File, v)
		}),
		keys.To("kpis", inFiles, schema.Mapping("kpi", "names, each with [keys](#keys-of-a-kpi)"), "the KPIs, by name", func(f *file, k, v *document.Node) {
			f.Each(v, k.Value, func(k, v *document.Node) {
				if !l.without.KPIs[k.Value] {
					f.kpis = append(f.kpis, l.decodeKPI(f, k, v))
				}
			})
		}),
	}
}

// decodeFile reads a file.
func (l *loader) decodeFile(f *file, root *document.Node, isMain bool) {
	mapping := "included"
	if isMain {
		mapping = inMain
	}
	known := l.fileKeys()
	if isMain {
		l.allow(f, root)
	}
	f.Mapping(root, "the file", keys.Names(known, mapping), func(k, v *document.Node) bool {
		switch {
		case keys.ReadOne(known, mapping, f, k, v):
		case document.IsOneOf(k.Value, keys.Names(known, inMain)):
			f.Fail(k, "move it to "+l.config.Files[0], "%s belongs in the main file", document.Quote(k.Value))
		default:
			return false
		}
		return true
	})
}

// allow limits what may be read to the folder of the main file, also where that file is a link to one elsewhere, and to those that it
// allows.
func (l *loader) allow(f *file, root *document.Node) {
	main := l.config.Files[0]
	folders := []string{f.Path(".")}
	if linked, err := filepath.EvalSymlinks(main); err == nil {
		folders = append(folders, filepath.Dir(linked))
	}
	f.Pairs(root, "the file", func(k, v *document.Node) {
		if k.Value == "allow_paths" {
			for _, folder := range f.List(v, k.Value).Value {
				folders = append(folders, f.Path(folder))
			}
		}
	})
	l.report.Allow(folders...)
}

func (l *loader) lintKeys() []keys.Into[*file] {
	check := schema.Text()
	if len(l.checks) > 0 {
		check = schema.Words(strings.Join(l.checks, " "))
	}
	return []keys.Into[*file]{
		keys.To("off", "lint", schema.List(check).As("list of names"), "[checks](lint.md) that are switched off, for this file and all that it includes", func(f *file, _, v *document.Node) {
			l.config.LintOff = l.readLintOff(f.File, v)
		}),
	}
}

// objectiveReader reads an objective.
type objectiveReader struct {
	*file
	*objectiveDecl
	titled bool
}

func objectiveKeys() []keys.Into[*objectiveReader] {
	return []keys.Into[*objectiveReader]{
		keys.To("title", "objective", schema.Required(schema.Text()), "the objective in a few words", func(r *objectiveReader, k, v *document.Node) {
			r.titled = true
			r.Title = r.ShortText(v, k.Value).Value
		}),
		keys.To("owner", "objective", schema.Text(), "who answers for it", func(r *objectiveReader, k, v *document.Node) {
			r.Owner = r.ShortText(v, k.Value).Value
		}),
		keys.To("description", "objective", schema.Text(), "what it means", func(r *objectiveReader, k, v *document.Node) {
			r.Description = r.Text(v, k.Value).Value
		}),
	}
}

func (f *file) objective(k, v *document.Node) *objectiveDecl {
	r := &objectiveReader{file: f, objectiveDecl: &objectiveDecl{Objective: Objective{Name: k.Value}, n: k}}
	keys.Read(f.File, v, "an objective", objectiveKeys(), r, nil)
	if !r.titled && document.Resolve(v).Kind == document.MappingNode && document.FindOwn(v, "title") == nil {
		f.Fail(k, "add title:", "objective %s has no title", document.Quote(k.Value))
	}
	return r.objectiveDecl
}
