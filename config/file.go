package config

import (
	"cmp"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// The keys of a file. The main file has more than those it includes.
const (
	includedKeys  = "owners objectives defaults queries kpis"
	mainKeys      = "product grafana_url stage timezone databases include lint " + includedKeys
	lintKeys      = "off"
	databaseKeys  = "url url_file password_file max_connections session_timezone data_until data_from"
	ownerKeys     = "slack email"
	objectiveKeys = "title owner description"
)

// file is the content of one file, not yet joined with the others.
type file struct {
	*document.File
	defaults   settings
	databases  []*Database
	owners     []*Owner
	objectives []*objectiveDecl
	queries    []*queryDecl
	kpis       []*kpiDecl
}

// objectiveDecl is an objective, and where its name is.
type objectiveDecl struct {
	Objective
	n *document.Node
}

// queryDecl is a named query as declared in its file.
type queryDecl struct {
	file *file
	n    *document.Node // Its name.
	settings
	sql       *sqlText           // Nil when there is something wrong with it.
	dataUntil *sqltext.Statement // Nil when it is not set.
	used      []*kpiDecl         // KPIs with values from it.
	planned   []*kpiDecl         // KPIs with targets from it.
	made      *Query
}

// query returns the query that all its KPIs share.
func (q *queryDecl) query() *Query {
	if q.made == nil {
		q.made = &Query{Name: q.n.Value, Statement: q.sql.statement, DataUntil: q.dataUntil, Position: q.sql.place, exact: q.sql.exact}
	}
	return q.made
}

// kpiDecl is a KPI as declared in its file.
type kpiDecl struct {
	file *file
	n    *document.Node // Its name.
	settings
	title, description, from, value document.Field[string]
	sql                             *sqlText
	formula                         *formulaText     // Nil without one, and when there is something wrong with it.
	reads                           []columnRead     // Where formulas read the column that it is for; empty for a KPI.
	sources                         []*document.Node // The keys that say where the value comes from.
	keys                            []*document.Node // All keys.
	ownMerge                        document.Field[string]
	target                          *document.Node
	made                            *KPI
}

// isColumn reports whether the declaration is for a column of a query, which formulas read.
func (decl *kpiDecl) isColumn() bool { return len(decl.reads) > 0 }

// decodeFile reads a file.
func (l *loader) decodeFile(f *file, root *document.Node, isMain bool) {
	known := includedKeys
	if isMain {
		known = mainKeys
	}
	f.Mapping(root, "the file", known, func(k, v *document.Node) bool {
		if !isMain && document.IsOneOf(k.Value, mainKeys) && !document.IsOneOf(k.Value, includedKeys) {
			f.Fail(k, "move it to "+l.config.Files[0], "%s belongs in the main file", document.Quote(k.Value))
			return true
		}
		switch k.Value {
		case "product":
			l.config.Product = f.Text(v, k.Value).Value
		case "grafana_url":
			l.config.GrafanaURL = strings.TrimRight(f.WebURL(v, k.Value).Value, "/")
		case "stage":
			l.config.Stage = f.Word(v, k.Value, stages).Value
		case "timezone":
			l.timezone = f.Location(v, k.Value)
		case "include":
			l.include = f.List(v, k.Value)
		case "lint":
			f.Mapping(v, k.Value, lintKeys, func(k, v *document.Node) bool {
				if k.Value == "off" {
					l.config.LintOff = l.readLintOff(f.File, v)
				}
				return k.Value == "off"
			})
		case "databases":
			f.Each(v, k.Value, func(k, v *document.Node) { f.databases = append(f.databases, l.decodeDatabase(f, k, v)) })
		case "owners":
			f.Each(v, k.Value, func(k, v *document.Node) { f.owners = append(f.owners, f.owner(k, v)) })
		case "objectives":
			f.Each(v, k.Value, func(k, v *document.Node) { f.objectives = append(f.objectives, f.objective(k, v)) })
		case "defaults":
			l.decodeDefaults(f, v)
		case "queries":
			f.Each(v, k.Value, func(k, v *document.Node) { f.queries = append(f.queries, l.decodeQuery(f, k, v)) })
		case "kpis":
			f.Each(v, k.Value, func(k, v *document.Node) { f.kpis = append(f.kpis, l.decodeKPI(f, k, v)) })
		case "decisions":
			f.NotSupported(k, k.Value)
		default:
			return false
		}
		return true
	})
}

func (l *loader) decodeDatabase(f *file, k, v *document.Node) *Database {
	db := &Database{Name: k.Value, MaxConnections: 2, Position: f.Position(k)}
	if !isLabelName(strings.ReplaceAll(k.Value, "-", "_")) {
		f.Fail(k, "write letters, digits, _ and -", "this is not a name for a database")
	}
	failed := f.ErrorCount()
	var url, urlFile, passwordFile *document.Node
	if n := document.Resolve(v); n.Kind == document.ScalarNode {
		f.Hide(n)
	}
	f.Mapping(v, "a database", databaseKeys, func(k, v *document.Node) bool {
		switch k.Value {
		case "url":
			url = k
			f.Hide(document.Resolve(v))
			db.url = f.Text(v, k.Value).Value
		case "url_file":
			urlFile = k
			db.urlFile = f.secretPath(v, k.Value)
		case "password_file":
			passwordFile = k
			db.passwordFile = f.secretPath(v, k.Value)
		case "max_connections":
			if f.plainOnly(v, k.Value) {
				db.MaxConnections = quantity.Count(f.File, v, k.Value).Value
			}
		case "session_timezone":
			if f.plainOnly(v, k.Value) {
				if zone := f.Location(v, k.Value); zone.OK {
					db.SessionTimezone = zone.Value.String()
				}
			}
		case "data_until":
			db.DataUntil = readDataUntil(f.File, v, k.Value)
		case "data_from":
			db.dataFrom = readInstant(f.File, v, k.Value).Value
		case "password", "host", "port", "user", "dbname", "dsn":
			f.Hide(document.Resolve(v))
			f.Fail(k, "write url: postgres://user@host:5432/name, and the password in a password_file", "unknown key %q in a database", k.Value)
		default:
			f.Hide(document.Resolve(v))
			return false
		}
		return true
	})
	switch {
	case url != nil && urlFile != nil:
		f.Fail(urlFile, "leave one of them out", "url and url_file exclude each other")
	case url == nil && urlFile == nil && f.ErrorCount() == failed:
		f.Fail(k, "write url: ${APP_DATABASE_URL}, or url_file: with the path of a file that holds it", "database %s has no url", f.Show(k.Line, k.Value))
	case passwordFile != nil && url == nil && f.ErrorCount() == failed:
		f.Fail(passwordFile, "write url: without the password beside it", "password_file needs a url")
	}
	if url != nil && db.url != "" {
		if err := db.location().Check(); err != nil {
			f.Fail(url, "write url: ${APP_DATABASE_URL}, or postgres://user@host:5432/name", "%s", err)
		}
		if warning := db.Warning(); warning != "" {
			f.Warn("sslmode", url, "", "%s", warning)
		}
	}
	return db
}

// secretPath reads the path of a file that holds a secret.
func (f *file) secretPath(n *document.Node, what string) string {
	if !f.plainOnly(n, what) {
		return ""
	}
	path := f.Text(n, what)
	if !path.OK {
		return ""
	}
	return f.Path(path.Value)
}

// plainOnly reports a ${NAME} where the environment is not read.
func (f *file) plainOnly(n *document.Node, what string) bool {
	n = document.Resolve(n)
	if n.Kind == document.ScalarNode && strings.Contains(n.Value, "${") {
		f.Fail(n, "write the value itself", "only url takes ${…} from the environment, not %s", what)
		return false
	}
	return true
}

func (f *file) owner(k, v *document.Node) *Owner {
	o := &Owner{Name: k.Value}
	f.Mapping(v, "an owner", ownerKeys, func(k, v *document.Node) bool {
		text := f.Text(v, k.Value)
		switch k.Value {
		case "slack":
			if text.OK && !strings.HasPrefix(text.Value, "#") && !strings.HasPrefix(text.Value, "@") {
				text.Fail(`write slack: "#`+text.Value+`"`, "a slack channel begins with #")
			}
			o.Slack = text.Value
		case "email":
			if local, domain, ok := strings.Cut(text.Value, "@"); text.OK && (!ok || local == "" || domain == "") {
				text.Fail("", "%s is not an email address", document.Quote(text.Value))
			}
			o.Email = text.Value
		default:
			return false
		}
		return true
	})
	return o
}

func (f *file) objective(k, v *document.Node) *objectiveDecl {
	o := &objectiveDecl{Objective: Objective{Name: k.Value}, n: k}
	titled := false
	f.Mapping(v, "an objective", objectiveKeys, func(k, v *document.Node) bool {
		switch k.Value {
		case "title":
			titled = true
			o.Title = f.Text(v, k.Value).Value
		case "owner":
			o.Owner = f.Text(v, k.Value).Value
		case "description":
			o.Description = f.Text(v, k.Value).Value
		default:
			return false
		}
		return true
	})
	if !titled && document.Resolve(v).Kind == document.MappingNode && document.FindOwn(v, "title") == nil {
		f.Fail(k, "add title:", "objective %s has no title", document.Quote(k.Value))
	}
	return o
}

func (l *loader) decodeDefaults(f *file, n *document.Node) {
	s := &f.defaults
	f.Mapping(n, "defaults", defaultKeys, func(k, v *document.Node) bool {
		switch k.Value {
		case "tolerance":
			s.tolerance = document.Good(f.File, v, v)
		case "min_sample":
			s.minSample = document.Good(f.File, v, v)
		case "pace":
			s.pace = f.Word(v, k.Value, "linear")
		case "title", "description", "query", "query_file", "from", "value", "formula", "target", "at_least", "at_most", "between", "critical", "stretch":
			f.Fail(k, "write it in each KPI", "%s cannot be a default", k.Value)
		default:
			return l.setting(f.File, s, k, v)
		}
		return true
	})
	s.exclusive()
}

func (l *loader) decodeQuery(f *file, k, v *document.Node) *queryDecl {
	q := &queryDecl{file: f, n: k}
	checkName(f.File, k, "query")
	var sources []*document.Node
	f.Mapping(v, "a query", queryKeys, func(k, v *document.Node) bool {
		switch k.Value {
		case "query":
			sources = append(sources, k)
			q.sql = readQuery(f.File, v, k.Value)
		case "query_file":
			sources = append(sources, k)
			q.sql = l.queryFile(f.File, v)
		case "data_until":
			q.dataUntil = readDataUntil(f.File, v, k.Value)
		case "title", "description", "from", "formula", "value", "target":
			f.Fail(k, "write it in each KPI that reads the query", "a named query has no %s", k.Value)
		default:
			return l.setting(f.File, &q.settings, k, v)
		}
		return true
	})
	q.exclusive()
	switch {
	case len(sources) > 1:
		f.Fail(sources[1], "leave one of them out", "%s and %s exclude each other", sources[0].Value, sources[1].Value)
	case len(sources) == 0 && document.Resolve(v).Kind == document.MappingNode && document.FindOwn(v, "query") == nil && document.FindOwn(v, "query_file") == nil:
		f.Fail(k, "add query: or query_file:", "query %s has no SQL", document.Quote(k.Value))
	}
	return q
}

func (l *loader) decodeKPI(f *file, k, v *document.Node) *kpiDecl {
	decl := &kpiDecl{file: f, n: k}
	checkName(f.File, k, "KPI")
	f.Mapping(v, "a KPI", kpiKeys, func(k, v *document.Node) bool {
		decl.keys = append(decl.keys, k)
		switch k.Value {
		case "title":
			decl.title = f.Text(v, k.Value)
		case "description":
			decl.description = f.Text(v, k.Value)
		case "query":
			decl.sources = append(decl.sources, k)
			decl.sql = readQuery(f.File, v, k.Value)
		case "query_file":
			decl.sources = append(decl.sources, k)
			decl.sql = l.queryFile(f.File, v)
		case "from":
			decl.sources = append(decl.sources, k)
			decl.from = f.Text(v, k.Value)
		case "formula":
			decl.sources = append(decl.sources, k)
			decl.formula = readFormula(f.File, v, decl.n.Value)
		case "value":
			decl.value = f.Text(v, k.Value)
		case "target":
			decl.target = v
		case "data_until":
			f.Fail(k, "set it on the database, or on a query below queries", "%s belongs to a database or a named query", k.Value)
		case "tolerance", "min_sample", "pace", "segments", "at_least", "at_most", "between", "critical", "stretch":
			f.Fail(k, "indent it below target:", "%s belongs in the target", k.Value)
		default:
			return l.setting(f.File, &decl.settings, k, v)
		}
		return true
	})
	if document.Resolve(v).Kind != document.MappingNode {
		return decl
	}
	decl.exclusive()
	if !decl.title.Said() && document.FindOwn(v, "title") == nil {
		f.Fail(k, "add title:", "KPI %s has no title", document.Quote(k.Value))
	}
	switch {
	case len(decl.sources) > 1:
		f.Fail(decl.sources[1], "leave one of them out", "%s and %s exclude each other", decl.sources[0].Value, decl.sources[1].Value)
	case len(decl.sources) == 0 && document.FindOwn(v, "query") == nil && document.FindOwn(v, "query_file") == nil && document.FindOwn(v, "from") == nil && document.FindOwn(v, "formula") == nil:
		f.Fail(k, "add query:, query_file:, from: or formula:", "KPI %s has no query", document.Quote(k.Value))
	}
	return decl
}

// timezoneOr returns the zone of a KPI: its own, that of the file, or UTC.
func (l *loader) timezoneOr(s *settings) *time.Location {
	return cmp.Or(s.timezone.Value, l.otherZone, l.timezone.Value, time.UTC)
}
