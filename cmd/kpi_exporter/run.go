package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	promslogflag "github.com/prometheus/common/promslog/flag"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/kpimatch"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// Exit codes.
const (
	exitOK      = 0 // Fine.
	exitProblem = 1 // A problem was found: in the file, in a KPI, in the network.
	exitUsage   = 2 // The command was used wrongly.

	exitBrokenPipe = 128 + int(syscall.SIGPIPE) // As shells say it: whoever read the output has seen enough.
)

// errReported is returned by a command that has printed what is wrong: nothing is left to print.
var errReported = errors.New("the problem has been printed")

// usageError is returned by a command that was used wrongly.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// environment is what every command gets.
type environment struct {
	configFile     string
	match          kpimatch.Selector // Of --kpi.match.
	stdin          io.Reader
	stdout, stderr io.Writer // Nothing that is written to them controls a terminal.
	onTerminal     bool      // Whether stdout is one.
	bar            *os.File  // The terminal on which progress is drawn, nil without one.
	log            *promslog.Config
}

// command runs after the flags were parsed. Its error is printed, and decides the exit code: see errReported and usageError.
type command func(ctx context.Context, env environment) error

// run is the whole program: it parses the arguments, runs one command and returns the exit code. SIGINT and SIGTERM end
// ctx, and the command with it; a second one ends the process at once.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	var spent atomic.Bool
	out := format.NewInertWriter(&output{ctx: ctx, to: stdout, spent: &spent})
	complaints := format.NewInertWriter(&output{ctx: ctx, to: withoutPasswords(stderr, args), spent: &spent})

	app := kingpin.New("kpi_exporter", "Computes product KPIs from SQL and exposes them to Prometheus with targets and status.")
	terminated := -1 // --help and --version end here instead of in os.Exit.
	app.Terminate(func(code int) { terminated = code })
	var usage bytes.Buffer // kingpin panics if it cannot write.
	app.UsageWriter(&usage)
	app.ErrorWriter(complaints)
	app.Version("kpi_exporter " + version)
	app.HelpFlag.Short('h')

	env := environment{
		stdin: stdin, stdout: out, stderr: complaints, log: &promslog.Config{Writer: complaints},
		onTerminal: terminal(stdout) != nil, bar: terminal(stderr),
	}
	configFile := app.Flag("config.file", "KPI file.").Default("kpi.yaml").String()
	promslogflag.AddFlags(app, env.log)

	commands := addCommands(app)
	selected, err := await(ctx, func() (string, error) { return app.Parse(args) }) // It prints --help-long itself.
	switch {
	case ctx.Err() != nil && err != nil:
		return env.finish(interrupted(ctx, err))
	case terminated >= 0:
		_, err := out.Write(usage.Bytes())
		return max(terminated, env.finish(errors.Join(err, out.Flush())))
	case err != nil:
		return env.finish(usageError{fmt.Errorf("%w, see kpi_exporter --help", err)})
	}
	env.configFile = *configFile // Only now: parsing that was not waited for may still write it.
	return env.untilEnded(ctx, func() int {
		err := interrupted(ctx, commands[selected](ctx, env))
		code := env.finish(errors.Join(err, out.Flush()))
		_ = complaints.Flush() // Nobody is left to tell.
		return code
	})
}

// terminal returns a file that is a terminal; nil for anything else.
func terminal(w io.Writer) *os.File {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return f
		}
	}
	return nil
}

// finish prints the error of a command, if it has not been printed, and returns the exit code for it.
func (env environment) finish(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitProblem
	case isBrokenPipe(err):
		return exitBrokenPipe
	}
	env.printError(err)
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitProblem
}

// isBrokenPipe reports whether an error says that nobody reads standard output any longer. It is one where SIGPIPE, which else ends the
// process, is ignored, as service managers do.
func isBrokenPipe(err error) bool {
	path, ok := errors.AsType[*fs.PathError](err)
	return ok && path.Path == os.Stdout.Name() && errors.Is(err, syscall.EPIPE)
}

// read reads the KPI file, until ctx ends, with the KPIs of --kpi.match only.
func (env environment) read(ctx context.Context) (*config.Config, error) {
	return env.readWith(ctx, func(path string) (*config.Config, error) {
		cfg, err := loadFile(path)
		if err == nil {
			err = env.narrow(cfg)
		}
		return cfg, err
	})
}

// readWith reads the KPI file in another way.
func (env environment) readWith(ctx context.Context, load func(path string) (*config.Config, error)) (*config.Config, error) {
	return await(ctx, func() (*config.Config, error) {
		if _, err := os.Stat(env.configFile); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s: pass its path with --config.file, or try kpi_exporter demo, which needs no file", env.configFile)
		}
		return load(env.configFile)
	})
}

// loadFile loads a KPI file.
func loadFile(path string) (*config.Config, error) { return loadFrom(path, document.Disk{}) }

// loadFrom loads a KPI file from where its files are read.
func loadFrom(path string, files document.Files) (*config.Config, error) {
	return config.LoadWith(path, config.Options{Checks: lint.IDs(), Files: files})
}

// load reads the KPI file, until ctx ends, and prints its warnings.
func (env environment) load(ctx context.Context) (*config.Config, error) {
	cfg, err := env.read(ctx)
	if err != nil {
		return nil, err
	}
	env.printProblems(cfg.Warnings)
	return cfg, nil
}

// printProblems prints what is wrong with a file: every error, and of the warnings of each check the first.
func (env environment) printProblems(problems []document.Problem) {
	var tally document.Tally
	for _, p := range problems {
		if tally.Shows(p) {
			_, _ = fmt.Fprintln(env.stderr, p)
		}
	}
	for _, line := range tally.Rest() {
		_, _ = fmt.Fprintln(env.stderr, line)
	}
}

// printError writes an error for a person: the problems of a file as they are, anything else with the program's name.
func (env environment) printError(err error) {
	if problems, ok := errors.AsType[document.Problems](err); ok {
		_, _ = fmt.Fprintln(env.stderr, problems)
		return
	}
	_, _ = fmt.Fprintf(env.stderr, "kpi_exporter: %v\n", err)
}
