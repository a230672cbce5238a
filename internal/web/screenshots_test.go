//go:build screenshots

package web

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/demo"
	"github.com/kpi-exporter/kpi_exporter/internal/pages"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// TestScreenshots draws the scoreboard of the demo for the README, and the page of a KPI for its documentation: see the target screenshots in
// the Makefile. The fonts are those of the machine.
func TestScreenshots(t *testing.T) {
	dir := t.TempDir()
	if err := demo.Write(t.Context(), dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, demo.KPIFile))
	if err != nil {
		t.Fatal(err)
	}
	c := collector.New(cfg, slog.New(slog.DiscardHandler))
	keeper := scoreboard.New(c, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { c.Run(ctx) })
	running.Go(func() { keeper.Run(ctx) })
	for deadline := time.Now().Add(5 * time.Minute); !isRead(keeper.Board()); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the past was not read within five minutes")
		}
	}
	shown, err := NewPages(keeper, "/metrics", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(shown)
	defer server.Close()
	b := newBrowser(t, server)
	for _, picture := range []struct {
		file, address, last string
	}{{"../../docs/scoreboard.png", "/", `document.querySelectorAll(".card")[5]`}, {"../../docs/kpi.png", "/kpi/profit_margin", `document.querySelector("#why")`}} {
		b.show(1280, "light", "screen")
		var (
			content []byte
			height  float64
		)
		b.run(
			emulation.SetDeviceMetricsOverride(1280, 900, 1.5, false),
			chromedp.Navigate(server.URL+picture.address),
			chromedp.Evaluate(picture.last+".getBoundingClientRect().bottom + 8", &height),
			chromedp.ActionFunc(func(ctx context.Context) (err error) {
				content, err = page.CaptureScreenshot().WithClip(&page.Viewport{Width: 1280, Height: height, Scale: 1}).WithCaptureBeyondViewport(true).Do(ctx)
				return err
			}),
		)
		if err := os.WriteFile(picture.file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("../pages/testdata/screenshots.sum", []byte(pages.Look()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// isRead reports whether the past of all KPIs has been read as far as trends show it.
func isRead(b *scoreboard.Board) bool {
	for i := range b.KPIs {
		k := &b.KPIs[i]
		if !k.Explained || len(k.History.Points) < 30 && k.Surveyed.KPI.Name == "revenue" {
			return false
		}
	}
	return true
}
