package database

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// MySQLConfig takes the settings from the URL alone. Times come as the server writes them.
func MySQLConfig(u engine.MySQLURL) (*mysql.Config, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = u.User(), u.Password(), u.Database()
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(u.Host(), u.Port())
	if socket := u.Parameter("socket"); socket != "" {
		cfg.Net, cfg.Addr = "unix", socket
	}
	cfg.ConnectionAttributes = "program_name:kpi_exporter"
	cfg.InterpolateParams, cfg.CheckConnLiveness, cfg.Logger = true, false, &mysql.NopLogger{}
	cfg.Timeout = connectTimeout
	if seconds := u.Parameter("connect-timeout"); seconds != "" {
		n, _ := strconv.Atoi(seconds) // The engine has checked it.
		cfg.Timeout = time.Duration(n) * time.Second
	}
	return cfg, setMySQLTLS(cfg, u)
}

// setMySQLTLS says how the connection is encrypted and the server verified.
func setMySQLTLS(cfg *mysql.Config, u engine.MySQLURL) error {
	mode := u.Parameter("ssl-mode")
	if mode == "DISABLED" {
		return nil
	}
	cfg.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Host()}
	cfg.AllowFallbackToPlaintext = mode == "PREFERRED"
	if err := checkFiles(u); err != nil {
		return err
	}
	if path := u.Parameter("ssl-ca"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("ssl-ca: %w", err)
		}
		if cfg.TLS.RootCAs, err = trusted(text); err != nil {
			return fmt.Errorf("ssl-ca: %w", err)
		}
	}
	if path := u.Parameter("ssl-cert"); path != "" {
		certificate, err := tls.LoadX509KeyPair(path, u.Parameter("ssl-key"))
		if err != nil {
			return fmt.Errorf("ssl-cert and ssl-key: %w", err)
		}
		cfg.TLS.Certificates = []tls.Certificate{certificate}
	}
	switch mode {
	case "VERIFY_IDENTITY":
	case "VERIFY_CA":
		verifyAuthority(cfg.TLS)
	default:
		cfg.TLS.InsecureSkipVerify = true
	}
	return nil
}
