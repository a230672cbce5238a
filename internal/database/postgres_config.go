package database

import (
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// noPassfile is where no file can be: an empty name would mean ~/.pgpass, which is not part of the configuration.
const noPassfile = os.DevNull + "/pgpass"

// PostgresConfig takes the settings from the URL alone. What libpq takes from the environment (PGHOST, PGOPTIONS and
// others) would let the exporter's surroundings change its queries.
func PostgresConfig(u engine.PostgresURL) pq.Config {
	cfg := pq.Config{
		Database: u.Database(), User: u.User(), Password: u.Password(),
		Passfile: noPassfile, ApplicationName: "kpi_exporter", SSLSNI: true,
		ClientEncoding: "UTF8", Datestyle: "ISO, MDY",
		BinaryParameters:   true, // Parse, bind and execute in one round trip; all of ours are text.
		MinProtocolVersion: pq.ProtocolVersion30, MaxProtocolVersion: pq.ProtocolVersion30,
		Runtime: map[string]string{},
	}
	for key, value := range u.Parameters() {
		setPostgresParameter(&cfg, key, value)
	}
	for i, host := range u.Hosts() {
		port, _ := strconv.ParseUint(host.Port, 10, 16) // The engine has checked it, and all numbers below.
		if i == 0 {
			cfg.Host, cfg.Port = host.Name, uint16(port)
		} else {
			cfg.Multi = append(cfg.Multi, pq.ConfigMultihost{Host: host.Name, Port: uint16(port)})
		}
	}
	return cfg
}

// setPostgresParameter sets a parameter from after the ? of a URL.
func setPostgresParameter(cfg *pq.Config, key, value string) {
	switch key {
	case "hostaddr":
		cfg.Hostaddr, _ = netip.ParseAddr(value)
	case "sslmode":
		cfg.SSLMode = pq.SSLMode(value)
	case "sslnegotiation":
		cfg.SSLNegotiation = pq.SSLNegotiation(value)
	case "sslcert":
		cfg.SSLCert = value
	case "sslkey":
		cfg.SSLKey = value
	case "sslrootcert":
		cfg.SSLRootCert = value
	case "sslsni":
		cfg.SSLSNI = value == "1"
	case "ssl_min_protocol_version":
		cfg.SSLMinProtocolVersion = tlsVersion(value)
	case "ssl_max_protocol_version":
		cfg.SSLMaxProtocolVersion = tlsVersion(value)
	case "connect_timeout":
		seconds, _ := strconv.Atoi(value)
		cfg.ConnectTimeout = time.Duration(seconds) * time.Second
	case "target_session_attrs":
		cfg.TargetSessionAttrs = pq.TargetSessionAttrs(value)
	case "load_balance_hosts":
		cfg.LoadBalanceHosts = pq.LoadBalanceHosts(value)
	case "options":
		cfg.Options = value
	case "application_name":
		cfg.ApplicationName = value
	case "passfile":
		cfg.Passfile = value
	default:
		cfg.Runtime[key] = value // search_path and the like; the server refuses what it does not know.
	}
}

// tlsVersion returns a version as lib/pq writes it.
func tlsVersion(libpq string) pq.SSLProtocolVersion {
	if libpq == "TLSv1" {
		return pq.SSLProtocolVersionTLS10
	}
	return pq.SSLProtocolVersion(libpq)
}
