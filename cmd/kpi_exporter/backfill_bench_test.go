package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/demo"
)

// BenchmarkBackfillDemo writes a month and a year of the demo, as the program that users run: into blocks, and into a file of which
// promtool makes blocks. It reports seconds of CPU beside those of the clock, since machines are busy, and the greatest memory.
func BenchmarkBackfillDemo(b *testing.B) {
	dir := b.TempDir()
	if err := demo.Write(b.Context(), dir, time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		b.Fatal(err)
	}
	exporter := filepath.Join(dir, "kpi_exporter")
	if out, err := exec.Command("go", "build", "-o", exporter, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, length := range []struct{ name, from string }{{"month", "2026-10-01"}, {"year", "2025-11-01"}} {
		backfill := []string{exporter, "backfill", "--config.file=" + filepath.Join(dir, demo.KPIFile), "--from=" + length.from, "--to=2026-11-01"}
		b.Run(length.name+"/blocks", func(b *testing.B) {
			benchmarkCommands(b, func(data string) [][]string {
				return [][]string{append(slices.Clone(backfill), "--blocks="+data)}
			})
		})
		b.Run(length.name+"/promtool", func(b *testing.B) {
			benchmarkCommands(b, func(data string) [][]string {
				file := filepath.Join(filepath.Dir(data), "history.om")
				return [][]string{
					append(slices.Clone(backfill), "--output="+file),
					{"promtool", "tsdb", "create-blocks-from", "--quiet", "--max-block-duration=8760h", "openmetrics", file, data},
				}
			})
		})
	}
}

// benchmarkCommands runs commands that fill a data folder.
func benchmarkCommands(b *testing.B, commands func(data string) [][]string) {
	b.Helper()
	for b.Loop() {
		data := filepath.Join(b.TempDir(), "data")
		if err := os.Mkdir(data, 0o700); err != nil {
			b.Fatal(err)
		}
		started, cpu, memory := time.Now(), time.Duration(0), int64(0)
		for _, command := range commands(data) {
			cmd := exec.Command(command[0], command[1:]...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				b.Fatalf("%v: %v\n%s", command, err, out)
			}
			if n := regexp.MustCompile(`(\d+) samples`).FindSubmatch(out); n != nil {
				samples, _ := strconv.ParseFloat(string(n[1]), 64) // Digits.
				b.ReportMetric(samples/1e6, "M-samples")
			}
			cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				memory = max(memory, usage.Maxrss)
			}
		}
		b.ReportMetric(time.Since(started).Seconds(), "s")
		b.ReportMetric(cpu.Seconds(), "cpu-s")
		b.ReportMetric(float64(memory)/1024, "MB-resident")
		b.ReportMetric(float64(sizeOf(b, data))/1e6, "MB-on-disk")
	}
}

// sizeOf adds up the files below a folder.
func sizeOf(b *testing.B, dir string) (bytes int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return bytes
}
