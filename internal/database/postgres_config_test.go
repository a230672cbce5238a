package database

import (
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// TestPostgresConfig holds what parameters of a URL set, and that an empty one means the default: nothing outside of the configuration, such as
// ~/.pgpass.
func TestPostgresConfig(t *testing.T) {
	configOf := func(parameters string) (cfg struct {
		seconds                   time.Duration
		hostaddr, passfile, named string
		port                      uint16
		sni                       bool
	},
	) {
		t.Helper()
		address, err := engine.Location{URL: "postgres://kpi@db/shop?" + parameters}.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		c := PostgresConfig(address.(engine.PostgresURL))
		cfg.seconds, cfg.passfile, cfg.named, cfg.port, cfg.sni = c.ConnectTimeout, c.Passfile, c.ApplicationName, c.Port, c.SSLSNI
		if c.Hostaddr.IsValid() {
			cfg.hostaddr = c.Hostaddr.String()
		}
		return cfg
	}
	defaults := configOf("")
	if defaults.port != 5432 || defaults.passfile == "" || defaults.named == "" || !defaults.sni {
		t.Errorf("%+v", defaults)
	}
	if got := configOf("connect_timeout=&hostaddr=&passfile=&application_name=&sslsni=&port="); got != defaults {
		t.Errorf("empty: %+v\nwant %+v", got, defaults)
	}
	want := defaults
	want.seconds, want.hostaddr, want.passfile, want.named, want.port, want.sni = 7*time.Second, "192.0.2.1", "/pgpass", "kpi", 5433, false
	if got := configOf("connect_timeout=7&hostaddr=192.0.2.1&passfile=/pgpass&application_name=kpi&sslsni=0&port=5433"); got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
