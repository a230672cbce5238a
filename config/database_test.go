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
