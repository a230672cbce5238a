//go:build screenshots

package grafanatest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/dashboards"
	"github.com/kpi-exporter/kpi_exporter/internal/npmtest"
)

var (
	folder    = flag.String("folder", "", "draw every board into this folder, in both themes and both widths, in place of the pictures of the README")
	only      = flag.String("only", "", "draw only boards whose file name matches this pattern")
	kpiName   = flag.String("kpi", "activation_rate", "KPI for the board of one KPI")
	themes    = flag.String("themes", "dark,light", "themes to draw in the folder")
	widths    = flag.String("widths", "1440,390", "widths to draw in the folder")
	situation = flag.String("situation", "", "draw only history or day-one")
)

// TestScreenshots draws boards with Grafana's own components in Chromium: see the target screenshots in the Makefile.
func TestScreenshots(t *testing.T) {
	page := bundle(t)
	if *folder == "" {
		if err := os.WriteFile(screenshotSum, []byte(readOnPictures(t)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := newProduct(t)
	files := dashboards.Generate(p.cfg, dashboards.ByOwner)
	for name, data := range map[string]func(*testing.T) string{"history": p.history, "day-one": p.dayOne} {
		if *folder == "" && name != "history" || *situation != "" && name != *situation {
			continue
		}
		url := StartPrometheus(t, data(t), lookback)
		for _, f := range files {
			board := strings.TrimSuffix(f.Name, ".json")
			if *folder == "" {
				if picture := map[string]string{"kpi-overview": "overview.png", "kpi-detail": "detail.png"}[board]; picture != "" {
					draw(t, page, filepath.Join("../../dashboards", picture), Request{Board: f.JSON, URL: url, Theme: "dark", Width: 1280})
				}
				continue
			}
			if matches, err := filepath.Match(*only, board); err != nil || *only != "" && !matches {
				continue
			}
			for theme := range strings.SplitSeq(*themes, ",") {
				for text := range strings.SplitSeq(*widths, ",") {
					width, err := strconv.Atoi(text)
					if err != nil {
						t.Fatal(err)
					}
					picture := fmt.Sprintf("%s.%s.%s.%d.png", board, name, theme, width)
					draw(t, page, filepath.Join(*folder, picture), Request{Board: f.JSON, URL: url, Theme: theme, Width: width})
				}
			}
		}
	}
}

var drawn = regexp.MustCompile(`<title>([^<]*)</title>`)

// draw writes the picture of a board by the page that is bundled in a folder.
func draw(t *testing.T, dir, picture string, r Request) {
	t.Helper()
	r.Variables = map[string][]string{"kpi": {*kpiName}}
	if !strings.Contains(string(r.Board), `"uid": "kpi-detail"`) {
		r.Variables = nil
	}
	request := map[string]any{"board": r.Board, "url": r.URL, "now": now().UnixMilli(), "theme": r.Theme, "width": r.Width, "variables": r.Variables}
	encoded, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	html := fmt.Sprintf(`<!doctype html><meta charset=utf-8><link rel=stylesheet href="file://%[1]s/page.css"><style>body{margin:0;font-family:Inter}</style>
<div id=root></div><script>
window.request = %[2]s;
const RealDate = Date;
Date = class extends RealDate { constructor(...a) { super(...(a.length ? a : [request.now])); } static now() { return request.now; } };
</script><script src="file://%[1]s/page.js"></script>`, dir, encoded)
	if err := os.WriteFile(page, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	chromium := func(height string, more ...string) string {
		args := slices.Concat([]string{
			"--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-web-security", "--user-data-dir=" + t.TempDir(),
			"--virtual-time-budget=60000", fmt.Sprintf("--window-size=%d,%s", r.Width, height),
		}, more, []string{"file://" + page})
		out, err := exec.CommandContext(t.Context(), "chromium", args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	title := drawn.FindStringSubmatch(chromium("1000", "--dump-dom"))
	if title == nil || !strings.HasPrefix(title[1], "drawn ") {
		t.Fatalf("%s: %q", picture, title)
	}
	absolute, err := filepath.Abs(picture)
	if err != nil {
		t.Fatal(err)
	}
	chromium(strings.TrimPrefix(title[1], "drawn "), "--screenshot="+absolute)
}

// bundle installs the components and builds the page, and returns the folder with it.
func bundle(t *testing.T) string {
	t.Helper()
	dir, err := npmtest.Install("pictures", os.DirFS("picture"))
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	build, err := os.ReadFile("picture/build.mjs")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "build.mjs"), build, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "build.mjs", sources)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}
