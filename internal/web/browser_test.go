package web

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/npmtest"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// serveKinds serves the pages of KPIs of every kind.
func serveKinds(t *testing.T) *httptest.Server {
	t.Helper()
	pages, err := NewPages(keeperOfKinds(t), "/metrics", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	return server
}

// keeperOfKinds returns a running keeper of KPIs of every kind, once it has read their past.
func keeperOfKinds(t testing.TB) *scoreboard.Keeper {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "rows.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := os.ReadFile("../pages/testdata/rows.sql")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("../pages/testdata/kinds.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE as_of AS SELECT ? AS at", time.Now().UTC().Format(time.DateTime)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), string(rows)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kpi.yaml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c := collector.New(cfg, slog.New(slog.DiscardHandler))
	keeper := scoreboard.New(c, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	running.Go(func() { keeper.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	known := func() bool {
		seats := keeper.Board().KPI("seats")
		return keeper.Board().KPI("hostile").Explained && seats.Explained && len(seats.History.Points) > 15
	}
	for deadline := time.Now().Add(2 * time.Minute); !known(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the past was not read within two minutes")
		}
	}
	return keeper
}

// browser is a tab of a real Chromium.
type browser struct {
	t    *testing.T
	ctx  context.Context
	host string

	mu    sync.Mutex // Guards what follows.
	said  []string   // On the console.
	asked []string   // Addresses that do not belong to the page.
}

func newBrowser(t *testing.T, server *httptest.Server) *browser {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(2*time.Minute))
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) // It complains about events that it does not know.
	t.Cleanup(func() { cancel(); cancelAllocator() })
	b := &browser{t: t, ctx: ctx, host: strings.TrimPrefix(server.URL, "http://")}
	chromedp.ListenTarget(ctx, b.listen)
	if err := chromedp.Run(ctx, network.Enable(), log.Enable(), runtime.Enable()); err != nil { // The browser lives as long as the context of its first action.
		t.Fatal(err)
	}
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, fmt.Sprint(e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Host != b.host {
			b.asked = append(b.asked, e.Request.URL)
		}
	}
}

// heard returns what the console said, and which other hosts were asked, since the last time.
func (b *browser) heard() (said, asked []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	said, asked = b.said, b.asked
	b.said, b.asked = nil, nil
	return said, asked
}

func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 3*time.Minute)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// evaluate returns the value of an expression in the page.
func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	var v T
	b.run(chromedp.Evaluate(expression, &v, chromedp.EvalAsValue, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// show makes the window so wide, and prefers a colour scheme; media is screen or print.
func (b *browser) show(width int64, scheme, media string) {
	b.t.Helper()
	b.run(
		emulation.SetDeviceMetricsOverride(width, 900, 1, false),
		emulation.SetEmulatedMedia().WithMedia(media).WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
	)
}

// axe returns what axe-core finds wrong with the page.
func (b *browser) axe(source string) []string {
	b.t.Helper()
	b.run(chromedp.Evaluate(source, nil))
	result := evaluate[string](b, `axe.run().then(r => JSON.stringify(r.passes.length == 0 ? ["nothing was checked"] : r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 200) + " " + n.failureSummary).join("; "))))`)
	var violations []string
	if err := json.Unmarshal([]byte(result), &violations); err != nil {
		b.t.Fatal(err)
	}
	return violations
}

// axeSource returns the program of axe-core.
func axeSource(t *testing.T) string {
	t.Helper()
	dir, err := npmtest.Install("axe", os.DirFS("testdata/axe"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// addresses are pages of every kind.
func addresses() []string {
	list := []string{"/", "/?kiosk=1", "/?status=unknown&owner=growth", "/?q=nothing+like+it", "/objectives", "/report", "/report?period=month"}
	for _, name := range []string{"seats", "revenue", "teams", "rate", "failed", "waiting", "patients", "few", "month", "hostile"} {
		list = append(list, "/kpi/"+name)
	}
	past := "as_of=" + time.Now().UTC().AddDate(0, 0, -15).Format(time.DateOnly)
	for _, path := range []string{"/?", "/?kiosk=1&", "/objectives?", "/report?", "/kpi/revenue?", "/kpi/month?"} {
		list = append(list, path+past)
	}
	return append(list, "/kpi/revenue?against=last_year", "/?as_of=1970-01-01", notFound, notUnderstood)
}

// Pages that say why there is no other.
const notFound, notUnderstood = "/kpi/nothing", "/?as_of=nonsense"

// Every page in every scheme, width and on paper: the console is silent, no other host is asked, nobody scrolls sideways, and axe-core
// finds nothing wrong.
func TestPagesInBrowser(t *testing.T) {
	server := serveKinds(t)
	b := newBrowser(t, server)
	axe := axeSource(t)
	for _, address := range addresses() {
		b.show(1440, "light", "screen")
		b.run(chromedp.Navigate(server.URL + address))
		for _, look := range []struct {
			width         int64
			scheme, media string
			axe           bool
		}{{1440, "light", "screen", true}, {1440, "dark", "screen", true}, {390, "dark", "screen", false}, {390, "light", "screen", true}, {320, "light", "screen", false}, {2560, "dark", "screen", false}, {720, "light", "print", false}} {
			b.show(look.width, look.scheme, look.media)
			if over := evaluate[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s at %d px, %s: %d px too wide: %s", address, look.width, look.media, over, evaluate[string](b, widest))
			}
			if cut := evaluate[string](b, cutCells); look.media == "screen" && cut != "" {
				t.Errorf("%s at %d px: cells are cut: %s", address, look.width, cut)
			}
			if look.axe {
				for _, violation := range b.axe(axe) {
					t.Errorf("%s at %d px, %s: %s", address, look.width, look.scheme, violation)
				}
			}
		}
		if found := evaluate[int](b, `document.querySelectorAll("img, iframe, link, object, embed, [onerror], [onmouseover], [style]").length`); found > 0 {
			t.Errorf("%s: %d elements that should not be there", address, found)
		}
		said, asked := b.heard()
		if address == notFound || address == notUnderstood { // The browser says so for each of them.
			said = slices.DeleteFunc(said, func(text string) bool {
				return strings.HasPrefix(text, "Failed to load resource: the server responded with a status of 40")
			})
		}
		if len(said)+len(asked) > 0 {
			t.Errorf("%s: the console says %q, other hosts were asked for %q", address, said, asked)
		}
	}
}

// widest names what sticks out.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth && getComputedStyle(e).position != "absolute").slice(0, 3).map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 40)).join("; ")`

// cutCells names the cells of tables that are beyond the part of their container that is seen, in which somebody would have to scroll.
const cutCells = `[...document.querySelectorAll("th, td")].filter(e => {
	if (!e.checkVisibility() || getComputedStyle(e.parentElement.parentElement).position == "absolute") return false;
	const room = (e.closest(".scroll") || document.documentElement).getBoundingClientRect(), cell = e.getBoundingClientRect();
	return cell.right > room.right + 1 || e.scrollWidth > e.clientWidth + 1;
}).slice(0, 4).map(e => (e.closest("section") || e).id + ": " + e.textContent.trim().slice(0, 30)).join("; ")`

// The schemes differ, and on paper there are two columns and no filters.
func TestPagesLook(t *testing.T) {
	server := serveKinds(t)
	b := newBrowser(t, server)
	b.run(chromedp.Navigate(server.URL + "/"))
	ground := `getComputedStyle(document.body).backgroundColor`
	columns := `getComputedStyle(document.querySelector(".cards")).gridTemplateColumns.split(" ").length`
	for _, test := range []struct {
		name, scheme, media string
		width               int64
		expression, want    string
	}{
		{"light", "light", "screen", 1440, ground, "rgb(245, 246, 248)"},
		{"dark", "dark", "screen", 1440, ground, "rgb(17, 21, 26)"},
		{"paper is white", "dark", "print", 720, ground, "rgb(255, 255, 255)"},
		{"two columns on paper", "light", "print", 720, columns, "2"},
		{"one column on a phone", "light", "screen", 390, columns, "1"},
		{"no filters on paper", "light", "print", 720, `getComputedStyle(document.querySelector(".filters")).display`, "none"},
		{"filters on a wide screen", "light", "screen", 1440, `document.querySelector(".filters select").checkVisibility()`, "true"},
		{"folded filters on a phone", "light", "screen", 390, `document.querySelector(".filters select").checkVisibility()`, "false"},
	} {
		b.show(test.width, test.scheme, test.media)
		if got := evaluate[string](b, "String("+test.expression+")"); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	b.show(1440, "light", "screen")
	b.run(chromedp.Navigate(server.URL + "/?kiosk=1"))
	if got := evaluate[string](b, `String(document.querySelector(".filters")) + getComputedStyle(document.querySelector(".counts")).display`); got != "nullblock" {
		t.Errorf("kiosk: %s", got)
	}
}

// Filters work by keyboard alone: a form that is sent, counts that are followed, and an address that says what is shown.
func TestFiltersByKeyboard(t *testing.T) {
	server := serveKinds(t)
	b := newBrowser(t, server)
	b.show(1440, "light", "screen")
	b.run(chromedp.Navigate(server.URL + "/"))
	// One key after the other, until the field of the search has the focus.
	for range 20 {
		b.run(chromedp.KeyEvent(kb.Tab))
		if evaluate[string](b, `document.activeElement.name || ""`) == "q" {
			break
		}
	}
	if outline := evaluate[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
		t.Errorf("the focus is %s", outline)
	}
	sent := func(action ...chromedp.Action) string {
		t.Helper()
		b.run(chromedp.Evaluate("window.old = true", nil))
		b.run(action...)
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
			arrived := false // While the page changes, there is nothing to evaluate in.
			if err := chromedp.Run(b.ctx, chromedp.Evaluate("window.old === undefined && document.readyState === 'complete'", &arrived)); err == nil && arrived {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("no other page within two minutes")
			}
		}
		return evaluate[string](b, `location.pathname + location.search`)
	}
	titles := `[...document.querySelectorAll("h3 a")].map(a => a.textContent).join(", ")`
	if got := sent(chromedp.KeyEvent("team"), chromedp.KeyEvent(kb.Enter)); !strings.Contains(got, "q=team") {
		t.Errorf("the address is %s", got)
	}
	if got := evaluate[string](b, titles); got != "Teams" {
		t.Errorf("shown: %s", got)
	}
	// The first link of the counts, by Enter.
	b.run(chromedp.Evaluate(`document.querySelector(".counts a").focus()`, nil))
	if got := sent(chromedp.KeyEvent(kb.Enter)); !strings.Contains(got, "q=team") || !strings.Contains(got, "status=off_target") {
		t.Errorf("the address is %s", got)
	}
	if got := evaluate[string](b, `document.querySelector("[aria-current=true]").textContent.trim() + ", " + document.querySelector(".summary").textContent`); !strings.Contains(got, "off target") || !strings.Contains(got, "1 of 15 KPIs") {
		t.Errorf("it says %s", got)
	}
	if said, _ := b.heard(); len(said) > 0 {
		t.Errorf("the console says %q", said)
	}
}

// Every page has the headers that keep it from being anything but a page.
func TestPageHeaders(t *testing.T) {
	server := serveKinds(t)
	for _, address := range addresses() {
		response, err := http.Get(server.URL + address) //nolint:noctx // A test.
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", address, name, got)
			}
		}
		policy := response.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "style-src 'sha256-", "script-src 'sha256-"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: no %s in %s", address, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: %s", address, policy)
		}
	}
}
