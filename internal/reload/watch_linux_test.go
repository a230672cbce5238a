package reload

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestWatchClosedFolder has a folder of included files be closed to the exporter, and open again: both are reasons to reload.
func TestWatchClosedFolder(t *testing.T) {
	dir := t.TempDir()
	teams := filepath.Join(dir, "teams")
	if err := os.Mkdir(teams, 0o755); err != nil {
		t.Fatal(err)
	}
	const text = "databases: {app: {url: sqlite://app.db}}\ninclude: [{path: teams/*.yaml, on_error: keep}]\nkpis:\n  one: {title: One, period: instant, query: SELECT 1 AS value}\n"
	write := func(text string) { // Whole: nothing waits until it is.
		t.Helper()
		err := os.WriteFile(filepath.Join(dir, "next"), []byte(text), 0o644)
		if err == nil {
			err = os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "kpi.yaml"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	write(text)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	chmod := func(mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(teams, mode); err != nil {
			t.Fatal(err)
		}
	}
	loaded := make(chan int, 100) // How many files are broken.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // For good: the thread ends with the function.
		if os.Getuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil { // Root may read everything.
				t.Error(err)
			}
		}
		keeper := NewKeeper(filepath.Join(dir, "kpi.yaml"), config.Options{}, all)
		read := func(context.Context, string) error {
			c, err := keeper.Read()
			if err != nil {
				t.Error(err)
				return err
			}
			keeper.Keep()
			loaded <- len(c.Broken)
			return nil
		}
		_ = read(ctx, "")
		Watch(ctx, keeper, read, slog.New(slog.DiscardHandler))
	}()
	await := func(want int) {
		t.Helper()
		for {
			select {
			case got := <-loaded:
				if got == want {
					return
				}
			case <-ctx.Done():
				t.Fatalf("nothing was read with %d files that are broken", want)
			}
		}
	}
	await(0)
	for range 2 {
		chmod(0)
		write(text + "# Closed.\n")
		await(1)
		chmod(0o755)
		await(0)
	}
	cancel()
	<-ended
}
