package config

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
)

// databaseReader reads a database.
type databaseReader struct {
	*file
	*Database
	urlKey, urlFileKey, passwordFileKey *document.Node // Nil if they are not said.
	dataUntil                           *sqlfile.Text
}

func databaseKeys() []keys.Into[*databaseReader] {
	return []keys.Into[*databaseReader]{
		keys.To("url", "database", schema.Text(), "`"+strings.Join(engine.Examples(), "` or `")+"`; `${NAME}` comes from the environment", func(r *databaseReader, k, v *document.Node) {
			r.urlKey = k
			r.Hide(document.Resolve(v))
			r.at.url = r.File.Position(document.Resolve(v))
			r.url = r.Text(v, k.Value).Value
		}),
		keys.To("url_file", "database", schema.Text(), "file that holds the URL, in place of `url`", func(r *databaseReader, k, v *document.Node) {
			r.urlFileKey = k
			r.at.url = r.File.Position(document.Resolve(v))
			r.urlFile = keys.SecretPath(r.File, v, k.Value)
		}),
		keys.To("password_file", "database", schema.Text(), "file that holds the password, beside a `url` without one", func(r *databaseReader, k, v *document.Node) {
			r.passwordFileKey = k
			r.passwordFile = keys.SecretPath(r.File, v, k.Value)
		}),
		keys.To("http_config_file", "database", schema.Text(), "for a Prometheus: file that says how to log in and which certificates to trust, in the form of Prometheus's `<http_config>`", func(r *databaseReader, k, v *document.Node) {
			r.at.httpFile = r.File.Position(k)
			if !keys.IsPlain(r.File, v, k.Value) {
				return
			}
			if path := r.SecretPath(v, k.Value); path.OK {
				r.httpFile = r.Path(path.Value)
			}
		}),
		keys.To("max_connections", "database", schema.Count(), "how many connections the exporter opens at most; 2 by default; on MySQL, one of them is kept to cancel queries", func(r *databaseReader, k, v *document.Node) {
			r.at.connections = r.File.Position(k)
			if keys.IsPlain(r.File, v, k.Value) {
				r.MaxConnections = quantity.Count(r.File, v, k.Value).Value
			}
		}),
		keys.To("session_timezone", "database", schema.Text(), "time zone of the session; by default that of the KPI; on MySQL and Prometheus it is always UTC", func(r *databaseReader, k, v *document.Node) {
			r.at.zone = r.File.Position(k)
			if keys.IsPlain(r.File, v, k.Value) {
				if zone := r.Location(v, k.Value); zone.OK {
					r.SessionTimezone = zone.Value.String()
				}
			}
		}),
		keys.To("data_until", "database", schema.SQL(), "SQL, or PromQL, for the instant up to which the data is complete; see [Late data](periods.md#late-data-settle-data_until)", func(r *databaseReader, k, v *document.Node) {
			r.dataUntil = sqlfile.ReadDataUntil(r.File, v, k.Value).Value
		}),
		keys.To("data_from", "database", schema.Instant(), "when the data begins, such as `2024-03-01`; earlier periods have no value; see [Where the data begins](periods.md#where-the-data-begins-data_from)", func(r *databaseReader, k, v *document.Node) {
			r.dataFrom = keys.ReadInstant(r.File, v, k.Value).Value
		}),
	}
}

// unknown keeps the value of a key that is not known from being shown. It reports those that a URL is made of.
func (r *databaseReader) unknown(k, v *document.Node) bool {
	r.Hide(document.Resolve(v))
	if !document.IsOneOf(k.Value, "password host port user dbname dsn") {
		return false
	}
	r.Fail(k, "write url: postgres://user@host:5432/name, and the password in a password_file", "unknown key %q in a database", k.Value)
	return true
}

// warnOfExposed warns of secrets of the URL that everybody may read: in files that its parameters name, and in the KPI file itself.
func (r *databaseReader) warnOfExposed() {
	location := r.location()
	if r.urlKey == nil {
		return
	}
	files := location.SecretFiles()
	for _, parameter := range slices.Sorted(maps.Keys(files)) {
		keys.WarnOfExposed(r.File, r.urlKey, files[parameter], parameter)
	}
	if location.HasPassword() && secret.IsExposed(r.Path(filepath.Base(r.File.Name))) {
		r.Warn("exposed_secret", r.urlKey, "chmod 600, or write the password into a password_file", "everybody on this machine may read this file, and it holds a password")
	}
}

func (l *loader) decodeDatabase(f *file, k, v *document.Node) *Database {
	db := &Database{Name: k.Value, MaxConnections: 2, Position: f.Position(k), folder: f.Folder()}
	if !keys.IsLabelName(strings.ReplaceAll(k.Value, "-", "_")) {
		f.Fail(k, "write letters, digits, _ and -", "%s is not a valid name for a database", document.Quote(k.Value))
	}
	failed := f.ErrorCount()
	r := databaseReader{file: f, Database: db}
	if n := document.Resolve(v); n.Kind == document.ScalarNode {
		f.Hide(n)
	}
	keys.Read(f.File, v, "a database", databaseKeys(), &r, r.unknown)
	if until := parse(r.dataUntil, db); until != nil {
		db.DataUntil = until.Statement
	}
	switch {
	case r.urlKey != nil && r.urlFileKey != nil:
		f.Fail(r.urlFileKey, "leave one of them out", "url and url_file cannot be used together")
	case r.urlKey == nil && r.urlFileKey == nil && f.ErrorCount() == failed:
		f.Fail(k, "write url: ${APP_DATABASE_URL}, or url_file: with the path of a file that holds it", "database %s has no url", f.Show(k.Line, k.Value))
	case r.passwordFileKey != nil && r.urlKey == nil && f.ErrorCount() == failed:
		f.Fail(r.passwordFileKey, "write url: without the password beside it", "password_file needs a url")
	}
	if r.urlKey != nil && db.url != "" {
		if err := db.location().Check(); err != nil {
			if p, ok := errors.AsType[*engine.PartError](err); ok {
				f.Fail(r.urlKey, p.Instead, "%s", p.Message)
			} else {
				f.Fail(r.urlKey, "write url: ${APP_DATABASE_URL}, or "+r.example(), "%s", err)
			}
		}
		if warning := db.Warning(); warning != "" {
			f.Warn("sslmode", r.urlKey, "", "%s", warning)
		}
		if name := db.location().EscapedVariable(); name != "" {
			f.Warn("escaped_variable", r.urlKey, "write what it stands for into the variable: inside a url, a variable is not escaped",
				"the environment variable %s holds a %% with two hexadecimal digits, which is taken as it is", name)
		}
	}
	if e := db.Engine(); e != nil {
		for _, m := range db.misfits(e) {
			f.FailIn(m.at, m.instead, m.message)
		}
	}
	r.warnOfExposed()
	return db
}

// example returns a URL of the engine that the one in the file seems to be for.
func (r *databaseReader) example() string {
	switch e := r.Engine(); {
	case e != nil:
		return e.Example()
	case strings.HasPrefix(r.url, "http"):
		return engine.Prometheus{}.Example()
	}
	return engine.Postgres{}.Example()
}
