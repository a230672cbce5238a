package main

import (
	"bytes"
	"log/slog"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/promslog"

	"github.com/kpi-exporter/kpi_exporter/internal/logwriter"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// outputPatience is how long the end of the program waits for whoever reads its output or its log.
const outputPatience = time.Second

// openLog returns the log of a program that serves, which no reader holds up. The program survives a reader who goes away. Whoever calls close
// ends both.
func (env environment) openLog() (logger *slog.Logger, lines *logwriter.Writer, closeLog func()) {
	signal.Ignore(syscall.SIGPIPE)
	lines = logwriter.New(env.stderr, func(dropped uint64) []byte {
		var line bytes.Buffer
		promslog.New(&promslog.Config{Level: env.log.Level, Format: env.log.Format, Style: env.log.Style, Writer: &line}).
			Error("Lines of the log were dropped, because nobody read it or it could not be written", "lines", dropped)
		return line.Bytes()
	})
	logger = promslog.New(&promslog.Config{Level: env.log.Level, Format: env.log.Format, Style: env.log.Style, Writer: lines})
	return logger, lines, func() {
		lines.Close(outputPatience)
		signal.Reset(syscall.SIGPIPE)
	}
}

// logMetric counts the lines that were dropped.
func logMetric(lines *logwriter.Writer) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: series.LogDropped, Help: series.Find(series.LogDropped).Help},
		func() float64 { return float64(lines.Dropped()) })
}
