package main

import (
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
)

// TestDocsMySQL makes the account of docs/databases.md on a real MariaDB that speaks TLS, and evaluates the KPIs there as that account.
// Only the address is changed in them, and where the certificate is.
func TestDocsMySQL(t *testing.T) {
	own := &mariadbtest.Server{TLS: true}
	own.StopAfter(t)
	var role, kpis string
	for _, text := range docsBlocks(t, "databases.md") {
		switch {
		case strings.HasPrefix(text, "CREATE USER kpi_exporter@"):
			role = text
		case strings.Contains(text, "mysql://kpi_exporter:${SHOP_PASSWORD}@"):
			kpis = text
		}
	}
	own.Exec(t, own.URL(t, ""), "CREATE DATABASE shop; CREATE TABLE shop.orders (created_at TIMESTAMP NOT NULL)")
	own.Exec(t, own.URL(t, "shop"), "INSERT INTO orders VALUES ('2026-03-31 21:59:59'), ('2026-03-31 22:00:00'), ('2026-04-01 10:00:00'), ('2026-04-01 22:00:00')")
	own.Exec(t, own.URL(t, ""), role)
	_, port, err := net.SplitHostPort(own.Addr(t))
	if err != nil {
		t.Fatal(err)
	}
	kpis = strings.NewReplacer("db.example.com:3306", "localhost:"+port, "VERIFY_IDENTITY", "VERIFY_IDENTITY&ssl-ca="+own.Certificate(t)).Replace(kpis)
	file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), kpis)
	t.Setenv("SHOP_PASSWORD", "change-me")

	command := func(args ...string) (stdout, stderr string, code int) {
		var out, errs bytes.Buffer
		code = run(t.Context(), append(args, "--config.file", file), nil, &out, &errs)
		return out.String(), errs.String(), code
	}
	if _, stderr, code := command("check", "--connect"); code != exitOK || strings.Contains(stderr, "role_rights") || !strings.Contains(stderr, "the server does not know the time zones UTC, Europe/Berlin by name") {
		t.Errorf("check --connect without zone tables: exit code %d\n%s", code, stderr)
	}
	own.LoadZones(t, "UTC", "Europe/Berlin")
	stdout, stderr, code := command("check", "--connect")
	if code != exitOK || strings.Contains(stderr, "warning") {
		t.Errorf("check --connect: exit code %d\n%s%s", code, stdout, stderr)
	}
	for args, want := range map[string]string{"orders 2026-04-02": ",2,", "days_with_orders 2026-05-01": ",2,", "orders 2026-04-01": ",1,"} {
		name, at, _ := strings.Cut(args, " ")
		stdout, stderr, code := command("query", name, "--as-of", at, "--output", "csv")
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("query %s: exit code %d\n%s%s, want …%s…", args, code, stdout, stderr, want)
		}
	}
}
