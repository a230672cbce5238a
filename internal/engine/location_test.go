package engine

import (
	"strings"
	"testing"
)

// TestPublicHoldsNoSecret has URLs with a password in every place where people write one.
func TestPublicHoldsNoSecret(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://kpi:hunter2@db:5433/app?sslmode=require":   "postgres://kpi@db:5433/app",
		"postgres://kpi:hun:ter2@h@db/app":                     "postgres://kpi@db/app",
		"postgres://db:5433/app?user=kpi&password=hunter2":     "postgres://db:5433/app user=kpi",
		"postgres://db/app?user=kpi&password=hunter2@x":        "postgres://db/app user=kpi",
		"postgres:///?host=/run/a&dbname=app&password=hunter2": "postgres:/// host=/run/a dbname=app",
		"postgres://kpi:${PASSWORD}@${HOST}/app":               "postgres://kpi@${HOST}/app",
		"postgres://kpi:hunter2${REST}":                        "postgres://kpi",
		"postgres://kpi:hunter2?@${HOST}/app":                  "postgres://kpi",
		"${APP_DATABASE_URL}":                                  "${APP_DATABASE_URL}",
		"hunter2${REST}":                                       "${REST}",
		"mysql://kpi:hunter2@db/app":                           "mysql://kpi@db/app",
		"sqlite://data/a:1@b.db?key=hunter2":                   "sqlite://data/a:1@b.db",
		"":                                                     "",
	} {
		got := Location{URL: url, PasswordFile: "hunter2", URLFile: "hunter2", Folder: "hunter2"}.Public()
		if got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
		if strings.Contains(got, "hunter2") {
			t.Errorf("%s: %q holds the password", url, got)
		}
	}
}
