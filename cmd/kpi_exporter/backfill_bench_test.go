package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/demo"
)

// BenchmarkBackfillYear writes a year of the demo, as the program that users run: into blocks, and into a file of which promtool makes
// blocks, as it was done before. It reports seconds of CPU beside those of the clock, since machines are busy, and the greatest memory.
func BenchmarkBackfillYear(b *testing.B) {
	dir := b.TempDir()
	now := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	if err := demo.Write(b.Context(), dir, now); err != nil {
		b.Fatal(err)
	}
	exporter := filepath.Join(dir, "kpi_exporter")
	if out, err := exec.Command("go", "build", "-o", exporter, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	backfill := []string{exporter, "backfill", "--config.file=" + filepath.Join(dir, demo.KPIFile), "--from=2025-11-01", "--to=2026-11-01"}
	for _, way := range []struct {
		name     string
		commands func(data string) [][]string
	}{
		{"blocks", func(data string) [][]string { return [][]string{append(backfill, "--blocks="+data)} }},
		{"promtool", func(data string) [][]string {
			file := filepath.Join(filepath.Dir(data), "year.om")
			return [][]string{
				append(backfill, "--output="+file),
				{"promtool", "tsdb", "create-blocks-from", "--quiet", "--max-block-duration=8760h", "openmetrics", file, data},
			}
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				data := filepath.Join(b.TempDir(), "data")
				if err := os.Mkdir(data, 0o700); err != nil {
					b.Fatal(err)
				}
				started, cpu, memory := time.Now(), time.Duration(0), int64(0)
				for _, command := range way.commands(data) {
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
		})
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
