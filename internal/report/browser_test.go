package report

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// browse opens an address in Chromium and returns the document as it is then, and what its console said.
func browse(t *testing.T, address string, flags ...string) (document, console string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--no-first-run",
		"--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom",
	}, append(flags, address)...)
	chromium := exec.CommandContext(ctx, "chromium", args...)
	var stdout, stderr bytes.Buffer
	chromium.Stdout, chromium.Stderr = &stdout, &stderr
	if err := chromium.Run(); err != nil {
		t.Fatalf("%v:\n%s", err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	return stdout.String(), console
}

// The page in a real browser: nothing that a title or a label holds becomes an element or a request, the console is silent, a phone
// need not scroll sideways, and it is dark where that is preferred.
func TestHTMLInBrowser(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/report":
			if err := r.HTML(w); err != nil {
				t.Error(err)
			}
		case "/phone":
			_, _ = io.WriteString(w, `<!DOCTYPE html><iframe src="/report" width="390" height="800" onload="
				const page = this.contentDocument;
				document.title = (page.documentElement.scrollWidth - page.documentElement.clientWidth) + ' over, ' + this.contentWindow.getComputedStyle(page.body).backgroundColor"></iframe>`)
		case "/favicon.ico":
		default:
			asked.Add(1)
		}
	}))
	defer server.Close()
	url := "http://" + server.Listener.Addr().String()
	for i := range r.All {
		r.All[i].text.Labels += `<img src="` + url + `/x"><link rel="stylesheet" href="` + url + `/y">`
	}
	for i := range r.Off {
		r.Off[i].Sentence += `<iframe src="` + url + `/z"></iframe><svg onload="fetch('/w')">`
	}
	server.Start()

	document, console := browse(t, server.URL+"/report")
	if console != "" {
		t.Errorf("the console says:\n%s", console)
	}
	if found := regexp.MustCompile(`<(script|img|link|iframe|object|[^>]+ (on[a-z]+|style)=)[^>]*>`).FindString(document); found != "" {
		t.Errorf("the page has %s", found)
	}
	if !strings.Contains(document, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the hostile title is not there")
	}
	title := regexp.MustCompile(`<title>(.*)</title>`)
	for scheme, want := range map[string]string{"1": "0 over, rgb(255, 255, 255)", "0": "0 over, rgb(20, 24, 29)"} {
		document, console := browse(t, server.URL+"/phone", "--blink-settings=preferredColorScheme="+scheme)
		if console != "" {
			t.Errorf("the console says:\n%s", console)
		}
		if got := title.FindStringSubmatch(document); len(got) != 2 || got[1] != want {
			t.Errorf("scheme %s: %v, want %s", scheme, got, want)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the page asked %d times for something else", n)
	}
}

// On paper all that stands above the table is on one page, and the table begins on the next.
func TestHTMLOnPaper(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	r.All, r.Reviews, r.Targets, r.Stale, r.Failed = nil, nil, nil, nil, nil
	r.Decisions = r.Decisions[len(r.Decisions)-2:]
	dir := t.TempDir()
	page, printed := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	var content bytes.Buffer
	if err := r.HTML(&content); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(page, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	browse(t, "file://"+page, "--no-pdf-header-footer", "--print-to-pdf="+printed)
	pdf, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	if pages := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); pages != 2 {
		t.Errorf("%d pages", pages)
	}
}

// Text stands out from its ground by 4.5:1, in both schemes.
func TestContrast(t *testing.T) {
	color := regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`)
	for _, scheme := range regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(pageCSS, -1) {
		colors := map[string]string{}
		for _, c := range color.FindAllStringSubmatch(scheme, -1) {
			colors[c[1]] = c[2]
		}
		if len(colors) < 11 {
			t.Fatalf("%d colours in %s", len(colors), scheme)
		}
		for name, c := range colors {
			if name == "ground" || name == "card" || name == "rule" {
				continue
			}
			for _, ground := range []string{"ground", "card"} {
				if ratio := contrast(t, c, colors[ground]); ratio < 4.5 {
					t.Errorf("%s on %s: %.2f:1", name, ground, ratio)
				}
			}
		}
	}
}

// contrast returns the contrast ratio of two colours (WCAG 2.2).
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(c string) float64 {
		var rgb [3]int
		if _, err := fmt.Sscanf(c, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v := float64(rgb[i]) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}
