package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/demo"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

func demoCommand(cmd *kingpin.CmdClause) command {
	address := cmd.Flag("web.listen-address", "Address to serve on.").Default(defaultAddress).String()
	return func(ctx context.Context, env environment) error {
		if err := checkListenAddresses([]string{*address}); err != nil {
			return usageError{err}
		}
		ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // The terminal was closed.
		defer stop()
		signal.Ignore(syscall.SIGPIPE) // Whoever reads its output may go away: the folder below is removed all the same.
		defer signal.Reset(syscall.SIGPIPE)
		dir, err := os.MkdirTemp("", "kpi_exporter-demo-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		env.configFile = filepath.Join(dir, demo.KPIFile)
		cfg, err := writeDemo(ctx, dir)
		if err != nil {
			return err
		}
		if err := showDemo(ctx, env, cfg, *address); err != nil {
			return err
		}
		none := false
		empty := ""
		return serve(ctx, env, newKeeper(env), cfg, serveOptions{
			web:           &toolkit.FlagConfig{WebListenAddresses: &[]string{*address}, WebSystemdSocket: &none, WebConfigFile: &empty},
			telemetryPath: "/metrics",
			connections:   maxConnections,
		})
	}
}

// writeDemo writes the product's database and its KPI file into dir.
func writeDemo(ctx context.Context, dir string) (*config.Config, error) {
	if err := demo.Write(ctx, dir, time.Now()); err != nil {
		return nil, err
	}
	return loadFile(filepath.Join(dir, demo.KPIFile))
}

func showDemo(ctx context.Context, env environment, cfg *config.Config, address string) error {
	requests, err := requestsAt(cfg.KPIs, "", time.Now())
	if err != nil {
		return err
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	if err := report.Table(env.stdout, e.Evaluate(ctx, requests)); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(env.stdout, "\nThe scoreboard: %s/\nThe same KPIs as metrics: %[1]s/metrics\nThe file that defines them: %[2]s\nHow they stand, and why: kpi_exporter report --config.file %[2]s\nCtrl-C ends the demo.\n\n",
		baseURL(address), env.configFile)
	return nil
}

// baseURL returns the address of the exporter as a browser on this machine takes it.
func baseURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://" + listen // Listening will say what is wrong with it.
	}
	if address, err := netip.ParseAddr(host); host == "" || err == nil && address.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
