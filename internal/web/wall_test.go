package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
)

// serveWall serves the pages of so many KPIs with each status. The server answers with an error while broken is true.
func serveWall(t *testing.T, off, atRisk, on int) (server *httptest.Server, broken *atomic.Bool) {
	t.Helper()
	text := "databases: {app: {url: " + fmt.Sprintf("%q", boardtest.NewRows(t, 1)) + "}}\nhistory: 0\nkpis:\n"
	add := func(kind string, value float64, n int) {
		for i := range n {
			text += fmt.Sprintf("  %[1]s_%[2]d: {title: Monthly recurring revenue by plan %[2]d, owner: team, period: day, query: \"SELECT %[3]v AS value WHERE :period_start < :period_end\", target: {at_least: 123456.7, critical: 100k}, unit: \"currency:EUR\"}\n",
				kind, i, value-float64(i))
		}
	}
	add("off", 90_000, off)
	add("risk", 110_000, atRisk)
	add("on", 150_000, on)
	_, keeper := boardtest.Start(t, text)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		known := 0
		for _, k := range keeper.Board().KPIs {
			known += len(k.Now.Samples)
		}
		if known == off+atRisk+on {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("not all KPIs were evaluated within two minutes")
		}
	}
	pages, err := NewPages(keeper, "/metrics", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	broken = new(atomic.Bool)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		pages.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server, broken
}

// Everything on a wall is on the screen: what is off target first and large, then what is at risk, and of the rest as much as fits.
func TestWall(t *testing.T) {
	for name, test := range map[string]struct {
		off, atRisk, on int
		tiles, large    int // Which are seen.
		rest            string
	}{
		"few":       {1, 2, 3, 6, 6, ""},
		"usual":     {3, 21, 20, 24, 3, "20 on target: "},
		"mostly on": {0, 2, 60, 32, 0, "and 30 more on target: "},
		"many off":  {30, 30, 30, 36, 0, "and 24 more at risk: "},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := serveWall(t, test.off, test.atRisk, test.on)
			b := newBrowser(t, server)
			for _, screen := range [][2]int64{{1920, 1080}, {1366, 768}, {3840, 2160}, {1280, 800}, {1024, 768}} {
				b.run(emulation.SetDeviceMetricsOverride(screen[0], screen[1], 1, false), chromedp.Navigate(server.URL+"/?kiosk=1"))
				if over := evaluate[int](b, `document.documentElement.scrollHeight - innerHeight`); over > 0 {
					t.Errorf("%d x %d: %d px too high", screen[0], screen[1], over)
				}
				if cut := evaluate[string](b, `[...document.querySelectorAll(".tile, .tile h3, .tile .figure, .rest")].filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1).slice(0, 3).map(e => e.tagName + " " + e.className + " " + e.scrollWidth + "/" + e.clientWidth + " " + e.scrollHeight + "/" + e.clientHeight + " " + e.textContent.trim()).join("; ")`); cut != "" {
					t.Errorf("%d x %d: cut: %s", screen[0], screen[1], cut)
				}
				if free := evaluate[int](b, `100 * (innerHeight - document.querySelector("main").getBoundingClientRect().bottom) / innerHeight | 0`); free > 25 && test.off+test.atRisk > 10 {
					t.Errorf("%d x %d: %d %% of the screen is empty", screen[0], screen[1], free)
				}
			}
			tiles, large := evaluate[int](b, `document.querySelectorAll(".tile").length`), evaluate[int](b, `document.querySelectorAll(".large .tile").length`)
			if tiles != test.tiles || large != test.large {
				t.Errorf("%d tiles, %d of them large; want %d and %d", tiles, large, test.tiles, test.large)
			}
			if rest := evaluate[string](b, `[...document.querySelectorAll(".rest")].map(e => e.textContent).join("|")`); !strings.Contains(rest, test.rest) || (rest == "") != (test.rest == "") {
				t.Errorf("it says %q, want %q", rest, test.rest)
			}
		})
	}
}

// A wall that cannot be renewed says so, and since when.
func TestWallSaysThatItIsOld(t *testing.T) {
	server, broken := serveWall(t, 1, 0, 0)
	b := newBrowser(t, server)
	says := func(want string) {
		t.Helper()
		// Six minutes later, the screen is switched on.
		b.run(chromedp.Evaluate(`const later = Date.now() + 360000; Date.now = () => later; document.dispatchEvent(new Event("visibilitychange"))`, nil))
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			got := evaluate[string](b, `(e => e.checkVisibility() ? e.textContent : "")(document.getElementById("stale"))`)
			if strings.HasPrefix(got, want) && strings.Contains(got, " This is as of ") && strings.HasSuffix(got, ", read 6 minutes ago.") {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("it says %q, want %q", got, want)
			}
		}
	}
	address := server.URL + "/?kiosk=1"
	b.run(chromedp.Navigate(address))
	if evaluate[bool](b, `document.getElementById("stale").checkVisibility()`) {
		t.Error("it is old at once")
	}
	broken.Store(true)
	says("Old data: the exporter answers with error 502.")
	broken.Store(false)
	b.run(chromedp.Navigate(address))
	server.CloseClientConnections()
	server.Close()
	says("Old data: the exporter does not answer.")
}
