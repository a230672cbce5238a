package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/logwriter"
	"github.com/kpi-exporter/kpi_exporter/internal/reload"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/web"
	"github.com/kpi-exporter/kpi_exporter/internal/webconfig"
)

const (
	defaultAddress  = ":10574"
	maxConnections  = 512             // By default, as Prometheus has it.
	shutdownTimeout = 3 * time.Second // A service manager may grant only five.
)

// serveOptions are the flags of serve, and of whatever else serves.
type serveOptions struct {
	web           *toolkit.FlagConfig
	telemetryPath string
	lifecycle     bool
	watch         bool             // Whether the KPI file is reloaded when it changes.
	asOf          bool             // Whether pages of any instant may be asked for.
	connections   uint32           // How many may be open before pages and API are refused; 0: any number.
	stateFile     string           // "": nothing is kept across restarts.
	hangup        <-chan os.Signal // Each one reloads the KPI file.
}

func serveCommand(cmd *kingpin.CmdClause) command {
	options := &serveOptions{web: kingpinflag.AddFlags(cmd, defaultAddress)}
	cmd.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").StringVar(&options.telemetryPath)
	cmd.Flag("web.enable-lifecycle", "Reload the KPI file on POST /-/reload.").BoolVar(&options.lifecycle)
	cmd.Flag("config.watch", "Reload the KPI file when it changes, or a file that it names.").BoolVar(&options.watch)
	cmd.Flag("web.enable-as-of", "Evaluate the instant that ?as_of= asks for where it is not kept; else pages of the past show what is kept.").BoolVar(&options.asOf)
	cmd.Flag("web.max-connections", "Open connections above which pages and API answer 503; the metrics and /-/ never do. 0: no limit.").Default(strconv.Itoa(maxConnections)).Uint32Var(&options.connections)
	cmd.Flag("state.file", "Keep what was read in this file, so that a restart loses no value; it is written every minute and at the end.").StringVar(&options.stateFile)
	return func(ctx context.Context, env environment) error {
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP) // Before anything else: a reload that comes early must not end the process.
		defer signal.Stop(hangup)
		options.hangup = hangup
		if !*options.web.WebSystemdSocket { // Else systemd has the addresses.
			if err := checkListenAddresses(*options.web.WebListenAddresses); err != nil {
				return usageError{err}
			}
		}
		keeper := newKeeper(env)
		cfg, err := env.readWith(ctx, func(string) (*config.Config, error) { return keeper.Read() })
		if ctx.Err() != nil {
			return nil // It was asked to end before it served.
		}
		if err != nil {
			return err
		}
		return serve(ctx, env, keeper, cfg, *options)
	}
}

// newKeeper returns what reads the KPI file while the exporter runs: included files that may be broken take nothing down with them.
func newKeeper(env environment) *reload.Keeper {
	return reload.NewKeeper(env.configFile, config.Options{Checks: lint.IDs()}, env.narrow)
}

// serve evaluates and exposes the KPIs of cfg, which files has read, until ctx ends.
func serve(ctx context.Context, env environment, files *reload.Keeper, cfg *config.Config, options serveOptions) error {
	guard, err := openGuard(ctx, *options.web.WebConfigFile)
	if err == nil {
		err = checkState(ctx, options.stateFile)
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	logger, lines, closeLog := env.openLog()
	defer closeLog()
	logger.Info("Starting kpi_exporter", "version", version, "kpis", len(cfg.KPIs), "config_file", env.configFile)
	c := collector.New(cfg, logger)
	saver, err := await(ctx, func() (*stateSaver, error) { return restoreState(options.stateFile, c, logger), nil })
	if err != nil {
		return nil // It ends while the disk does not answer.
	}
	reloader := reload.New(files, c.Reload, logger)
	reloader.Use(cfg)

	page := web.NewPage(&web.KPIMetrics{Collector: c}, ownMetrics(c, reloader, guard, saver, lines), logger)
	boards := newBoards(c, options, logger)
	manager := newServiceManager(logger, notifySystemd)
	reloadNow := reloadWith(reloader, manager, page)
	connections := web.NewConnections(options.connections)
	handler, err := web.NewHandler(web.Options{
		Connections:   connections,
		Boards:        boards,
		Metrics:       page,
		TelemetryPath: options.telemetryPath,
		Reload:        func(ctx context.Context) error { return reloadNow(ctx, "POST /-/reload") },
		Lifecycle:     options.lifecycle,
		Version:       version,
		Healthy:       c.Healthy,
		Ready:         c.Ready,
	})
	if err != nil {
		return usageError{err}
	}

	stop := inBackground(ctx, c.Run, saver.run, boards.Run, manager.run,
		func(ctx context.Context) { manager.watch(ctx, c.Healthy) },
		func(ctx context.Context) { reload.OnHangup(ctx, options.hangup, reloadNow) },
		func(ctx context.Context) {
			if options.watch {
				reload.Watch(ctx, files, reloadNow, logger)
			}
		})
	err = listen(ctx, handler, guard, connections, options.web, manager.ready, logger)
	stop()
	if err != nil {
		logger.Error("Cannot serve", "err", err)
		return errReported
	}
	logger.Info("Stopped")
	return nil
}

// reloadWith returns what reloads for a trigger: the service manager hears of it, and whoever learns the outcome sees it in the next scrape.
func reloadWith(reloader *reload.Reloader, manager *serviceManager, page *web.Page) func(ctx context.Context, trigger string) error {
	return func(ctx context.Context, trigger string) error {
		defer manager.reloading()()
		defer page.Refresh()
		return reloader.Reload(ctx, trigger)
	}
}

// newBoards returns what the pages show.
func newBoards(c *collector.Collector, options serveOptions, logger *slog.Logger) *scoreboard.Keeper {
	boards := scoreboard.New(c, logger)
	if options.asOf {
		boards.AllowAnyInstant()
	}
	return boards
}

// inBackground runs jobs until ctx ends, or the function that it returns is called, which waits for them.
func inBackground(ctx context.Context, jobs ...func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Go(func() { job(ctx) })
	}
	return func() {
		cancel()
		wg.Wait()
	}
}

// openGuard reads the file of --web.config.file, if there is one, unless ctx ends first.
func openGuard(ctx context.Context, file string) (*webconfig.Guard, error) {
	if file == "" {
		return nil, nil
	}
	guard, err := await(ctx, func() (*webconfig.Guard, error) { return webconfig.Open(file) })
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("--web.config.file: %w", err)
	}
	return guard, nil
}

// ownMetrics are those about the exporter itself.
func ownMetrics(c *collector.Collector, reloader *reload.Reloader, guard *webconfig.Guard, saver *stateSaver, lines *logwriter.Writer) *prometheus.Registry {
	own := prometheus.NewRegistry()
	own.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
		collector.DatabaseMetrics{Collector: c},
		reloader,
		logMetric(lines),
	)
	if guard != nil {
		own.MustRegister(webConfigMetric(guard))
	}
	own.MustRegister(saver.metrics()...)
	return own
}

// webConfigMetric is 1 while the file of --web.config.file is in use as it is now.
func webConfigMetric(guard *webconfig.Guard) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: series.WebConfigLoaded, Help: series.Find(series.WebConfigLoaded).Help}, func() float64 {
		if guard.IsCurrent() {
			return 1
		}
		return 0
	})
}

func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        series.BuildInfo,
		Help:        series.Find(series.BuildInfo).Help,
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
