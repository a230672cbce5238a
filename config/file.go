package config

import (
	"cmp"
	"strings"
	"time"

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

// file is what one file says, not yet joined with the others.
type file struct {
	*decoder
	defaults   settings
	databases  []*Database
	owners     []*Owner
	objectives []*objectiveDecl
	queries    []*queryDecl
	kpis       []*kpiDecl
}

// objectiveDecl is an objective, and where its name stands.
type objectiveDecl struct {
	Objective
	n *node
}

// queryDecl is a named query as its file says it.
type queryDecl struct {
	file *file
	n    *node // Its name.
	settings
	sql       *sqlText           // Nil when there is something wrong with it.
	dataUntil *sqltext.Statement // Nil when it is not said.
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

// kpiDecl is a KPI as its file says it.
type kpiDecl struct {
	file *file
	n    *node // Its name.
	settings
	title, description, from, value field[string]
	sql                             *sqlText
	formula                         *formulaText // Nil without one, and when there is something wrong with it.
	reads                           []columnRead // Where formulas read the column that it stands for; none of a KPI.
	sources                         []*node      // The keys that say where the value comes from.
	keys                            []*node      // All keys.
	ownMerge                        field[string]
	target                          *node
	made                            *KPI
}

// isColumn reports whether the declaration stands for a column of a query, which formulas read.
func (decl *kpiDecl) isColumn() bool { return len(decl.reads) > 0 }

// decodeFile reads what a file says.
func (l *loader) decodeFile(f *file, root *node, isMain bool) {
	known := includedKeys
	if isMain {
		known = mainKeys
	}
	f.mapping(root, "the file", known, func(k, v *node) bool {
		if !isMain && isOneOf(k.Value, mainKeys) && !isOneOf(k.Value, includedKeys) {
			f.fail(k, "move it to "+l.config.Files[0], "%s belongs in the main file", quote(k.Value))
			return true
		}
		switch k.Value {
		case "product":
			l.config.Product = f.text(v, k.Value).value
		case "grafana_url":
			l.config.GrafanaURL = strings.TrimRight(f.webURL(v, k.Value).value, "/")
		case "stage":
			l.config.Stage = f.word(v, k.Value, stages).value
		case "timezone":
			l.timezone = f.location(v, k.Value)
		case "include":
			l.include = f.list(v, k.Value)
		case "lint":
			f.mapping(v, k.Value, lintKeys, func(k, v *node) bool {
				if k.Value == "off" {
					l.config.LintOff = readLintOff(f.decoder, v)
				}
				return k.Value == "off"
			})
		case "databases":
			f.each(v, k.Value, func(k, v *node) { f.databases = append(f.databases, l.decodeDatabase(f, k, v)) })
		case "owners":
			f.each(v, k.Value, func(k, v *node) { f.owners = append(f.owners, f.owner(k, v)) })
		case "objectives":
			f.each(v, k.Value, func(k, v *node) { f.objectives = append(f.objectives, f.objective(k, v)) })
		case "defaults":
			l.decodeDefaults(f, v)
		case "queries":
			f.each(v, k.Value, func(k, v *node) { f.queries = append(f.queries, l.decodeQuery(f, k, v)) })
		case "kpis":
			f.each(v, k.Value, func(k, v *node) { f.kpis = append(f.kpis, l.decodeKPI(f, k, v)) })
		case "decisions":
			f.notSupported(k, k.Value)
		default:
			return false
		}
		return true
	})
}

func (l *loader) decodeDatabase(f *file, k, v *node) *Database {
	db := &Database{Name: k.Value, MaxConnections: 2, Position: f.position(k)}
	if !isLabelName(strings.ReplaceAll(k.Value, "-", "_")) {
		f.fail(k, "write letters, digits, _ and -", "this is not a name for a database")
	}
	failed := f.errorCount()
	var url, urlFile, passwordFile *node
	if n := resolve(v); n.Kind == scalarNode {
		f.hide(n)
	}
	f.mapping(v, "a database", databaseKeys, func(k, v *node) bool {
		switch k.Value {
		case "url":
			url = k
			f.hide(resolve(v))
			db.url = f.text(v, k.Value).value
		case "url_file":
			urlFile = k
			db.urlFile = f.secretPath(v, k.Value)
		case "password_file":
			passwordFile = k
			db.passwordFile = f.secretPath(v, k.Value)
		case "max_connections":
			if f.plainOnly(v, k.Value) {
				db.MaxConnections = readCount(f.decoder, v, k.Value).value
			}
		case "session_timezone":
			if f.plainOnly(v, k.Value) {
				if zone := f.location(v, k.Value); zone.ok {
					db.SessionTimezone = zone.value.String()
				}
			}
		case "data_until":
			db.DataUntil = readDataUntil(f.decoder, v, k.Value)
		case "data_from":
			db.dataFrom = readInstant(f.decoder, v, k.Value).value
		case "password", "host", "port", "user", "dbname", "dsn":
			f.hide(resolve(v))
			f.fail(k, "write url: postgres://user@host:5432/name, and the password in a password_file", "unknown key %q in a database", k.Value)
		default:
			f.hide(resolve(v))
			return false
		}
		return true
	})
	switch {
	case url != nil && urlFile != nil:
		f.fail(urlFile, "leave one of them out", "url and url_file exclude each other")
	case url == nil && urlFile == nil && f.errorCount() == failed:
		f.fail(k, "write url: ${APP_DATABASE_URL}, or url_file: with the path of a file that holds it", "database %s has no url", f.show(k.Line, k.Value))
	case passwordFile != nil && url == nil && f.errorCount() == failed:
		f.fail(passwordFile, "write url: without the password beside it", "password_file needs a url")
	}
	if url != nil && db.url != "" {
		if err := db.location().Check(); err != nil {
			f.fail(url, "write url: ${APP_DATABASE_URL}, or postgres://user@host:5432/name", "%s", err)
		}
		if warning := db.Warning(); warning != "" {
			f.warn("sslmode", url, "", "%s", warning)
		}
	}
	return db
}

// secretPath reads the path of a file that holds a secret.
func (f *file) secretPath(n *node, what string) string {
	if !f.plainOnly(n, what) {
		return ""
	}
	path := f.text(n, what)
	if !path.ok {
		return ""
	}
	return f.path(path.value)
}

// plainOnly reports a ${NAME} where the environment is not asked.
func (f *file) plainOnly(n *node, what string) bool {
	n = resolve(n)
	if n.Kind == scalarNode && strings.Contains(n.Value, "${") {
		f.fail(n, "write the value itself", "only url takes ${…} from the environment, not %s", what)
		return false
	}
	return true
}

func (f *file) owner(k, v *node) *Owner {
	o := &Owner{Name: k.Value}
	f.mapping(v, "an owner", ownerKeys, func(k, v *node) bool {
		text := f.text(v, k.Value)
		switch k.Value {
		case "slack":
			if text.ok && !strings.HasPrefix(text.value, "#") && !strings.HasPrefix(text.value, "@") {
				text.fail(`write slack: "#`+text.value+`"`, "a slack channel begins with #")
			}
			o.Slack = text.value
		case "email":
			if local, domain, ok := strings.Cut(text.value, "@"); text.ok && (!ok || local == "" || domain == "") {
				text.fail("", "%s is not an email address", quote(text.value))
			}
			o.Email = text.value
		default:
			return false
		}
		return true
	})
	return o
}

func (f *file) objective(k, v *node) *objectiveDecl {
	o := &objectiveDecl{Objective: Objective{Name: k.Value}, n: k}
	titled := false
	f.mapping(v, "an objective", objectiveKeys, func(k, v *node) bool {
		switch k.Value {
		case "title":
			titled = true
			o.Title = f.text(v, k.Value).value
		case "owner":
			o.Owner = f.text(v, k.Value).value
		case "description":
			o.Description = f.text(v, k.Value).value
		default:
			return false
		}
		return true
	})
	if !titled && resolve(v).Kind == mappingNode && findOwn(v, "title") == nil {
		f.fail(k, "add title:", "objective %s has no title", quote(k.Value))
	}
	return o
}

func (l *loader) decodeDefaults(f *file, n *node) {
	s := &f.defaults
	f.mapping(n, "defaults", defaultKeys, func(k, v *node) bool {
		switch k.Value {
		case "tolerance":
			s.tolerance = good(f.decoder, v, v)
		case "min_sample":
			s.minSample = good(f.decoder, v, v)
		case "pace":
			s.pace = f.word(v, k.Value, "linear")
		case "title", "description", "query", "query_file", "from", "value", "formula", "target", "at_least", "at_most", "between", "critical", "stretch":
			f.fail(k, "write it in each KPI", "%s cannot be a default", k.Value)
		default:
			return l.setting(f.decoder, s, k, v)
		}
		return true
	})
	s.exclusive()
}

func (l *loader) decodeQuery(f *file, k, v *node) *queryDecl {
	q := &queryDecl{file: f, n: k}
	checkName(f.decoder, k, "query")
	var sources []*node
	f.mapping(v, "a query", queryKeys, func(k, v *node) bool {
		switch k.Value {
		case "query":
			sources = append(sources, k)
			q.sql = readQuery(f.decoder, v, k.Value)
		case "query_file":
			sources = append(sources, k)
			q.sql = l.queryFile(f.decoder, v)
		case "data_until":
			q.dataUntil = readDataUntil(f.decoder, v, k.Value)
		case "title", "description", "from", "formula", "value", "target":
			f.fail(k, "write it in each KPI that reads the query", "a named query has no %s", k.Value)
		default:
			return l.setting(f.decoder, &q.settings, k, v)
		}
		return true
	})
	q.exclusive()
	switch {
	case len(sources) > 1:
		f.fail(sources[1], "leave one of them out", "%s and %s exclude each other", sources[0].Value, sources[1].Value)
	case len(sources) == 0 && resolve(v).Kind == mappingNode && findOwn(v, "query") == nil && findOwn(v, "query_file") == nil:
		f.fail(k, "add query: or query_file:", "query %s has no SQL", quote(k.Value))
	}
	return q
}

func (l *loader) decodeKPI(f *file, k, v *node) *kpiDecl {
	decl := &kpiDecl{file: f, n: k}
	checkName(f.decoder, k, "KPI")
	f.mapping(v, "a KPI", kpiKeys, func(k, v *node) bool {
		decl.keys = append(decl.keys, k)
		switch k.Value {
		case "title":
			decl.title = f.text(v, k.Value)
		case "description":
			decl.description = f.text(v, k.Value)
		case "query":
			decl.sources = append(decl.sources, k)
			decl.sql = readQuery(f.decoder, v, k.Value)
		case "query_file":
			decl.sources = append(decl.sources, k)
			decl.sql = l.queryFile(f.decoder, v)
		case "from":
			decl.sources = append(decl.sources, k)
			decl.from = f.text(v, k.Value)
		case "formula":
			decl.sources = append(decl.sources, k)
			decl.formula = readFormula(f.decoder, v, decl.n.Value)
		case "value":
			decl.value = f.text(v, k.Value)
		case "target":
			decl.target = v
		case "data_until":
			f.fail(k, "set it on the database, or on a query below queries", "%s belongs to a database or a named query", k.Value)
		case "tolerance", "min_sample", "pace", "segments", "at_least", "at_most", "between", "critical", "stretch":
			f.fail(k, "indent it below target:", "%s belongs in the target", k.Value)
		default:
			return l.setting(f.decoder, &decl.settings, k, v)
		}
		return true
	})
	if resolve(v).Kind != mappingNode {
		return decl
	}
	decl.exclusive()
	if !decl.title.said() && findOwn(v, "title") == nil {
		f.fail(k, "add title:", "KPI %s has no title", quote(k.Value))
	}
	switch {
	case len(decl.sources) > 1:
		f.fail(decl.sources[1], "leave one of them out", "%s and %s exclude each other", decl.sources[0].Value, decl.sources[1].Value)
	case len(decl.sources) == 0 && findOwn(v, "query") == nil && findOwn(v, "query_file") == nil && findOwn(v, "from") == nil && findOwn(v, "formula") == nil:
		f.fail(k, "add query:, query_file:, from: or formula:", "KPI %s has no query", quote(k.Value))
	}
	return decl
}

// timezoneOr returns the zone of a KPI: its own, that of the file, or UTC.
func (l *loader) timezoneOr(s *settings) *time.Location {
	return cmp.Or(s.timezone.value, l.otherZone, l.timezone.value, time.UTC)
}
