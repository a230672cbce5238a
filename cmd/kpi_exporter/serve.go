package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/foreignfile"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/logwriter"
	"github.com/kpi-exporter/kpi_exporter/internal/reload"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/web"
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
	if err := webConfigProblem(ctx, *options.web.WebConfigFile); err != nil || ctx.Err() != nil {
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

	page := web.NewPage(&web.KPIMetrics{Collector: c}, ownMetrics(c, reloader, saver, lines), logger)
	boards := newBoards(c, options, logger)
	manager := newServiceManager(logger, notifySystemd)
	reloadNow := func(ctx context.Context, trigger string) error {
		defer manager.reloading()()
		defer page.Refresh() // Whoever learns the outcome sees it in the next scrape.
		return reloader.Reload(ctx, trigger)
	}
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

	stop := inBackground(ctx, c.Run, saver.run, boards.Run,
		func(ctx context.Context) { <-ctx.Done(); manager.stopping() },
		func(ctx context.Context) { manager.watch(ctx, c.Healthy) },
		func(ctx context.Context) { reload.OnHangup(ctx, options.hangup, reloadNow) },
		func(ctx context.Context) {
			if options.watch {
				reload.Watch(ctx, files, reloadNow, logger)
			}
		})
	err = listen(ctx, handler, connections, options.web, manager.ready, logger)
	stop()
	if err != nil {
		logger.Error("Cannot serve", "err", err)
		return errReported
	}
	logger.Info("Stopped")
	return nil
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

// webConfigProblem returns what is wrong with the file of --web.config.file, if there is one, unless ctx ends first.
func webConfigProblem(ctx context.Context, file string) error {
	if file == "" {
		return nil
	}
	_, err := await(ctx, func() (struct{}, error) { return struct{}{}, checkWebConfig(file) })
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("--web.config.file: %w", err)
	}
	return nil
}

// checkWebConfig checks the file of --web.config.file.
func checkWebConfig(file string) error {
	f, err := foreignfile.Read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := cmp.Or(f.CheckFiles(), f.CheckURLs()); err != nil {
		return err
	}
	if err := toolkit.Validate(file); err != nil {
		return f.Explain(err, reflect.TypeFor[toolkit.Config]())
	}
	return nil
}

// listen serves on every address until ctx ends or one of them cannot be served. Each address has a server of its own:
// the toolkit wraps a server's handler, which must not happen twice. Once all of them listen, listen calls ready.
func listen(ctx context.Context, handler http.Handler, connections *web.Connections, flags *toolkit.FlagConfig, ready func(), logger *slog.Logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if file := *flags.WebConfigFile; file != "" {
		logger = slog.New(hidingHandler{logger.Handler(), file})
	}
	addresses := *flags.WebListenAddresses
	if *flags.WebSystemdSocket {
		addresses = addresses[:1] // The sockets come from systemd, all at once.
	}
	var silent atomic.Int64 // Addresses on which nobody listens yet.
	silent.Store(int64(len(addresses)))
	var wg sync.WaitGroup
	for _, address := range addresses {
		listening := sync.OnceFunc(func() {
			if silent.Add(-1) == 0 {
				ready()
			}
		})
		server := &http.Server{
			Handler:   handler,
			ConnState: connections.Count,
			BaseContext: func(net.Listener) context.Context { // It is called for each listener, before the first connection.
				listening()
				return context.Background()
			},
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       15 * time.Second,
			WriteTimeout:      time.Minute,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		}
		one := *flags
		one.WebListenAddresses = &[]string{address}
		wg.Go(func() {
			if err := toolkit.ListenAndServe(server, &one, logger); !errors.Is(err, http.ErrServerClosed) {
				cancel(err)
			}
		})
		wg.Go(func() {
			<-ctx.Done()
			grace, done := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
			defer done()
			if err := server.Shutdown(grace); err != nil {
				_ = server.Close()
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// ownMetrics are those about the exporter itself.
func ownMetrics(c *collector.Collector, reloader *reload.Reloader, saver *stateSaver, lines *logwriter.Writer) *prometheus.Registry {
	own := prometheus.NewRegistry()
	own.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
		collector.DatabaseMetrics{Collector: c},
		reloader,
		logMetric(lines),
	)
	own.MustRegister(saver.metrics()...)
	return own
}

func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        series.BuildInfo,
		Help:        series.Find(series.BuildInfo).Help,
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
