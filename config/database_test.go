package config

import (
	"os"
	"path/filepath"
	"testing"
)

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDatabaseAddress has the keys of a database lead to one, relative to the file that says them.
func TestDatabaseAddress(t *testing.T) {
	for want, d := range map[string]Database{
		"postgres://kpi:pw@db/app?sslmode=require": {url: "postgres://kpi@db/app", passwordFile: writeFile(t, "pw\n")},
		"postgres://kpi@db/app?sslmode=require":    {urlFile: writeFile(t, "postgres://kpi@db/app\n")},
		"sqlite://conf/data/app.db":                {url: "sqlite://data/app.db", folder: "conf"},
		"sqlite:///data/app.db":                    {url: "sqlite:///data/app.db", folder: "conf"},
	} {
		got, err := d.Address()
		if err != nil || got.Reveal() != want {
			t.Errorf("%v, %v, want %s", got, err, want)
		}
	}
	d := Database{Name: "app", url: "${KPI_NOT_SET}"}
	if _, err := d.Address(); err == nil || err.Error() != `database "app": the environment variable KPI_NOT_SET is not set` {
		t.Errorf("error %v", err)
	}
	d.url = "postgres://u@h/db?sslmode=disable"
	if got, want := d.Warning(), `database "app": with sslmode=disable the password and the data may cross the network unencrypted: set sslmode=verify-full, or sslmode=require`; got != want {
		t.Errorf("Warning() = %s", got)
	}
}

// TestDatabaseMisfit has a variable or a file lead to an engine that does not take what else is set: nothing is connected to.
func TestDatabaseMisfit(t *testing.T) {
	for engine, u := range map[string]string{"MYSQL": "mysql://u@h/db", "PROMETHEUS": "prometheus+https://h", "POSTGRES": "postgres://u@h/db", "SQLITE": "sqlite://a.db"} {
		t.Setenv("KPI_"+engine, u)
	}
	for name, test := range map[string]struct {
		database Database
		want     string // "" for an address.
	}{
		"a zone on MySQL":                 {Database{url: "${KPI_MYSQL}", SessionTimezone: "Asia/Tokyo"}, "session_timezone is set, and the time zone of a session of MySQL is always UTC: leave it out, and convert in the query: CONVERT_TZ(created_at, 'UTC', :timezone)"},
		"a zone on MySQL, from a file":    {Database{urlFile: writeFile(t, "mariadb://u@h/db"), SessionTimezone: "UTC"}, "session_timezone is set, and the time zone of a session of MySQL is always UTC: leave it out, and convert in the query: CONVERT_TZ(created_at, 'UTC', :timezone)"},
		"a zone on Prometheus":            {Database{url: "${KPI_PROMETHEUS}", SessionTimezone: "Asia/Tokyo"}, "session_timezone is set, and the time zone of a session of Prometheus is always UTC: leave it out: [:period] is as long as the period is in the time zone of the KPI"},
		"a zone on PostgreSQL":            {Database{url: "${KPI_POSTGRES}", SessionTimezone: "Asia/Tokyo"}, ""},
		"a zone on SQLite":                {Database{url: "${KPI_SQLITE}", SessionTimezone: "Asia/Tokyo"}, ""},
		"a client of HTTP for PostgreSQL": {Database{url: "${KPI_POSTGRES}", httpFile: "missing"}, "http_config_file is for a Prometheus, and the url is one of PostgreSQL: leave it out: the url says how to connect"},
		"a client of HTTP for MySQL":      {Database{url: "${KPI_MYSQL}", httpFile: "missing"}, "http_config_file is for a Prometheus, and the url is one of MySQL: leave it out: the url says how to connect"},
		"a client of HTTP for SQLite":     {Database{url: "${KPI_SQLITE}", httpFile: "missing"}, "http_config_file is for a Prometheus, and the url is one of SQLite: leave it out: the url says how to connect"},
		"a client of HTTP":                {Database{url: "${KPI_PROMETHEUS}", httpFile: writeFile(t, "{}")}, ""},
		"one connection for MySQL":        {Database{url: "${KPI_MYSQL}", MaxConnections: 1}, "max_connections is 1, and MySQL needs one connection to cancel queries beside those that run them: write max_connections: 2 or more"},
		"one connection for PostgreSQL":   {Database{url: "${KPI_POSTGRES}", MaxConnections: 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.database.Name = "app"
			_, err := test.database.Address()
			if want := `database "app": ` + test.want; (err == nil) != (test.want == "") || err != nil && err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// TestDatabaseDigest tells apart what leads to other data, or reads it as somebody else, and nothing more.
func TestDatabaseDigest(t *testing.T) {
	digest := func(d Database) string {
		t.Helper()
		text, err := d.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Setenv("KPI_HOST", "db")
	same := digest(Database{url: "postgres://kpi:one@db/app"})
	for name, d := range map[string]Database{
		"password":      {url: "postgres://kpi:two@db/app"},
		"password file": {url: "postgres://kpi@db/app", passwordFile: "/absent"},
		"port":          {url: "postgres://kpi@db:5432/app"},
		"variable":      {url: "postgres://kpi@${KPI_HOST}/app"},
		"file":          {urlFile: writeFile(t, "postgres://kpi@db/app\n")},
		"encryption":    {url: "postgres://kpi@db/app?sslmode=verify-full&connect_timeout=3"},
		"parameters":    {url: "postgres:///?host=db&port=5432&user=kpi&dbname=app"},
	} {
		if digest(d) != same {
			t.Errorf("%s: another digest", name)
		}
	}
	seen := map[string]string{same: "the first"}
	for name, d := range map[string]Database{
		"host":   {url: "postgres://kpi@db2/app"},
		"port":   {url: "postgres://kpi@db:5433/app"},
		"name":   {url: "postgres://kpi@db/app2"},
		"user":   {url: "postgres://kpi2@db/app"},
		"schema": {url: "postgres://kpi@db/app?search_path=tenant"},
		"hosts":  {url: "postgres://kpi@db,db2/app"},
		"engine": {url: "sqlite://app.db"},
		"file":   {url: "sqlite://app2.db"},
		"mysql":  {url: "mysql://kpi@db/app"},
		"socket": {url: "mysql://kpi@localhost/app?socket=/run/mysqld.sock"},
	} {
		if other, known := seen[digest(d)]; known {
			t.Errorf("%s: the same digest as %s", name, other)
		}
		seen[digest(d)] = name
	}
	if _, err := (&Database{Name: "app", url: "${KPI_NOT_SET}"}).Digest(); err == nil {
		t.Error("no error without the variable")
	}
}
